"""Write the rows of a table in a rich text as HTML, with each cell below those of its column."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_MAX_COLUMNS = 63  # Word's own limit.
_TOLERANCE = 40
"""Edges at most this far apart, in twips, are the same: programs round them row by row."""


@dataclass(frozen=True, slots=True)
class Row:
    """The HTML of the cells of a row, its left edge and the right one of each cell in twips.

    The edges are missing where the document does not state one for each cell.
    """

    cells: tuple[str, ...]
    edges: tuple[int, ...] = ()


def write_table(rows: Sequence[Row]) -> str:
    """Return a table; cells that are wider than those of other rows span their columns.

    >>> write_table([Row(("a",), (0, 900)), Row(("b", "c"), (0, 400, 901))])
    '<table><tr><td colspan="2">a</td></tr><tr><td>b</td><td>c</td></tr></table>'
    """
    columns = _find_columns(rows)
    lines = ("".join(_write_cells(row, columns)) for row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _find_columns(rows: Sequence[Row]) -> list[int]:
    """Return the right edges of the columns of a table, none if there are too many."""
    columns: list[int] = []
    for edge in sorted({edge for row in rows for edge in row.edges[1:]}):
        if not columns or edge - columns[-1] > _TOLERANCE:
            columns.append(edge)
    return columns if len(columns) <= _MAX_COLUMNS else []


def _write_cells(row: Row, columns: list[int]) -> list[str]:
    ends = [bisect_right(columns, edge) for edge in row.edges] if columns else []
    if len(ends) != len(row.cells) + 1:
        return [f"<td>{cell}</td>" for cell in row.cells]
    # A row that begins in a later column has empty cells in those before.
    first = bisect_left(columns, row.edges[0] + _TOLERANCE)
    ends[0] = min(first, ends[1])
    written = ["<td></td>"] * ends[0]
    for cell, start, end in zip(row.cells, ends, ends[1:], strict=False):
        span = f' colspan="{end - start}"' if end - start > 1 else ""
        written.append(f"<td{span}>{cell}</td>")
    return written
