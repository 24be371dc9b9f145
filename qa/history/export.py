"""Format conversations as Markdown or JSON, and answers as plain text. Pure.

Questions and documents are untrusted: in Markdown their text is escaped.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from qa.answer import Answer
from qa.citation import Citation
from qa.history.records import Conversation, Turn
from qa.rendering.columns import format_columns
from qa.rendering.escape import escape_markdown, printable_line
from qa.rendering.plain_text import (
    format_answer_text,
    format_answer_words,
    format_passages_heading,
    format_quote,
)
from qa.rendering.serialize import answer_from_record
from qa.rendering.table import table_markdown

EXPORT_FORMAT = 1
"""The version of the format that `conversation_json` returns."""

Escape = Callable[[str], str]
"""Turns text into one line of the exported format."""


Tables = Mapping[str, Sequence[Answer]]
"""The answers of every document, by the id of the turn that asked for them."""


def conversation_markdown(
    conversation: Conversation, turns: Sequence[Turn], tables: Tables = MappingProxyType({})
) -> str:
    """Return a conversation as Markdown: questions as headings, answers as block quotes or, where
    every document was asked, as tables.
    """
    blocks = [f"# {escape_markdown(conversation.title)}"]
    for turn in turns:
        answer = answer_from_record(turn.answer)
        asked = f"{turn.asked[:16].replace('T', ' ')} UTC"
        documents = f", asked in {', '.join(turn.searched_in)}" if turn.searched_in else ""
        quotation = "" if answer.outcome in ("none", "collection") else "> "
        blocks += [f"## {escape_markdown(turn.question)}", escape_markdown(asked + documents)]
        paragraphs = [quotation + p for p in _answer_paragraphs(answer, escape_markdown)]
        blocks += [f"\n{quotation.strip()}\n".join(paragraphs)]
        blocks += ["\n".join(_source_lines(answer, escape_markdown))]
        if answers := tables.get(turn.id):
            blocks += [table_markdown(answers).rstrip()]
    return "\n\n".join(filter(None, blocks)) + "\n"


def turn_text(turn: Turn) -> str:
    """Return an answer as plain text: its words, its quotations and their sources."""
    answer = answer_from_record(turn.answer)
    sources = "\n".join(_source_lines(answer, printable_line))
    return "\n\n".join([*_answer_paragraphs(answer, printable_line), sources]).strip() + "\n"


def conversation_json(
    conversation: Conversation, turns: Sequence[Turn], tables: Tables = MappingProxyType({})
) -> str:
    """Return a conversation as JSON.

    {"format": 1, "title", "created", "changed", "turns": [{"question", "asked", "searched_in",
    "vote", "note", "answer"}]}; where every document was asked, the turn also has "answers". Each
    answer is as `footnote ask --json` prints it, without passages and paths; an "answer" also has
    the "threshold" that applied. `footnote check` takes the "uri" of each of its "citations",
    "conflicting" and "near".
    """
    found = {
        "format": EXPORT_FORMAT,
        "title": conversation.title,
        "created": conversation.created,
        "changed": conversation.changed,
        "turns": [
            {
                "question": turn.question,
                "asked": turn.asked,
                "searched_in": turn.searched_in,
                "vote": turn.vote,
                "note": turn.note,
                "answer": turn.answer,
                **_list_answers(tables.get(turn.id, ())),
            }
            for turn in turns
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _list_answers(answers: Sequence[Answer]) -> dict[str, Any]:
    return {"answers": [answer.to_dict() for answer in answers]} if answers else {}


def _answer_paragraphs(answer: Answer, escape: Escape) -> list[str]:
    """Return the paragraphs of an answer, as the command prints it with a language model."""
    paragraphs = []
    if answer.searched_for != answer.question:
        paragraphs.append(escape(f"Searched for: {answer.searched_for}"))
    if answer.note:
        paragraphs.append(escape(answer.note))
    paragraphs += _outcome_paragraphs(answer, escape)
    if answer.phrased and answer.phrased.supported:
        numbers = {citation.range: n for n, citation in reversed([*enumerate(_cited(answer), 1)])}
        sentences = [
            " ".join([sentence.text, *(f"[{numbers[c.range]}]" for c in sentence.citations)])
            for sentence in answer.phrased.supported
        ]
        paragraphs.append(escape(f"In the words of the language model: {' '.join(sentences)}"))
    return paragraphs


def _outcome_paragraphs(answer: Answer, escape: Escape) -> list[str]:
    """Return the words of an answer, and the sentences that contain them."""
    if answer.outcome == "passages":
        heading = escape(format_passages_heading(answer))
        heading += f" ({answer.answerable:.0%} likely):"
        return [heading, *_quotation_paragraphs(answer.citations, 1, escape)]
    if answer.outcome == "collection":
        listed = [escape(f"- {document}") for document in answer.documents]
        said = escape(answer.text.partition("\n")[0])
        return [said, *listed, *_quotation_paragraphs(answer.citations, 1, escape)]
    if answer.outcome == "none":
        near = " The nearest sentences, which may not answer:" if answer.near else ""
        return [escape(answer.text) + near, *_quotation_paragraphs(answer.near, 1, escape)]
    text = format_answer_text(answer)
    whole = [text] == [format_quote(citation) for citation in answer.citations]
    paragraphs = [] if whole else [escape(text)]
    paragraphs += _quotation_paragraphs(answer.citations, 1, escape)
    if answer.conflicting:
        paragraphs.append("Other passages say otherwise:")
        first = 1 + len(answer.citations)
        paragraphs += _quotation_paragraphs(answer.conflicting, first, escape, named=True)
    return [*paragraphs, f"{answer.probability:.0%} likely to be right."]


def _quotation_paragraphs(
    citations: Sequence[Citation], first: int, escape: Escape, *, named: bool = False
) -> list[str]:
    """Return quotations with their numbers; with `named`, each after the answer in it."""
    return [
        escape(f"{f'{words}: ' * (named and words != quote)}“{quote}” [{number}]{columns}")
        for number, (words, quote, columns) in enumerate(map(_format_citation, citations), first)
    ]


def _format_citation(citation: Citation) -> tuple[str, str, str]:
    columns = format_columns(citation)
    columns = f" (columns: {columns})" if columns else ""
    return format_answer_words(citation), format_quote(citation), columns


def _source_lines(answer: Answer, escape: Escape) -> list[str]:
    """Return the list of sources, each with the URI for `footnote check`."""
    return [
        f"{number}. {escape(_describe_source(citation))}\n   {escape(citation.uri)}".rstrip()
        for number, citation in enumerate(_cited(answer), 1)
    ]


def _cited(answer: Answer) -> list[Citation]:
    """Return the citations of an answer by their numbers; those of a phrasing that are new last."""
    own = [*answer.citations, *answer.conflicting, *answer.near]
    sentences = answer.phrased.supported if answer.phrased else ()
    more = {c.range: c for sentence in sentences for c in sentence.citations}
    known = {citation.range for citation in own}
    return [*own, *(citation for place, citation in more.items() if place not in known)]


def _describe_source(citation: Citation) -> str:
    page = f"page {citation.page}" if citation.page else ""
    also = f"also in {', '.join(citation.also)}" if citation.also else ""
    characters = f"characters {citation.start}-{citation.end}"
    named = dict.fromkeys((citation.title, page, citation.document_id, characters, also))
    return ", ".join(filter(None, named))
