"""Tables of Markdown: rows "| … |", one a line, as all readers write them; the first is the header.

The outer bars may be missing in files of Markdown: "Port | Days". A chunk may begin within a table.
The names of its columns are then taken from here.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from index.text.fence import find_code_blocks
from index.text.number_lines import find_number_rows, number_header

TABLE_ROW = re.compile(r"[ \t]*(?P<row>\|.*(?<!\\)\|)[^\S\n]*$", re.MULTILINE)
"""A line that is a row of a table."""

_RULE = re.compile(r"\n[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[^\S\n]*(?=\n|\Z)")
"""The line below a header: "| --- | --- |"."""

_OPEN_RULE = re.compile(
    r"\n[ \t]*(?!-[ \t])(?:\|[ \t]*)?:?-+:?[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)*(?:[ \t]*:?-+:?)?"
    r"[^\S\n]*(?=\n|\Z)"
)
"""The same where outer bars may be missing: "--- | ---"."""

_OPEN_HEADER = re.compile(
    r"(?![ \t]*(?:[-*+•‣◦][ \t]|\d{1,9}[.)][ \t]))[^\S\n]*(?P<row>\S(?:.*\S)?)"
)
"""A line that may be the header of such a table: no item of a list."""

_END_OF_ROWS = re.compile(r"\n(?![ \t]*\|)")
_END_OF_OPEN_ROWS = re.compile(
    r"\n(?![^\n|\\]*(?:\\.[^\n|\\]*)*\|)|\n(?=[ \t]*(?:#{1,6}[ \t]|>|```|~~~))"
)
_ROW_OF_TABLE = re.compile(r"^[^\S\n]*(?P<row>\S(?:.*\S)?)", re.MULTILINE)
_CELL_END = re.compile(r"(?<!\\)\|")

HEADER_SHARE = 4
"""A header has at most this part of the tokens of a chunk: a quarter; the rows have the rest."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header: the range of the header row, and that of the lines below it.

    All are in characters, end exclusive.
    """

    header_start: int
    header_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row below a header: its range, those of its cells, and the names of its columns.

    `header` is the range of the header row. There may be more or fewer names than cells. All are in
    characters, end exclusive, without the white space around.
    """

    start: int
    end: int
    cells: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    header: tuple[int, int]

    def name(self, column: int) -> str:
        """Return the name of a column, "" if it has none."""
        return self.names[column] if column < len(self.names) else ""

    def column_at(self, start: int, end: int) -> int | None:
        """Return the column whose cell holds a range; None if no single one does."""
        places = enumerate(self.cells)
        return next((n for n, (a, b) in places if a <= start and end <= b), None)


def find_tables(text: str) -> list[Table]:
    """Return the tables of a text that have a header, in order; those in fenced code are none.

    >>> find_tables("| Port | Days |\\n| --- | --- |\\n| Oslo | 3 |\\n\\nText.")
    [Table(header_start=0, header_end=15, start=16, end=42)]
    """
    tables = list(_tables_between(text, 0, len(text)))
    code = find_code_blocks(text) if tables else []
    return [table for table in tables if not lies_in(code, table.header_start)]


def is_header_end(text: str, end: int) -> bool:
    """Whether a header row ends here: below it stands "| --- | --- |".

    >>> is_header_end("| Port |\\n| --- |\\n| Oslo |", 8)
    True
    """
    return bool(_RULE.match(text, end) or _OPEN_RULE.match(text, end))


@lru_cache(maxsize=16)
def known_tables(text: str) -> tuple[Table, ...]:
    """Return the tables of a text that is looked at again: finding 100,000 rows takes 50 ms."""
    return tuple(find_tables(text))


def table_around(tables: Sequence[Table], offset: int) -> Table | None:
    """Return the table that has this offset below its header, None if there is none."""
    following = bisect_right(tables, offset, key=lambda table: table.start)
    if following and offset < tables[following - 1].end:
        return tables[following - 1]
    return None


def table_header(text: str, start: int) -> str:
    """Return the header of the table that has this offset below its header, "" if none has.

    >>> table_header("| Port | Days |\\n| --- | --- |\\n| Oslo | 3 |", 30)
    '| Port | Days |'
    """
    line = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    if text.find("|", line, line_end if line_end >= 0 else len(text)) < 0:
        return number_header(text, start)
    around = table_around(known_tables(text), start)
    return text[around.header_start : around.header_end] if around else ""


