"""Routes for the page's script to list, rename, delete, download, copy and vote on conversations.

JSON in and out. A conversation of another owner does not exist for the caller. Questions are asked
through `page`, `guard` refuses requests of other sites, and `errors` answers with errors.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from index.errors import FootnoteError
from qa.chat.ask.chat import MAX_SHOWN_TURNS
from qa.history.conversations import MAX_CONVERSATIONS, Conversations
from qa.history.export import conversation_json, conversation_markdown, turn_text
from qa.history.records import Conversation
from qa.history.tables import Tables

MAX_JSON_BYTES = 16_384
"""The most bytes of a request's body; enough for a note of 2,000 characters of any script."""

MAX_FILE_NAME_LENGTH = 60
"""The most characters of a downloaded file's name, without its suffix."""


def router(store: Conversations, tables: Tables, get_owner: Callable[[Request], str]) -> APIRouter:
    """Return the routes over the conversations of a store, which are exported with their tables.

    `get_owner` returns the random name of a browser, or "" for a client without one, which owns
    nothing.
    """
    routes = APIRouter(prefix="/footnote")

    def _owner(request: Request) -> str:
        return get_owner(request) or secrets.token_urlsafe(16)

    Owner = Annotated[str, Depends(_owner)]
    Body = Annotated[bytes | None, Depends(_read_json_body)]

    @routes.get("/conversations")
    def conversations(owner: Owner, words: str = "") -> Response:
        found = store.list_conversations(owner, words)
        limits = {"limit": MAX_CONVERSATIONS, "shown": MAX_SHOWN_TURNS}
        return _private_json({"conversations": [asdict(chat) for chat in found], **limits})

    @routes.get("/conversations/{name}.md")
    def markdown(owner: Owner, name: str) -> Response:
        chat, turns = store.conversation(owner, name), store.turns(owner, name)
        text = conversation_markdown(chat, turns, tables.answers_of(owner, turns))
        return _download(text, chat, "md", "text/markdown")

    @routes.get("/conversations/{name}.json")
    def as_data(owner: Owner, name: str) -> Response:
        chat, turns = store.conversation(owner, name), store.turns(owner, name)
        text = conversation_json(chat, turns, tables.answers_of(owner, turns))
        return _download(text, chat, "json", "application/json")

    @routes.patch("/conversations/{name}")
    def rename(owner: Owner, name: str, body: Body) -> Response:
        return _private_json(asdict(store.rename(owner, name, _parse_title(body))))

    @routes.delete("/conversations/{name}")
    def delete(owner: Owner, name: str) -> Response:
        store.delete(owner, name)
        return _private_json({"deleted": name})

    @routes.get("/turns/{name}.txt")
    def text(owner: Owner, name: str) -> Response:
        return PlainTextResponse(turn_text(store.turn(owner, name)), headers=_PRIVATE_HEADERS)

    @routes.post("/turns/{name}/vote")
    def vote(owner: Owner, name: str, body: Body) -> Response:
        value, note = _parse_vote(body)
        store.vote(owner, name, value, note)
        return _private_json({"vote": value})

    return routes


async def _read_json_body(request: Request) -> bytes | None:
    """Return the body of a request; None if it is too long or its type is not JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # A form of another site cannot send this type.
        return None
    body = await request.body()  # The guard has read and limited it.
    return body if len(body) <= MAX_JSON_BYTES else None


def _parse_object(body: bytes | None) -> dict[str, object]:
    """Return the JSON object in a body. Raises `FootnoteError` if there is none."""
    try:
        found = json.loads(body or b"")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise FootnoteError(
            f"Expected a JSON object of at most {MAX_JSON_BYTES:,} bytes, sent as application/json."
        )
    return found


def _parse_title(body: bytes | None) -> str:
    title = _parse_object(body).get("title")
    if not isinstance(title, str):
        raise FootnoteError('A title is missing. Send {"title": "a name"}.')
    return title


def _parse_vote(body: bytes | None) -> tuple[int, str]:
    found = _parse_object(body)
    value, note = found.get("value"), found.get("note", "")
    # True equals 1 in Python but is not a vote.
    if type(value) is not int or not isinstance(note, str):
        raise FootnoteError('A vote is missing. Send {"value": 1, 0 or -1, "note": "why"}.')
    return value, note


def _private_json(value: dict[str, object]) -> Response:
    return JSONResponse(value, headers=_PRIVATE_HEADERS)


def _download(text: str, chat: Conversation, suffix: str, media_type: str) -> Response:
    """Return a download named after its conversation.

    The name holds letters and digits of any script, spaces, "-" and "_"; browsers that do not
    read `filename*` use the plain name.
    """
    name = " ".join(re.sub(r"[^\w -]+", " ", chat.title).split())[:MAX_FILE_NAME_LENGTH].strip(
        " -_"
    )
    encoded = quote(f"{name or 'conversation'}.{suffix}", safe="")
    disposition = f"attachment; filename=\"conversation.{suffix}\"; filename*=UTF-8''{encoded}"
    headers = _PRIVATE_HEADERS | {"content-disposition": disposition}
    return Response(text, media_type=media_type, headers=headers)


_PRIVATE_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""Headers of responses that belong to one owner."""
