"""Cuts the text of a document into chunks of whole sentences. Pure functions.

A chunk is only a range: its text is the slice of the document's text. The chunks of a document
cover every character that is not white space once and in order. Counting tokens is left to
`encode`, which has the encoder's tokeniser.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.text.fence import FENCE, find_code_blocks, next_fence
from index.text.markdown import front_matter_end
from index.text.record_lines import split_records
from index.text.sentence import Span, split_prose, strip_span
from index.text.table import (
    HEADER_SHARE,
    TABLE_ROW,
    find_open_rows,
    find_tables,
    lies_in,
    table_around,
)

CHUNKER_VERSION = "7"
"""Increased whenever `chunk_document` changes how it splits a text, so that texts are cut again."""

MAX_TOKENS = 200
"""Maximum number of tokens of a chunk, including the header of the table that it begins in; with a
title and a heading they fit the encoder's 256."""

# Blocks end here regardless of punctuation: at an empty line, and before a list item, a heading
# or a row of a table.
_BLOCK_END = re.compile(
    r"\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*•+‣◦][ \t]|\d{1,3}[.)][ \t]|#{1,6}[ \t]|\|))"
)
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<heading>[^ \t\n].*)$", re.MULTILINE)
_FENCE_OR_HEADING = re.compile(rf"{FENCE.pattern}|{_HEADING.pattern}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A range of a document's text, in characters, end exclusive."""

    document_id: str
    start: int
    end: int


def sentence_spans(text: str, open_rows: Sequence[Span] | None = None) -> list[Span]:
    """Return the ranges of the sentences of `text` without the white space between them.

    A row of a table is one sentence, whatever stands in its cells. `open_rows` are those without
    outer bars, if they are known; a part of a text does not show them without their header.

    >>> sentence_spans("Mr. Rutte left. It rained.")
    [(0, 15), (16, 26)]
    >>> sentence_spans("| Mr. Rutte | He left. It rained. |")
    [(0, 35)]
    """
    if open_rows is None:
        open_rows = find_open_rows(text, find_tables(text), 0, len(text))
    return [
        sentence
        for start, end, is_row in _find_blocks(text, open_rows)
        for sentence in ([(start, end)] if is_row else split_prose(text, start, end))
    ]


def find_headings(text: str) -> list[tuple[int, str]]:
    """Return the Markdown headings of `text` in order, each with the offset where it begins.

    Lines in fenced code and in front matter are not headings.

    >>> find_headings("# One\\n```\\n# no\\n```\\n## Two ##\\n")
    [(0, 'One'), (19, 'Two')]
    """
    found: list[tuple[int, str]] = []
    open_fence = ""
    for line in _FENCE_OR_HEADING.finditer(text, front_matter_end(text)):
        fence, after = line["fence"], line["after"]
        if not fence:
            found += [] if open_fence else [(line.start(), line["heading"].rstrip(" \t#"))]
        else:
            open_fence = next_fence(open_fence, fence, after)
    return found


def heading_paths(text: str, headings: Sequence[tuple[int, str]]) -> list[tuple[str, ...]]:
    """Return for each heading, as `find_headings` returns them, those that it lies under and it.

    >>> text = "# Fees\\n## Ships\\n### Large\\n## Boats\\n"
    >>> heading_paths(text, find_headings(text))[2:]
    [('Fees', 'Ships', 'Large'), ('Fees', 'Boats')]
    """
    paths: list[tuple[str, ...]] = []
    open_headings: list[tuple[int, str]] = []
    for offset, heading in headings:
        marks = text[offset : offset + 7]
        level = len(marks) - len(marks.lstrip("#"))
        open_headings = [above for above in open_headings if above[0] < level]
        open_headings.append((level, heading))
        paths.append(tuple(words for _, words in open_headings))
    return paths


def chunk_document(
    document_id: str,
    text: str,
    token_spans: Sequence[Span],
    *,
    max_tokens: int = MAX_TOKENS,
    markdown: bool = True,
) -> list[Chunk]:
    """Split a text into chunks of whole sentences, and of whole paragraphs if they fit.

    `token_spans` are the ranges of the encoder's tokens in `text`, in order. Paragraphs are
    merged up to `max_tokens`; a longer paragraph, or row of a table, is split between sentences,
    a longer sentence between words. A heading begins a new chunk; a text that is not `markdown` has
    none. A chunk that begins within a table leaves room for its header.
    """
    tables = find_tables(text)
    open_rows = find_open_rows(text, tables, 0, len(text))
    token_starts = [start for start, _ in token_spans]
    headings = {offset for offset, _ in find_headings(text)} if markdown else set()

    def count_tokens(start: int, end: int) -> int:
        return bisect_left(token_starts, end) - bisect_left(token_starts, start)

    def limit_tokens(start: int) -> int:
        """Return the maximum number of tokens of a chunk that begins here."""
        table = table_around(tables, start)
        header = count_tokens(table.header_start, table.header_end) if table else 0
        return max_tokens - min(header, max_tokens // HEADER_SHARE)

    chunks: list[Span] = []
    limit = max_tokens
    for paragraph in _group_paragraphs(text, open_rows):
        whole = (paragraph[0][0], paragraph[-1][1])
        own_limit = limit_tokens(whole[0])
        # A row that is as long as a chunk stays whole; its header is cut instead.
        if count_tokens(*whole) <= max_tokens:
            pieces = [whole]
        else:
            pieces = [
                piece
                for sentence in _split_rows(text, paragraph, open_rows)
                for piece in _split_long_sentence(text, sentence, token_starts, own_limit)
            ]
        joins_previous = whole[0] not in headings
        for start, end in pieces:
            if joins_previous and chunks and count_tokens(chunks[-1][0], end) <= limit:
                chunks[-1] = (chunks[-1][0], end)
            else:
                chunks.append((start, end))
                limit = own_limit
            joins_previous = True
    return [Chunk(document_id, start, end) for start, end in chunks]


def _find_blocks(text: str, open_rows: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    """Yield the ranges of the blocks, each with whether it is a row of a table.

    A heading or a row is a block even without an empty line after it.
    """
    code_blocks = find_code_blocks(text)
    following = 0
    for start, end in _split_at(text, 0, len(text), _BLOCK_END):
        if heading := _HEADING.match(text, start, end):
            yield *heading.span(), False
            start = heading.end()
        elif (row := TABLE_ROW.match(text, start, end)) and not lies_in(code_blocks, start):
            yield *row.span("row"), True
            start = row.end()
        while following < len(open_rows) and open_rows[following][0] < end:
            yield start, open_rows[following][0], False
            yield *open_rows[following], True
            start = open_rows[following][1]
            following += 1
        for record in split_records(text, start, end):
            yield *record, False


def _split_at(text: str, start: int, end: int, boundary: re.Pattern[str]) -> Iterator[Span]:
    """Yield the ranges between the matches of `boundary`."""
    for match in boundary.finditer(text, start, end):
        yield start, match.start()
        start = match.end()
    yield start, end


def _group_paragraphs(text: str, open_rows: Sequence[Span]) -> list[list[Span]]:
    """Return the sentences in lists; those of one list have no line end between them."""
    paragraphs: list[list[Span]] = []
    for start, end in sentence_spans(text, open_rows):
        if paragraphs and "\n" not in text[paragraphs[-1][-1][1] : start]:
            paragraphs[-1].append((start, end))
        else:
            paragraphs.append([(start, end)])
    return paragraphs


def _split_rows(text: str, sentences: Sequence[Span], open_rows: Sequence[Span]) -> Iterator[Span]:
    """Yield sentences, those of its cells in place of a row of a table."""
    for start, end in sentences:
        if TABLE_ROW.match(text, start, end) or lies_in(open_rows, start):
            yield from split_prose(text, start, end)
        else:
            yield start, end


def _split_long_sentence(
    text: str, span: Span, token_starts: Sequence[int], max_tokens: int
) -> Iterator[Span]:
    """Yield pieces of a sentence of at most `max_tokens`, split before a word if possible."""
    start, end = span
    first, last = bisect_left(token_starts, start), bisect_left(token_starts, end)
    while last - first > max_tokens:
        cut = first + max_tokens
        word = cut
        while word > first + max_tokens // 2 and not text[token_starts[word] - 1].isspace():
            word -= 1
        if word > first + max_tokens // 2:
            cut = word
        yield from strip_span(text, start, token_starts[cut])
        start, first = token_starts[cut], cut
    yield from strip_span(text, start, end)
