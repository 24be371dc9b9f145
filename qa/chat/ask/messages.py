"""A kept question and its answer as the two messages that Gradio's chatbot takes."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from index.errors import FootnoteError
from index.store.live import open_live
from qa.answer import Answer
from qa.chat.html.answer import answer_html, notice_html, question_html
from qa.chat.html.table import questions_html, table_html
from qa.history.records import Turn
from qa.history.tables import describe_table
from qa.rendering.plain_text import format_document_name
from qa.rendering.serialize import answer_from_record

REMOVED = "A cited document was removed since."

Message = dict[str, Any]
"""A question or an answer as Gradio's chatbot takes it: its role, and its HTML."""


def turn_messages(turn: Turn, folder: str | None, *, phrasing: bool, last: bool) -> list[Message]:
    """Return the messages of a turn; `folder` is that of the index."""
    try:
        if table := describe_table(turn):
            question = {"role": "user", "content": questions_html(table.questions)}
            return [question, chat_message(table_html(turn))]
        answer = answer_from_record(turn.answer)
        asked = quote(turn.asked, safe="") if phrasing and answer.outcome == "answer" else ""
        if _is_removed(folder, answer):
            answer = replace(answer, note=f"{answer.note} {REMOVED}".strip())
        html = answer_html(
            turn.id,
            answer,
            turn.vote,
            turn.searched_in,
            phrasing=asked,
            begin=last,
            name_of=partial(name_document, folder),
        )
    except FootnoteError:
        html = notice_html("This earlier answer cannot be read any more. Ask again.")
    return [user_message(turn.id, turn.question), chat_message(html)]


def _is_removed(folder: str | None, answer: Answer) -> bool:
    """Whether a document that an answer cites is gone, and no other one has its text."""
    with suppress(FootnoteError):
        generation = open_live(folder)
        return any(
            not generation.has_text(cited.sha256) and not generation.has_document(cited.document_id)
            for cited in (*answer.citations, *answer.conflicting, *answer.near)
        )
    return False


def name_document(folder: str | None, document_id: str) -> str:
    """Return the name of a document to be shown; that of its file if it is gone."""
    title = ""
    with suppress(FootnoteError, KeyError):
        title = open_live(folder).entry(document_id).title
    return format_document_name(title, document_id)


def user_message(turn_id: str, question: str) -> Message:
    return {"role": "user", "content": question_html(turn_id, question)}


def chat_message(html: str) -> Message:
    return {"role": "assistant", "content": html}
