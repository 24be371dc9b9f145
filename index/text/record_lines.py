"""Lines that are records of their own: of a log, of numbered clauses, or "Key: value" in a list.

They end without a full stop, so that the sentences of a text do not show where they begin. One
such line says nothing: running text may be wrapped before a time, or before a word with a colon.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from index.text.sentence import Span

LEAST = 2
"""Lines that begin alike in a block, from which each of them is a record."""

# A time alone is no record, as in "7:30 a.m." above "to". Before that of a system's log stand a
# month and a day: "Jun  7 23:18:45".
_FIRST_WORD = re.compile(
    r"^[ \t]*+(?:[^\W\d_]{3,4}[ \t]+\d\d?[ \t]+)?(\S{3,40})(?=.*[^\W\d_]{3})", re.MULTILINE
)
_KEY = re.compile(r"^[ \t]*+[^\W\d_][^\n:|.!?]{0,40}+:[ \t]", re.MULTILINE)
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")


def split_records(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the ranges of a block, cut where a line begins that is a record of its own.

    >>> text = "09:05 Alarm in hall 2\\nno fire\\n14:30 Pump off"
    >>> [text[a:b] for a, b in split_records(text, 0, len(text))]
    ['09:05 Alarm in hall 2\\nno fire\\n', '14:30 Pump off']
    """
    beginnings: dict[str, list[int]] = defaultdict(list)
    for word in _FIRST_WORD.finditer(text, start, end):
        if shape := _shape(word[1]):
            beginnings[shape].append(word.start())
    beginnings[":"] = [key.start() for key in _KEY.finditer(text, start, end)]
    for cut in sorted({c for found in beginnings.values() if len(found) >= LEAST for c in found}):
        if start < cut:
            yield start, cut
            start = cut
    yield start, end


def _shape(word: str) -> str:
    """Return how a word of several parts, digits among them, is written; "" for any other.

    >>> _shape("2024-05-02"), _shape("[09:05]"), _shape("5.1"), _shape("INC-0042"), _shape("1990")
    ('0-0-0', '[0:0]', '0.0', 'a-0', '')
    """
    shape = _LETTERS.sub("a", _DIGITS.sub("0", word))
    return shape if "0" in shape and sum(part in "0a" for part in shape) > 1 else ""
