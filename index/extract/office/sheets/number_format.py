"""Format numbers as a spreadsheet displays them, by the number format of the cell.

Dates are left to `cell_format`.
"""

import math
import re
from decimal import Decimal

from index.extract.office.sheets.number_digits import (
    fill_digits,
    format_fraction,
    format_scientific,
)
from index.extract.office.sheets.number_sections import (
    choose_section,
    parse_section,
    split_sections,
)

_MAX_FORMAT_LENGTH = 255
"""Maximum length of a number format in characters; spreadsheets allow no longer ones."""

_MAX_DIGITS = 18
"""Numbers with more digits before the point are written with an exponent."""


def format_number(value: int | float, number_format: str) -> str:
    """Return a number as displayed in an English locale.

    >>> format_number(5551234, "[<=9999999]###-####;(###) ###-####")
    '555-1234'
    >>> format_number(-1234.5, '#,##0.00 "EUR";(#,##0.00)'), format_number(0.125, "0.0%")
    ('(1,234.50)', '12.5%')
    """
    finite = isinstance(value, int) or math.isfinite(value)
    if number_format == "General" or not finite or len(number_format) > _MAX_FORMAT_LENGTH:
        return _format_general(value)
    section, negative = choose_section(value, number_format)
    tokens = parse_section(section)
    kinds = {kind for kind, _ in tokens}
    size = _decimal(abs(value)).scaleb(2 * sum(kind == "%" for kind, _ in tokens))
    if "general" in kinds or "@" in kinds:
        plain = _format_general(abs(value))
        text = "".join(plain if kind in ("general", "@") else part for kind, part in tokens)
    elif "digit" not in kinds:
        if any(kind == "other" and part.isalpha() for kind, part in tokens):
            return _format_general(value)  # Such as a date that lies outside the calendar.
        text = "".join(part for _, part in tokens)
    elif "E" in kinds:
        text = format_scientific(size, tokens)
    elif abs(value) >= 10**_MAX_DIGITS:
        return _format_general(value)
    else:
        fraction = format_fraction(size, tokens) if "/" in kinds else None
        text = fill_digits(size, tokens) if fraction is None else fraction
        negative = negative and (fraction is not None or re.search(r"[1-9]", text) is not None)
    return ("-" if negative else "") + " ".join(text.split())


def format_text(text: str, number_format: str) -> str:
    """Return text with what its number format adds to it.

    >>> format_text("7a", '0;0;0;"No. "@')
    'No. 7a'
    """
    if "@" not in number_format or number_format == "@" or len(number_format) > _MAX_FORMAT_LENGTH:
        return text
    tokens = parse_section(split_sections(number_format)[-1])
    if "@" not in {kind for kind, _ in tokens}:
        return text
    return "".join(text if kind == "@" else part for kind, part in tokens).strip()


def _format_general(value: int | float) -> str:
    # A spreadsheet stores fifteen significant digits; more would be rounding noise.
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _decimal(value: int | float) -> Decimal:
    return Decimal(_format_general(value))
