"""What programs call: `ask` and `search`, over plain HTTP, Gradio's API and MCP.

The routes for plain HTTP are here; `page` offers the same two functions through Gradio.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from index.errors import FootnoteError, NoMatch
from qa.chat.ask.chat import Chat
from qa.chat.ask.page_state import MAX_SELECTED_DOCUMENTS
from qa.chat.ask.queue import client_of
from qa.rendering.serialize import answer_record
from qa.retrieval.exchanges import check_history

MAX_PASSAGES = 50
"""The most passages that one call returns."""

Call = Callable[..., Any]
History = list[dict[str, Any]]


def create_endpoints(chat: Chat) -> tuple[Call, Call]:
    """Return the functions `ask` and `search`; a language model reads their docstrings.

    Both raise `FootnoteError` for invalid arguments.
    """

    def ask(
        question: str, documents: list[str] | None = None, history: History | None = None
    ) -> dict[str, Any]:
        """Answer a question with exact quotations from the indexed documents.

        Returns "outcome", "text", "probability" and "citations": each of these is a quotation with
        its document, page, range of characters and a "uri" that can be stored. The outcome is
        "answer" where the text holds the exact words that answer, right with that probability;
        "passages" where the documents probably answer, but only whole sentences are sure enough to
        show; and "none" where the documents do not answer: "near" then holds the nearest sentences.
        "answerable" is the probability that the documents answer at all.

        Args:
            question: A question in plain language, at most 2,000 characters.
            documents: Names of the documents to search; left out, all documents.
            history: Earlier answers as they were returned, oldest first, where the question follows
                up on them. Their "question", "text", "answered" and "citations" are read.
        """
        question, chosen = _require_string(question), _check_documents(documents)
        return answer_record(chat.answer(question, chosen, check_history(history)))

    def search(
        question: str,
        top_k: int = 5,
        documents: list[str] | None = None,
        history: History | None = None,
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
        """
        if type(top_k) is not int or not 1 <= top_k <= MAX_PASSAGES:
            raise FootnoteError(f"top_k is {top_k!r:.40}; give a number from 1 to {MAX_PASSAGES}.")
        question, chosen = _require_string(question), _check_documents(documents)
        passages = chat.search(question, chosen, top_k, check_history(history))
        return [passage.to_dict() for passage in passages]

    return ask, search


def router(chat: Chat) -> APIRouter:
    """Return the routes by which a program asks with one request: JSON in, JSON out."""
    routes = APIRouter(prefix="/footnote")
    ask, search = create_endpoints(chat)

    def add(path: str, call: Call, names: frozenset[str]) -> None:
        async def handle(request: Request) -> JSONResponse:
            arguments = _parse_arguments(await request.body(), names)
            queued = partial(call, **arguments)
            result = await chat.run_queued(client_of(request), arguments["question"], queued)
            return JSONResponse(result)

        routes.post(path, response_model=None)(handle)

    add("/ask", ask, frozenset({"question", "documents", "history"}))
    add("/search", search, frozenset({"question", "top_k", "documents", "history"}))
    return routes


def _parse_arguments(body: bytes, names: frozenset[str]) -> dict[str, Any]:
    """Return the JSON object in a request. Raises `FootnoteError` for anything else."""
    try:
        arguments = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FootnoteError('The request is not JSON; send {"question": "…"}.') from error
    if not isinstance(arguments, dict) or "question" not in arguments or arguments.keys() - names:
        optional = ", ".join(sorted(names - {"question"}))
        raise FootnoteError(f'Expected a JSON object with "question" and optionally {optional}.')
    return arguments


def _require_string(question: object) -> str:
    if not isinstance(question, str):
        raise FootnoteError("question is not a string. Send the question as a string.")
    return question


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
        raise FootnoteError("documents is not a list of strings; give a list of document ids.")
    if not all(name.isprintable() or name.isascii() for name in ids):
        raise FootnoteError("documents holds unprintable text; give a list of document ids.")
    if len(ids) > MAX_SELECTED_DOCUMENTS:
        raise FootnoteError(
            f"{len(ids):,} documents were named; name at most {MAX_SELECTED_DOCUMENTS:,}."
        )
    return ids
