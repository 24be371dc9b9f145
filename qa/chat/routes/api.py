"""What programs call: `ask`, `search` and `ask_each`, over plain HTTP, Gradio's API and MCP.

The routes for plain HTTP are here; `page` offers the same functions through Gradio.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse

from index.errors import FootnoteError, InvalidArgument, NoMatch
from index.store.live import open_live
from index.text.canonical import is_unicode
from qa.chat.access.public_errors import public_message
from qa.chat.access.response import stream_lines
from qa.chat.ask.chat import Chat
from qa.chat.ask.every import EveryDocument
from qa.chat.ask.page_state import MAX_SELECTED_DOCUMENTS
from qa.chat.ask.queue import Client, client_of
from qa.retrieval.arguments import DEFAULT_TOP_K, check_threshold, check_top_k
from qa.retrieval.exchanges import check_history
from qa.retrieval.filters import check_where, select_documents

PREFIX = "/footnote"
"""The path under which the routes are."""

MAX_PASSAGES = 50
"""The most passages that one call returns."""

MAX_CONDITION_VALUES = 100
"""The most values that the conditions of one call hold."""

Call = Callable[..., Any]
History = list[dict[str, Any]]
Conditions = dict[str, Any]

MAX_LISTED_ANSWERS = 100
"""The most answers of one call over Gradio's API or MCP; plain HTTP streams any number."""

_OTHER_METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_endpoints(chat: Chat) -> tuple[Call, Call, Call]:
    """Return `ask`, `search` and `ask_each`; a language model reads their docstrings.

    All raise `FootnoteError` for invalid arguments.
    """

    def ask(
        question: str,
        documents: list[str] | None = None,
        history: History | None = None,
        where: Conditions | None = None,
        threshold: float | None = None,
    ) -> dict[str, Any]:
        """Answer a question with exact quotations from the indexed documents.

        Returns "outcome", "text", "probability" and "citations": each of these is a quotation with
        its document, page, range of characters and a "uri" that can be stored. The outcome is
        "answer" where the text holds the exact words that answer, right with that probability;
        "passages" where the documents probably answer, but only whole sentences are sure enough to
        show; "none" where the documents do not answer: "near" then holds the nearest sentences; and
        "collection" where the documents as such are asked about, as in "List all documents": the
        text then says what there is, and "documents" are those that it lists.
        "answerable" is the probability that the documents answer at all.

        Args:
            question: A question in plain language, at most 2,000 characters.
            documents: Names of the documents to search; left out, all documents.
            history: Earlier answers as they were returned, oldest first, where the question follows
                up on them. Their "question", "text", "answered" and "citations" are read.
            where: Conditions on the documents to search, such as {"folder": "reports", "date":
                "2023..2024"}; others are document, id, type and author.
            threshold: Lowest probability with which exact words are shown, 0 to 1.
        """
        threshold = None if threshold is None else check_threshold(threshold)
        chosen, past = _select(chat, documents, where), check_history(history)
        return chat.answer(_require_string(question), chosen, past, threshold).to_dict()

    def search(
        question: str,
        top_k: int = DEFAULT_TOP_K,
        documents: list[str] | None = None,
        history: History | None = None,
        where: Conditions | None = None,
    ) -> list[dict[str, Any]]:
        """List the passages of the indexed documents that are nearest to a question.

        Each has the id and title of its document, its page, its range of characters, its text, its
        score and a "uri" that can be stored.

        Args:
            question: A question or some words, at most 2,000 characters.
            top_k: How many passages to return, 1 to 50.
            documents: Names of the documents to search; left out, all documents.
            history: Earlier answers as ask returned them, oldest first, where the question follows
                up on them.
            where: Conditions on the documents to search, as in ask.
        """
        top_k = check_top_k(top_k, limit=MAX_PASSAGES)
        chosen, past = _select(chat, documents, where), check_history(history)
        passages = chat.search(_require_string(question), chosen, top_k, past)
        return [passage.to_dict() for passage in passages]

    def ask_each(
        question: str,
        documents: list[str] | None = None,
        where: Conditions | None = None,
        threshold: float | None = None,
    ) -> list[dict[str, Any]]:
        """Put one question to each of at most 100 documents on its own, to compare what they say.

        Returns one answer for each document, as ask returns them; the "document" of each is the one
        that was asked.

        Args:
            question: A question that each document may answer, such as "Who is the tenant?".
            documents: Names of the documents to ask; left out, all documents.
            where: Conditions on the documents to ask, as in ask.
            threshold: Lowest probability with which exact words are shown, 0 to 1.
        """
        every = select_every(chat, _require_string(question), documents, where, threshold)
        if every.total > MAX_LISTED_ANSWERS:
            raise InvalidArgument(
                f"{every.total:,} documents would be asked; at most {MAX_LISTED_ANSWERS} are asked "
                "by one call. Name some of them, or set conditions in where."
            )
        return [every.make(number).to_dict() for number in range(every.total)]

    return ask, search, ask_each


def select_every(
    chat: Chat, question: str | list[str], documents: object, where: object, threshold: object
) -> EveryDocument:
    """Return the answers of each document that a program selects; none is made yet."""
    lowest = None if threshold is None else check_threshold(threshold)
    return EveryDocument(chat, question, _select(chat, documents, where), lowest)


