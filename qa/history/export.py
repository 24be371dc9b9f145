"""Conversations as files, and answers as text to be pasted elsewhere. Pure.

Documents and questions come from others: in Markdown their text is written so that it stays text.
"""

import json
import re
from collections.abc import Callable, Sequence

from qa.answer import Answer
from qa.citation import Citation
from qa.history.conversations import Conversation, Turn
from qa.rendering.plain_text import format_answer_text, format_answer_words, format_quote
from qa.rendering.serialize import answer_from_record

FORMAT = 1
"""Of what `as_json` returns; raised when that changes."""

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~&$^@]|(?<=www)\.|(?<=[ps]):(?=//)|^[-+=:]", re.I)
_NUMBERED = re.compile(r"^(\d+)([.)])")

Written = Callable[[str], str]


def as_markdown(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """Return a conversation as Markdown: a heading a question, its answer as a quotation."""
    blocks = [f"# {escaped(conversation.title)}"]
    for turn in turns:
        answer = answer_from_record(turn.answer)
        asked = f"{turn.asked[:16].replace('T', ' ')} UTC"
        places = f", asked in {', '.join(turn.searched_in)}" if turn.searched_in else ""
        quotation = "> " if answer.answered else ""
        blocks += [f"## {escaped(turn.question)}", escaped(asked + places)]
        blocks += [f"\n{quotation.strip()}\n".join(quotation + p for p in _said(answer, escaped))]
        blocks += ["\n".join(_sources(answer, escaped))]
    return "\n\n".join(filter(None, blocks)) + "\n"


def as_text(turn: Turn) -> str:
    """Return an answer as plain text: its words, the sentences quoted, and their sources."""
    answer = answer_from_record(turn.answer)
    return "\n\n".join([*_said(answer, _line), "\n".join(_sources(answer, _line))]).strip() + "\n"


def as_json(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """Return a conversation as JSON.

    {"format": 1, "title", "created", "changed", "turns": [{"question", "asked", "searched_in",
    "vote", "note", "answer"}]}. An "answer" is as `footnote ask --json` prints it, but for
    passages and paths, with the "threshold" from which it was shown; the "uri" of each of its
    "citations", "conflicting" and "near" is what `footnote check` takes.
    """
    found = {
        "format": FORMAT,
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
            }
            for turn in turns
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def escaped(text: str) -> str:
    r"""Return text on one line as Markdown that shows these very characters.

    >>> print(escaped("1. <b>a_b</b> www.x.org"))
    1\. \<b\>a\_b\</b\> www\.x.org
    """
    return _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", _line(text)))


def _line(text: str) -> str:
    """Return text on one line, without what a terminal would take for a command."""
    return "".join(c for c in " ".join(text.split()) if c >= " " and not "\x7f" <= c <= "\x9f")


def _said(answer: Answer, written: Written) -> list[str]:
    """Return what was answered, a paragraph each: the words, and the sentences that hold them."""
    if not answer.answered:
        near = " The nearest sentences, which may not answer:" if answer.near else ""
        return [written(answer.text) + near, *_quoted(answer.near, 1, written)]
    text = format_answer_text(answer)
    whole = [text] == [format_quote(citation) for citation in answer.citations]
    said = [] if whole else [written(text)]
    said += _quoted(answer.citations, 1, written)
    if answer.conflicting:
        said.append("Other passages say otherwise:")
        said += _quoted(answer.conflicting, 1 + len(answer.citations), written, named=True)
    return [*said, f"{answer.probability:.0%} likely to be right."]


def _quoted(
    citations: Sequence[Citation], first: int, written: Written, *, named: bool = False
) -> list[str]:
    """Return quotations with their numbers; with `named`, their words that answer before them."""
    return [
        written(f"{f'{words}: ' * (named and words != quote)}“{quote}” [{number}]")
        for number, (words, quote) in enumerate(map(_shown, citations), first)
    ]


def _shown(citation: Citation) -> tuple[str, str]:
    return format_answer_words(citation), format_quote(citation)


def _sources(answer: Answer, written: Written) -> list[str]:
    """Return the lines of what is cited, each with what to give to `footnote check`."""
    cited = (*answer.citations, *answer.conflicting, *answer.near)
    return [
        f"{number}. {written(_place(citation))}\n   {written(citation.uri)}".rstrip()
        for number, citation in enumerate(cited, 1)
    ]


def _place(citation: Citation) -> str:
    page = f"page {citation.page}" if citation.page else ""
    also = f"also in {', '.join(citation.also)}" if citation.also else ""
    characters = f"characters {citation.start}-{citation.end}"
    named = dict.fromkeys((citation.title, page, citation.document_id, characters, also))
    return ", ".join(filter(None, named))
