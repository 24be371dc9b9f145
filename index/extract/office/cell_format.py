"""Format numbers and dates as a spreadsheet displays them, by the number format of the cell."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

CellValue: TypeAlias = str | int | float | bool | date | time | timedelta | None
"""Types of cell values that openpyxl reads."""

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.')
_DIGIT_PLACEHOLDERS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]*)?,*")
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
        return _format_number(value, number_format or "General")
    return value


def _format_number(value: int | float, number_format: str) -> str:
    sections = number_format.split(";")
    if len(sections) > 1 and value < 0:
        section, value = sections[1], -value
    elif len(sections) > 2 and value == 0:
        section = sections[2]
    else:
        section = sections[0]
    unquoted = _LITERAL.sub("", section)
    if not unquoted.strip():
        return _LITERAL.sub(_literal_text, section).strip()
    digits = _DIGIT_PLACEHOLDERS.search(unquoted)
    if (
        digits is None
        or abs(value) >= 1e15
        or re.search(r"general|[eE][+-]|/|@", unquoted, re.IGNORECASE)
    ):
        # A spreadsheet stores fifteen significant digits; more would be rounding noise.
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    if "%" in unquoted:
        value = value * 100
    pattern = digits[0].rstrip(",")
    whole, _, fraction = pattern.partition(".")
    thousands = len(digits[0]) - len(pattern)
    least, most = fraction.count("0"), len(fraction)
    step = Decimal(1).scaleb(-most)
    exact = (Decimal(repr(value)) / 1000**thousands).quantize(step, ROUND_HALF_UP)
    text = f"{exact:,f}" if "," in whole else f"{exact:f}"
    while most > least and text.endswith("0"):
        text, most = text[:-1], most - 1
    text = text.rstrip(".") if "." in text else text
    negative, text = text.startswith("-"), text.lstrip("-")
    text = "0" * (whole.replace(",", "").count("0") - len(text.split(".")[0])) + text
    around = _DIGIT_PLACEHOLDERS.sub("\0", _LITERAL.sub(_literal_text, section), count=1)
    around = _DIGIT_PLACEHOLDERS.sub("", around)
    return ("-" if negative and exact else "") + " ".join(around.replace("\0", text).split())


def _literal_text(match: re.Match[str]) -> str:
    """Return the text of a literal in a number format, without characters that mean digits."""
    words = match[1] or match[2] or match[3] or ""
    return re.sub(r"[#0?]", "", words)


def _format_date(value: date | time, number_format: str) -> str:
    if isinstance(value, datetime) and value.time() == time() and "h" not in number_format:
        value = value.date()
    parts = [part for part in _DATE_PART.findall(number_format) if part]
    named = any(part.lower() in ("mmm", "mmmm", "mmmmm") for part in parts)
    if isinstance(value, time) or not named:
        # 04/09/2025 is in April or in September, depending on the reader's country.
        seconds = "s" in number_format.lower() or bool(getattr(value, "second", 0))
        exact = "seconds" if seconds else "minutes"
        if isinstance(value, datetime):
            return value.isoformat(" ", exact)
        return value.isoformat(exact) if isinstance(value, time) else value.isoformat()
    twelve = any(part.lower() in ("am/pm", "a/p") for part in parts)
    return " ".join("".join(_format_date_parts(value, parts, twelve)).split())


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
