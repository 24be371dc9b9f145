"""Rows of cells as a Markdown table that reads as text; comma-separated values with them."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from index.errors import UnreadableFile
from index.extract.plain_text import decode
from index.text.canonical import Extract, canonicalize

_SAMPLE = 50
"""Lines by which the character between the cells is told."""


def markdown_table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as Markdown, empty rows and columns left out; the first row is the header.

    Lines above that hold their first cell only are a title, and such lines below, after an empty
    row, are remarks.

    >>> print(markdown_table([["Ports", ""], ["", ""], ["Port", "Days"], ["Oslo", "3"]]))
    Ports
    <BLANKLINE>
    | Port | Days |
    | --- | --- |
    | Oslo | 3 |
    """
    lines = [[_one_line(cell) for cell in row] for row in rows]
    used = sorted({column for row in lines for column, cell in enumerate(row) if cell})
    table = [[row[column] if column < len(row) else "" for column in used] for row in lines]
    if len(used) <= 1:
        return "\n".join(row[0] for row in table if any(row))
    first, end, at = 0, len(table), len(table)
    while _lone(table[first]) or not any(table[first]):
        first += 1
    while _lone(table[at - 1]) or not any(table[at - 1]):
        at -= 1
        end = end if any(table[at]) else at
    above, below = (
        "\n".join("".join(row) for row in some if any(row)) for some in (table[:first], table[end:])
    )
    body = [row for row in table[first:end] if any(row)]
    kept = [column for column in range(len(used)) if any(row[column] for row in body)]
    body = [[row[column] for column in kept] for row in body]
    body.insert(1, ["---"] * len(kept))
    within = "\n".join(
        "|" + "".join(f" {cell} |" if cell else " |" for cell in row) for row in body
    )
    return "\n\n".join(block for block in (above, within, below) if block)


def _one_line(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|")


def _lone(row: Sequence[str]) -> bool:
    return bool(row[0]) and not any(row[1:])


def read_csv(data: bytes) -> Extract:
    return _read_separated(data, ",;\t|", "text/csv")


def read_tsv(data: bytes) -> Extract:
    return _read_separated(data, "\t", "text/tab-separated-values")


def _read_separated(data: bytes, delimiters: str, media_type: str) -> Extract:
    text = canonicalize(decode(data))
    try:
        rows = _cells(text, delimiters)
    except csv.Error as error:
        raise UnreadableFile(f"its cells cannot be told apart: {error}") from error
    return Extract("", canonicalize(markdown_table(rows)) + "\n", media_type)


def _cells(text: str, delimiters: str) -> list[list[str]]:
    mark = _delimiter(text, delimiters)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=mark, strict=True))
    except csv.Error as error:
        # A quotation mark that is never closed is one of the text, and not around a cell.
        closed = "unexpected end" not in str(error) and "larger" not in str(error)
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if closed else csv.QUOTE_NONE
        return list(csv.reader(io.StringIO(text), delimiter=mark, quoting=quoting))


def _delimiter(text: str, candidates: str) -> str:
    """Return the character that cuts most of the first lines into the same number of cells."""

    def agreement(mark: str) -> tuple[int, int]:
        sample = "\n".join(text.split("\n", _SAMPLE)[:_SAMPLE])
        lines = csv.reader(io.StringIO(sample), delimiter=mark)
        widths = Counter(len(row) for row in lines if row)
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        return (count if width > 1 else 0), width

    return max(candidates, key=agreement)
