"""The queue of questions: a few are answered at once, the others in the order of their arrival.

The page, plain HTTP, Gradio's API and MCP share one queue. Its capacity is what can be answered
within TARGET_WAIT at the recent speed; beyond it, a question is refused at once with `Busy`. A
client that disconnects loses its place in the queue. Answering is left to `qa.chat.ask.chat`.
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

from index.cpu import available_cpus
from index.errors import FootnoteError
from index.text.plural import count_noun
from qa.chat.access.guard import get_owner

TARGET_WAIT = 12.0
"""Seconds within which the last question of a full queue is answered, at the recent speed."""

MIN_QUEUE_LENGTH, MAX_QUEUE_LENGTH = 40, 400
"""Bounds of the capacity, in questions."""

MAX_CLIENT_SHARE = 0.75
"""Share of the capacity that one client may take."""

DISCONNECT_CHECK_INTERVAL = 1.0
"""Seconds between two checks whether a waiting client is still connected."""

_INITIAL_SECONDS = 0.5
"""Assumed duration of an answer before the first one was measured."""
_SMOOTHING = 0.1
"""Weight of the latest answer in the moving average of durations, but for the first ones, of which
this is the mean."""

T = TypeVar("T")


class Busy(FootnoteError):
    """The queue is full; `retry_after` is the number of seconds to wait."""

    def __init__(self, reason: str, retry_after: int):
        super().__init__(f"{reason} Try again in {count_noun(retry_after, 'second')}.")
        self.retry_after = retry_after


class Disconnected(FootnoteError):
    """The client disconnected while its question waited; nobody reads the message."""


async def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Client:
    """The sender of a question: a name that identifies it, and a check of its connection."""

    name: str = ""
    is_disconnected: Callable[[], Awaitable[bool]] = _never


def client_of(request: Any) -> Client:
    """Return the client of a Starlette or Gradio request, named by browser or by address."""
    inner = getattr(request, "request", None) or request
    scope = getattr(inner, "scope", None)
    if not isinstance(scope, dict):
        return Client()
    name = get_owner(request) or (scope.get("client") or ("",))[0]
    # Other requests may end before the call that they started does.
    stays_open = any(part in scope.get("path", "") for part in ("/gradio_api/run/", "/footnote/"))
    return Client(name, inner.is_disconnected) if stays_open else Client(name)


class QuestionQueue:
    """A queue in front of `at_once` threads that answer; `clock` returns seconds.

    Everything but the answering runs in the server's event loop, so no lock is needed.
    """

    def __init__(
        self, at_once: int | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.at_once = at_once or available_cpus()
        self.running = 0
        self._clock = clock
        self._seconds = _INITIAL_SECONDS
        self._answered = 0
        self._waiting: dict[asyncio.Future[None], str] = {}
        # Models cache data per thread, so answers share these few threads.
        self._threads = ThreadPoolExecutor(self.at_once, thread_name_prefix="answer")

    @property
    def waiting(self) -> int:
        """The number of waiting questions."""
        return len(self._waiting)

    @property
    def recent_seconds(self) -> float:
        """The moving average of the duration of an answer."""
        return self._seconds

    def capacity(self) -> int:
        """Return how many questions may wait, given the recent duration of answers."""
        soon = int(TARGET_WAIT * self.at_once / max(self._seconds, 1e-3))
        return min(MAX_QUEUE_LENGTH, max(MIN_QUEUE_LENGTH, soon))

    def count_ahead(self, name: str) -> int:
        """Return how many questions wait ahead of a client's first one; 0 if it has none."""
        names = list(self._waiting.values())
        return names.index(name) if name in names else 0

    async def run(self, client: Client, call: Callable[[], T]) -> T:
        """Run a call in a thread when its turn comes. Raises `Busy` and `Disconnected`."""
        if self.running < self.at_once:
            self.running += 1
        else:
            self._check_capacity(client.name)
            await self._wait(client)
        loop, started = asyncio.get_running_loop(), self._clock()

        def done(_: Future[T]) -> None:
            with suppress(RuntimeError):  # The server has stopped meanwhile.
                loop.call_soon_threadsafe(self._done, started)

        # The thread may outlive this task; its slot is released when the thread ends.
        work = self._threads.submit(contextvars.copy_context().run, call)
        work.add_done_callback(done)
        return await asyncio.wrap_future(work)

    def _check_capacity(self, name: str) -> None:
        capacity = self.capacity()
        retry_after = math.ceil((self.waiting + 1) * self._seconds / self.at_once)
        if self.waiting >= capacity:
            raise Busy(f"The server is busy: {self.waiting:,} questions are waiting.", retry_after)
        own = list(self._waiting.values()).count(name)
        if own >= MAX_CLIENT_SHARE * capacity:
            raise Busy(
                f"You already have {own:,} questions waiting, which is the limit.", retry_after
            )

    async def _wait(self, client: Client) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = client.name
        try:
            while not turn.done():
                await asyncio.wait({turn}, timeout=DISCONNECT_CHECK_INTERVAL)
                if await client.is_disconnected():
                    raise Disconnected("The client disconnected.")
        except BaseException:
            if turn.done():
                self._start_next()
            raise
        finally:
            self._waiting.pop(turn, None)

    def _done(self, started: float) -> None:
        self._answered += 1
        weight = max(_SMOOTHING, 1 / (self._answered + 1))
        self._seconds += weight * (self._clock() - started - self._seconds)
        self._start_next()

    def _start_next(self) -> None:
        """Give a free slot to the first waiting question."""
        if not self._waiting:
            self.running -= 1
            return
        turn = next(iter(self._waiting))
        del self._waiting[turn]
        turn.set_result(None)


def router(queue: QuestionQueue) -> APIRouter:
    """Return the route by which the page's script asks how many questions are ahead of its own."""
    routes = APIRouter(prefix="/footnote")

    @routes.get("/waiting")
    async def waiting(request: Request) -> JSONResponse:
        ahead = queue.count_ahead(client_of(request).name)
        return JSONResponse({"before": ahead}, headers={"cache-control": "no-store"})

    return routes
