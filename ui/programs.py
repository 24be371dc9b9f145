"""What programs call: `ask` and `search`, as an HTTP endpoint and as tools of an MCP server.

Their docstrings are what a language model reads of the tools.
"""

from collections.abc import Callable
from typing import Any

from index.errors import FootnoteError
from qa.record import answer_record, passage_record
from ui.talk import MOST_CHOSEN, Talk
from ui.told import told

MOST_PASSAGES = 50
"""Passages that one call returns at most."""


def endpoints(talk: Talk) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the functions `ask` and `search` over the index of `talk`."""
    import gradio as gr

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
        try:
            return answer_record(talk.answer(question, _ids(documents)))
        except FootnoteError as error:
            raise gr.Error(told(error), print_exception=False) from error

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
        try:
            if not isinstance(top_k, int) or not 1 <= top_k <= MOST_PASSAGES:
                raise FootnoteError(f"top_k is {top_k!r}; give a number from 1 to {MOST_PASSAGES}.")
            found = talk.search(question, _ids(documents), top_k)
            return [passage_record(passage) for passage in found]
        except FootnoteError as error:
            raise gr.Error(told(error), print_exception=False) from error

    return ask, search


def _ids(documents: object) -> list[str]:
    """Return the ids that a caller sent. Raises `FootnoteError` for anything else."""
    sent = [] if documents is None else documents
    if not isinstance(sent, list) or not all(isinstance(found, str) for found in sent):
        raise FootnoteError(f"documents is {sent!r:.80}; give a list of documents' ids.")
    if len(sent) > MOST_CHOSEN:
        raise FootnoteError(f"{len(sent):,} documents were named; name at most {MOST_CHOSEN:,}.")
    return sent
