"""What programs call: `ask` and `search`, by plain HTTP, by Gradio's API and as tools over MCP."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from index.errors import FootnoteError
from qa.chat.access.public_errors import told
from qa.chat.ask.chat import Talk
from qa.chat.ask.page_state import MOST_CHOSEN
from qa.chat.ask.queue import Busy, asker_of
from qa.rendering.serialize import answer_record, passage_record

MOST_PASSAGES = 50
"""Passages that one call returns at most."""

Call = Callable[..., Any]


def calls(talk: Talk) -> tuple[Call, Call]:
    """Return the functions `ask` and `search`; their docstrings are what a language model reads.

    Both raise `FootnoteError` for what cannot be asked.
    """

    def ask(question: str, documents: list[str] | None = None) -> dict[str, Any]:
        """Answer a question with exact quotations from the indexed documents.

        Returns "answered", the "text" that answers, the "probability" that it is right, and
        "citations": each a quotation with its document, page and range of characters, and a "uri"
        to keep. Where "answered" is false, the documents do not say it, and "near" are only the
        nearest sentences.

        Args:
            question: A question in plain language, at most 2,000 characters.
            documents: Ids of the only documents to ask; by default all of them.
        """
        return answer_record(talk.answer(_question(question), _ids(documents)))

    def search(
        question: str, top_k: int = 5, documents: list[str] | None = None
    ) -> list[dict[str, Any]]:
        """List the passages of the indexed documents that are nearest to a question.

        Each has its document's id and title, its range of characters, its text and its score.

        Args:
            question: A question or some words, at most 2,000 characters.
            top_k: How many passages to return, 1 to 50.
            documents: Ids of the only documents to search; by default all of them.
        """
        if type(top_k) is not int or not 1 <= top_k <= MOST_PASSAGES:
            raise FootnoteError(f"top_k is {top_k!r:.40}; give a number from 1 to {MOST_PASSAGES}.")
        found = talk.search(_question(question), _ids(documents), top_k)
        return [passage_record(passage) for passage in found]

    return ask, search


def router(talk: Talk) -> APIRouter:
    """Return the routes by which a program asks with one request: JSON in, JSON out."""
    routes = APIRouter(prefix="/footnote")
    ask, search = calls(talk)

    def add(path: str, call: Call, names: frozenset[str]) -> None:
        async def handle(request: Request) -> JSONResponse:
            try:
                arguments = _arguments(await request.body(), names)
                return JSONResponse(await talk.aside(asker_of(request), call, **arguments))
            except Busy as busy:
                pause = {"retry-after": str(busy.pause)}
                return JSONResponse({"error": told(busy)}, 503, headers=pause)
            except FootnoteError as error:
                return JSONResponse({"error": told(error)}, 400)

        routes.post(path, response_model=None)(handle)

    add("/ask", ask, frozenset({"question", "documents"}))
    add("/search", search, frozenset({"question", "top_k", "documents"}))
    return routes


def _arguments(body: bytes, names: frozenset[str]) -> dict[str, Any]:
    """Return what a program sent. Raises `FootnoteError` for anything but a JSON object."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FootnoteError('The request is not JSON; send {"question": "…"}.') from error
    if not isinstance(sent, dict) or "question" not in sent or not sent.keys() <= names:
        expected = ", ".join(sorted(names - {"question"}))
        raise FootnoteError(
            f'Expected a JSON object with "question" and, where wanted, {expected}.'
        )
    return sent


def _question(question: object) -> str:
    if not isinstance(question, str):
        raise FootnoteError("question is no text; give one.")
    return question


def _ids(documents: object) -> list[str]:
    """Return the ids that a caller sent. Raises `FootnoteError` for anything else."""
    sent = [] if documents is None else documents
    if not isinstance(sent, list) or not all(isinstance(found, str) for found in sent):
        raise FootnoteError("documents is no list of texts; give a list of documents' ids.")
    if not all(found.isprintable() or found.isascii() for found in sent):
        raise FootnoteError("documents holds what is no text; give a list of documents' ids.")
    if len(sent) > MOST_CHOSEN:
        raise FootnoteError(f"{len(sent):,} documents were named; name at most {MOST_CHOSEN:,}.")
    return sent
