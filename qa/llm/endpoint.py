"""Stream the answer of a language model behind an OpenAI-compatible endpoint.

Retries, and keeps every request within its limits of time and tokens: nothing that the server does
makes a caller wait longer or raises anything but `ModelFailed`. openai is loaded with the first
request. One request is left to `client`, the messages and the use of the answer to `phrase`.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event
from urllib.parse import urlsplit

from index.errors import Cancelled, FootnoteError
from index.installation import install_command
from qa.llm.client import (
    API_KEY_VARIABLE,
    AttemptFailed,
    Messages,
    describe_error,
    make_client,
    open_stream,
    openai_errors,
    parse_event,
)

MAX_GENERATED_TOKENS = 700
"""Tokens of an answer at most."""

CHARACTERS_PER_TOKEN = 8
"""Characters of a token at most, for counting tokens without relying on the server."""

FIRST_BACKOFF = 0.5
"""Seconds before the second attempt; each further delay is twice as long."""

MAX_BACKOFF = 8.0
"""Seconds before an attempt at most, whatever delay the server asks for."""

_CANCEL_CHECK_INTERVAL = 0.05
"""Seconds between two checks for cancellation."""


class ModelFailed(FootnoteError):
    """A language model did not complete an answer. The message contains no key and no address."""


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """The address and the name of a language model, and its limits in seconds and tokens.

    `url` is the part before /chat/completions, such as http://127.0.0.1:8080/v1. `connect` limits
    connecting, `first` the wait for the first piece, `stall` that for each further one, and `total`
    all attempts together. Raises `FootnoteError` for an invalid address, or one with a password.
    """

    url: str
    model: str
    connect: float = 5.0
    first: float = 60.0
    stall: float = 20.0
    total: float = 120.0
    tokens: int = MAX_GENERATED_TOKENS
    attempts: int = 3

    def __post_init__(self) -> None:
        check_url(self.url)
        if not self.model.strip():
            raise FootnoteError("The language model has no name. Give one: --llm-model NAME")

    def stream(self, messages: Messages, *, cancelled: Event | None = None) -> Iterator[str]:
        """Yield the answer in pieces as they arrive.

        Raises `ModelFailed` where the answer is not completed, `Cancelled` once `cancelled` is
        set, and `FootnoteError` where openai is not installed. Closing the iterator ends the
        request.
        """
        check_installed()
        pieces: SimpleQueue[str | None] = SimpleQueue()
        stop = Event()
        with ThreadPoolExecutor(1, "footnote-llm") as thread:
            request = thread.submit(
                lambda: asyncio.run(_run_until_stopped(stop, self, messages, pieces.put))
            )
            request.add_done_callback(lambda _: pieces.put(None))
            try:
                while True:
                    with suppress(Empty):
                        piece = pieces.get(timeout=_CANCEL_CHECK_INTERVAL)
                        if piece is None:
                            request.result()
                            return
                        yield piece
                    if cancelled and cancelled.is_set():
                        raise Cancelled
            finally:
                stop.set()


def check_url(url: str) -> None:
    """Raise `FootnoteError` unless an address can be requested. The message does not repeat it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise FootnoteError(
            "The language model's address is not a valid URL. Give one such as "
            "http://127.0.0.1:8080/v1"
        )
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise FootnoteError(
            "The language model's address contains a password or a query. Remove it, and put the "
            f"API key into ${API_KEY_VARIABLE}."
        )


def check_installed() -> None:
    """Raise `FootnoteError` where language models cannot be asked from here."""
    if find_spec("openai") is None:
        raise FootnoteError(
            "Language models need the package openai, which is not installed. Install it: "
            + install_command("llm")
        )
    check_certificate_file()


def check_certificate_file() -> None:
    """Raise `FootnoteError` if $SSL_CERT_FILE names no file: an HTTP client then cannot be made."""
    name = os.environ.get("SSL_CERT_FILE", "")
    if name and not Path(name).is_file():
        raise FootnoteError(
            f"The environment variable SSL_CERT_FILE names {name}, but there is no such file. Name "
            "the file of the certificates to trust, or unset the variable."
        )


async def _run_until_stopped(
    stop: Event, model: LanguageModel, messages: Messages, put: Callable[[str], None]
) -> None:
    """Pass the pieces of an answer to `put` until it is complete or `stop` is set."""
    request = asyncio.create_task(_request_with_retries(model, messages, put))
    while not request.done():
        await asyncio.wait([request], timeout=_CANCEL_CHECK_INTERVAL)
        if stop.is_set():
            request.cancel()
    if not request.cancelled():
        request.result()


async def _request_with_retries(
    model: LanguageModel, messages: Messages, put: Callable[[str], None]
) -> None:
    """Request an answer, at most `attempts` times; never again once a piece has arrived."""
    try:
        async with asyncio.timeout(model.total):
            for attempt in range(1, model.attempts + 1):
                started = False
                try:
                    async for piece in _request_once(model, messages):
                        started = True
                        put(piece)
                    return
                except AttemptFailed as failed:
                    if started or not failed.retryable or attempt == model.attempts:
                        raise ModelFailed(str(failed)) from None
                    delay = FIRST_BACKOFF * 2 ** (attempt - 1)
                    await asyncio.sleep(min(MAX_BACKOFF, max(delay, failed.delay)))
    except TimeoutError:
        raise ModelFailed(
            f"The language model was not done within {model.total:g} s, and was stopped."
        ) from None


async def _request_once(model: LanguageModel, messages: Messages) -> AsyncIterator[str]:
    """Yield the pieces of one attempt. Raises only `AttemptFailed` for what the server does."""
    left, finish_reason = model.tokens * CHARACTERS_PER_TOKEN, ""
    try:
        async with (
            make_client(
                model.url, connect_timeout=model.connect, read_timeout=model.first
            ) as client,
            asyncio.timeout(model.first) as timeout,
        ):
            stream = await open_stream(client, model.model, messages, model.tokens)
            try:
                async for event in stream:
                    text, reasoning, reason = parse_event(event)
                    finish_reason = reason or finish_reason
                    left -= len(text) + len(reasoning)
                    if left < 0:
                        break
                    if text or reasoning:
                        # Consumers only put a piece into a queue, which costs no time here.
                        timeout.reschedule(asyncio.get_running_loop().time() + model.stall)
                    if text:
                        yield text
            finally:
                await stream.close()
    except openai_errors() as error:
        raise describe_error(error) from None
    if left < 0 or finish_reason == "length":
        raise AttemptFailed(f"The language model's answer exceeds {model.tokens:,} tokens.")
    if not finish_reason:
        raise AttemptFailed("The language model's server broke off before the end.")
