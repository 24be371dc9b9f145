"""Who is answered when: some questions at once, the others in the order in which they came.

The page, plain HTTP, Gradio's API and MCP all ask through one line. It is as long as can be
answered within PATIENCE, by how long answers took of late; beyond, one is told at once that there
is too much to do. Who goes away while waiting leaves the line. What is answered is left to `talk`.
"""

import asyncio
import contextvars
import math
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from index.cpu import processors
from index.errors import FootnoteError
from qa.chat.access.guard import owner_of

PATIENCE = 12.0
"""Seconds after which the last one in a full line is answered, by how long answers took of late."""

LEAST, MOST = 40, 400
"""Questions that may wait in any case, and at most."""

MOST_OF_ONE = 0.75
"""Part of a full line that one who asks may have."""

GLANCE = 1.0
"""Seconds between two looks whether one that waits is still there."""

_FIRST = 0.1
"""Seconds that an answer is taken to need before there was one."""
_NEWS = 0.1
"""What the latest answer weighs in how long answers take."""

T = TypeVar("T")


class Busy(FootnoteError):
    """So many questions wait that another is not taken; `pause` are the seconds to wait."""

    def __init__(self, what: str, pause: int):
        super().__init__(f"{what} Ask again in {pause} second{'' if pause == 1 else 's'}.")
        self.pause = pause


class Gone(FootnoteError):
    """Who asked went away while waiting; nobody reads this."""


async def _stays() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a name to tell one from another, and whether the connection is gone meanwhile."""

    name: str = ""
    gone: Callable[[], Awaitable[bool]] = _stays


def asker_of(request: Any) -> Asker:
    """Return who asks by a request of Starlette's or Gradio's: a browser, else an address."""
    inner = getattr(request, "request", None) or request
    scope = getattr(inner, "scope", None)
    if not isinstance(scope, dict):
        return Asker()
    name = owner_of(request) or (scope.get("client") or ("",))[0]
    # Other requests may be over while what they asked for still waits.
    waits = any(part in scope.get("path", "") for part in ("/gradio_api/run/", "/footnote/"))
    return Asker(name, inner.is_disconnected) if waits else Asker(name)


class Line:
    """A line before the threads that answer, `at_once` of them; `clock` gives seconds.

    All but the answering happens in the server's event loop, so nothing here is locked.
    """

    def __init__(
        self, at_once: int | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.at_once = at_once or processors()
        self.running = 0
        self._clock = clock
        self._seconds = _FIRST
        self._waiting: dict[asyncio.Future[None], str] = {}
        # Threads of its own: what models keep for each thread is then kept for few.
        self._threads = ThreadPoolExecutor(self.at_once, thread_name_prefix="answer")

    @property
    def waiting(self) -> int:
        """Questions that wait."""
        return len(self._waiting)

    def room(self) -> int:
        """Return how many questions may wait, by how long answers took of late."""
        soon = int(PATIENCE * self.at_once / max(self._seconds, 1e-3))
        return min(MOST, max(LEAST, soon))

    def before(self, name: str) -> int:
        """Return how many questions wait before the first one of somebody; 0 without such."""
        names = list(self._waiting.values())
        return names.index(name) if name in names else 0

    async def run(self, asker: Asker, call: Callable[[], T]) -> T:
        """Return what a call in a thread returns, once it is its turn. Raises `Busy` and `Gone`."""
        if self.running < self.at_once:
            self.running += 1
        else:
            self._check_room(asker.name)
            await self._wait(asker)
        loop, started = asyncio.get_running_loop(), self._clock()

        def done(_: Future[T]) -> None:
            with suppress(RuntimeError):  # The server has stopped meanwhile.
                loop.call_soon_threadsafe(self._done, started)

        # The thread may outlive who waits for it; its place is free when it ends.
        work = self._threads.submit(contextvars.copy_context().run, call)
        work.add_done_callback(done)
        return await asyncio.wrap_future(work)

    def _check_room(self, name: str) -> None:
        room = self.room()
        pause = math.ceil((self.waiting + 1) * self._seconds / self.at_once)
        if self.waiting >= room:
            raise Busy(
                f"More is asked than can be answered: {self.waiting:,} questions wait already.",
                pause,
            )
        own = list(self._waiting.values()).count(name)
        if own >= MOST_OF_ONE * room:
            raise Busy(
                f"{own:,} of your questions wait already, and no more of them are taken.", pause
            )

    async def _wait(self, asker: Asker) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = asker.name
        try:
            while not turn.done():
                await asyncio.wait({turn}, timeout=GLANCE)
                if await asker.gone():
                    raise Gone("Who asked has gone.")
        except BaseException:
            if turn.done():
                self._next()
            raise
        finally:
            self._waiting.pop(turn, None)

    def _done(self, started: float) -> None:
        self._seconds += _NEWS * (self._clock() - started - self._seconds)
        self._next()

    def _next(self) -> None:
        """Give the place of one that is through to the first that waits."""
        if not self._waiting:
            self.running -= 1
            return
        turn = next(iter(self._waiting))
        del self._waiting[turn]
        turn.set_result(None)


def router(line: Line) -> APIRouter:
    """Return the route by which the page's script asks how many questions are before its own."""
    routes = APIRouter(prefix="/footnote")

    @routes.get("/waiting")
    async def waiting(request: Request) -> JSONResponse:
        before = line.before(asker_of(request).name)
        return JSONResponse({"before": before}, headers={"cache-control": "no-store"})

    return routes
