"""Select the documents to search by conditions on them. Pure functions."""

import glob
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from os import PathLike, fspath
from pathlib import PurePosixPath
from typing import Any, TypeAlias

from index import InvalidArgument, NoMatch
from index.ingest.select import (
    describe_nearest,
    fold_name,
    select_as_typed,
    select_by_names,
    select_folded,
)
from index.manifest import Entry
from index.text.dates import is_iso_date
from index.text.plural import count_noun

CONDITIONS = ("id", "document", "folder", "type", "date", "author")

MAX_LISTED_NAMES = 20
"""Names of metadata that an error lists."""

MAX_NAMED_VALUES = 3
"""Values of a condition that an error names."""

Value: TypeAlias = str | float | date | PathLike[str]
Where: TypeAlias = Mapping[str, Value | Iterable[Value]]
"""Conditions by name; of several values of one, any may hold. Paths, numbers and dates are text.

"id" is the id of a document, no character of it a wildcard; "document" an id, a file, a folder, a
pattern of these such as "reports/*.pdf", or the name of files in any folder; "folder" a folder,
with all that is beneath; "type" a suffix such as "pdf" or a media type; "date" a year, month or day
(2024, 2024-05, 2024-05-31) or a range of them (2023..2024-06, 2024.., ..2023), ends included; a
document dated by month or year may lie anywhere in it; "author" a part of the author's name. Any
other name is one in the metadata of documents (see `index.add`): an equal value or, for numbers and
dates, a range such as 10..20.

Names that no document has as they stand are compared without case and Unicode composition, and
then without the suffix.
"""

_ISO_DATE = re.compile(r"\d{4}(-\d\d){0,2}")


def select_documents(
    where: Where, documents: Sequence[Entry], *, on_disk: bool = True
) -> list[int]:
    """Return the numbers of the documents that meet all conditions.

    With `on_disk`, files and folders are found by their paths on this machine too. Raises
    `InvalidArgument` as `check_where` does, and `NoMatch` where no document meets the conditions.
    """
    wanted = check_where(where)
    own = {name for entry in documents for name in entry.metadata} - set(CONDITIONS)
    if unknown := [name for name in wanted if name not in {*CONDITIONS, *own}]:
        raise InvalidArgument(
            f"{unknown[0]!r:.40} is not a condition on documents. Use one of "
            f"{', '.join([*CONDITIONS, *sorted(own)[:MAX_LISTED_NAMES]])}."
        )
    met = {name: _select(name, values, documents, on_disk) for name, values in wanted.items()}
    numbers = sorted(set(range(len(documents))).intersection(*met.values()))
    if not numbers:
        conditions = ", ".join(f"{name} {_join(values)}" for name, values in wanted.items())
        unknown = [wanted[name][0] for name in ("id", "document") if name in met and not met[name]]
        nearest = "".join(f" {describe_nearest(name, documents)}" for name in unknown)
        raise NoMatch(
            f"None of the {len(documents):,} documents has {conditions}. List them: footnote status"
            f"{'.' * bool(nearest)}{nearest}"
        )
    return numbers


def check_where(where: object) -> dict[str, list[str]]:
    """Return the conditions with the values of each as a list of strings; none for None.

    Raises `InvalidArgument` for anything but conditions that are known and values that can be used,
    and `NoMatch` for an empty list of values.

    >>> check_where({"date": date(2024, 5, 31), "folder": ["a", "b"]})
    {'date': ['2024-05-31'], 'folder': ['a', 'b']}
    """
    if where is None:
        return {}
    if not isinstance(where, Mapping):
        raise InvalidArgument(
            f'where is {where!r:.40}; give conditions by name, such as {{"folder": "reports"}}.'
        )
    return {name: _check_values(name, value) for name, value in where.items()}


def _check_values(name: object, value: object) -> list[str]:
    if not isinstance(name, str):
        raise InvalidArgument(
            f"{name!r:.40} is not a condition on documents. Use one of {', '.join(CONDITIONS)}."
        )
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        value = [value]
    values = [_check_value(name, one) for one in value]
    if not values:
        raise NoMatch(
            f"The list of {name} is empty, so no document meets it. List at least one; to search "
            "all documents, leave the condition out."
        )
    for one in values if name == "date" else ():
        first, last = _parse_date_range(one)
        days = [part for part in one.split("..") if part]
        if first > last or not all(map(is_iso_date, days)):
            raise InvalidArgument(
                f"{one!r:.40} is no date of the calendar, or ends before it begins. Give one such "
                "as 2024-05-31, or 2023..2024-06."
            )
    return values


