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
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_SECONDS = {"h": 3600, "m": 60, "s": 1}
_DATE_PART = re.compile(
    r"\[ss?\](?:\.0+)?|yyyy|yy|mmmmm|mmmm|mmm|mm|m|dddd|ddd|dd|d|hh|h|ss(?:\.0+)?|s|am/pm|a/p|"
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
        return _format_duration(value, (number_format or "").split(";")[0])
    if isinstance(value, date | time):
        return _format_date(value, (number_format or "").split(";")[0])
    if isinstance(value, int | float):
        return format_number(value, number_format or "General")
    return format_text(_unescape(value), number_format or "@")


def _unescape(text: str) -> str:
    """Return the text of a cell with the characters that its file writes as codes.

    >>> _unescape("Quay_x000D_\\nPier_x0007_, a_x005F_x0041_")
    'Quay\\r\\nPier, a_x0041_'
    """

    def decode(code: re.Match[str]) -> str:
        character = chr(int(code[1], 16))
        return character if character.isspace() or ord(character) >= ord(" ") else ""

    return _ESCAPE.sub(decode, text)


def _format_duration(value: timedelta, number_format: str) -> str:
    """Return a duration, whose largest unit has any number, with the units that its format has.

    >>> [_format_duration(timedelta(hours=26, minutes=15), f) for f in ("[h]:mm", "[m]", "")]
    ['26:15', '1575', '26:15:00']
    """
    if not _ELAPSED.search(number_format):
        number_format = "[h]:mm:ss"
    parts = [part for part in _DATE_PART.findall(number_format) if part]
    places = max(
        len(p.partition(".")[2]) if p.lower().startswith(("s", "[s")) else 0 for p in parts
    )
    exact = round(abs(value) / timedelta(seconds=1) * 10**places)
    seconds, fraction = divmod(exact, 10**places)
    words = ["-" if value < timedelta() else ""]
    for part in parts:
        unit, point, _ = part.lower().strip("[").partition(".")
        unit = unit.strip("]")
        if set(unit) in ({"h"}, {"m"}, {"s"}):
            count = seconds // _SECONDS[unit[0]]
            if not part.startswith("["):
                count %= 24 if unit[0] == "h" else 60
            words.append(f"{count:0{len(unit)}}" + (f".{fraction:0{places}}" if point else ""))
        else:
            words.append(_literal_of(part))
    return "".join(words).strip()


def _format_date(value: date | time, number_format: str) -> str:
    if isinstance(value, datetime) and value.time() == time() and "h" not in number_format:
        value = value.date()
    parts = [part for part in _DATE_PART.findall(number_format) if part]
    named = any(part.lower() in ("mmm", "mmmm", "mmmmm") for part in parts)
    if isinstance(value, time):
        is_shown = any(part[0] in "hHsS" for part in parts)
        if is_shown and not any(part[0] in "yYdD" for part in parts):
            value, named = datetime.combine(date.min, value), True
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
    for at, part in enumerate(parts):
        key = part.lower()
        following = next((other[0].lower() for other in parts[at + 1 :] if other[0].isalpha()), "")
        if key in ("m", "mm") and (after_hour or following == "s"):
            # After an hour or before a second these letters mean minutes, elsewhere the month.
            key = "minute"
        elif key in ("h", "hh") and twelve:
            key += "12"
        if key in _DATE_FORMATS:
            words.append(_DATE_FORMATS[key](moment))
        elif key.startswith("ss."):
            words.append(f"{moment:%S.%f}"[: len(key)])
        else:
            words.append(_literal_of(part))
        if key.isalnum():
            after_hour = key.startswith("h")
    return words


def _literal_of(part: str) -> str:
    """Return what a part of a format shows that is no unit of time."""
    literal = _LITERAL.fullmatch(part)
    if literal:
        return literal[1] or literal[2] or ""
    return "" if part == "@" else part


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
