"""A range of a document's text -> its blocks: headings, paragraphs, items, tables, code.

The blocks lie in the range in order and together hold all of it that is shown. A range may begin
and end anywhere, so that a long document need not be read from its beginning; what a block is
depends on its own lines, and on the fenced code around it. How words are marked is left to
`parts`, which range is shown to `source`.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.extract.document import NON_MARKDOWN_TYPES, Document
from index.text.chunk import Span
from qa.rendering.inline import Marked, Styled, parts_of, plain_spans, styled_spans
from qa.rendering.markdown_lines import (
    MOST_BLOCK,
    START,
    begins_line,
    cells_of,
    code_ranges,
    cut,
    deepen,
    follows_row,
    indents_above,
    is_ruling,
    line_end_of,
    lines,
)

Block = dict[str, Any]

AUTHORED = ("text/markdown", "application/x-ipynb+json")
"""The media types whose text is Markdown as somebody wrote it, also within a line."""

_WRAPPED = (*AUTHORED, "text/html", "application/epub+zip", "application/pdf")
"""Those whose lines end where there was no room for more, which says nothing."""

_OWN = 200
"""Characters from which a line is a paragraph of its own: nobody breaks lines there."""

_SHORT = 0.7
"""Share of a PDF's usual line; one that is shorter is the last of its paragraph."""

_CLOSING = re.compile(r"(?:^|[ \t])#+[ \t]*$")


def blocks_of(document: Document, start: int, end: int, marked: Marked) -> list[Block]:
    """Return the blocks of a range of a document's text, a block before each new page's first.

    >>> document = Document("a.md", "A", "# A\\n\\n- b", "", "text/markdown", (), "")
    >>> [(b["kind"], b["parts"][0]["text"]) for b in blocks_of(document, 0, 8, Marked(0, 0))]
    [('heading', 'A'), ('item', 'b')]
    """
    starts = document.page_starts
    first, last = bisect_left(starts, start), bisect_left(starts, end)
    reader = _Reader(document, marked)
    found = list(reader.read(start, starts[first] if first < last else end))
    for page in range(first, last):
        at = starts[page]
        found.append({"kind": "page", "number": page + 1, "start": at, "end": at})
        found += reader.read(at, starts[page + 1] if page + 1 < last else end)
    return found


