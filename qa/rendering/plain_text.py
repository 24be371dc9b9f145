"""Format quotations and answers for display as plain text without Markdown markup. Pure.

Only text for people is formatted; stored, cited and machine-readable text stays exact. `blocks`
parses the text.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from index.extract.document import NON_MARKDOWN_TYPES, SUFFIXES, Document
from index.search.terms import WORD
from index.text.canonical import shorten
from index.text.invisible import reveal_controls
from qa.answer import Answer
from qa.citation import Citation
from qa.rendering.blocks import MARKDOWN_TYPES, Block, parse_blocks
from qa.rendering.inline import Highlight, render_parts

SEPARATOR = " · "
"""The separator of table cells, table rows and list items."""

MAX_PARSED_LENGTH = 20_000
"""Characters from which a text is left as it is; no sentence is that long."""

MAX_DISPLAY_TITLE_LENGTH = 60
"""Characters of a title at most; that of an untitled document is its first words."""

MAX_DISPLAY_NAME_LENGTH = 48
"""Characters of a file's name at most; a longer one is cut in its middle."""

_MEDIA_TYPES = {
    **dict.fromkeys((".txt", ".text"), "text/plain"),
    **dict.fromkeys((".md", ".markdown"), "text/markdown"),
    ".ipynb": "application/x-ipynb+json",
    ".pdf": "application/pdf",
}
"""The media types whose markup differs from that of all other files."""

_ANSWER_PART = 2
"""The index of the answer among five parts."""

# A line that is only the end of a table row, and stars whose other half is in another sentence.
_ROW_END = re.compile(r"[ \t]*[^\s|][^\n]*(?<!\\)\|[ \t]*(?:\n|$)")
_UNPAIRED_STARS = re.compile(r"(?<!\S)\*\*(?=\S)|(?<=\S)\*\*(?!\S)")


def format_quote_parts(citation: Citation) -> list[str]:
    """Return a quotation in three parts: before the answer, the answer, after it.

    >>> row = "| Parental | **Ida** Holm | 28 |"
    >>> format_quote_parts(Citation("a.md", "A", "", None, 0, len(row), row, 15, 18))
    ['Parental · ', 'Ida', ' Holm · 28']
    """
    start, quote = citation.start, citation.quote
    first, last = citation.answer_start - start, citation.answer_end - start
    return format_text_parts(quote, citation.document_id, (0, first, last, len(quote)))[1:4]


def format_quote(citation: Citation) -> str:
    """Return a quotation as plain text."""
    return "".join(format_quote_parts(citation))


def format_answer_words(citation: Citation) -> str:
    """Return the answer in a quotation as plain text."""
    return format_quote_parts(citation)[1]


PROBABLY = 0.5
"""Probability that the documents answer from which they are said to do so probably."""


def format_answer_text(answer: Answer) -> str:
    """Return the text of an answer, which consists of its quotations, as plain text."""
    text = answer.text
    for citation in answer.citations:
        if citation.quote in text:
            text = text.replace(citation.quote, format_quote(citation))
        else:
            text = text.replace(citation.words, format_answer_words(citation))
    return text


def format_passages_heading(answer: Answer) -> str:
    """Return the line above sentences without exact words: nobody is to take them for the answer.

    It depends on how likely the documents are to answer at all.
    """
    probably = "probably" if answer.answerable >= PROBABLY else "may"
    return f"The documents {probably} answer here"


def format_document_name(title: str, document_id: str) -> str:
    """Return the display name of a document: its title and, where they differ, its file name.

    >>> format_document_name("Harbour report", "reports/office.docx")
    'Harbour report (office.docx)'
    >>> format_document_name("The plan", "the-plan.txt")
    'the-plan.txt'
    """
    name = PurePosixPath(document_id).name
    file = reveal_controls(cut_middle(name, MAX_DISPLAY_NAME_LENGTH))
    if names_the_same(title, name):
        return file
    words = format_text_parts(title, document_id, (0, 0, len(title), len(title)))[_ANSWER_PART]
    return f"{reveal_controls(shorten(words, MAX_DISPLAY_TITLE_LENGTH))} ({file})"


