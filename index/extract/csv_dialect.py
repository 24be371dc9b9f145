"""Detect what separates the cells of a delimited file.

Each candidate splits the first rows, quotation marks respected, and is scored by how many rows get
the same number of cells, how few of its splits cut a decimal number or a sentence, and whether it
splits the header. Reading all rows is left to `delimited`.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice, pairwise

_SAMPLE_ROWS = 100
"""Number of rows from which the delimiter is detected."""

_SAMPLE_LENGTH = 1 << 16
"""Number of characters from which the delimiter is detected, whole lines that is."""

_LEAST_SCORE = 0.25
"""A candidate that scores less separates nothing: the file has one column."""

_DECLARATION = re.compile(r'"?sep=([^"\n])"?[;,\t]*(?:\n|\Z)', re.IGNORECASE)

_NOT_AFTER_COMMA = re.compile(r"(?!\d{3}\.)\d+\.\d")
"""A number with a decimal point, which is not the rest of one with a comma: 1,20.5 but 1,200.5."""


@dataclass(frozen=True, slots=True)
class _Row:
    """How a candidate splits a row: into how many cells, and how many of the splits are natural.

    A split is not natural within a decimal number, as in 1,5, or before a space, as in a sentence.
    """

    width: int
    natural: int


def detect_delimiter(text: str, candidates: str) -> tuple[str, int]:
    """Return the delimiter of canonical text, and the offset where its rows begin.

    The delimiter is "" if there is one column. A first line "sep=;", which tells spreadsheets the
    delimiter, is no row.

    >>> detect_delimiter("10:00;1,5\\n11:00;2,7\\n", ",;\\t|")
    (';', 0)
    >>> detect_delimiter("sep=|\\nOslo|3,5\\n", ",;\\t|")
    ('|', 6)
    >>> detect_delimiter("Length\\n1,5\\n2,7\\n", ",;\\t|")
    ('', 0)
    """
    declared = _DECLARATION.match(text)
    if declared:
        return declared[1], declared.end()
    sample = text[:_SAMPLE_LENGTH]
    if len(sample) < len(text) and "\n" in sample:
        sample = sample[: sample.rindex("\n")]
    split = {mark: _split_rows(sample, mark) for mark in candidates}
    # The header is the first line that any candidate splits naturally; above it may be a title.
    headers = {
        mark: next((at for at, row in enumerate(rows) if row.natural), len(rows))
        for mark, rows in split.items()
    }
    first = min(headers.values())
    scores = {mark: _score(rows, headers[mark] == first) for mark, rows in split.items()}
    best = max(scores, key=lambda mark: scores[mark])
    return (best if scores[best][0] >= _LEAST_SCORE else ""), 0


def _split_rows(sample: str, mark: str) -> list[_Row]:
    rows = []
    try:
        for cells in islice(csv.reader(io.StringIO(sample), delimiter=mark), _SAMPLE_ROWS):
            if any(cells):
                pairs = pairwise(cells)
                natural = sum(_is_natural(mark, left, right) for left, right in pairs)
                rows.append(_Row(len(cells), natural))
    except csv.Error:
        pass  # The rows before a character that cannot stand in a cell tell enough.
    return rows


def _is_natural(mark: str, left: str, right: str) -> bool:
    if mark == "," and left[-1:].isdecimal() and right[:1].isdecimal():
        return bool(_NOT_AFTER_COMMA.match(right))
    return mark not in ",;" or not right[:1].isspace()


def _score(rows: list[_Row], splits_header: bool) -> tuple[float, int]:
    """Return the score of a candidate by its rows, and the number of cells in most of them.

    The score is the share of rows with that number of cells, ragged rows of several cells counting
    half; it is halved if no split is natural, and again much less if the header is not split.
    """
    widths = Counter(row.width for row in rows if row.width > 1)
    if not widths:
        return 0.0, 1
    width = max(widths, key=lambda width: (widths[width], width))
    agreement = (widths[width] + widths.total()) / 2 / len(rows)
    splits = sum(row.width - 1 for row in rows)
    natural = sum(row.natural for row in rows) / splits
    if natural < 0.5 and rows[0].width == 1:
        return 0.0, width
    return agreement * (1 + natural) / 2 * (1 if splits_header else 0.4), width
