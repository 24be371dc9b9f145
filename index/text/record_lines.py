"""Lines that are records of their own: of a log, or numbered clauses below each other.

They may end without a full stop, so that sentences do not show where they begin. One such line
says nothing, since running text may be wrapped before a time or the number of another clause.
"""

import re
from collections.abc import Iterator

from index.text.sentence import Span

LEAST = 2
"""Lines of a block that begin with a time, from which each of them is a record."""

# A day, a time of day, or a month and a day with a time, as "Jun  7 23:18:45"; after it come words.
_TIME = re.compile(
    r"^[ \t]*+[\[(<]?(?:\d{4}([-/.])\d\d?\1\d\d?|\d\d?([-/.])\d\d?\2\d\d(?:\d\d)?|"
    r"(?:[^\W\d_]{3,4}[ \t]++\d\d?[ \t]++)?\d\d?:\d\d)(?![\d-])(?=.*[^\W\d_]{3})",
    re.MULTILINE,
)
_CLAUSE = re.compile(r"^[ \t]*+((?:\d{1,3}\.){1,4})(\d{1,3})\.?[ \t]++(?=\S)", re.MULTILINE)


def split_records(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the ranges of a block, cut where a line begins that is a record of its own.

    Lines with a time are records where they are most of the lines, or the first is one. A number
    of a clause counts where the one before or after it begins a line too.

    >>> text = "09:05 Alarm in hall 2\\nno fire\\n14:30 Pump off"
    >>> [text[a:b] for a, b in split_records(text, 0, len(text))]
    ['09:05 Alarm in hall 2\\nno fire\\n', '14:30 Pump off']
    """
    times = [time.start() for time in _TIME.finditer(text, start, end)]
    lines = text[start:end].strip().count("\n") + 1
    if len(times) < LEAST or (2 * len(times) <= lines and text[start : times[0]].strip()):
        times = []
    clauses = [(c[1], int(c[2]), c.start()) for c in _CLAUSE.finditer(text, start, end)]
    known = {clause[:2] for clause in clauses}
    beginnings = [
        place
        for above, number, place in clauses
        if (above, number - 1) in known or (above, number + 1) in known
    ]
    for cut in sorted({*times, *beginnings}):
        if start < cut:
            yield start, cut
            start = cut
    yield start, end
