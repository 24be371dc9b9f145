"""Tell the tables that stand below each other in one sheet, with empty rows between them."""

import re
from collections.abc import Sequence
from typing import TypeVar

_DIGIT = re.compile(r"\d")

Row = TypeVar("Row", bound=Sequence[str])


def split_tables(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """Return the rows of each table.

    A group behind an empty row belongs to the table above it unless it begins with a header of its
    own. This has a word, and no number, above each column of its group, of which one holds only
    numbers or one is none of the table above; or it repeats the header above but for the first
    name. Rows with a first cell only are titles.

    >>> rows = [["Part", "Price"], ["KX", "12"], ["", ""], ["Port", "Days"], ["Oslo", "3"]]
    >>> [table[0] for table in split_tables(rows)]
    [['Part', 'Price'], ['Port', 'Days']]
    >>> len(split_tables([*rows[:3], ["MX", "15"], ["NX", "4"]]))
    1
    """
    starts: list[int] = [0]
    header: Row | None = None
    titles: int | None = None
    for first, end in _find_groups(rows):
        at = next((n for n in range(first, end) if _count(rows[n]) > 1), None)
        if at is None:  # A title, or a remark: the next table tells.
            titles = first if titles is None else titles
            continue
        begins = first if titles is None else titles
        titles = None
        if header is None:
            header = rows[at]
        elif _is_header(rows[at], rows[at + 1 : end], header):
            starts.append(begins)
            header = rows[at]
    return [rows[a:b] for a, b in zip(starts, [*starts[1:], len(rows)], strict=True)]


def _find_groups(rows: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Return the ranges of rows without an empty one between them."""
    groups, first = [], None
    for number, row in enumerate(rows):
        if any(row):
            first = number if first is None else first
        elif first is not None:
            groups.append((first, number))
            first = None
    return groups if first is None else [*groups, (first, len(rows))]


def _is_header(row: Sequence[str], below: Sequence[Sequence[str]], known: Sequence[str]) -> bool:
    columns = _filled(row)
    if below and any(row[1:]) and list(row[1:]) == list(known[1:]):
        return True
    if not below or any(_DIGIT.search(row[column]) for column in columns):
        return False
    used = set().union(*map(_filled, below))
    if not used <= columns:
        return False
    return not columns <= _filled(known) or any(
        all(column < len(other) and _DIGIT.search(other[column]) for other in below)
        for column in columns
    )


def _filled(row: Sequence[str]) -> set[int]:
    return {column for column, cell in enumerate(row) if cell}


def _count(row: Sequence[str]) -> int:
    return sum(map(bool, row))
