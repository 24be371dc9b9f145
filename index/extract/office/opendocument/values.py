"""Write the value of a cell for which the program that wrote the file left out the text."""

import re
from decimal import Decimal, InvalidOperation

from index.extract.office.opendocument.styles import NS
from index.extract.zip_container import Element

_OFFICE = f"{{{NS}office:1.0}}"
_DURATION = re.compile(r"(-?)PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d*)?S)?")


def value_text(cell: Element) -> str:
    """Return the value of a cell as text, "" if it has none; numbers have no certain format."""
    kind, value = _attribute(cell, "value-type"), _attribute(cell, "value")
    if kind == "string":
        return " ".join(_attribute(cell, "string-value").split())
    if kind == "boolean":
        return _attribute(cell, "boolean-value").upper()
    if kind == "date":
        return _attribute(cell, "date-value").removesuffix("T00:00:00").replace("T", " ")
    if kind == "time":
        return _write_duration(_attribute(cell, "time-value"))
    if kind == "percentage":
        return _write_percentage(value)
    if kind == "currency":
        return f"{value} {_attribute(cell, 'currency')}".strip()
    return value


def _attribute(cell: Element, name: str) -> str:
    return str(cell.get(f"{_OFFICE}{name}", ""))


def _write_percentage(value: str) -> str:
    """Return a share in percent.

    >>> _write_percentage("0.125"), _write_percentage("2")
    ('12.5%', '200%')
    """
    try:
        text = f"{Decimal(value) * 100:f}"
    except (InvalidOperation, OverflowError):
        return value
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def _write_duration(value: str) -> str:
    """Return a duration or a time of day.

    >>> _write_duration("PT26H15M00S"), _write_duration("soon")
    ('26:15:00', 'soon')
    """
    found = _DURATION.fullmatch(value)
    if not found:
        return value
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return f"{found[1]}{hours}:{minutes:02}:{seconds:02}"
