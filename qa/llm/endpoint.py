"""A language model behind an OpenAI-compatible endpoint: messages -> pieces of text, as they come.

The only importer of `openai`, which is loaded when a model is asked and not before. Nothing that
the other side does makes this wait, grow or fail otherwise than with `ModelFailed`. What is asked,
and what becomes of what is said, is left to `phrase`. The limits and what is done when one is
passed are told beside each other, which makes this a long module.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from index.errors import Cancelled, FootnoteError

KEY = "FOOTNOTE_LLM_KEY"
"""The environment variable that holds the key; servers on this machine mostly need none."""

TOKENS = 700
"""Tokens that an answer may have."""

CHARACTERS = 8
"""Characters of a token at most, by which what arrives is counted, whatever a server says."""

BYTES = 4_000_000
"""Bytes of a response at most."""

FIRST_PAUSE = 0.5
"""Seconds before the second attempt; each further pause is twice as long."""

LONGEST_PAUSE = 8.0
"""Seconds that are waited at most where a server says for how long."""

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_TICK = 0.05

Messages = Sequence[dict[str, str]]
"""What is sent: {"role": "system" or "user", "content": a text}."""


class ModelFailed(FootnoteError):
    """A language model did not answer, or not to its end. The message names no key or address."""


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """Where a language model answers, and within which limits, in seconds and tokens.

    `url` is what /chat/completions is added to, such as http://127.0.0.1:8080/v1. Connecting may
    take `connect`, the first piece `first`, each further one `stall`, and all attempts together
    `total`. Raises `FootnoteError` for an address that cannot be one, or that holds a password.
    """

    url: str
    model: str
    connect: float = 5.0
    first: float = 60.0
    stall: float = 20.0
    total: float = 120.0
    tokens: int = TOKENS
    attempts: int = 3

    def __post_init__(self) -> None:
        check_url(self.url)
        if not self.model.strip():
            raise FootnoteError("The language model has no name. Give one: --llm-model NAME")

    def stream(self, messages: Messages, *, cancelled: Event | None = None) -> Iterator[str]:
        """Yield what the model says, piece by piece.

        Raises `ModelFailed` where it does not answer to its end, `Cancelled` once `cancelled` is
        set, and `FootnoteError` where openai is missing. Closing the iterator ends the request.
        """
        check_installed()
        pieces: SimpleQueue[str | None] = SimpleQueue()
        stop = Event()
        with ThreadPoolExecutor(1, "footnote-llm") as thread:
            done = thread.submit(lambda: asyncio.run(_until(stop, self, messages, pieces.put)))
            done.add_done_callback(lambda _: pieces.put(None))
            try:
                while True:
                    with suppress(Empty):
                        piece = pieces.get(timeout=_TICK)
                        if piece is None:
                            done.result()
                            return
                        yield piece
                    if cancelled and cancelled.is_set():
                        raise Cancelled
            finally:
                stop.set()


def check_url(url: str) -> None:
    """Raise `FootnoteError` unless an address is one that can be asked; it is not repeated."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise FootnoteError(
            "The language model's address is no address; give one such as http://127.0.0.1:8080/v1"
        )
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise FootnoteError(
            "The language model's address holds a password or a query. Leave them out, and put the "
            f"key into ${KEY}."
        )


def check_installed() -> None:
    """Raise `FootnoteError` where what speaks with language models is missing."""
    if find_spec("openai") is None:
        raise FootnoteError(
            "Asking a language model needs the package openai, which is missing. Install it: "
            "pip install 'footnote[llm]'"
        )


async def _until(
    stop: Event, model: LanguageModel, messages: Messages, put: Callable[[str], None]
) -> None:
    """Ask the model, giving away its pieces, until it ends or `stop` is set."""
    asking = asyncio.create_task(_attempts(model, messages, put))
    while not asking.done():
        await asyncio.wait([asking], timeout=_TICK)
        if stop.is_set():
            asking.cancel()
    if not asking.cancelled():
        asking.result()


async def _attempts(model: LanguageModel, messages: Messages, put: Callable[[str], None]) -> None:
    """Ask until pieces come, at most `attempts` times, all within `total` seconds."""
    try:
        async with asyncio.timeout(model.total):
            for attempt in range(1, model.attempts + 1):
                said = False
                try:
                    async for piece in _ask(model, messages):
                        said = True
                        put(piece)
                    return
                except _Refused as refused:
                    if said or not refused.again or attempt == model.attempts:
                        raise ModelFailed(str(refused)) from None
                    pause = FIRST_PAUSE * 2 ** (attempt - 1)
                    await asyncio.sleep(min(LONGEST_PAUSE, max(pause, refused.pause)))
    except TimeoutError:
        raise ModelFailed(
            f"The language model was not done within {model.total:g} s, and was stopped."
        ) from None


class _Refused(Exception):
    """Why one attempt failed, in a sentence; whether another may do better, and when."""

    def __init__(self, sentence: str, *, again: bool = True, pause: float = 0.0) -> None:
        super().__init__(sentence)
        self.again, self.pause = again, pause


