"""Write the tables on the pages of a PDF as rows "| … |", as all readers do.

A PDF has no tables, only words at places. Programs draw a table cell by cell: to the right of a
cell stands the next one of its row, below it its next line or the next row. What is no table by
the rules below keeps its lines. Tables that run from right to left are left as they are.
"""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from index.extract.pdf.pieces import Piece, bounds_of, find_pieces, font_of

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

# All are shares of the height of a line.
_MAX_LINE_GAP = 0.8
"""Gap between two lines of a cell."""
_MAX_ROW_GAP = 2.5
"""Gap between two rows of a table."""

_ALIGNED = 2.0
"""Distance of the edges of cells, in points, that are aligned."""

_LEAST_CELLS = 6
"""Cells that the rows of a table have at least, in two columns or more and two rows or more."""

_MAX_CELL_LINES = 12
"""Lines of a cell; what is longer is a column of a page."""

_MAX_PIECES = 5000
"""Lines and cells of a page; one with more is a drawing or a map."""

_MAX_ROW_PIECES = 200
"""Lines of all cells of a row; the time grows with its square."""

_SHORT = 32
"""Characters of the cells of a column that is not prose; a table has one."""

_NAME = re.compile(r"\D+\Z|[^\W\d_]|(?:19|20)\d\d\Z")
"""Matches the beginning of what may name a column: words, also "Q1", or a year."""

_FIGURE = re.compile(r"(?!(?:19|20)\d\d\Z)[\W_]*\d[\W\d_]*")
"""Matches a number without words that is no year."""

_Cell = list[Piece]
_Row = list[_Cell]


def write_tables(textpage: "PdfTextPage", characters: Sequence[str]) -> list[str]:
    """Return the characters of a page, one string for each place, with its tables as rows."""
    pieces = list(find_pieces(textpage, characters))
    written = list(characters)
    if len(pieces) > _MAX_PIECES:
        return written
    for rows in _find_tables(_group_rows(pieces)):
        _write_rows(textpage, written, rows)
    return written


def _flatten(row: _Row) -> list[Piece]:
    return [piece for cell in row for piece in cell]


def _group_rows(pieces: Sequence[Piece]) -> Iterator[_Row]:
    """Yield the pieces in rows of cells; a paragraph is a row of one cell."""
    row: _Row = []
    for piece in pieces:
        if len(row) == 1 and _stands_right_of([row[0][-1:]], piece):
            wider = [one for one in row[0][:-1] if one.right > piece.left + 1]
            if wider:  # The paragraph above a table.
                yield [row[0][:-1]]
                row = [row[0][-1:]]
        is_open = bool(row) and sum(map(len, row)) < _MAX_ROW_PIECES
        if is_open and _stands_right_of(row, piece):
            row.append([piece])
        elif is_open and _continues(row, piece):
            row[-1].append(piece)
        else:
            yield from _split_lead(row)
            row = [[piece]]
    yield from _split_lead(row)


def _split_lead(row: _Row) -> Iterator[_Row]:
    """Yield a row; before it, the lines of its first cell that stand above all the others.

    They are a row of their own, or the paragraph before the table, unless the cell ends below the
    others, which stand in the middle then.
    """
    if len(row) > 1:
        _, bottom, _, top = bounds_of(_flatten(row[1:]))
        lead = [piece for piece in row[0] if piece.bottom >= top]
        if lead and row[0][-1].top > bottom and len(lead) < len(row[0]):
            yield [lead]
            row = [row[0][len(lead) :], *row[1:]]
    if row:
        yield row


def _stands_right_of(row: _Row, piece: Piece) -> bool:
    """Whether a piece stands right of all of a row and not below it; its cell may begin above."""
    _, bottom, right, top = bounds_of(_flatten(row))
    is_level = -_MAX_CELL_LINES * piece.height < top - piece.top
    return piece.left >= right - 1 and is_level and piece.top > bottom + piece.height / 3


def _continues(row: _Row, piece: Piece) -> bool:
    """Whether a piece is the next line of the last cell of a row."""
    last = row[-1][-1]
    left, _, right, _ = bounds_of(row[-1])
    is_below = -_MAX_LINE_GAP <= (last.bottom - piece.top) / piece.height <= _MAX_LINE_GAP
    is_free = len(row) == 1 or piece.left >= bounds_of(_flatten(row[:-1]))[2] - 1
    return is_below and is_free and piece.left < right and piece.right > left


