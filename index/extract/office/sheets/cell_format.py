"""Format values and dates as a spreadsheet displays them, by the number format of the cell.

Formatting numbers is left to `number_format`.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from index.extract.office.sheets.number_format import format_number, format_text

CellValue: TypeAlias = str | int | float | bool | date | time | timedelta | None
"""Types of cell values that openpyxl reads."""

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.')
_DATE_PART = re.compile(
    r"yyyy|yy|mmmmm|mmmm|mmm|mm|m|dddd|ddd|dd|d|hh|h|ss(?:\.0+)?|s|am/pm|a/p|"
    r'"[^"]*"|\\.|\[\$?[^\]]*\]|_.|\*.|.',
    re.IGNORECASE | re.DOTALL,
)


def format_cell(value: CellValue, number_format: str | None) -> str:
    """Return a value as displayed in an English locale; ambiguous dates become ISO dates.

    >>> format_cell(0.125, "0.0%"), format_cell(1234.5, '#,##0.00 "EUR"')
    ('12.5%', '1,234.50 EUR')
    >>> format_cell(date(2025, 4, 9), "d mmm yyyy")
    '9 Apr 2025'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, date | time):
        return _format_date(value, (number_format or "").split(";")[0])
    if isinstance(value, int | float):
        return format_number(value, number_format or "General")
    return format_text(value, number_format or "@")


def _format_date(value: date | time, number_format: str) -> str:
    if isinstance(value, datetime) and value.time() == time() and "h" not in number_format:
        value = value.date()
    parts = [part for part in _DATE_PART.findall(number_format) if part]
    named = any(part.lower() in ("mmm", "mmmm", "mmmmm") for part in parts)
    if isinstance(value, time) or not (named or _tells_day_from_month(parts)):
        # 04/09/2025 is in April or in September, depending on the reader's country.
        seconds = "s" in number_format.lower() or bool(getattr(value, "second", 0))
        exact = "seconds" if seconds else "minutes"
        if isinstance(value, datetime):
            return value.isoformat(" ", exact)
        return value.isoformat(exact) if isinstance(value, time) else value.isoformat()
    twelve = any(part.lower() in ("am/pm", "a/p") for part in parts)
    return " ".join("".join(_format_date_parts(value, parts, twelve)).split())


def _tells_day_from_month(parts: list[str]) -> bool:
    """Return whether the order of year, month and day is the same in every country.

    >>> [_tells_day_from_month(_DATE_PART.findall(f)) for f in ("yyyy/mm/dd", "d.m.yy", "d/m/yyyy")]
    [True, True, False]
    """
    order, after_hour = "", False
    for part in map(str.lower, parts):
        if part[0] in "ymd" and part.isalpha() and not (part[0] == "m" and after_hour):
            order += part[0]
        after_hour = part[0] == "h" or (after_hour and not part.isalpha())
    if order == "dmy":
        day = next(at for at, part in enumerate(parts) if part[0] in "dD")
        return "." in parts[day + 1]
    return order in ("y", "ym", "my") or (order == "ymd" and "yyyy" in map(str.lower, parts))


def _format_date_parts(value: date, parts: list[str], twelve: bool) -> list[str]:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    words, after_hour = [], False
    for part in parts:
        key = part.lower()
        if key in ("m", "mm") and after_hour:
            key = "minute"  # After an hour these letters mean minutes, elsewhere the month.
        elif key in ("h", "hh") and twelve:
            key += "12"
        if key in _DATE_FORMATS:
            words.append(_DATE_FORMATS[key](moment))
        elif literal := _LITERAL.fullmatch(part):
            words.append(literal[1] or literal[2] or "")
        elif part != "@":
            words.append(part)
        if key.isalnum():
            after_hour = key.startswith("h")
    return words


_DATE_FORMATS: dict[str, Callable[[datetime], str]] = {
    "yyyy": lambda moment: f"{moment.year:04}",
    "yy": lambda moment: f"{moment.year % 100:02}",
    "mmmmm": lambda moment: f"{moment:%b}"[:1],
    "mmmm": lambda moment: f"{moment:%B}",
    "mmm": lambda moment: f"{moment:%b}",
    "mm": lambda moment: f"{moment.month:02}",
    "m": lambda moment: str(moment.month),
    "dddd": lambda moment: f"{moment:%A}",
    "ddd": lambda moment: f"{moment:%a}",
    "dd": lambda moment: f"{moment.day:02}",
    "d": lambda moment: str(moment.day),
    "h": lambda moment: str(moment.hour),
    "hh": lambda moment: f"{moment.hour:02}",
    "h12": lambda moment: str((moment.hour - 1) % 12 + 1),
    "hh12": lambda moment: f"{(moment.hour - 1) % 12 + 1:02}",
    "minute": lambda moment: f"{moment.minute:02}",
    "s": lambda moment: f"{moment.second:02}",
    "ss": lambda moment: f"{moment.second:02}",
    "am/pm": lambda moment: "AM" if moment.hour < 12 else "PM",
    "a/p": lambda moment: "A" if moment.hour < 12 else "P",
}