def _check_value(name: str, value: object) -> str:
    """Return a value as text."""
    if isinstance(value, PathLike):
        value = fspath(value)
    elif isinstance(value, date):
        value = value.isoformat()[: len("2024-05-31")]  # A date and time too.
    elif isinstance(value, int | float) and (name not in CONDITIONS or type(value) is int):
        value = str(value)
    if not isinstance(value, str):
        raise InvalidArgument(
            f"where has {value!r:.40} as {name}; give a string, a number, a date or a path, or a "
            "list of them."
        )
    return value


def of_documents(ids: Sequence[str]) -> Where:
    """Return conditions that only these documents meet, whatever characters their ids contain.

    >>> of_documents(["[a] *.pdf"])
    {'id': ['[a] *.pdf']}
    """
    return {"id": list(ids)}


def _join(values: Sequence[str]) -> str:
    """Join the values of a condition for a message, which names the first few.

    >>> _join(["a", "b"]), _join(["a", "b", "c", "d", "e"])
    ('a or b', 'a or b or c or 2 others')
    """
    others = len(values) - MAX_NAMED_VALUES
    named = [*values[:MAX_NAMED_VALUES], *([count_noun(others, "other")] if others > 0 else [])]
    return " or ".join(named)


def _select(
    name: str, values: Sequence[str], documents: Sequence[Entry], on_disk: bool
) -> set[int]:
    """Return the numbers of the documents that meet a condition with any of the values."""
    if name == "id":
        return select_by_names(values, documents)
    return set[int]().union(*(_select_by_value(name, one, documents, on_disk) for one in values))


def _select_by_value(name: str, value: str, documents: Sequence[Entry], on_disk: bool) -> set[int]:
    if name == "document":
        named = f"*/{glob.escape(value)}"  # A name without its folder.
        found = select_as_typed(value, documents, on_disk=on_disk)
        return found or (set() if "/" in value else select_folded(named, documents, on_disk=False))
    if name == "folder":
        found = select_folded(value, documents, on_disk=on_disk)
        return {n for n in found if fold_name(documents[n].id) != fold_name(value)}
    return {n for n, entry in enumerate(documents) if _meets(name, value, entry)}


def _meets(name: str, value: str, entry: Entry) -> bool:
    if name == "type":
        suffix = PurePosixPath(entry.id).suffix.lower()
        return value.lower() == entry.media_type or f".{value.lower().lstrip('.')}" == suffix
    if name == "author":
        return value.casefold() in entry.author.casefold()
    if name == "date":
        return bool(entry.date) and _is_dated(entry.date, value)
    return _has_value(entry.metadata.get(name, []), value)


def _has_value(found: Any, value: str) -> bool:
    """Whether a value of metadata, or one of a list, is a value or lies in a range.

    >>> _has_value(["a", 12.5], "10..20"), _has_value("2024-05-31", "2024"), _has_value(7, "7.0")
    (True, True, True)
    """
    if isinstance(found, list):
        return any(_has_value(one, value) for one in found)
    if isinstance(found, float | int) and not isinstance(found, bool):
        first, dots, last = value.partition("..")
        try:
            least = float(first or "-inf")
            return least <= found <= (float(last or "inf") if dots else least)
        except ValueError:
            return False
    if fold_name(str(found)) == fold_name(value):
        return True
    ends = [end for end in value.split("..", 1) if end]
    dated = isinstance(found, str) and _ISO_DATE.fullmatch(found)
    return bool(dated and ends and all(map(_ISO_DATE.fullmatch, ends)) and _is_dated(found, value))


def _is_dated(day: str, wanted: str) -> bool:
    """Whether a date lies in a date or a range of dates."""
    first, last = _parse_date_range(wanted)
    return first <= _last_day(day) and day <= last


def _parse_date_range(value: str) -> tuple[str, str]:
    """Return the first and the last day of a date or a range of dates.

    >>> _parse_date_range("2023..2024-06"), _parse_date_range("2024-05-31")
    (('2023', '2024-06-99'), ('2024-05-31', '2024-05-31'))
    """
    first, dots, last = value.partition("..")
    if not dots:
        last = first
    if not (first or last) or not all(_ISO_DATE.fullmatch(part) for part in (first, last) if part):
        raise InvalidArgument(
            f"{value!r} is not a date. Give a year, month or day (2024, 2024-05, 2024-05-31) or a "
            "range of them (2023..2024-06)."
        )
    return first, _last_day(last) if last else "9999"


def _last_day(day: str) -> str:
    """Return a string that sorts after every day of a year or month, or equals a day.

    >>> _last_day("2024"), _last_day("2024-06"), _last_day("2024-06-30")
    ('2024-99-99', '2024-06-99', '2024-06-30')
    """
    return day + "-99-99"[len(day) - 4 :]
