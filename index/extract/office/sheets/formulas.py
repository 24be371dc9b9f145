"""Find the formulas in a sheet of an Excel workbook whose value was not saved.

A program that writes a workbook without calculating it leaves the values out.
"""

import contextlib
import io
import re

from index.extract.zip_container import Element

_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_COORDINATE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_FUTURE_FUNCTION = re.compile(r"\b_xl(?:fn|ws|pm|l|udf)\.")
"""Prefixes that files write before the names of newer functions and programs do not show."""


def find_unsaved_formulas(markup: bytes) -> dict[tuple[int, int], str]:
    """Return the formula of each cell without a saved value, by its row and column (from 1).

    A cell that shares the formula of another has none of its own: "".

    >>> find_unsaved_formulas(b'<s><c r="B3"><f>A1+1</f><v/></c><c r="B4"><f>2</f><v>2</v></c></s>')
    {(3, 2): '=A1+1'}
    """
    if not _FORMULA.search(markup):
        return {}
    from lxml import etree

    found: dict[tuple[int, int], str] = {}
    cells = etree.iterparse(
        io.BytesIO(markup), tag=("{*}c", "{*}row"), resolve_entities=False, no_network=True
    )
    # A sheet that breaks off is read as far as it goes, as its values are.
    with contextlib.suppress(etree.XMLSyntaxError):
        for _, element in cells:
            if etree.QName(element).localname == "row":
                _discard(element)
                continue
            formula, value = element.find("{*}f"), element.find("{*}v")
            # The value of a formula that yields text may be empty.
            saved = value is not None and (value.text or element.get("t") == "str")
            if formula is not None and not saved and element.find("{*}is") is None:
                place = parse_coordinate(element.get("r", "")) or (0, -len(found))
                text = _FUTURE_FUNCTION.sub("", formula.text or "")
                found[place] = f"={text}" if text else ""
    return found


def _discard(element: Element) -> None:
    """Free the memory of a row that was read, and of those before it."""
    element.clear()
    previous = element.getprevious()
    if previous is not None:
        previous.getparent().remove(previous)


def parse_coordinate(coordinate: str) -> tuple[int, int] | None:
    """Return the row and the column of a cell, None if they are none.

    >>> parse_coordinate("AB7"), parse_coordinate("7")
    ((7, 28), None)
    """
    found = _COORDINATE.fullmatch(coordinate)
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column