def media_type_of(document_id: str) -> str:
    """Return the media type by the suffix of a document's id; "" if its markup is like most.

    An id without the suffix of a format is that of a text.
    """
    suffix = PurePosixPath(document_id).suffix.lower()
    return _MEDIA_TYPES.get(suffix, "" if suffix in SUFFIXES else "text/plain")


def names_the_same(title: str, file_name: str) -> bool:
    """Whether a title has the words of a file's name, with or without its suffix, or none.

    >>> names_the_same("Harbour rules", "harbour_rules.pdf"), names_the_same("Rules", "ha.pdf")
    (True, False)
    """
    file = PurePosixPath(unicodedata.normalize("NFC", file_name))
    words = WORD.findall(title.casefold())
    return not words or words in (WORD.findall(n.casefold()) for n in (file.name, file.stem))


def cut_middle(name: str, length: int) -> str:
    """Return a name of at most `length` characters, with an ellipsis in its middle if it is cut.

    >>> cut_middle("minutes of the meeting.pdf", 15)
    'minutes…ing.pdf'
    """
    if len(name) <= length:
        return name
    head = (length - 1) // 2
    return f"{name[:head]}…{name[len(name) - (length - 1 - head) :]}"


def format_text_parts(text: str, document_id: str, stops: Sequence[int]) -> list[str]:
    """Return a text as plain text, in the five parts that four stops divide it into.

    The stops are the start of a quotation, the start and the end of the answer in it, and the end
    of the quotation, in characters. The suffix of `document_id` determines the markup.

    >>> format_text_parts("- It **froze** in May. So *they* say.", "a.md", (2, 7, 12, 22))
    ['', 'It ', 'froze', ' in May.', ' So they say.']
    """
    media_type = media_type_of(document_id)
    parts = [text[a:b] for a, b in pairwise((0, *stops, len(text)))]
    if media_type in NON_MARKDOWN_TYPES or len(text) > MAX_PARSED_LENGTH:
        return parts
    lead = "|" if _ROW_END.match(text) else ""
    stops = [stop + len(lead) for stop in stops]
    found, at = [""] * len(parts), -1
    for between, pieces in _groups(Document("", "", lead + text, "", media_type, (), ""), stops):
        for piece in pieces:
            now = bisect_right(stops, piece["start"])
            if at >= 0:
                found[at if at < _ANSWER_PART else now] += between
            found[now] += _remove_unpaired_stars(piece, media_type)
            at, between = now, ""
    return found if found[_ANSWER_PART].strip() else parts


def _groups(document: Document, stops: Sequence[int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the parts of each block or table cell, with the separator before them."""
    highlight, before = Highlight(stops[0], stops[3], (stops[1], stops[2])), ""
    for block in parse_blocks(document, 0, len(document.text), highlight):
        kind = block["kind"]
        between = SEPARATOR if kind == before and kind in ("item", "table") else "\n"
        if kind == "table":
            for cell in (cell for row in block["rows"] for cell in row):
                yield between, cell
                between = SEPARATOR
        else:
            yield between, _number_parts(document.text, block, highlight) + block["parts"]
        before = kind


def _number_parts(text: str, block: Block, highlight: Highlight) -> list[dict[str, Any]]:
    """Return the parts of a list item's number, which is text rather than markup."""
    if "number" not in block:
        return []
    start = text.index(block["number"], block["start"])
    end = start + len(block["number"]) + 1  # Includes the space after it.
    return render_parts(text, [(start, end, "")], highlight)


def _remove_unpaired_stars(piece: dict[str, Any], media_type: str) -> str:
    code = media_type not in MARKDOWN_TYPES or piece.get("style") == "code"
    return piece["text"] if code else _UNPAIRED_STARS.sub("", piece["text"])
