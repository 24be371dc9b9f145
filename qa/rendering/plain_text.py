"""A quotation -> what a person is shown of it: its words, without the marks of Markdown. Pure.

What is kept, cited and told to programs stays the exact text; only what people read passes
through here. How a text is taken apart is left to `blocks`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from index.extract.document import NON_MARKDOWN_TYPES, Document
from index.text.canonical import shorten
from qa.answer import Answer
from qa.citation import Citation
from qa.rendering.blocks import AUTHORED, Block, blocks_of
from qa.rendering.inline import Marked, parts_of

BETWEEN = " · "
"""What stands between the cells and the rows of a table, and between the items of a list."""

LONGEST = 20_000
"""Characters of a text at most of which the marks are left out; no sentence is that long."""

TITLE_LENGTH = 60
"""Characters of a title at most; a document without one is called by its first words."""

_TYPES = {
    **dict.fromkeys((".txt", ".text"), "text/plain"),
    **dict.fromkeys((".md", ".markdown"), "text/markdown"),
    ".ipynb": "application/x-ipynb+json",
    ".pdf": "application/pdf",
}
"""The media types that tell how a text is marked; the texts of all other files are so alike."""

_WORDS = 2
"""The place among five parts of the words that answer."""

# A line that is no more than the end of a row, and marks whose other half is in another sentence.
_ROW_END = re.compile(r"[ \t]*[^\s|][^\n]*(?<!\\)\|[ \t]*(?:\n|$)")
_LONE = re.compile(r"(?<!\S)\*\*(?=\S)|(?<=\S)\*\*(?!\S)")


def shown(citation: Citation) -> list[str]:
    """Return what is shown of a quotation: before the words that answer, these words, after them.

    >>> row = "| Parental | **Ida** Holm | 28 |"
    >>> shown(Citation("a.md", "A", "", None, 0, len(row), row, 15, 18))
    ['Parental · ', 'Ida', ' Holm · 28']
    """
    start, quote = citation.start, citation.quote
    first, last = citation.answer_start - start, citation.answer_end - start
    return shown_around(quote, citation.document_id, (0, first, last, len(quote)))[1:4]


def shown_quote(citation: Citation) -> str:
    """Return all that is shown of a quotation."""
    return "".join(shown(citation))


def shown_words(citation: Citation) -> str:
    """Return what is shown of the words that answer."""
    return shown(citation)[1]


def shown_text(answer: Answer) -> str:
    """Return what is shown of the text of an answer, which is made of its quotations."""
    text = answer.text
    for citation in answer.citations:
        if citation.quote in text:
            text = text.replace(citation.quote, shown_quote(citation))
        else:
            text = text.replace(citation.words, shown_words(citation))
    return text


def shown_name(title: str, document_id: str) -> str:
    """Return what a document is called: its title and, where that differs, the name of its file.

    >>> shown_name("Harbour report", "reports/office.docx"), shown_name("plan", "plan.txt")
    ('Harbour report (office.docx)', 'plan.txt')
    """
    file = PurePosixPath(document_id)
    if title.casefold() in ("", file.name.casefold(), file.stem.casefold()):
        return file.name
    words = shown_around(title, document_id, (0, 0, len(title), len(title)))[_WORDS]
    return f"{shorten(words, TITLE_LENGTH)} ({file.name})"


def shown_around(text: str, document_id: str, stops: Sequence[int]) -> list[str]:
    """Return what is shown of a text, in the five parts between which four stops lie.

    The stops are the start of a quotation and of the words in it that answer, the end of these and
    that of the quotation, in characters. `document_id` is that of the document which the text is
    from; its suffix tells how it is marked.

    >>> shown_around("- It **froze** in May. So *they* say.", "a.md", (2, 7, 12, 22))
    ['', 'It ', 'froze', ' in May.', ' So they say.']
    """
    media_type = _TYPES.get(PurePosixPath(document_id).suffix.lower(), "")
    parts = [text[a:b] for a, b in pairwise((0, *stops, len(text)))]
    if media_type in NON_MARKDOWN_TYPES or len(text) > LONGEST:
        return parts
    lead = "|" if _ROW_END.match(text) else ""
    stops = [stop + len(lead) for stop in stops]
    found, at = [""] * len(parts), -1
    for between, pieces in _groups(Document("", "", lead + text, "", media_type, (), ""), stops):
        for piece in pieces:
            now = bisect_right(stops, piece["start"])
            if at >= 0:
                found[at if at < _WORDS else now] += between
            found[now] += _without_lone(piece, media_type)
            at, between = now, ""
    return found if found[_WORDS].strip() else parts


def _groups(document: Document, stops: Sequence[int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the parts of each block, of a table those of each cell, with what stands before."""
    marked, before = Marked(stops[0], stops[3], (stops[1], stops[2])), ""
    for block in blocks_of(document, 0, len(document.text), marked):
        kind = block["kind"]
        between = BETWEEN if kind == before and kind in ("item", "table") else "\n"
        if kind == "table":
            for cell in (cell for row in block["rows"] for cell in row):
                yield between, cell
                between = BETWEEN
        else:
            yield between, _number(document.text, block, marked) + block["parts"]
        before = kind


def _number(text: str, block: Block, marked: Marked) -> list[dict[str, Any]]:
    """Return the parts of the number of an item, which is not a mark but was written to be read."""
    if "number" not in block:
        return []
    start = text.index(block["number"], block["start"])
    end = start + len(block["number"]) + 1  # With the space behind it.
    return parts_of(text, [(start, end, "")], marked)


def _without_lone(piece: dict[str, Any], media_type: str) -> str:
    code = media_type not in AUTHORED or piece.get("style") == "code"
    return piece["text"] if code else _LONE.sub("", piece["text"])
