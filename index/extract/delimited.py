"""Read delimited files (.csv, .tsv), and write rows of cells as Markdown tables."""

import contextlib
import csv
import io
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from index.errors import UnreadableFile
from index.extract.csv_dialect import detect_delimiter
from index.extract.plain_text import decode
from index.extract.stacked import split_tables
from index.text.canonical import Extract, canonicalize

_MAX_PADDED_CELLS = 250_000
"""Maximum number of cells of a table whose short rows are filled up with empty ones."""

_MAX_ROW_LINES = 100
"""Lines of a row at most, in a file with quotation marks that quote no cell."""

_WITHIN_CELL = dict.fromkeys((0x0B, 0x0C, 0x1C, 0x1D, 0x1E), " ")
"""Controls that end a line within a cell; they end a row in a file without other line ends."""

_MAX_CELL_LENGTH = (1 << 31) - 1
"""Maximum length of a cell in characters: that of the file limits it before."""


def format_table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as Markdown tables: several if they stand below each other in one sheet."""
    return format_tables(split_tables(list(rows)))


def format_tables(tables: Iterable[Sequence[Sequence[str]]]) -> str:
    """Return the rows of several tables as Markdown."""
    return "\n\n".join(filter(None, map(_format_one, tables)))


def _format_one(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table without empty rows and columns; the first row is the header.

    Rows above it with a single cell become a title above the table; rows below it with only a first
    cell, after an empty row, become remarks below the table. The rows of a huge table end at their
    last cell.

    >>> print(_format_one([["Ports", ""], ["", ""], ["Port", "Days"], ["Oslo", "3"]]))
    Ports
    <BLANKLINE>
    | Port | Days |
    | --- | --- |
    | Oslo | 3 |
    """
    lines = [[_escape_cell(cell) for cell in row] for row in rows]
    used = _find_used(lines)
    table = _select_columns(lines, used)
    if len(used) <= 1:
        return "\n".join(row[0] for row in table if any(row))
    first, end, at = 0, len(table), len(table)
    least = min(2, len(used) - 1)  # In two columns, a single second cell is the name of its column.
    while _has_first_cell_only(table[first]) or sum(map(bool, table[first])) < least:
        first += 1
    while _has_first_cell_only(table[at - 1]) or not any(table[at - 1]):
        at -= 1
        end = end if any(table[at]) else at
    above, below = (
        "\n".join("".join(row) for row in some if any(row)) for some in (table[:first], table[end:])
    )
    body = [row for row in table[first:end] if any(row)]
    kept = _find_used(body)
    body = _select_columns(body, kept)
    if len(body) * len(kept) <= _MAX_PADDED_CELLS:
        body = [row + [""] * (len(kept) - len(row)) for row in body]
    body.insert(1, ["---"] * len(body[0]))
    within = "\n".join(
        "|" + "".join(f" {cell} |" if cell else " |" for cell in row) for row in body
    )
    return "\n\n".join(block for block in (above, within, below) if block)


def _escape_cell(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|")


def _find_used(rows: Iterable[Sequence[str]]) -> list[int]:
    """Return the columns with text, in ascending order."""
    return sorted({column for row in rows for column, cell in enumerate(row) if cell})


def _select_columns(rows: Iterable[Sequence[str]], columns: Sequence[int]) -> list[list[str]]:
    """Return the cells of rows in these columns, without the empty ones at the end of a row."""
    selected = []
    for row in rows:
        length = max((column + 1 for column, cell in enumerate(row) if cell), default=0)
        selected.append([row[column] for column in columns[: bisect_left(columns, length)]])
    return selected


def _has_first_cell_only(row: Sequence[str]) -> bool:
    return bool(row) and bool(row[0]) and not any(row[1:])


def read_csv(data: bytes) -> Extract:
    """Read rows of cells separated by commas, semicolons, tabs or vertical bars."""
    return _read_delimited(data, ",;\t|", "text/csv")


def read_tsv(data: bytes) -> Extract:
    """Read rows of cells separated by tabs."""
    return _read_delimited(data, "\t", "text/tab-separated-values")


def _read_delimited(data: bytes, delimiters: str, media_type: str) -> Extract:
    text = decode(data)
    if re.search("[\r\n]", text.strip()):
        text = text.translate(_WITHIN_CELL)
    text = canonicalize(text)
    try:
        rows = _parse_rows(text, delimiters)
    except csv.Error as error:
        raise UnreadableFile(f"its rows cannot be split into cells: {error}") from error
    return Extract("", canonicalize(format_table(rows)) + "\n", media_type)


def _parse_rows(text: str, delimiters: str) -> list[list[str]]:
    mark, start = detect_delimiter(text, delimiters)
    text = text[start:]
    csv.field_size_limit(_MAX_CELL_LENGTH)
    if not mark:
        # No cell of a single column contains the unit separator, which separates nothing then.
        mark = "\x1f"
    with contextlib.suppress(csv.Error):
        return list(csv.reader(io.StringIO(text), delimiter=mark, strict=True))
    if '\\"' in text:
        # Databases write a quotation mark within a cell as \" and not as "".
        with contextlib.suppress(csv.Error):
            doubled = text.replace('\\"', '""')
            return list(csv.reader(io.StringIO(doubled), delimiter=mark, strict=True))
    return list(_parse_lines(list(io.StringIO(text)), mark))


def _parse_lines(lines: Sequence[str], mark: str) -> Iterator[list[str]]:
    """Yield the rows of a file with quotation marks that quote no cell, as in 6".

    A row that would need such a mark to be closed is one line, and the marks belong to its text.
    """
    at = 0
    while at < len(lines):
        reader = csv.reader(lines[at : at + _MAX_ROW_LINES], delimiter=mark, strict=True)
        try:
            yield next(reader)
            at += reader.line_num
        except csv.Error:
            is_closed = lines[at].count('"') % 2 == 0
            quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if is_closed else csv.QUOTE_NONE
            yield next(csv.reader([lines[at]], delimiter=mark, quoting=quoting))
            at += 1
