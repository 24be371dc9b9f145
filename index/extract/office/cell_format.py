"""Numbers and dates as a spreadsheet shows them, by the format of their cells."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool | date | time | timedelta | None

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.')
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]*)?,*")
_DATE_PART = re.compile(
    r"yyyy|yy|mmmmm|mmmm|mmm|mm|m|dddd|ddd|dd|d|hh|h|ss(?:\.0+)?|s|am/pm|a/p|"
    r'"[^"]*"|\\.|\[\$?[^\]]*\]|_.|\*.|.',
    re.IGNORECASE | re.DOTALL,
)


def shown(value: Value, number_format: str | None) -> str:
    """Return what the cell shows in an English setting; dates of no certain order as ISO dates.

    >>> shown(0.125, "0.0%"), shown(1234.5, '#,##0.00 "EUR"'), shown(date(2025, 4, 9), "d mmm yyyy")
    ('12.5%', '1,234.50 EUR', '9 Apr 2025')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, date | time):
        return _date(value, (number_format or "").split(";")[0])
    if isinstance(value, int | float):
        return _number(value, number_format or "General")
    return value


def _number(value: int | float, number_format: str) -> str:
    sections = number_format.split(";")
    if len(sections) > 1 and value < 0:
        section, value = sections[1], -value
    elif len(sections) > 2 and value == 0:
        section = sections[2]
    else:
        section = sections[0]
    plain = _LITERAL.sub("", section)
    if not plain.strip():
        return _LITERAL.sub(_kept, section).strip()
    digits = _DIGITS.search(plain)
    if (
        digits is None
        or abs(value) >= 1e15
        or re.search(r"general|[eE][+-]|/|@", plain, re.IGNORECASE)
    ):
        # Fifteen digits are what a spreadsheet holds; more would be noise of binary fractions.
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    if "%" in plain:
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
    around = _DIGITS.sub("\0", _LITERAL.sub(_kept, section), count=1)
    around = _DIGITS.sub("", around)
    return ("-" if negative and exact else "") + " ".join(around.replace("\0", text).split())


def _kept(match: re.Match[str]) -> str:
    """Return what a literal of a number format shows; digits in it are none of the number's."""
    words = match[1] or match[2] or match[3] or ""
    return re.sub(r"[#0?]", "", words)


def _date(value: date | time, number_format: str) -> str:
    if isinstance(value, datetime) and value.time() == time() and "h" not in number_format:
        value = value.date()
    parts = [part for part in _DATE_PART.findall(number_format) if part]
    named = any(part.lower() in ("mmm", "mmmm", "mmmmm") for part in parts)
    if isinstance(value, time) or not named:
        # 04/09/2025 is in April or in September, by the country of who reads it.
        seconds = "s" in number_format.lower() or bool(getattr(value, "second", 0))
        exact = "seconds" if seconds else "minutes"
        if isinstance(value, datetime):
            return value.isoformat(" ", exact)
        return value.isoformat(exact) if isinstance(value, time) else value.isoformat()
    twelve = any(part.lower() in ("am/pm", "a/p") for part in parts)
    return " ".join("".join(_date_parts(value, parts, twelve)).split())


def _date_parts(value: date, parts: list[str], twelve: bool) -> list[str]:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    words, after_hour = [], False
    for part in parts:
        key = part.lower()
        if key in ("m", "mm") and after_hour:
            key = "minute"  # The same letters mean the month, but for what follows an hour.
        elif key in ("h", "hh") and twelve:
            key += "12"
        if key in _DATES:
            words.append(_DATES[key](moment))
        elif literal := _LITERAL.fullmatch(part):
            words.append(literal[1] or literal[2] or "")
        elif part != "@":
            words.append(part)
        if key.isalnum():
            after_hour = key.startswith("h")
    return words


_DATES: dict[str, Callable[[datetime], str]] = {
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
