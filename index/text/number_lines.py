"""Tables of numbers without bars, as in the text of a PDF: each row is a line, its label first.

"Farm April May" names the columns of "Alder Farm 182 176" below it. A label may have several words,
so columns are counted from the right. The name of a column has one word: where a header has more
words than columns, nobody knows which belong together, and the lines below are no rows.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

LEAST = 2
"""Numbers that a row has at least, and rows that a table has at least."""

_LOOKED_ABOVE = 4_000
"""Characters above a range in which the header of its rows is looked for."""

_LONGEST = 500
"""Characters of a line at most that can be a row."""

_LINE = re.compile(r"^.*$", re.MULTILINE)
_WORD = re.compile(r"\S+")
_NUMBER = re.compile(r"[-+–(]?[$€£]?\d[\d.,'’:/-]*\)?%?|[–—-]")
_TWO_NUMBERS = re.compile(r"\s(?:[-+–($€£]*+\d\S*+[ \t]*+){2}$", re.MULTILINE)
_YEAR = re.compile(r"(?:19|20)\d\d")
# A name begins with a capital letter, and ends no sentence.
_NAME = re.compile(r"[^\W\d_a-z]\S*(?<![.,:;!?])|(?:19|20)\d\d")


class NumberRow(NamedTuple):
    """A row: its range, those of its cells, the names of its columns, the range of the header.

    All are in characters, end exclusive. The label is the first cell; its name may be "".
    """

    start: int
    end: int
    cells: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    header: tuple[int, int]


class _Line(NamedTuple):
    """The ranges of the words of a line; of these, so many at its end are numbers."""

    words: tuple[tuple[int, int], ...]
    numbers: int

    @property
    def row_numbers(self) -> int:
        """The numbers after a label, 0 where the line is no row."""
        return self.numbers if LEAST <= self.numbers < len(self.words) else 0


def find_number_rows(text: str, start: int, end: int) -> list[NumberRow]:
    """Return the rows of numbers that lie in a range, in order.

    >>> text = "Farm April May\\nAlder Farm 182 176\\nDunmere 226 219"
    >>> [(row.names[1:], text[slice(*row.cells[0])]) for row in find_number_rows(text, 0, 50)]
    [(('April', 'May'), 'Alder Farm'), (('April', 'May'), 'Dunmere')]
    """
    if not _TWO_NUMBERS.search(text, start, end):
        return []
    above = text.rfind("\n", 0, max(0, start - _LOOKED_ABOVE)) + 1
    below = text.find("\n", text.find("\n", end) + 1 or len(text))  # With the next line, too.
    stop = below if below >= 0 else len(text)
    lines = [_read_line(text, *line.span()) for line in _LINE.finditer(text, above, stop)]
    rows: list[NumberRow] = []
    at = 0
    for numbers, group in groupby(lines, key=lambda line: line.row_numbers):
        table = list(group)
        if numbers:
            rows += _read_table(text, lines[at - 1 : at], table)
        at += len(table)
    return [row for row in rows if start <= row.start and row.end <= end]


def number_header(text: str, start: int) -> str:
    """Return the header of the row of numbers that has this offset, "" if none has.

    >>> text = "Item 2023 2024\\nMilk 2,610 2,890\\nWages 1,480 1,610"
    >>> number_header(text, 40), number_header(text, 3)
    ('Item 2023 2024', '')
    """
    line = text.rfind("\n", 0, start) + 1
    below = text.find("\n", start)
    end = below if below >= 0 else len(text)
    rows = find_number_rows(text, line, end) if end - line <= _LONGEST else []
    return text[slice(*rows[0].header)] if rows else ""


def _read_line(text: str, start: int, end: int) -> _Line:
    if end - start > _LONGEST:
        return _Line((), 0)
    words = tuple(word.span() for word in _WORD.finditer(text, start, end))
    numbers = 0
    while numbers < len(words) and _NUMBER.fullmatch(text, *words[-1 - numbers]):
        numbers += 1
    return _Line(words, numbers)


def _read_table(text: str, above: Sequence[_Line], rows: Sequence[_Line]) -> list[NumberRow]:
    """Return the rows below a header, which is their first line if it has years, or stands above.

    There are none where no header is found.
    """
    numbers = rows[0].numbers

    def is_of_years(line: _Line) -> bool:
        return all(_YEAR.fullmatch(text, *word) for word in line.words[-numbers:])

    if is_of_years(rows[0]) and not all(map(is_of_years, rows)):
        above, rows = rows[:1], rows[1:]
    words = above[0].words if above else ()
    names = [text[slice(*word)] for word in words]
    if len(rows) < LEAST or len(names) not in (numbers, numbers + 1):
        return []
    if not all(map(_NAME.fullmatch, names)):
        return []
    named = tuple(names) if len(names) > numbers else ("", *names)
    header = (words[0][0], words[-1][1])
    return [
        NumberRow(
            row.words[0][0],
            row.words[-1][1],
            ((row.words[0][0], row.words[-1 - numbers][1]), *row.words[-numbers:]),
            named,
            header,
        )
        for row in rows
    ]
