"""The ranges of the sentences of a passage."""

from functools import lru_cache
from itertools import takewhile

from index import Chunk, Document
from index.text.chunk import sentence_spans
from index.text.sentence import Span
from index.text.table import find_open_rows, known_tables
from qa.retrieval.heading import is_heading


def sentences_of(document: Document, chunk: Chunk) -> tuple[Span, ...]:
    """Return the sentences of a passage, in offsets of its text; rows without bars are whole."""
    text = document.text[chunk.start : chunk.end]
    rows: list[Span] = []
    if "|" in text:
        tables = known_tables(document.text)
        rows = find_open_rows(document.text, tables, chunk.start, chunk.end)
    return _split(text, tuple((a - chunk.start, b - chunk.start) for a, b in rows))


@lru_cache(maxsize=1024)
def _split(text: str, open_rows: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the sentences of a text; cached, since each step of an answer needs them."""
    return tuple(sentence_spans(text, open_rows))


def sentences_touched(document: Document, chunk: Chunk, start: int, end: int) -> list[Span]:
    """Return the sentences of a passage that overlap a range, all in offsets of the document."""
    return [
        (chunk.start + first, chunk.start + last)
        for first, last in sentences_of(document, chunk)
        if chunk.start + first < end and start < chunk.start + last
    ]


def sentences_below(document: Document, chunk: Chunk, start: int) -> list[Span]:
    """Return the sentences of a passage below the heading that begins at `start`, up to the next;
    all in offsets of the document. There are none below anything else.
    """
    if not is_heading(document, start):
        return []
    after = document.text.find("\n", start)
    found = sentences_touched(document, chunk, after, chunk.end) if after >= 0 else []
    return list(takewhile(lambda place: not is_heading(document, place[0]), found))
