"""One build of an index at a time, whichever process it runs in. Readers take no lock."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from math import ceil
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import FootnoteError
from index.progress import Progress


@contextmanager
def hold_lock(folder: Path, patience: float, report: Progress) -> Iterator[None]:
    """Hold the lock of the index, which others may hold for `patience` seconds yet.

    Raises `FootnoteError`, which says who holds it, where they hold it longer.
    """
    holder = folder / "build.holder"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "build.lock")
        _acquire(lock, patience, report)
    except Timeout as error:
        who = ""
        with suppress(OSError, UnicodeDecodeError):
            who = f" ({holder.read_text('utf-8').strip()})"
        raise FootnoteError(
            f"Another build of the index in {folder} is running{who}. Wait for it to end; "
            "the live index answers meanwhile."
        ) from error
    except OSError as error:
        raise FootnoteError(
            f"Cannot write to {folder} ({error.strerror}). Make it writable, or put the index "
            "elsewhere with --index."
        ) from error
    try:
        since = datetime.now().astimezone().isoformat(" ", timespec="seconds")
        holder.write_text(f"process {os.getpid()}, since {since}\n", "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, patience: float, report: Progress) -> None:
    """Take the lock, and report each second that it is waited for. Raises `Timeout`."""
    for waited in range(ceil(patience)):
        try:
            lock.acquire(timeout=min(1, waited))
            return
        except Timeout:
            report("waiting", waited, ceil(patience))
    lock.acquire(timeout=0)


@contextmanager
def explain_disk_errors(folder: Path) -> Iterator[None]:
    """Turn each `OSError` of work on the index in `folder` into a `FootnoteError`."""
    try:
        yield
    except OSError as error:
        raise FootnoteError(
            f"Cannot read or write {error.filename or folder} ({error.strerror or error}). Check "
            "the permissions and the free space; the live index is as it was."
        ) from error
