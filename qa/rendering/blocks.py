"""Parse a range of a document's text into headings, paragraphs, list items, tables and code.

The blocks are in order and together hold all the visible text of the range. A range may begin and
end anywhere, so that a long document need not be read from its beginning: the kind of a block
depends only on its own lines and on the fenced code around it. `inline` splits the text of a block;
the caller chooses the range.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.extract.document import NON_MARKDOWN_TYPES, Document
from index.text.sentence import Span
from index.text.table import cell_spans, known_tables
from qa.rendering.inline import Highlight, StyledSpan, plain_spans, render_parts, styled_spans
from qa.rendering.markdown_lines import (
    LINE_START,
    MAX_BLOCK_LENGTH,
    add_indent,
    find_code_ranges,
    find_line_end,
    find_list_indents,
    is_after_row,
    is_line_start,
    is_table_rule,
    line_spans,
    split_span,
)

Block = dict[str, Any]

MARKDOWN_TYPES = ("text/markdown", "application/x-ipynb+json")
"""The media types whose text was written as Markdown, inline markup included."""

_REFLOWED_TYPES = (*MARKDOWN_TYPES, "text/html", "application/epub+zip", "application/pdf")
"""The media types whose line breaks within a paragraph carry no meaning."""

_LONG_LINE = 200
"""Characters from which a line is a whole paragraph: no one wraps lines at that width."""

_SHORT_LINE_SHARE = 0.7
"""Share of the usual line length of a PDF; a shorter line ends its paragraph."""

_CLOSING = re.compile(r"(?:^|[ \t])#+[ \t]*$")


def parse_blocks(document: Document, start: int, end: int, highlight: Highlight) -> list[Block]:
    """Return the blocks of a range of a document's text, with a "page" block before each new page.

    >>> document = Document("a.md", "A", "# A\\n\\n- b", "", "text/markdown", (), "")
    >>> [(b["kind"], b["parts"][0]["text"]) for b in parse_blocks(document, 0, 8, Highlight(0, 0))]
    [('heading', 'A'), ('item', 'b')]
    """
    starts = document.page_starts
    first, last = bisect_left(starts, start), bisect_left(starts, end)
    parser = _BlockParser(document, highlight)
    found = list(parser.parse(start, starts[first] if first < last else end))
    for page in range(first, last):
        at = starts[page]
        found.append({"kind": "page", "number": page + 1, "start": at, "end": at})
        found += parser.parse(at, starts[page + 1] if page + 1 < last else end)
    return found


@dataclass(slots=True)
class _BlockParser:
    """Parses blocks; its state is the indents of the list items that enclose the current line."""

    document: Document
    highlight: Highlight
    _indents: list[int] = field(default_factory=list)

    def parse(self, start: int, end: int) -> Iterator[Block]:
        text, media_type = self.document.text, self.document.media_type
        if media_type == "application/pdf":
            yield from self._lines(start, end, short=self._short_line_length(start, end))
        elif media_type in NON_MARKDOWN_TYPES:
            yield from self._lines(start, end, short=0)
        else:
            self._indents = find_list_indents(text, start)
            code = find_code_ranges(text, end)
            at = bisect_right(code, start, key=lambda found: found[0])
            for first, inner, inner_end, last in code[max(0, at - 1) :]:
                if last > start:
                    yield from self._markdown(start, min(first, end))
                    start = max(start, first)
                    yield from self._code(max(inner, start), min(inner_end, end))
                    start = max(start, min(last, end))
            yield from self._markdown(start, end)

    def _lines(self, start: int, end: int, *, short: float) -> Iterator[Block]:
        """Yield the paragraphs of a text without markup; a line shorter than `short` ends one."""
        text, first = self.document.text, -1
        for begin, line_end in line_spans(text, start, end):
            if not text[begin:line_end].strip():
                if first >= 0:
                    yield from self._paragraph(first, begin)
                first = -1
                continue
            long = line_end - begin >= _LONG_LINE
            if long and first >= 0:
                yield from self._paragraph(first, begin)
                first = -1
            first = begin if first < 0 else first
            if long or line_end - begin < short:
                yield from self._paragraph(first, line_end)
                first = -1
        if first >= 0:
            yield from self._paragraph(first, end)

    def _short_line_length(self, start: int, end: int) -> float:
        lengths = sorted(b - a for a, b in line_spans(self.document.text, start, end) if a < b)
        return _SHORT_LINE_SHARE * lengths[len(lengths) * 3 // 4] if lengths else 0

    def _markdown(self, start: int, end: int) -> Iterator[Block]:
        """Yield the blocks of a range without fenced code."""
        text, at = self.document.text, start
        while at < end:
            line_end = find_line_end(text, at, end)
            found = LINE_START.match(text, at, line_end) if is_line_start(text, at) else None
            kind = found.lastgroup if found else ""
            if not text[at:line_end].strip():
                at = line_end + 1
                continue
            if kind == "row" or self._is_row(at, line_end):
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
                yield from self._plain_paragraph(at, last)
            at = last + 1

    def _paragraph_end(self, at: int, end: int, *, quoted: bool) -> int:
        """Return the end of the paragraph whose first line ends at `at`."""
        text = self.document.text
        while at + 1 < end:
            line_end = find_line_end(text, at + 1, end)
            found = LINE_START.match(text, at + 1, line_end)
            if not text[at + 1 : line_end].strip() or self._is_row(at + 1, line_end):
                return at
            if found and not (quoted and found["quote"]):
                return at
            at = line_end
        return min(at, end)

    def _heading(self, found: re.Match[str], end: int) -> Iterator[Block]:
        text, start = self.document.text, found.end()
        closing = _CLOSING.search(text, max(start, end - 100), end)
        self._indents = []
        yield from self._split_block(
            "heading", found.start(), start, closing.start() if closing else end,
            level=len(found["heading"]),
        )  # fmt: skip

    def _item(self, found: re.Match[str], end: int) -> Iterator[Block]:
        add_indent(self._indents, found["indent"])
        mark = {"bullet": "•"} if found["bullet"] else {"number": found["number"]}
        depth = len(self._indents) - 1
        start = found.start()
        yield from self._split_block("item", start, found.end(), end, depth=depth, **mark)

    def _plain_paragraph(self, start: int, end: int) -> Iterator[Block]:
        """Yield a paragraph; an indented one has the depth of the list item that it continues."""
        text, inner = self.document.text, start
        while inner < end and text[inner] in " \t":
            inner += 1
        width = len(text[start:inner].expandtabs(4))
        self._indents = [indent for indent in self._indents if indent < width]
        depth = {"depth": len(self._indents) - 1} if self._indents else {}
        yield from self._split_block("paragraph", start, inner, end, **depth)

    def _quote(self, start: int, end: int) -> Iterator[Block]:
        """Yield a paragraph of a block quote, whose lines begin with ">"."""
        text, first, spans = self.document.text, start, list[StyledSpan]()
        for begin, line_end in line_spans(text, start, end):
            found = LINE_START.match(text, begin, line_end)
            inner = found.end() if found and found["quote"] else begin
            has_text = bool(text[inner:line_end].strip())
            if spans and (not has_text or line_end - first > MAX_BLOCK_LENGTH):
                yield self._make_block("paragraph", first, begin, spans, quote=True)
                first, spans = begin, []
            for a, b in split_span(text, inner, min(line_end + 1, end)) if has_text else ():
                if spans and b - first > MAX_BLOCK_LENGTH:
                    yield self._make_block("paragraph", first, a, spans, quote=True)
                    first, spans = a, []
                spans += self._spans(a, b)
        if spans:
            yield self._make_block("paragraph", first, end, spans, quote=True)

    def _paragraph(self, start: int, end: int) -> Iterator[Block]:
        yield from self._split_block("paragraph", start, start, end)

    def _code(self, start: int, end: int) -> Iterator[Block]:
        text = self.document.text
        for a, b in split_span(text, start, end):
            yield self._make_block("code", a, b, [(a, b - text[a:b].endswith("\n"), "")])

    def _is_row(self, start: int, end: int) -> bool:
        """Whether a line is that of a table with a header whose outer bars may be missing."""
        text = self.document.text
        if not is_line_start(text, start) or text.find("|", start, end) < 0:
            return False
        tables = known_tables(text)
        following = bisect_right(tables, start, key=lambda table: table.header_start)
        return following > 0 and start < tables[following - 1].end

    def _rows(self, start: int, end: int) -> list[Span]:
        """Return the ranges of the rows of a table, up to the length of a block."""
        found: list[Span] = []
        for begin, line_end in line_spans(self.document.text, start, end):
            match = LINE_START.match(self.document.text, begin, line_end)
            is_row = (match and match["row"]) or self._is_row(begin, line_end)
            if not is_row or (found and line_end - start > MAX_BLOCK_LENGTH):
                break
            found.append((begin, line_end))
        return found

    def _table(self, rows: list[Span]) -> Iterator[Block]:
        text = self.document.text
        start, end = rows[0][0], rows[-1][1]
        self._indents = []
        if end - start > MAX_BLOCK_LENGTH:  # A row of this length cannot be displayed as a table.
            yield from self._paragraph(start, end)
            return
        header = (
            len(rows) > 1 and is_table_rule(text[slice(*rows[1])]) and not is_after_row(text, start)
        )
        shown = rows[:1] + rows[2:] if header else rows
        cells = [
            [
                render_parts(text, self._spans(a, b, cell=True), self.highlight)
                for a, b in cell_spans(text, *r)
            ]
            for r in shown
        ]
        yield {"kind": "table", "header": header, "rows": cells, "start": start, "end": end}

    def _split_block(
        self, kind: str, start: int, inner: int, end: int, **more: Any
    ) -> Iterator[Block]:
        """Yield a block whose text begins at `inner`, the excess of a long one as paragraphs."""
        text = self.document.text
        end -= text[inner:end].endswith("\n")
        pieces = list(split_span(text, inner, end)) or [(inner, end)]
        for number, (a, b) in enumerate(pieces):
            if number == 0:
                yield self._make_block(kind, start, b, self._spans(a, b), **more)
            else:
                yield self._make_block("paragraph", a, b, self._spans(a, b))

    def _make_block(
        self, kind: str, start: int, end: int, spans: list[StyledSpan], **more: Any
    ) -> Block:
        if kind in ("paragraph", "item") and self.document.media_type not in _REFLOWED_TYPES:
            more["lines"] = True
        parts = render_parts(self.document.text, spans, self.highlight)
        return {"kind": kind, **more, "start": start, "end": end, "parts": parts}

    def _spans(self, start: int, end: int, *, cell: bool = False) -> list[StyledSpan]:
        text = self.document.text
        if self.document.media_type in MARKDOWN_TYPES:
            return list(styled_spans(text, start, end))
        return list(plain_spans(text, start, end)) if cell else [(start, end, "")]
