"""Views of a document for the source panel: blocks of text around a citation.

A long document is shown in windows, each beginning where the one before it ends. Splitting text
into blocks is left to `qa.rendering.blocks`.
"""

import re
import time
from pathlib import PurePosixPath
from typing import Any

from index.errors import FootnoteError
from index.extract.document import Document, page_of
from index.store.generation import Generation
from index.text.canonical import canonicalize
from index.text.invisible import reveal_controls
from index.text.sentence import Span
from qa.rendering.blocks import Block, parse_blocks
from qa.rendering.inline import Highlight
from qa.rendering.plain_text import (
    format_document_name,
    format_text_parts,
    media_type_of,
    names_the_same,
)

VIEW_LENGTH = 30_000
"""Approximate length of a window in characters: it ends at the end of a block."""

MAX_QUERY_LENGTH = 200
"""Length limit of a query in characters."""

_SHA256 = re.compile("[0-9a-f]{64}")

_CONTEXT_LENGTH = 120
"""Characters shown before and after a quotation on the card of a citation."""

_MAX_QUOTE_PART = 2_000
"""Length limit of each part of a quotation on the card, in characters."""

_MAX_BOUNDARY_DISTANCE = 4_000
"""Characters within which the end of a block is searched, to end a window there."""

_SEARCH_STEP = 200_000
"""Characters searched between two checks of the time."""

_SEARCH_TIMEOUT = 2.0
"""Seconds after which the search for a query returns the matches so far."""