@dataclass(slots=True)
class _Reader:
    """Reads blocks; it keeps how deep the items of the list are that it is in."""

    document: Document
    marked: Marked
    _indents: list[int] = field(default_factory=list)

    def read(self, start: int, end: int) -> Iterator[Block]:
        text, media_type = self.document.text, self.document.media_type
        if media_type == "application/pdf":
            yield from self._lines(start, end, short=self._short_line(start, end))
        elif media_type in NON_MARKDOWN_TYPES:
            yield from self._lines(start, end, short=0)
        else:
            self._indents = indents_above(text, start)
            code = code_ranges(text, end)
            at = bisect_right(code, start, key=lambda found: found[0])
            for first, inner, inner_end, last in code[max(0, at - 1) :]:
                if last > start:
                    yield from self._markdown(start, min(first, end))
                    start = max(start, first)
                    yield from self._code(max(inner, start), min(inner_end, end))
                    start = max(start, min(last, end))
            yield from self._markdown(start, end)

    def _lines(self, start: int, end: int, *, short: float) -> Iterator[Block]:
        """Yield the paragraphs of a text without marks; a line shorter than `short` ends one."""
        text, first = self.document.text, -1
        for begin, line_end in lines(text, start, end):
            if not text[begin:line_end].strip():
                if first >= 0:
                    yield from self._paragraph(first, begin)
                first = -1
                continue
            long = line_end - begin >= _OWN
            if long and first >= 0:
                yield from self._paragraph(first, begin)
                first = -1
            first = begin if first < 0 else first
            if long or line_end - begin < short:
                yield from self._paragraph(first, line_end)
                first = -1
        if first >= 0:
            yield from self._paragraph(first, end)

    def _short_line(self, start: int, end: int) -> float:
        lengths = sorted(b - a for a, b in lines(self.document.text, start, end) if a < b)
        return _SHORT * lengths[len(lengths) * 3 // 4] if lengths else 0

    def _markdown(self, start: int, end: int) -> Iterator[Block]:
        """Yield the blocks of a range without fenced code."""
        text, at = self.document.text, start
        while at < end:
            line_end = line_end_of(text, at, end)
            found = START.match(text, at, line_end) if begins_line(text, at) else None
            kind = found.lastgroup if found else ""
            if not text[at:line_end].strip():
                at = line_end + 1
                continue
            if found and kind == "row":
                rows = self._rows(at, end)
                yield from self._table(rows)
                at = rows[-1][1] + 1
                continue
            if found and kind in ("heading", "rule"):
                last = line_end
            else:
                last = self._paragraph_end(line_end, end, quoted=kind == "quote")
            if found and kind == "heading":
                yield from self._heading(found, last)
            elif found and kind == "rule":
                yield {"kind": "rule", "start": at, "end": last, "parts": []}
            elif found and kind in ("bullet", "number"):
                yield from self._item(found, last)
            elif found:
                yield from self._quote(at, last)
            else:
                yield from self._words(at, last)
            at = last + 1

    def _paragraph_end(self, at: int, end: int, *, quoted: bool) -> int:
        """Return where a paragraph ends whose first line ends at `at`."""
        text = self.document.text
        while at + 1 < end:
            line_end = line_end_of(text, at + 1, end)
            found = START.match(text, at + 1, line_end)
            if not text[at + 1 : line_end].strip():
                return at
            if found and not (quoted and found["quote"]):
                return at
            at = line_end
        return min(at, end)

    def _heading(self, found: re.Match[str], end: int) -> Iterator[Block]:
        text, start = self.document.text, found.end()
        closing = _CLOSING.search(text, max(start, end - 100), end)
        self._indents = []
        yield from self._block(
            "heading", found.start(), start, closing.start() if closing else end,
            level=len(found["heading"]),
        )  # fmt: skip

    def _item(self, found: re.Match[str], end: int) -> Iterator[Block]:
        deepen(self._indents, found["indent"])
        mark = {"bullet": "•"} if found["bullet"] else {"number": found["number"]}
        depth = len(self._indents) - 1
        start = found.start()
        yield from self._block("item", start, found.end(), end, depth=depth, **mark)

    def _words(self, start: int, end: int) -> Iterator[Block]:
        """Yield a paragraph, with the depth of the item that it goes on if it is indented."""
        text, inner = self.document.text, start
        while inner < end and text[inner] in " \t":
            inner += 1
        width = len(text[start:inner].expandtabs(4))
        self._indents = [indent for indent in self._indents if indent < width]
        depth = {"depth": len(self._indents) - 1} if self._indents else {}
        yield from self._block("paragraph", start, inner, end, **depth)

    def _quote(self, start: int, end: int) -> Iterator[Block]:
        """Yield a paragraph of a quotation, whose lines begin with ">"."""
        text, first, spans = self.document.text, start, list[Styled]()
        for begin, line_end in lines(text, start, end):
            found = START.match(text, begin, line_end)
            inner = found.end() if found and found["quote"] else begin
            says = bool(text[inner:line_end].strip())
            if spans and (not says or line_end - first > MOST_BLOCK):
                yield self._shown("paragraph", first, begin, spans, quote=True)
                first, spans = begin, []
            for a, b in cut(text, inner, min(line_end + 1, end)) if says else ():
                if spans and b - first > MOST_BLOCK:
                    yield self._shown("paragraph", first, a, spans, quote=True)
                    first, spans = a, []
                spans += self._spans(a, b)
        if spans:
            yield self._shown("paragraph", first, end, spans, quote=True)

    def _paragraph(self, start: int, end: int) -> Iterator[Block]:
        yield from self._block("paragraph", start, start, end)

    def _code(self, start: int, end: int) -> Iterator[Block]:
        text = self.document.text
        for a, b in cut(text, start, end):
            yield self._shown("code", a, b, [(a, b - text[a:b].endswith("\n"), "")])

    def _rows(self, start: int, end: int) -> list[Span]:
        """Return the ranges of the lines of a table, as many as make a block."""
        found: list[Span] = []
        for begin, line_end in lines(self.document.text, start, end):
            match = START.match(self.document.text, begin, line_end)
            if not (match and match["row"]) or (found and line_end - start > MOST_BLOCK):
                break
            found.append((begin, line_end))
        return found

    def _table(self, rows: list[Span]) -> Iterator[Block]:
        text = self.document.text
        start, end = rows[0][0], rows[-1][1]
        self._indents = []
        if end - start > MOST_BLOCK:  # A row of this length is no table to look at.
            yield from self._paragraph(start, end)
            return
        header = len(rows) > 1 and is_ruling(text[slice(*rows[1])]) and not follows_row(text, start)
        shown = rows[:1] + rows[2:] if header else rows
        cells = [
            [
                parts_of(text, self._spans(a, b, cell=True), self.marked)
                for a, b in cells_of(text, *r)
            ]
            for r in shown
        ]
        yield {"kind": "table", "header": header, "rows": cells, "start": start, "end": end}

    def _block(self, kind: str, start: int, inner: int, end: int, **more: Any) -> Iterator[Block]:
        """Yield a block whose text begins at `inner`, and what is too long for it as paragraphs."""
        text = self.document.text
        end -= text[inner:end].endswith("\n")
        pieces = list(cut(text, inner, end)) or [(inner, end)]
        for number, (a, b) in enumerate(pieces):
            if number == 0:
                yield self._shown(kind, start, b, self._spans(a, b), **more)
            else:
                yield self._shown("paragraph", a, b, self._spans(a, b))

    def _shown(self, kind: str, start: int, end: int, spans: list[Styled], **more: Any) -> Block:
        if kind in ("paragraph", "item") and self.document.media_type not in _WRAPPED:
            more["lines"] = True
        parts = parts_of(self.document.text, spans, self.marked)
        return {"kind": kind, **more, "start": start, "end": end, "parts": parts}

    def _spans(self, start: int, end: int, *, cell: bool = False) -> list[Styled]:
        text = self.document.text
        if self.document.media_type in AUTHORED:
            return list(styled_spans(text, start, end))
        return list(plain_spans(text, start, end)) if cell else [(start, end, "")]
