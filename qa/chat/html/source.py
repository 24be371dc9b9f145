"""A document -> what the page shows of it beside an answer: blocks around what is cited.

A long document is shown a window at a time. Windows lie one after the other: the next begins
where the last ended. How text becomes blocks is left to `blocks`.
"""

import re
import time
from typing import Any

from index.errors import FootnoteError
from index.extract.document import Document, canonicalize, page_of
from index.store.generation import Generation
from index.text.chunk import Span
from qa.rendering.blocks import Block, blocks_of
from qa.rendering.inline import Marked
from qa.rendering.plain_text import shown_around, shown_name

WINDOW = 30_000
"""Characters that are shown at a time, more or less: a window ends where a block does."""

LONGEST_QUERY = 200
"""Characters of what is looked for in a document at most."""

_AROUND = 120
"""Characters shown before and after a quotation on the card over a citation."""

_LONGEST_QUOTE = 2_000
"""Characters of each part of a quotation that the card shows at most."""

_NEAR = 4_000
"""Characters within which a block's end is looked for, to end a window there."""

_STRETCH = 200_000
"""Characters that are searched between two looks at the clock."""

_PATIENCE = 2.0
"""Seconds after which the search for a query ends with what was found."""


def source_view(
    generation: Generation,
    document_id: str,
    start: int,
    end: int,
    answer: Span | None = None,
) -> dict[str, Any]:
    """Return what the page shows of a document: what it is, and the blocks around a range of it.

    `answer` is the range of the words that answer, within that from `start` to `end`. Raises
    `FootnoteError` where there is no such document or range.
    """
    document = find_document(generation, document_id)
    marked = check_range(document, start, end, answer)
    shown = min(end, start + WINDOW)
    spare = max(WINDOW - (shown - start), WINDOW // 2) // 2
    first = _boundary_before(document.text, start - spare)
    last = _boundary_after(document.text, shown + spare)
    return {
        "title": document.title,
        "id": document.id,
        "type": document.media_type,
        "date": document.date,
        "author": document.author,
        "page": page_of(document.page_starts, start),
        "pages": len(document.page_starts),
        "length": len(document.text),
        **_window(document, first, last, marked),
    }


def quote_view(
    generation: Generation, document_id: str, start: int, end: int, answer: Span | None = None
) -> dict[str, Any]:
    """Return a quotation for the card over a citation, with a little of what stands around it.

    "quote" is what comes before the words that answer, these, and what comes after.
    """
    document = find_document(generation, document_id)
    check_range(document, start, end, answer)
    text, (first, last) = document.text, answer or (start, end)
    before = text[max(0, start - _AROUND) : start].rpartition("\n")[2]
    after = text[end : end + _AROUND].partition("\n")[0]
    begin, stop = start - len(before), end + len(after)
    stops = [at - begin for at in (start, first, last, end)]
    parts = shown_around(text[begin:stop], document.id, stops)
    return {
        "title": shown_name(document.title, document.id),
        "page": page_of(document.page_starts, start),
        "before": "…" * (len(before) == _AROUND) + parts[0],
        "quote": [_shortened(part) for part in parts[1:4]],
        "after": parts[4] + "…" * (len(after) == _AROUND),
    }


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def more_blocks(
    document: Document, first: int | None, last: int | None, marked: Marked
) -> dict[str, Any]:
    """Return the window that begins at `first`, or the one that ends at `last`.

    Given both, return what lies between them; of more than a window, its first part. The range
    is told with "from" and "to".

    >>> document = Document("a.txt", "A", "One.\\n\\nTwo.", "", "text/plain", (), "")
    >>> more = more_blocks(document, 6, None, Marked(0, 0))
    >>> more["blocks"][0]["parts"][0]["text"], more["from"], more["to"]
    ('Two.', 6, 10)
    """
    length = len(document.text)
    if first is None:
        last = length if last is None else min(last, length)
        first = _boundary_before(document.text, last - WINDOW)
    else:
        first = min(first, length)
        limit = length if last is None else max(first, min(last, length))
        last = min(limit, _boundary_after(document.text, first + WINDOW))
    return _window(document, first, last, marked)


def blocks_near(document: Document, offset: int, marked: Marked) -> dict[str, Any]:
    """Return a window around an offset, such as that of something that was looked for."""
    first = _boundary_before(document.text, offset - WINDOW // 2)
    last = _boundary_after(document.text, offset + WINDOW // 2)
    return _window(document, first, last, marked)


def find_in(document: Document, query: str, limit: int) -> list[Span]:
    """Return the ranges of a document's text that say `query`, the first `limit` of them.

    Upper and lower case are the same, any white space is that of the query, and accents count.
    Of an empty or overlong query there are none.

    >>> document = Document("a.txt", "A", "The ship\\nleft. THE SHIP", "", "text/plain", (), "")
    >>> find_in(document, "the ship", 10)
    [(0, 8), (15, 23)]
    """
    words = canonicalize(query).split()
    if not words or len(query) > LONGEST_QUERY:
        return []
    text, found, at = document.text, list[Span](), 0
    pattern = re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
    until = time.monotonic() + _PATIENCE
    while at < len(text) and len(found) < limit and time.monotonic() < until:
        stop = at + _STRETCH
        for match in pattern.finditer(text, at, stop + _NEAR):
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


def check_range(document: Document, start: int, end: int, answer: Span | None) -> Marked:
    """Return the marks of a range of a document, none for the range from 0 to 0.

    Raises `FootnoteError` where the document has no such range.
    """
    nothing = start == end == 0
    if not nothing and not 0 <= start < end <= len(document.text):
        raise FootnoteError("This passage is no longer where it was. Ask again.")
    if answer and not start <= answer[0] < answer[1] <= end:
        raise FootnoteError("The words that answer do not lie in this passage. Ask again.")
    return Marked(start, end, answer)


def _window(document: Document, first: int, last: int, marked: Marked) -> dict[str, Any]:
    blocks: list[Block] = blocks_of(document, first, last, marked)
    return {"blocks": blocks, "from": first, "to": last}


def _boundary_before(text: str, offset: int) -> int:
    """Return where a block begins at or before an offset: a paragraph, else a line, else a word."""
    if offset <= 0:
        return 0
    offset = min(offset, len(text))
    low = max(0, offset - _NEAR)
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, low, offset)
        if found >= 0:
            return found + len(mark)
    return 0 if low == 0 else offset


def _boundary_after(text: str, offset: int) -> int:
    """Return where a block begins at or after an offset."""
    if offset >= len(text):
        return len(text)
    for mark in ("\n\n", "\n", " "):
        found = text.find(mark, offset, offset + _NEAR)
        if found >= 0:
            return found + len(mark)
    return len(text) if offset + _NEAR >= len(text) else offset