def _find_tables(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    """Yield the rows of each table, with an empty cell where a row has none in a column."""
    run: list[_Row] = []
    for row in rows:
        if run and not _goes_on(run, row):
            yield from _align(run)
            run = []
        if run or len(row) > 1:
            run.append(row)
    yield from _align(run)


def _goes_on(run: Sequence[_Row], row: _Row) -> bool:
    """Whether a row may be the next one of a table.

    A title within a table is one line, which begins where the first cells do.
    """
    height = row[0][0].height
    gap = bounds_of(_flatten(run[-1]))[1] - bounds_of(_flatten(row))[3]
    is_title = (
        len(row) == len(row[0]) == 1
        and len(run[-1]) > 1
        and abs(row[0][0].left - run[0][0][0].left) <= _ALIGNED
    )
    is_near = -height / 2 <= gap <= _MAX_ROW_GAP * height
    return is_near and (len(row) > 1 or is_title)


def _align(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Yield rows as a table; else those between titles, which may divide tables, without a first
    row that does not fit.
    """
    if whole := _as_table(rows):
        yield whole
        return
    for has_cells, group in groupby(rows, key=lambda row: len(row) > 1):
        part = list(group)
        if has_cells and (table := _as_table(part) or _as_table(part[1:])):
            yield table


def _as_table(rows: Sequence[_Row]) -> list[_Row]:
    """Return rows with a cell for each column, none if they are no table without other lines."""
    last = max((number for number, row in enumerate(rows, 1) if len(row) > 1), default=0)
    if last < 2 or sum(map(len, rows[:last])) < _LEAST_CELLS:
        return []
    columns = _find_columns(rows[:last])
    table = [_place_cells(row, columns) for row in rows[:last]] if columns else [[]]
    if not all(table) or any(len(cell) > _MAX_CELL_LINES for row in table for cell in row):
        return []
    lengths = [[sum(p.end - p.start for p in cell) for cell in row] for row in table]
    is_short = any(max(column) <= _SHORT for column in zip(*lengths, strict=True))
    return table if is_short and all(map(_is_aligned, zip(*table, strict=True))) else []


def _find_columns(rows: Sequence[_Row]) -> list[tuple[float, float]]:
    """Return the left and right of the columns of the fullest rows, none where they overlap."""
    count = max(map(len, rows))
    full = [[bounds_of(cell) for cell in row] for row in rows if len(row) == count]
    columns = [
        (min(box[0] for box in column), max(box[2] for box in column))
        for column in zip(*full, strict=True)
    ]
    is_apart = all(right <= left + 1 for (_, right), (left, _) in pairwise(columns))
    return columns if is_apart else []


def _place_cells(row: _Row, columns: Sequence[tuple[float, float]]) -> _Row:
    """Return the cell of a row in each column, none where it has several or across several."""
    placed: _Row = [[] for _ in columns]
    for cell in row:
        left, _, right, _ = bounds_of(cell)
        shared = [min(right, b) - max(left, a) for a, b in columns]
        best = shared.index(max(shared))
        others = (width for column, width in enumerate(shared) if column != best)
        if placed[best] or max(others) > (0 if len(row) == 1 else (right - left) / 3):
            return []
        placed[best] = cell
    return placed


def _is_aligned(column: Sequence[_Cell]) -> bool:
    """Whether half of the cells of a column share its left, its middle or its right.

    The words of justified lines, which may stand apart as those of cells do, share none.
    """
    boxes = [bounds_of(cell) for cell in column if cell]
    least = max(2, math.ceil(len(boxes) / 2))
    edges = zip(*((box[0], (box[0] + box[2]) / 2, box[2]) for box in boxes), strict=True)
    return any(
        last - first <= _ALIGNED
        for found in map(sorted, edges)
        for first, last in zip(found, found[least - 1 :], strict=False)
    )


def _write_rows(textpage: "PdfTextPage", written: list[str], rows: Sequence[_Row]) -> None:
    """Write the bars of the rows of a table, and what marks its header, into its characters."""
    for above, below in pairwise([p for row in rows for p in _flatten(row)]):
        for place in range(above.end, below.start):
            written[place] = written[place].strip()
    for piece in (piece for row in rows for piece in _flatten(row)):
        for place in range(piece.start, piece.end):
            written[place] = written[place].replace("|", "\\|")
    for number, row in enumerate(rows):
        bars = "| "
        for cell in row:
            for piece in cell:
                written[piece.start] = bars + written[piece.start]
                bars = "" if written[piece.end - 1][-1:] in ("\x02", "\ufffe") else " "
            bars = f"{bars.strip()} | " if cell else f"{bars}| "
        last = _flatten(row)[-1].end - 1
        written[last] += bars.rstrip()
        if not number and _is_header(textpage, written, rows):
            written[last] += f"\r\n|{' --- |' * len(row)}"
        written[last] += "\r\n"


def _is_header(textpage: "PdfTextPage", written: Sequence[str], rows: Sequence[_Row]) -> bool:
    """Whether the first row names the columns.

    It does if it is set in another type than the second. It does too if it has no number, where a
    column of numbers stands below it or it has three cells and more, which name and value have not.
    Of three cells and more above numbers, all but the first may be such as "Q1" or "2023".
    """
    if not all(rows[0]):
        return False
    fonts = [{font_of(textpage, cell[0].start) for cell in row if cell} for row in rows[:2]]
    texts = [
        [
            "".join(written[cell[0].start : cell[-1].end]).strip("| \r\n") if cell else ""
            for cell in row
        ]
        for row in rows
    ]
    has_digit = [[re.search(r"\d", text) is not None for text in row] for row in texts]
    is_of_words = not any(has_digit[0])
    has_numbers = any(map(all, zip(*has_digit[1:], strict=True)))
    if not fonts[0] & fonts[1] or (is_of_words and (has_numbers or len(rows[0]) > 2)):
        return True
    has_names = len(rows[0]) > 2 and not has_digit[0][0] and all(map(_NAME.match, texts[0]))
    return has_names and any(all(map(_FIGURE.fullmatch, c)) for c in zip(*texts[1:], strict=True))