def source_view(
    generation: Generation,
    document_id: str,
    start: int,
    end: int,
    answer: Span | None = None,
    *,
    sha256: str = "",
) -> dict[str, Any]:
    """Return the metadata of a document, and its blocks around the characters `start` to `end`.

    `answer` is the range of the answering words within that range, `sha256` that of the text as in
    `find_cited`. Raises `FootnoteError` if there is no such document or range.
    """
    document = find_cited(generation, document_id, sha256)
    marked = check_range(document, start, end, answer)
    shown = min(end, start + VIEW_LENGTH)
    spare = max(VIEW_LENGTH - (shown - start), VIEW_LENGTH // 2) // 2
    first = _boundary_before(document.text, start - spare)
    last = _boundary_after(document.text, shown + spare)
    return {
        **name_view(document.title, document.id),
        "id": document.id,
        "kept": why_kept(generation, document),
        "type": document.media_type,
        "date": document.date,
        "author": document.author,
        "page": page_of(document.page_starts, start),
        "pages": len(document.page_starts),
        "length": len(document.text),
        **_view_blocks(document, first, last, marked),
    }


def name_view(title: str, document_id: str) -> dict[str, str]:
    """Return the title, file name and path of a document to be shown.

    The name is empty where the title says the same.

    >>> name_view("Fees", "a/fees.md"), name_view("Fees", "b.md")["name"]
    ({'title': 'Fees', 'name': '', 'path': 'a/fees.md'}, 'b.md')
    """
    name = PurePosixPath(document_id).name
    return {
        "title": reveal_controls(title),
        "name": "" if names_the_same(title, name) else reveal_controls(name),
        "path": reveal_controls(document_id),
    }


def quote_view(
    generation: Generation,
    document_id: str,
    start: int,
    end: int,
    answer: Span | None = None,
    *,
    sha256: str = "",
) -> dict[str, Any]:
    """Return a quotation with some context, for the card of a citation.

    "quote" holds three parts: before the answering words, these words, and after them.
    """
    document = find_cited(generation, document_id, sha256)
    check_range(document, start, end, answer)
    text, (first, last) = document.text, answer or (start, end)
    before = text[max(0, start - _CONTEXT_LENGTH) : start].rpartition("\n")[2]
    after = text[end : end + _CONTEXT_LENGTH].partition("\n")[0]
    begin, stop = start - len(before), end + len(after)
    stops = [at - begin for at in (start, first, last, end)]
    parts = format_text_parts(text[begin:stop], document.id, stops)
    return {
        "title": format_document_name(document.title, document.id),
        "page": page_of(document.page_starts, start),
        "before": "…" * (len(before) == _CONTEXT_LENGTH) + parts[0],
        "quote": [_shorten_quote(part) for part in parts[1:4]],
        "after": parts[4] + "…" * (len(after) == _CONTEXT_LENGTH),
    }


def _shorten_quote(text: str) -> str:
    return text if len(text) <= _MAX_QUOTE_PART else f"{text[:_MAX_QUOTE_PART]}…"


def blocks_between(
    document: Document, first: int | None, last: int | None, marked: Highlight
) -> dict[str, Any]:
    """Return the window that begins at `first`, or the one that ends at `last`.

    Given both, return the text between them, at most one window from `first` on. "from" and "to"
    are the range of the result.

    >>> document = Document("a.txt", "A", "One.\\n\\nTwo.", "", "text/plain", (), "")
    >>> more = blocks_between(document, 6, None, Highlight(0, 0))
    >>> more["blocks"][0]["parts"][0]["text"], more["from"], more["to"]
    ('Two.', 6, 10)
    """
    length = len(document.text)
    if first is None:
        last = length if last is None else min(last, length)
        first = _boundary_before(document.text, last - VIEW_LENGTH)
    else:
        first = min(first, length)
        limit = length if last is None else max(first, min(last, length))
        last = min(limit, _boundary_after(document.text, first + VIEW_LENGTH))
    return _view_blocks(document, first, last, marked)


def blocks_near(document: Document, offset: int, marked: Highlight) -> dict[str, Any]:
    """Return the window around an offset, such as that of a match."""
    first = _boundary_before(document.text, offset - VIEW_LENGTH // 2)
    last = _boundary_after(document.text, offset + VIEW_LENGTH // 2)
    return _view_blocks(document, first, last, marked)


def find_query(document: Document, query: str, limit: int) -> list[Span]:
    """Return the first `limit` ranges of a document's text that match `query`.

    Case is ignored, any run of white space matches any other, and accents are significant. An empty
    or too long query matches nothing.

    >>> document = Document("a.txt", "A", "The ship\\nleft. THE SHIP", "", "text/plain", (), "")
    >>> find_query(document, "the ship", 10)
    [(0, 8), (15, 23)]
    """
    words = canonicalize(query).split()
    if not words or len(query) > MAX_QUERY_LENGTH:
        return []
    text, found, at = document.text, list[Span](), 0
    pattern = re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
    until = time.monotonic() + _SEARCH_TIMEOUT
    while at < len(text) and len(found) < limit and time.monotonic() < until:
        stop = at + _SEARCH_STEP
        for match in pattern.finditer(text, at, stop + _MAX_BOUNDARY_DISTANCE):
            if match.start() >= stop or len(found) == limit:
                break
            found.append(match.span())
        at = max(stop, found[-1][1] if found else 0)
    return found


def find_document(generation: Generation, document_id: str) -> Document:
    try:
        return generation.document_by_id(document_id)
    except KeyError as error:
        raise FootnoteError("This document is no longer in the index. Ask again.") from error


def find_cited(generation: Generation, document_id: str, sha256: str) -> Document:
    """Return the document that a citation quotes, with the text that has this sha256.

    Where the document has another text now, or was removed, this is a document with the same text,
    or else the kept text under the old id. Without a sha256, or once the text was pruned, it is
    the present document. Raises `FootnoteError` if there is none.
    """
    same = generation.documents_with_text(sha256)
    if found := [document for document in same if document.id == document_id] or same:
        return found[0]
    text = generation.stored_text(sha256) if _SHA256.fullmatch(sha256) else None
    if text is None:
        return find_document(generation, document_id)
    name = PurePosixPath(document_id).name
    return Document(document_id, name, text, "", media_type_of(document_id), (), sha256)


def why_kept(generation: Generation, document: Document) -> str:
    """Return why a text is only kept: "removed" or "changed"; "" if a document still has it."""
    if generation.has_text(document.sha256):
        return ""
    return "changed" if generation.has_document(document.id) else "removed"


def check_range(document: Document, start: int, end: int, answer: Span | None) -> Highlight:
    """Return the range of a document as marks; the range 0 to 0 marks nothing.

    Raises `FootnoteError` if the document has no such range.
    """
    nothing = start == end == 0
    if not nothing and not 0 <= start < end <= len(document.text):
        raise FootnoteError("The document has changed since this answer. Ask again.")
    if answer and not start <= answer[0] < answer[1] <= end:
        raise FootnoteError("The answer lies outside the cited passage. Ask again.")
    return Highlight(start, end, answer)


def _view_blocks(document: Document, first: int, last: int, marked: Highlight) -> dict[str, Any]:
    blocks: list[Block] = parse_blocks(document, first, last, marked)
    return {"blocks": blocks, "from": first, "to": last}


def _boundary_before(text: str, offset: int) -> int:
    """Return the nearest start of a paragraph, else of a line or word, at or before an offset."""
    if offset <= 0:
        return 0
    offset = min(offset, len(text))
    low = max(0, offset - _MAX_BOUNDARY_DISTANCE)
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, low, offset)
        if found >= 0:
            return found + len(mark)
    return 0 if low == 0 else offset


def _boundary_after(text: str, offset: int) -> int:
    """Return the nearest start of a paragraph, line or word at or after an offset."""
    if offset >= len(text):
        return len(text)
    for mark in ("\n\n", "\n", " "):
        found = text.find(mark, offset, offset + _MAX_BOUNDARY_DISTANCE)
        if found >= 0:
            return found + len(mark)
    return len(text) if offset + _MAX_BOUNDARY_DISTANCE >= len(text) else offset
