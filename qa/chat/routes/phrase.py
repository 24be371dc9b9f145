"""The route that streams a language model's phrasing of an answer to the page.

The page's script requests the phrasing of a turn and gets one line of JSON for each sentence once
it is verified, then one with a note on what went wrong. If the client disconnects, the model is
stopped. The sentences received by then are stored with the answer.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from threading import Event
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

import qa
from index.errors import FootnoteError
from qa.chat.access.public_errors import public_message
from qa.chat.access.response import stream_lines
from qa.chat.ask.chat import Chat
from qa.chat.html.answer import number_quotations, sentence_links
from qa.llm.verify import Sentence
from qa.rendering.serialize import answer_from_record

MAX_CONCURRENT_PHRASINGS = 4
"""The most answers that are phrased at the same time; further ones wait."""


def router(chat: Chat, get_owner: Callable[[Request], str]) -> APIRouter:
    """Return the route over the conversations of `chat`; `get_owner` identifies the browser."""
    routes = APIRouter(prefix="/footnote")
    limiter = CapacityLimiter(MAX_CONCURRENT_PHRASINGS)

    @routes.post("/turns/{name}/phrase", response_model=None)
    def phrase(request: Request, name: str) -> StreamingResponse:
        owner = get_owner(request) or secrets.token_urlsafe(16)
        answer = answer_from_record(chat.conversations.turn(owner, name).answer)
        lines = _stream_lines(chat, owner, name, answer, limiter)
        return stream_lines(lines)

    return routes


async def _stream_lines(
    chat: Chat, owner: str, turn: str, answer: qa.Answer, limiter: CapacityLimiter
) -> AsyncIterator[str]:
    """Yield sentences as they arrive; stop the model when the client disconnects."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    cancelled, numbers = Event(), number_quotations(answer)

    def put(line: str | None) -> None:
        with suppress(RuntimeError):  # The server has stopped in the meantime.
            loop.call_soon_threadsafe(lines.put_nowait, line)

    def send_sentence(sentence: Sentence) -> None:
        put(_encode_line(_describe_sentence(sentence, numbers)))

    def work() -> None:
        try:
            phrased = chat.phrase(owner, turn, send_sentence, cancelled)
            put(_encode_line({"note": phrased.note if phrased else ""}))
        except FootnoteError as error:
            put(_encode_line({"note": public_message(error)}))
        finally:
            put(None)

    running = asyncio.ensure_future(to_thread.run_sync(work, limiter=limiter))
    try:
        while (line := await lines.get()) is not None:
            yield line
        await running
    finally:
        cancelled.set()


def _describe_sentence(
    sentence: Sentence, numbers: dict[tuple[str, int, int], int]
) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "supported": sentence.supported,
        "reason": sentence.reason,
        "citations": [
            {"link": href, "number": number} for href, number in sentence_links(sentence, numbers)
        ],
    }


def _encode_line(value: dict[str, Any]) -> str:
    return json.dumps(value) + "\n"