def router(chat: Chat) -> APIRouter:
    """Return the routes by which a program asks with one request: JSON in, JSON out."""
    routes = APIRouter(prefix=PREFIX)
    ask, search, _ = create_endpoints(chat)

    def add(path: str, call: Call, names: frozenset[str]) -> None:
        async def handle(request: Request) -> JSONResponse:
            arguments = _parse_arguments(await request.body(), names)
            queued = partial(call, **arguments)
            result = await chat.run_queued(client_of(request), arguments["question"], queued)
            return JSONResponse(result)

        routes.post(path, response_model=None)(handle)
        routes.add_api_route(path, refuse, methods=_OTHER_METHODS)

    async def refuse(request: Request) -> JSONResponse:
        message = f'{request.method} is not allowed here; send {{"question": "…"}} by POST.'
        return JSONResponse({"error": message}, 405, headers={"allow": "POST"})

    shared = {"question", "documents", "history", "where"}
    add("/ask", ask, frozenset(shared | {"threshold"}))
    add("/search", search, frozenset(shared | {"top_k"}))

    @routes.post("/ask_each", response_model=None)
    async def ask_each(request: Request) -> StreamingResponse:
        names = frozenset({"question", "documents", "where", "threshold"})
        sent: dict[str, Any] = {name: None for name in names}
        sent |= _parse_arguments(await request.body(), names)
        client, selected = client_of(request), partial(select_every, chat, **sent)
        every = await chat.run_queued(client, sent["question"], selected)
        # The response itself notices a client that disconnects.
        lines = _stream_answers(every, Client(client.name))
        return stream_lines(lines)

    routes.add_api_route("/ask_each", refuse, methods=_OTHER_METHODS)
    return routes


async def _stream_answers(every: EveryDocument, client: Client) -> AsyncIterator[str]:
    """Yield a line of JSON for each answer; if it fails half-way, the last one says why."""
    done = 0
    try:
        async with aclosing(every.stream(client)) as answers:
            async for answer in answers:
                done += 1
                line = {"done": done, "total": every.total, "answer": answer.to_dict()}
                yield json.dumps(line) + "\n"
    except FootnoteError as error:
        yield json.dumps({"error": public_message(error)}) + "\n"


def _parse_arguments(body: bytes, names: frozenset[str]) -> dict[str, Any]:
    """Return the JSON object in a request. Raises `FootnoteError` for anything else."""
    try:
        arguments = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidArgument('The request is not JSON; send {"question": "…"}.') from error
    unknown = arguments.keys() - names if isinstance(arguments, dict) else ()
    if not isinstance(arguments, dict) or "question" not in arguments or unknown:
        optional = ", ".join(sorted(names - {"question"}))
        found = f" {min(unknown)!r:.40} is none of these." if unknown else ""
        raise InvalidArgument(
            f'Expected a JSON object with "question" and optionally {optional}.{found}'
        )
    return arguments


def _require_string(question: object) -> str:
    if not isinstance(question, str):
        raise InvalidArgument("question is not a string. Send the question as a string.")
    return question


def _select(chat: Chat, documents: object, where: object) -> list[str]:
    """Return the names of the documents to search, none for all.

    Conditions are compared with ids only: the paths of this machine are nobody's business.
    """
    names, conditions = _check_documents(documents), _check_conditions(where)
    if not conditions:
        return names
    if names and "id" in conditions:
        raise InvalidArgument("documents and the condition id were both given. Give one of them.")
    if names:
        conditions["id"] = names
    entries = open_live(chat.folder).manifest.documents
    return [entries[n].id for n in select_documents(conditions, entries, on_disk=False)]


def _check_conditions(where: object) -> dict[str, list[str]]:
    """Return the conditions that a program sent. Raises `FootnoteError` for anything else."""
    conditions = check_where(where)
    values = [value for values in conditions.values() for value in values]
    if len(values) > MAX_CONDITION_VALUES:
        raise InvalidArgument(
            f"where holds {len(values):,} values; give at most {MAX_CONDITION_VALUES:,}."
        )
    if not all(map(is_unicode, values)):
        raise InvalidArgument("where holds text that is not valid; give names as they are listed.")
    return conditions


def _check_documents(documents: object) -> list[str]:
    """Return the names that a program sent, none if it left them out.

    Raises `FootnoteError` for anything else, an empty list too: it may not mean all documents.
    """
    if documents is None:
        return []
    if documents == []:
        raise NoMatch(
            "documents is an empty list, so there is nothing to search. List at least one "
            "document; to search all, leave documents out."
        )
    ids = documents
    if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
        raise InvalidArgument("documents is not a list of strings; give a list of document ids.")
    if not all(map(is_unicode, ids)):
        raise InvalidArgument(
            "documents holds text that is not valid; give a list of document ids."
        )
    if len(ids) > MAX_SELECTED_DOCUMENTS:
        raise InvalidArgument(
            f"{len(ids):,} documents were named; name at most {MAX_SELECTED_DOCUMENTS:,}."
        )
    return ids
