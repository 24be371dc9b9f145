"""The routes of tables: ask every document and follow the answers, read a table, download it.

A table is stored with its conversation, answer by answer. Whoever disconnects ends the asking: what
was answered by then stays. Asking itself is left to `ask.every`, storing to `history.tables`.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from index.errors import FootnoteError, InvalidArgument, NoMatch
from qa.chat.access.public_errors import public_message
from qa.chat.access.response import stream_lines
from qa.chat.ask.chat import Chat
from qa.chat.ask.every import EveryDocument
from qa.chat.ask.page_state import MAX_SELECTED_DOCUMENTS
from qa.chat.ask.queue import Client, client_of
from qa.chat.each.view import answer_view, charts_view
from qa.history.records import NoSuchConversation, Turn
from qa.history.tables import Table, Tables
from qa.rendering.table import table_csv, table_markdown, table_xlsx

MAX_UNCONFIRMED = 100
"""Answers up to which a table is made without asking whether it may take its time."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def router(chat: Chat, tables: Tables, get_owner: Callable[[Request], str]) -> APIRouter:
    """Return the routes over the tables of the browsers that `get_owner` names."""
    routes = APIRouter(prefix="/footnote/tables")

    @routes.post("", response_model=None)
    async def ask(request: Request) -> Response:
        owner, body = get_owner(request), _parse(await request.body())
        if not owner:
            raise InvalidArgument(
                "A table is kept for the browser that opened the page. Open it first, and allow "
                "its cookie; programs call ask_each."
            )
        questions, documents = body["questions"], body["documents"]
        pace = chat.queue.recent_seconds
        every = await chat.run_queued(
            client_of(request), "\n".join(questions), lambda: _select(chat, questions, documents)
        )
        if every.total > MAX_UNCONFIRMED and body["confirmed"] is not True:
            record = {"answers": every.total, "seconds": round(every.total * pace)}
            return JSONResponse({"confirm": record}, headers=_NO_STORE)
        turn = await run_in_threadpool(_begin, chat, tables, owner, every, body)
        # The response itself notices a client that disconnects.
        lines = _stream_lines(every, tables, (owner, turn), Client(client_of(request).name))
        return stream_lines(lines)

    @routes.get("/{turn}.csv")
    def as_csv(request: Request, turn: str) -> Response:
        return _download(
            table_csv(tables.table(get_owner(request), turn).answers), "csv", "text/csv"
        )

    @routes.get("/{turn}.xlsx")
    def as_xlsx(request: Request, turn: str) -> Response:
        return _download(table_xlsx(tables.table(get_owner(request), turn).answers), "xlsx", XLSX)

    @routes.get("/{turn}.md")
    def as_markdown(request: Request, turn: str) -> Response:
        found = tables.table(get_owner(request), turn)
        return _download(table_markdown(found.answers), "md", "text/markdown")

    @routes.get("/{turn}")
    def table(request: Request, turn: str) -> Response:
        found = tables.table(get_owner(request), turn)
        record = {
            "questions": found.questions,
            "total": found.total,
            "answers": [answer_view(answer) for answer in found.answers],
            "charts": _draw(found),
        }
        return JSONResponse(record, headers=_NO_STORE)

    return routes


def _select(chat: Chat, questions: list[str], documents: list[str]) -> EveryDocument:
    """Return the answers to be made. Raises `FootnoteError` for what cannot be asked."""
    try:
        return EveryDocument(chat, questions, documents)
    except NoMatch as error:
        message = (
            "None of the chosen documents is there any more. Choose others, or none to ask all."
            if documents
            else "There are no documents to ask yet. Add some, then ask again."
        )
        raise NoMatch(message) from error


def _begin(
    chat: Chat, tables: Tables, owner: str, every: EveryDocument, body: dict[str, Any]
) -> Turn:
    """Store the turn of a table, in a new conversation if the open one is none of this owner."""
    begin = partial(
        tables.begin,
        questions=every.questions,
        total=every.total,
        searched_in=body["documents"],
        threshold=chat.threshold,
    )
    try:
        return begin(owner, body["conversation"])
    except NoSuchConversation:
        return begin(owner, chat.conversations.new(owner).id)


async def _stream_lines(
    every: EveryDocument, tables: Tables, kept: tuple[str, Turn], client: Client
) -> AsyncIterator[str]:
    """Yield a line of JSON for the table, for each answer, and for the pictures or an error."""
    owner, turn = kept
    begun = {"turn": turn.id, "conversation": turn.conversation}
    yield _line(begun | {"questions": every.questions, "total": every.total})
    try:
        async with aclosing(every.stream(client)) as answers:
            async for answer in answers:
                await run_in_threadpool(tables.append, owner, turn.id, answer)
                yield _line({"answer": answer_view(answer)})
        found = await run_in_threadpool(tables.table, owner, turn.id)
        yield _line({"charts": await run_in_threadpool(_draw, found)})
    except FootnoteError as error:
        yield _line({"error": public_message(error)})


def _draw(table: Table) -> list[dict[str, Any]]:
    return charts_view(table.answers, table.questions)


def _parse(body: bytes) -> dict[str, Any]:
    """Return what the page sent. Raises `FootnoteError` for anything else."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict) or not isinstance(sent.get("conversation"), str):
        raise InvalidArgument("The request is not one of this page. Reload it.")
    for name in ("questions", "documents"):
        value = sent.get(name)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise InvalidArgument(f"{name} is not a list of strings. Reload the page.")
    if len(sent["documents"]) > MAX_SELECTED_DOCUMENTS:
        raise InvalidArgument(
            f"{len(sent['documents']):,} documents were chosen; choose at most "
            f"{MAX_SELECTED_DOCUMENTS:,}, or none to ask all."
        )
    return {"confirmed": False} | sent


def _download(content: str | bytes, suffix: str, media_type: str) -> Response:
    headers = _NO_STORE | {"content-disposition": f'attachment; filename="answers.{suffix}"'}
    return Response(content, media_type=media_type, headers=headers)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value) + "\n"
