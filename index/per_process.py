"""Values that a forked child process makes anew: thread pools, locks, sessions, connections.

In the child only the thread that forked goes on. A pool has no threads left there, a lock that
another thread held is never released, and SQLite forbids to go on with an open database.
"""

import os
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")


class PerProcess(Generic[T]):
    """A value made by `make` when it is first needed in a process. Safe to use from threads.

    >>> numbers = PerProcess(list)
    >>> numbers.get().append(1)
    >>> numbers.get()
    [1]
    """

    def __init__(self, make: Callable[[], T]):
        self._make = make
        self._made: list[T] = []
        _instances.add(self)

    def get(self) -> T:
        """Return the value of this process."""
        made = self._made
        if not made:  # Of two threads that come here at once, both get what was made first.
            made.append(self._make())
        return made[0]

    def made(self) -> list[T]:
        """Return what was made in this process so far, for closing it."""
        return list(self._made)

    def _forget(self) -> None:
        """In a forked child: keep what the parent made, unused; to end it may wait for a lock."""
        _inherited.append(self._made)
        self._made = []


_instances: "WeakSet[PerProcess[Any]]" = WeakSet()
_inherited: list[object] = []


def _forget_all() -> None:
    for instance in list(_instances):
        instance._forget()


if hasattr(os, "register_at_fork"):  # Windows does not fork.
    os.register_at_fork(after_in_child=_forget_all)
