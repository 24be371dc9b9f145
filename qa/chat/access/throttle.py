"""How long somebody who failed to log in waits before the next attempt counts.

An address has some attempts for free; then each failure doubles its pause. All addresses together
have a bound as well, so that many of them gain little; one from which somebody logged in before is
not held up by what the others do.
"""

import time
from collections import deque
from collections.abc import Callable

from qa.chat.access.request import network

FREE = 3
"""Failures of an address without a pause."""

LONGEST = 300
"""Seconds of a pause at most."""

FORGIVEN = 3600
"""Seconds without a failure after which those of an address are forgotten."""

MOST, WINDOW = 30, 60
"""Failures that all addresses together may have within so many seconds."""

_KEPT = 10_000
"""Addresses that are remembered at most."""


class Pauses:
    """Failures by address; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}
        self._all: deque[float] = deque(maxlen=MOST)
        self._known: dict[str, None] = {}

    def left(self, address: str) -> float:
        """Return the seconds until the next attempt from an address counts; 0.0 for now."""
        now, place = self._clock(), network(address)
        count, last = self._failures.get(place, (0, 0.0))
        own = last + _pause(count) - now
        full = len(self._all) == MOST and place not in self._known
        return max(0.0, own, self._all[0] + WINDOW - now if full else 0.0)

    def failed(self, address: str) -> None:
        """Remember a failure."""
        now, place = self._clock(), network(address)
        count, last = self._failures.pop(place, (0, 0.0))
        self._failures[place] = (count + 1 if now - last < FORGIVEN else 1, now)
        self._all.append(now)
        _shorten(self._failures)

    def succeeded(self, address: str) -> None:
        """Forget the failures of an address."""
        place = network(address)
        self._failures.pop(place, None)
        self._known.pop(place, None)
        self._known[place] = None
        _shorten(self._known)


def _pause(failures: int) -> int:
    """Return the seconds that follow so many failures.

    >>> [_pause(failures) for failures in (0, 2, 3, 4, 5, 50)]
    [0, 0, 1, 2, 4, 300]
    """
    return int(min(2 ** min(failures - FREE, 20), LONGEST)) if failures >= FREE else 0


def _shorten(kept: dict[str, tuple[int, float]] | dict[str, None]) -> None:
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]
