"""Slow down guessing of the password: after failed logins, an address has to wait.

Each address has a few free attempts; then each failure doubles its pause. Failures of all addresses
together are limited as well, so that an attacker gains little from many addresses. That limit does
not apply to an address with a successful login.
"""

from collections import deque
from collections.abc import Callable

from qa.chat.access.request import client_network

FREE_ATTEMPTS = 3
"""Failed logins of an address before its first pause."""

MAX_PAUSE = 300
"""The longest pause, in seconds."""

FORGET_AFTER = 3600
"""Seconds without a failure after which the failures of an address are forgotten."""

MAX_FAILURES, FAILURE_WINDOW = 30, 60
"""The most failures of all addresses together, within that many seconds."""

_MAX_ADDRESSES = 10_000
"""The most addresses that are remembered."""


class LoginThrottle:
    """Failed logins by address; `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}
        self._recent: deque[float] = deque(maxlen=MAX_FAILURES)
        self._known: dict[str, None] = {}

    def seconds_left(self, address: str) -> float:
        """Return the seconds until the next attempt of an address is accepted; 0.0 if it is now."""
        now, place = self._clock(), client_network(address)
        count, last = self._failures.get(place, (0, 0.0))
        own = last + _pause_after(count) - now
        full = len(self._recent) == MAX_FAILURES and place not in self._known
        return max(0.0, own, self._recent[0] + FAILURE_WINDOW - now if full else 0.0)

    def record_failure(self, address: str) -> None:
        """Record a failed login of an address."""
        now, place = self._clock(), client_network(address)
        count, last = self._failures.pop(place, (0, 0.0))
        self._failures[place] = (count + 1 if now - last < FORGET_AFTER else 1, now)
        self._recent.append(now)
        _drop_oldest(self._failures)

    def record_success(self, address: str) -> None:
        """Record a successful login, which forgets the failures of the address."""
        place = client_network(address)
        self._failures.pop(place, None)
        self._known.pop(place, None)
        self._known[place] = None
        _drop_oldest(self._known)


def _pause_after(failures: int) -> int:
    """Return the pause in seconds after a number of failures.

    >>> [_pause_after(failures) for failures in (0, 2, 3, 4, 5, 50)]
    [0, 0, 1, 2, 4, 300]
    """
    return (
        int(min(2 ** min(failures - FREE_ATTEMPTS, 20), MAX_PAUSE))
        if failures >= FREE_ATTEMPTS
        else 0
    )


def _drop_oldest(kept: dict[str, tuple[int, float]] | dict[str, None]) -> None:
    if len(kept) > _MAX_ADDRESSES:
        del kept[next(iter(kept))]
