"""Makes SIGTERM stop a command as Ctrl-C does, so that it cleans up what it has begun."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """Raised in the main thread at SIGTERM."""


@contextmanager
def stop_at_sigterm() -> Iterator[None]:
    """Raise `Terminated` within the block at SIGTERM; a second one does not disturb cleaning up.

    A process with PID 1, in a container, would ignore the signal without a handler. Nothing is
    changed where SIGTERM is ignored or handled already, or in another thread than the main one.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _terminate(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated
