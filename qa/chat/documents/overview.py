"""The collection at a glance: how many documents, of which kinds and years, in which folders.

Everything is counted from the manifest, so that it costs nothing to show.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any

from index.manifest import Entry
from index.text.invisible import reveal_controls

MAX_GROUPS = 6
"""Folders or kinds that are shown, the largest ones."""

MAX_BARS = 24
"""Bars of dates at most; each stands for the same number of years."""

MAX_NEWEST = 3

_MAX_REASONS = 5
_YEARS_PER_BAR = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Group:
    """The documents of one folder or of one kind, by their numbers in the manifest."""

    name: str
    numbers: tuple[int, ...]


def group_documents(entries: Sequence[Entry]) -> list[Group]:
    """Return the largest groups: by the first folder in which ids differ, or else by kind.

    Empty where all documents are of one kind in one folder. Names show control characters.
    """
    paths = [PurePosixPath(entry.id).parts for entry in entries]
    shared = len(_shared_start([path[:-1] for path in paths]))
    found = _group(
        f"{reveal_controls(path[shared])}/" if len(path) > shared + 1 else "" for path in paths
    )
    if len(found) < 2:
        found = _group(_kind(entry) for entry in entries)
    return found[:MAX_GROUPS] if len(found) > 1 else []


def describe_overview(entries: Sequence[Entry], skipped: Sequence[str]) -> dict[str, Any]:
    """Return the counts that the start page shows; `skipped` is why each unread file was not read.

    "years" holds the bars from the first year to the last, as [label, count].
    """
    dated = [entry for entry in entries if entry.date[:4].isdecimal()]
    newest = sorted(dated, key=lambda entry: entry.date, reverse=True)[:MAX_NEWEST]
    return {
        "documents": len(entries),
        "kinds": Counter(map(_kind, entries)).most_common(),
        "years": count_years([int(entry.date[:4]) for entry in dated]),
        "undated": len(entries) - len(dated),
        "newest": [{"id": e.id, "title": reveal_controls(e.title), "date": e.date} for e in newest],
        "skipped": len(skipped),
        "reasons": Counter(skipped).most_common(_MAX_REASONS),
    }


def count_years(years: Sequence[int]) -> list[tuple[str, int]]:
    """Return how many of `years` fall into each bar, the empty ones between them included.

    >>> count_years([2019, 2021, 2021])
    [('2019', 1), ('2020', 0), ('2021', 2)]
    >>> count_years([1905, 1999])[:2]
    [('1905–1909', 1), ('1910–1914', 0)]
    """
    if not years:
        return []
    widths = (w for w in _YEARS_PER_BAR if max(years) // w - min(years) // w < MAX_BARS)
    width = next(widths, 1000)
    counts = Counter(year // width for year in years)
    return [
        (
            str(bar * width) if width == 1 else f"{bar * width}–{bar * width + width - 1}",
            counts[bar],
        )
        for bar in range(min(counts), max(counts) + 1)
    ]


def _kind(entry: Entry) -> str:
    return reveal_controls(PurePosixPath(entry.id).suffix.lower().removeprefix("."))


def _group(names: Iterable[str]) -> list[Group]:
    """Return the groups by name, the largest first; "" is the name of what has none."""
    numbers = defaultdict[str, list[int]](list)
    for number, name in enumerate(names):
        numbers[name].append(number)
    groups = [Group(name, tuple(members)) for name, members in numbers.items()]
    return sorted(groups, key=lambda group: -len(group.numbers))


def _shared_start(folders: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the folders in which all documents lie.

    >>> _shared_start([("a", "b", "c"), ("a", "b")])
    ('a', 'b')
    """
    return tuple(c[0] for c in takewhile(lambda c: len(set(c)) == 1, zip(*folders, strict=False)))
