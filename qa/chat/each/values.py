"""Read the values of answers: quantities with their units, and dates. Pure functions.

Only an answer that is one value is read: "1,450 euros", "$1.2 million", "31 March 2027", "2027". A
range is none, nor is the number of a name ("Flat 12"). Units are not converted: those are the same
whose words have the same stems. Drawing the values is left to `chart`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from index.search.terms import extract_terms
from index.text.dates import read_dates
from qa.candidates.conflicts import Amount
from qa.retrieval.query import Query

MIN_SHARE = 0.5
"""Share of the answers that have to be values; of fewer, none are compared."""

MIN_VALUES = 2
"""Values in a group at least; fewer are not compared."""

FIRST_YEAR, LAST_YEAR = 1500, 2100
"""Bounds between which a number of four digits may be a year."""

_NAME = re.compile(r"\s*[^\W\d_a-z][a-z][^\d]*\d")
"""Matches a capitalised word before the number: the name of what is numbered."""

_NEGATIVE = re.compile(r"\W*[-\u2212]\s?[^\w\s]?\d")
_DECIMAL_WITH_ZERO = re.compile(r"\b0[.,]\d{3}")
_TOKEN = re.compile(r"[^\W\d_]\w*|[^\w\s.,;:'’()+\-]")


@dataclass(frozen=True, slots=True)
class Value:
    """A number with its unit, or a day: then `iso` is its date and `number` its ordinal.

    `unit` holds the stems of the unit's words, without those of the question; `label` is the unit
    as the answer writes it.
    """

    number: float
    unit: frozenset[str] = frozenset()
    label: str = ""
    iso: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Values that can be compared: those of one unit, or dates.

    `places` are their numbers in the list of answers. `label` is the unit, "" for none.
    """

    places: tuple[int, ...]
    values: tuple[Value, ...]
    label: str
    dates: bool


def group_values(answers: Sequence[str], question: str) -> list[Group]:
    """Return the values among the answers to a question, in groups that can be compared.

    An empty string is no answer. The largest group comes first; single values are in none.

    >>> [(group.label, group.places) for group in group_values(["€5", "$7", "", "6 €"], "")]
    [('€', (0, 3))]
    """
    values = [read_value(words, question) if words else None for words in answers]
    if _are_years(values, question):
        values = [value and _read_date(f"{value.number:.0f}") for value in values]
    places: dict[tuple[bool, frozenset[str]], list[int]] = {}
    for place, value in enumerate(values):
        if value:
            places.setdefault((bool(value.iso), value.unit), []).append(place)
    found = sum(map(len, places.values()))
    if not found or found < MIN_SHARE * sum(map(bool, answers)):
        return []
    groups = []
    for (dates, _), where in places.items():
        of_group = [value for place in where if (value := values[place])]
        label = Counter(value.label for value in of_group).most_common(1)[0][0]
        groups.append(Group(tuple(where), tuple(of_group), label, dates))
    large = [group for group in groups if len(group.places) >= MIN_VALUES]
    return sorted(large, key=lambda group: -len(group.places))


def read_value(words: str, question: str = "") -> Value | None:
    """Return the value that an answer consists of; None where it is none, or several.

    >>> read_value("€1,450.50").number, read_value("forty thousand euros").number
    (1450.5, 40000.0)
    >>> read_value("€5").unit == read_value("5 euros").unit, read_value("Flat 12")
    (True, None)
    >>> read_value("31 March 2027").iso, read_value("10 to 20 euros")
    ('2027-03-31', None)
    """
    if dates := set(read_dates(words)):
        return _read_date(dates.pop()) if len(dates) == 1 else None
    numbers = Amount.of(words).numbers
    if numbers.total() != 1 or _NAME.match(words) or _DECIMAL_WITH_ZERO.search(words):
        return None
    asked = set(extract_terms(question))
    tokens = _TOKEN.findall(words)
    stems = [_find_stems(token) - asked for token in tokens]
    unit = frozenset().union(*stems)
    kept = [number for number, found in enumerate(stems) if found]
    label = " ".join(tokens[kept[0] : kept[-1] + 1]) if kept else ""
    sign = -1 if _NEGATIVE.match(words) else 1
    return Value(sign * abs(next(iter(numbers))), unit, label)


def _read_date(iso: str) -> Value:
    year, month, day = map(int, [*iso.split("-"), "1", "1"][:3])
    return Value(float(date(year, month, day).toordinal()), iso=iso)


def _are_years(values: Sequence[Value | None], question: str) -> bool:
    """Whether all values are numbers like 1987, and the question does not ask for an amount."""
    numbers = [value for value in values if value]
    return Query.of(question).has_kind("5") is not True and all(
        not value.unit
        and not value.iso
        and FIRST_YEAR <= value.number <= LAST_YEAR
        and value.number.is_integer()
        for value in numbers
    )


def _find_stems(token: str) -> set[str]:
    """Return the stems of a word of a unit, none of a number word; a sign is read by its name.

    >>> _find_stems("€"), _find_stems("euros"), _find_stems("million"), _find_stems("(")
    ({'euro'}, {'euro'}, set(), set())
    """
    if not token[0].isalnum():
        name = unicodedata.name(token, "")
        is_unit = unicodedata.category(token) in ("Sc", "So") or name.startswith("PER")
        token = name.removesuffix(" SIGN").lower() if is_unit else ""
    return set(Amount.of(f"1 {token}").unit)
