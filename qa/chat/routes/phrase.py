"""What a language model says to an answer, sent to the page sentence by sentence as it is checked.

One route for the page's script: it asks for the phrasing of a turn, and gets a line of JSON for
each sentence, then one with what was not well. When it goes, the model is stopped. What was said
by then is kept with the answer.
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
from fastapi.responses import JSONResponse, StreamingResponse

import qa
from index.errors import FootnoteError
from qa.chat.access.public_errors import told
from qa.chat.ask.chat import Talk
from qa.chat.html.answer import numbered, sentence_links
from qa.history.conversations import NoSuchConversation
from qa.llm.verify import Sentence
from qa.rendering.serialize import answer_of

AT_ONCE = 4
"""Answers that are phrased at the same time; further ones wait."""

_PRIVATE = {"cache-control": "no-store", "x-accel-buffering": "no"}


def router(talk: Talk, owner_of: Callable[[Request], str]) -> APIRouter:
    """Return the route over the conversations of `talk`, of whoever `owner_of` tells."""
    routes = APIRouter(prefix="/footnote")
    places = CapacityLimiter(AT_ONCE)

    @routes.post("/turns/{name}/phrase", response_model=None)
    def phrase(request: Request, name: str) -> StreamingResponse | JSONResponse:
        owner = owner_of(request) or secrets.token_urlsafe(16)
        try:
            found = answer_of(talk.kept.turn(owner, name).answer)
        except FootnoteError as error:
            status = 404 if isinstance(error, NoSuchConversation) else 400
            return JSONResponse({"error": told(error)}, status, headers=_PRIVATE)
        lines = _lines(talk, owner, name, found, places)
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=_PRIVATE)

    return routes


async def _lines(
    talk: Talk, owner: str, turn: str, answer: qa.Answer, places: CapacityLimiter
) -> AsyncIterator[str]:
    """Yield what is said as it comes; the model is stopped once nobody reads on."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    cancelled, numbers = Event(), numbered(answer)

    def put(line: str | None) -> None:
        with suppress(RuntimeError):  # The server has stopped meanwhile.
            loop.call_soon_threadsafe(lines.put_nowait, line)

    def tell(sentence: Sentence) -> None:
        put(_json(_sentence(sentence, numbers)))

    def work() -> None:
        try:
            said = talk.phrase(owner, turn, tell, cancelled)
            put(_json({"note": said.note if said else ""}))
        except FootnoteError as error:
            put(_json({"note": told(error)}))
        finally:
            put(None)

    running = asyncio.ensure_future(to_thread.run_sync(work, limiter=places))
    try:
        while (line := await lines.get()) is not None:
            yield line
        await running
    finally:
        cancelled.set()


def _sentence(sentence: Sentence, numbers: dict[tuple[str, int, int], int]) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "supported": sentence.supported,
        "reason": sentence.reason,
        "citations": [
            {"link": href, "number": number} for href, number in sentence_links(sentence, numbers)
        ],
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value) + "\n"