async def _ask(model: LanguageModel, messages: Messages) -> AsyncIterator[str]:
    """Yield the pieces of one attempt. Raises `_Refused` and nothing else of the other side's."""
    left, ended = model.tokens * CHARACTERS, ""
    try:
        async with _client(model) as client, asyncio.timeout(model.first) as wait:
            stream = await _begin(client, model, messages)
            try:
                async for event in stream:
                    said, thought, ended = _read(event, ended)
                    left -= len(said) + len(thought)
                    if left < 0:
                        break
                    if said or thought:
                        # What is done with a piece takes no time here: it is put into a queue.
                        wait.reschedule(asyncio.get_running_loop().time() + model.stall)
                    if said:
                        yield said
            finally:
                await stream.close()
    except _broken() as error:
        raise _refusal(error) from None
    if left < 0 or ended == "length":
        raise _Refused(f"The language model did not end within {model.tokens:,} tokens.")
    if not ended:
        raise _Refused("The language model's server broke off before the end.")


def _broken() -> tuple[type[Exception], ...]:
    """Return all that the other side can make the client raise."""
    import httpx2
    import openai

    return (
        *(openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL),
        *(_TooMuch, TimeoutError, OSError),
        # What the client makes of what is no event, no JSON, or JSON of another shape.
        *(ValueError, TypeError, AttributeError, LookupError, RecursionError),
    )


def _refusal(error: Exception) -> _Refused:
    """Return what went wrong in a sentence of our own, in which nothing stands that was sent."""
    import openai

    if isinstance(error.__cause__, _TooMuch):
        return _Refused(str(error.__cause__), again=False)
    if isinstance(error, _TooMuch):
        return _Refused(str(error), again=False)
    if isinstance(error, openai.APIStatusError):
        return _status(error.status_code, error.response.headers.get("retry-after"))
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return _Refused("The language model said nothing for too long, and was stopped.")
    if isinstance(error, openai.APIConnectionError):
        return _Refused(
            "The language model's server cannot be reached, or broke off. Is it running?"
        )
    return _Refused("What the language model's server sent cannot be read.")


async def _begin(client: Any, model: LanguageModel, messages: Messages) -> Any:
    """Return the stream of an answer; servers differ in what they call the limit of tokens."""
    import openai

    asked = {"model": model.model, "messages": list(messages), "stream": True}
    try:
        return await client.chat.completions.create(
            **asked, max_tokens=model.tokens, temperature=0.0
        )
    except openai.BadRequestError:
        return await client.chat.completions.create(**asked, max_completion_tokens=model.tokens)


def _client(model: LanguageModel) -> Any:
    """Return a client that sends what is needed and no more, and reads within limits.

    Neither proxies, keys, organisations nor headers of the environment, nor redirections to
    elsewhere, are followed; nothing is told of this machine.
    """
    import httpx2
    import openai

    key = os.environ.get(KEY, "").strip()

    async def bare(request: httpx2.Request) -> None:
        kept = {
            name: request.headers[name]
            for name in ("host", "content-type", "content-length", "transfer-encoding")
            if name in request.headers
        }
        kept |= {"accept": "text/event-stream", "accept-encoding": "identity"}
        kept |= {"user-agent": "footnote", "connection": "close"}
        request.headers = httpx2.Headers(kept | ({"authorization": f"Bearer {key}"} if key else {}))

    async def bounded(response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _TooMuch("The language model's server sent something packed, which is not read.")
        response.stream = _bounded(response.stream)

    http = openai.DefaultAsyncHttpxClient(
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(model.first, connect=model.connect),
        event_hooks={"request": [bare], "response": [bounded]},
    )
    return openai.AsyncOpenAI(
        api_key=key or "none", base_url=model.url, max_retries=0, http_client=http
    )


class _TooMuch(Exception):
    """A response is not one that is read."""


def _bounded(stream: Any) -> Any:
    """Return the stream of a response that ends with an error after BYTES."""
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = BYTES
            async for part in stream:
                left -= len(part)
                if left < 0:
                    raise _TooMuch("The language model's server sent too much, and was stopped.")
                yield part

        async def aclose(self) -> None:
            await stream.aclose()

    return Bounded()


def _read(event: Any, ended: str) -> tuple[str, str, str]:
    """Return what an event of a stream says, what it only thinks, and why the stream ends, if so.

    Whatever is not of the right kind counts as nothing.
    """
    choices = event.choices
    if not isinstance(choices, list) or not choices:
        return "", "", ended
    delta, reason = choices[0].delta, choices[0].finish_reason
    said = getattr(delta, "content", None)
    thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
    return (
        said if isinstance(said, str) else "",
        thought if isinstance(thought, str) else "",
        reason if isinstance(reason, str) and reason else ended,
    )


def _status(status: int, pause: str | None) -> _Refused:
    """Return what a status means; what the server says beside it may hold the key, and is left."""
    why = {
        401: f"it wants a key, or another one. Put it into ${KEY}",
        403: f"it does not let this key in. Look at ${KEY}",
        404: "it knows no such address or model. Look at --llm and --llm-model",
        429: "it has too much to do, or no credit is left",
    }.get(status, "it failed" if status >= 500 else "it does not take what is asked")
    wait = float(pause) if pause and pause.isdecimal() and len(pause) < 6 else 0.0
    return _Refused(
        f"The language model's server answered {status}: {why}.",
        again=status in _AGAIN,
        pause=wait,
    )
