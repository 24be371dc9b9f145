"""The date that a document gives itself: in its heading, in a line "Date: …", or in its name.

Pure functions. The metadata of a file, and a preference among the keys of front matter, are left to
`extract`. Months in words are read in English.
"""

import calendar
import re
from datetime import date
from email.utils import parsedate
from itertools import islice

from index.text.chunk import find_headings

HEAD_LENGTH = 2_000
"""Characters of a document's beginning in which its date is looked for."""

_DATE_LINE = re.compile(
    r"^[ \t>*_|-]*(?:(?:last )?updated|dat(?:e|um|a|o))[ \t*_]*[:|](?P<value>[^\n]{4,40})",
    re.MULTILINE | re.IGNORECASE,
)
"""Matches "Date: 12 March 2024", also in bold, in a list or a table, and in languages that have
the word from Latin."""

_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?,?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?,?"
_YEAR = r"(?P<year>[12]\d{3})"
_DATES = [
    re.compile(rf"(?<![\w.-]){form}(?:(?=T\d\d:)|(?![\w-]))")
    for form in (
        rf"{_YEAR}(?P<sep>[-/])(?P<month>\d\d)(?P=sep)(?P<day>\d\d)",
        rf"(?P<day>\d{{1,2}})\.[ ]?(?P<month>\d{{1,2}})\.[ ]?{_YEAR}",
        f"{_DAY} {_MONTH} {_YEAR}",
        f"{_MONTH} {_DAY} {_YEAR}",
        f"{_MONTH} {_YEAR}",
    )
]
_IN_NAME = re.compile(
    r"(?<!\d)(?<!\d[xX\u00d7])(?P<year>(?:19|20)\d\d)(?:(?P<sep>[-_.]?)(?P<month>0[1-9]|1[0-2])"
    r"(?:(?P=sep)(?P<day>0[1-9]|[12]\d|3[01]))?)?(?![xX\u00d7]?\d)"
)
"""Matches a year, month or day in a name, and not the size of a picture: "1920x1080"."""


def find_date(text: str, *, markdown: bool = True) -> str:
    """Return the date in the first heading or in the first line "Date: …" that has one, or "".

    In ISO 8601: YYYY-MM-DD or YYYY-MM. Of two different dates in one of them, which is a period,
    neither counts. A text that is not `markdown` has no headings.

    >>> find_date("# Board meeting\\n\\nDate: 12 March 2024. Present: Ida.")
    '2024-03-12'
    >>> find_date("# Minutes of May 2, 2023"), find_date("# From 1.5.2023 to 1.5.2024")
    ('2023-05-02', '')
    """
    head = text[:HEAD_LENGTH]
    headings = find_headings(head)[:1] if markdown else []
    lines = (read_dates(line["value"]) for line in _DATE_LINE.finditer(head))
    found = [*(read_dates(words) for _, words in headings), *islice(filter(None, lines), 1)]
    return next((dates[0] for dates in found if len(set(dates)) == 1), "")


def read_dates(words: str) -> list[str]:
    """Return the days in a few words, or else the months, in ISO 8601.

    >>> read_dates("5 Jan 2024 or 7.2.2024"), read_dates("in March 2024"), read_dates("in 2024")
    (['2024-02-07', '2024-01-05'], ['2024-03'], [])
    """
    *days, months = [
        [day for match in form.finditer(words) if (day := _to_iso(match))] for form in _DATES
    ]
    return [day for some in days for day in some] or months


def find_date_in_name(document_id: str) -> str:
    """Return the date in the name of a file, or else of the nearest folder that has one, or "".

    A name with two dates has none; beside a day, months and years do not count.

    >>> find_date_in_name("minutes/2024-03-12 board.md"), find_date_in_name("2023/prices_v2.md")
    ('2024-03-12', '2023')
    >>> find_date_in_name("report-2022-2023.pdf"), find_date_in_name("order 20240131.pdf")
    ('', '2024-01-31')
    """
    for name in reversed(document_id.split("/")):
        found = [_to_iso(match) for match in _IN_NAME.finditer(name)]
        written = read_dates(name.replace("_", " "))
        days = {day for day in (*found, *written) if len(day) == len("YYYY-MM-DD")}
        if dates := list(days) or found:
            return dates[0] if len(dates) == 1 else ""
    return ""


def is_iso_date(text: str) -> bool:
    """Whether a text is a year, month or day of the calendar in ISO 8601.

    >>> is_iso_date("2024"), is_iso_date("2024-13"), is_iso_date("2023-02-29"), is_iso_date("24")
    (True, False, False, False)
    """
    if len(text) not in (len("2024"), len("2024-05"), len("2024-05-31")):
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - len("2024") :])
    except ValueError:
        return False
    return True


def spell_date(iso: str) -> str:
    """Return a date in ISO 8601 and, if it has a month, in English, for both to be found.

    >>> spell_date("2024-03-12"), spell_date("2024-03"), spell_date("2024")
    ('2024-03-12 12 March 2024', '2024-03 March 2024', '2024')
    """
    year, *month_and_day = map(int, iso.split("-"))
    if not month_and_day:
        return iso
    month, *day = month_and_day
    return " ".join([iso, *map(str, day), calendar.month_name[month], str(year)])


def _to_iso(match: re.Match[str]) -> str:
    """Return a date of year, month and day as matched; "" if there is no such day."""
    parts = match.groupdict()
    year, month, day = int(parts["year"]), parts["month"], parts.get("day")
    if month and not month.isdigit():
        month = "Sep" if month.lower() == "sept" else month
        named = parsedate(f"1 {month} {year} 00:00")
        month = str(named[1]) if named else "0"
    try:
        full = date(year, int(month or 1), int(day or 1)).isoformat()
    except ValueError:
        return ""
    return full if day else full[:7] if month else full[:4]