def find_rows(text: str, start: int, end: int) -> list[TableRow]:
    """Return the rows of tables with a header that lie in a range, without the headers.

    Those of Markdown come first, then lines of numbers, both in order.

    >>> text = "| Port | Days |\\n| --- | --- |\\n| Oslo | 3 |"
    >>> [(row.names, text[row.start : row.end]) for row in find_rows(text, 30, len(text))]
    [(('Port', 'Days'), '| Oslo | 3 |')]
    """
    lines = [TableRow(*row) for row in find_number_rows(text, start, end)]
    if text.find("|", start, end) < 0:
        return lines
    tables = known_tables(text)
    rows = []
    for table in tables[bisect_right(tables, start, key=lambda table: table.end) :]:
        if table.start >= end:
            break
        header = (table.header_start, table.header_end)
        names = tuple(text[a:b] for a, b in cell_spans(text, *header))
        below = max(
            _line_start(text, start), text.find("\n", table.start, table.end) + 1 or table.end
        )
        for row in _ROW_OF_TABLE.finditer(text, below, table.end):
            if row.end("row") > end:
                break
            cells = tuple(cell_spans(text, *row.span("row")))
            rows.append(TableRow(*row.span("row"), cells, names, header))
    return rows + lines


def find_open_rows(
    text: str, tables: Sequence[Table], start: int, end: int
) -> list[tuple[int, int]]:
    """Return the ranges of the lines of tables in a range that lack an outer bar, in order.

    >>> text = "Port | Days\\n--- | ---\\n| Oslo | 3 |\\nKobe | 4"
    >>> find_open_rows(text, find_tables(text), 0, len(text))
    [(0, 11), (12, 21), (35, 43)]
    """
    rows = []
    for table in tables[bisect_right(tables, start, key=lambda table: table.end) :]:
        if table.header_start >= end:
            break
        first, last = max(table.header_start, _line_start(text, start)), min(table.end, end)
        rows += [
            row.span("row")
            for row in _ROW_OF_TABLE.finditer(text, first, last)
            if not TABLE_ROW.match(text, row.start(), table.end)
        ]
    return rows


def cell_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the ranges of the cells of a table row, without surrounding white space.

    >>> row = r"| a | b \\| c ||"
    >>> [row[a:b] for a, b in cell_spans(row, 0, len(row))]
    ['a', 'b \\\\| c', '']
    >>> [row[a:b] for a, b in cell_spans(row, 2, 5)]
    ['a']
    """
    bars = [m.start() for m in re.finditer(r"(?<!\\)\|", text[start:end])]
    stops = [start + bar for bar in bars]
    if not stops or text[start : stops[0]].strip():
        stops.insert(0, start - 1)
    if not stops or text[stops[-1] + 1 : end].strip():
        stops.append(end)
    cells = []
    for a, b in pairwise(stops):
        cell = text[a + 1 : b]
        inner = a + 1 + len(cell) - len(cell.lstrip())
        cells.append((inner, max(inner, a + 1 + len(cell.rstrip()))))
    return cells


def cut_header(header: str, length: int) -> str:
    """Return the columns of a header that fit into a number of characters.

    >>> cut_header("| Port | Days | Berth |", 17)
    '| Port | Days |'
    """
    if len(header) <= length:
        return header
    ends = [cell.end() for cell in _CELL_END.finditer(header, 1, length)]
    return header[: ends[-1]] if ends else header[:length].rstrip()


def lies_in(spans: Sequence[tuple[int, int]], offset: int) -> bool:
    """Whether an offset lies in one of these ranges, which are in order.

    >>> lies_in([(0, 2), (4, 6)], 5), lies_in([(0, 2), (4, 6)], 2)
    (True, False)
    """
    following = bisect_right(spans, offset, key=lambda span: span[0])
    return following > 0 and offset < spans[following - 1][1]


def _line_start(text: str, offset: int) -> int:
    """Return the offset with the white space before it, which a chunk begins without."""
    while offset and text[offset - 1] in " \t":
        offset -= 1
    return offset


def _tables_between(text: str, start: int, end: int) -> Iterator[Table]:
    """Yield the tables of a range. It takes time linear in its length."""
    while rule := _OPEN_RULE.search(text, start, end):
        above = max(text.rfind("\n", start, rule.start()) + 1, start)
        header = TABLE_ROW.match(text, above, rule.start())
        is_open = not header or not _RULE.match(text, rule.start(), end)
        if is_open:
            header = _match_open_header(text, above, rule)
        start = rule.end()
        if not header:
            continue
        below = (_END_OF_OPEN_ROWS if is_open else _END_OF_ROWS).search(text, start, end)
        start = below.start() if below else end
        if any(character.isalnum() for character in header["row"]):
            yield Table(*header.span("row"), rule.start() + 1, start)


def _match_open_header(text: str, above: int, rule: re.Match[str]) -> re.Match[str] | None:
    """Return the header above a rule if it has bars and as many columns as the rule."""
    header = _OPEN_HEADER.match(text, above, rule.start())
    if not header or header["row"][0] in "#>" or not _CELL_END.search(header["row"]):
        return None
    columns = len(cell_spans(text, *header.span("row")))
    return header if columns == len(cell_spans(text, rule.start() + 1, rule.end())) else None
