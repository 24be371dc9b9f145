"""What the page's script asks of conversations: list, rename, delete, download, copy and vote.

JSON in and out; what is refused is {"error": a sentence}. Who asks is told by `owner_of`, and what
another owner has is not there. Asking questions, and what keeps other sites out, is left to others.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Annotated, ParamSpec
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from index.errors import FootnoteError
from qa.chat.access.public_errors import told
from qa.history.conversations import Conversation, Conversations, NoSuchConversation
from qa.history.export import as_json, as_markdown, as_text

MOST_BODY = 16_384
"""Bytes of a request's body at most: a note of 2,000 characters, whatever they are."""

NAME_LENGTH = 60
"""Characters of a downloaded file's name at most, its suffix aside."""

P = ParamSpec("P")


def router(store: Conversations, owner_of: Callable[[Request], str]) -> APIRouter:
    """Return the routes over the conversations of a store.

    `owner_of` returns the random name of who asks, and "" for somebody without one, who has
    nothing.
    """
    routes = APIRouter(prefix="/footnote")

    def _owner(request: Request) -> str:
        return owner_of(request) or secrets.token_urlsafe(16)

    Owner = Annotated[str, Depends(_owner)]
    Body = Annotated[bytes | None, Depends(_body)]

    @routes.get("/conversations")
    @_told
    def conversations(owner: Owner) -> Response:
        return _plain({"conversations": [asdict(talk) for talk in store.list_of(owner)]})

    @routes.get("/conversations/{name}.md")
    @_told
    def markdown(owner: Owner, name: str) -> Response:
        talk = store.conversation(owner, name)
        text = as_markdown(talk, store.turns(owner, name))
        return _file(text, talk, "md", "text/markdown")

    @routes.get("/conversations/{name}.json")
    @_told
    def as_data(owner: Owner, name: str) -> Response:
        talk = store.conversation(owner, name)
        return _file(as_json(talk, store.turns(owner, name)), talk, "json", "application/json")

    @routes.patch("/conversations/{name}")
    @_told
    def rename(owner: Owner, name: str, body: Body) -> Response:
        return _plain(asdict(store.rename(owner, name, _title(body))))

    @routes.delete("/conversations/{name}")
    @_told
    def delete(owner: Owner, name: str) -> Response:
        store.delete(owner, name)
        return _plain({"deleted": name})

    @routes.get("/turns/{name}.txt")
    @_told
    def text(owner: Owner, name: str) -> Response:
        return PlainTextResponse(as_text(store.turn(owner, name)), headers=_PRIVATE)

    @routes.post("/turns/{name}/vote")
    @_told
    def vote(owner: Owner, name: str, body: Body) -> Response:
        value, note = _vote(body)
        store.vote(owner, name, value, note)
        return _plain({"vote": value})

    return routes


async def _body(request: Request) -> bytes | None:
    """Return what a request brings; None where it is too much, or no JSON by its type."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # Other sites' forms cannot send this.
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY:
            return None
    return body


def _sent(body: bytes | None) -> dict[str, object]:
    """Return the JSON object that a request brought. Raises `FootnoteError`."""
    try:
        found = json.loads(body or b"")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise FootnoteError(
            f"Expected a JSON object of at most {MOST_BODY:,} bytes, sent as application/json."
        )
    return found


def _title(body: bytes | None) -> str:
    title = _sent(body).get("title")
    if not isinstance(title, str):
        raise FootnoteError('A title is missing. Send {"title": "a name"}.')
    return title


def _vote(body: bytes | None) -> tuple[int, str]:
    found = _sent(body)
    value, note = found.get("value"), found.get("note", "")
    # True is 1 in Python, but no vote.
    if type(value) is not int or not isinstance(note, str):
        raise FootnoteError('A vote is missing. Send {"value": 1, 0 or -1, "note": "why"}.')
    return value, note


def _told(handler: Callable[P, Response]) -> Callable[P, Response]:
    """Return a handler whose errors are sentences in JSON."""

    @wraps(handler)
    def safe(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return handler(*args, **kwargs)
        except FootnoteError as error:
            status = 404 if isinstance(error, NoSuchConversation) else 400
            return JSONResponse({"error": told(error)}, status, headers=_PRIVATE)

    return safe


def _plain(value: dict[str, object]) -> Response:
    return JSONResponse(value, headers=_PRIVATE)


def _file(text: str, talk: Conversation, suffix: str, media_type: str) -> Response:
    """Return a file to be downloaded, named after its conversation.

    A name holds letters, digits, spaces, "-" and "_" of any script; browsers that cannot read
    those take another.
    """
    name = " ".join(re.sub(r"[^\w -]+", " ", talk.title).split())[:NAME_LENGTH].strip(" -_")
    encoded = quote(f"{name or 'conversation'}.{suffix}", safe="")
    disposition = f"attachment; filename=\"conversation.{suffix}\"; filename*=UTF-8''{encoded}"
    headers = _PRIVATE | {"content-disposition": disposition}
    return Response(text, media_type=media_type, headers=headers)


_PRIVATE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""Headers of whatever belongs to one owner."""
