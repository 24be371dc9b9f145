"""Decide whether two answers to one question contradict each other. Pure functions.

Numbers and dates contradict each other if they differ and neither includes the other; other words
if they have none in common. Whether both answers are about the same thing is left to `answer`.
Number words and months are English.
"""

import re
from collections import Counter
from dataclasses import dataclass

from index.search.terms import extract_terms
from qa.candidates.normalise import normalised
from qa.retrieval.number_words import MONTHS, SCALES, TENS, UNITS
from qa.retrieval.query import FUNCTION_WORDS, Query

_TENS = {word: 10.0 * tens for tens, word in enumerate(TENS, 2)}
_VALUES = {
    **{word: float(number) for number, word in enumerate(UNITS)},
    **_TENS,
    # A month counts as its number, so that 2025-04-09 and 9 April 2025 are the same.
    **{month: float(number) for number, month in enumerate(MONTHS, 1)},
    **{month[:3]: float(number) for number, month in enumerate(MONTHS, 1)},
}
_SCALES = {**SCALES, "k": 1e3, "mn": 1e6, "bn": 1e9}
_NUMBER_OR_WORD = re.compile(
    r"(?P<minus>(?<![^\s(])[-\u2212])?(?P<digits>\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?!\d)|\d+)"
    r"(?P<part>[.,]\d{1,2}(?!\d|[.,:-]\d))?"
    r"|[^\W\d_]+"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """The numbers of a text, each with its count, and the stems of its other words."""

    numbers: Counter[float]
    unit: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Amount":
        """Parse a text.

        >>> Amount.of("2.5 million euros") == Amount.of("2,500,000 euros")
        True
        >>> Amount.of("9 April 2025") == Amount.of("2025-04-09")
        True
        >>> Amount.of("-5 °C") == Amount.of("5 °C")
        False
        >>> Amount.of("two hundred and fifty days") == Amount.of("250 days")
        True
        """
        numbers: list[float] = []
        others: list[str] = []
        before = ""  # The word before, if that was a number.
        for token in _NUMBER_OR_WORD.finditer(text):
            word = token[0].lower()
            if token["digits"]:
                whole, part = re.sub(r"\D", "", token["digits"]), token["part"] or ".0"
                numbers.append(float(f"{'-' if token['minus'] else ''}{whole}.{part[1:]}"))
            elif word == "and" and before in _SCALES:
                continue  # "two hundred and fifty"
            elif word in _SCALES and before:
                numbers[-1] *= _SCALES[word]
            elif 0 < _VALUES.get(word, 0) < (10 if before in _TENS else _SCALES.get(before, 0)):
                numbers[-1] += _VALUES[word]
            elif word in _VALUES:
                numbers.append(_VALUES[word])
            else:
                others.append(word)
                word = ""
            before = word
        return cls(Counter(numbers), frozenset(extract_terms(" ".join(others))) - FUNCTION_WORDS)

    def differs(self, other: "Amount") -> bool:
        """Whether neither set of numbers includes the other."""
        return not (self.numbers <= other.numbers or other.numbers <= self.numbers)

    def is_comparable(self, other: "Amount") -> bool:
        """Whether both have the same unit, as far as they name one."""
        return self.unit <= other.unit or other.unit <= self.unit


def contradict(query: Query, one: str, other: str) -> bool:
    """Whether two answers to a question contradict each other.

    If the question does not ask for a certain kind of answer, only numbers with a unit in common
    can.

    >>> query = Query.of("How much is the budget?")
    >>> contradict(query, "40,000 euros", "65,000 euros")
    True
    >>> contradict(query, "40,000 euros", "forty thousand euros")
    False
    """
    first, second = Amount.of(one), Amount.of(other)
    apart = not first.unit & second.unit
    if first.numbers and second.numbers:
        if query.kind is None and apart and (first.unit or second.unit):
            return False
        return first.differs(second) and (apart or first.is_comparable(second))
    return query.kind is not None and not _normalised_words(one) & _normalised_words(other)


def _normalised_words(text: str) -> set[str]:
    return set(normalised(text).split())
