"""Turn text that runs up, down or upside down upright, so that PDFium finds its lines.

PDFium loses the line ends of text that runs up or down, and reads text upside down backwards.
"""

import math
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from index.extract.pdf.right_to_left import open_textpage, read_bounded

if TYPE_CHECKING:
    from pypdfium2 import PdfObject, PdfPage, PdfTextPage

_APART = 50_000
"""Distance in points between the texts of two directions, so that they share no line."""

_EVERYWHERE = (-5 * _APART, -5 * _APART, 5 * _APART, 5 * _APART)
"""The left, bottom, right and top of where turned text may be."""

_STEP = 8
"""One of so many characters is looked at to find out whether a page has turned text."""

_MAX_OBJECTS = 1000
"""Maximum number of objects within a form that are looked at to find its direction."""

_QUARTER_TURNS = ((1, 0), (0, 1), (-1, 0), (0, -1))
"""Cosine and sine of each number of quarter turns, counterclockwise."""


def read_upright(page: "PdfPage") -> tuple["PdfTextPage", bool]:
    """Return the characters of a page, and whether they were turned upright.

    They are turned where the page has a rotation or turned text, and afterwards turned back.
    """
    from pypdfium2 import PdfiumError
    from pypdfium2.raw import FPDF_PAGEOBJ_FORM, FPDF_PAGEOBJ_TEXT

    textpage = open_textpage(page)
    rotation = page.get_rotation()
    if not rotation and not _has_turned_text(textpage):
        return textpage, False
    kinds = [FPDF_PAGEOBJ_FORM, FPDF_PAGEOBJ_TEXT]
    try:
        parts = list(page.get_objects(filter=kinds, max_depth=1))
        directions = [_direction(page, part) for part in parts]
    except PdfiumError:
        return textpage, False  # Damaged objects must not stop the others from being read.
    page.set_rotation(0)
    for part, quarters in zip(parts, directions, strict=True):
        _turn_upright(part, quarters)
    turned = page.get_textpage()
    for part, quarters in zip(parts, directions, strict=True):
        _turn_aslant(part, quarters)
    page.set_rotation(rotation)
    return turned, True


def read_text(page: "PdfPage") -> str:
    """Return the text of a page, one line of the page a line, whichever way it runs."""
    textpage, is_turned = read_upright(page)
    return read_bounded(textpage, _EVERYWHERE if is_turned else page.get_bbox())


def turn_back(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return where on the page a box of turned text was: left, bottom, right, top in points.

    >>> turn_back((10, 20, 30, 40)), turn_back((10, 20 - 50_000, 30, 40 - 50_000))
    ((10, 20, 30, 40), (-40, 10, -20, 30))
    """
    quarter = -round(box[1] / _APART)
    cosine, sine = _QUARTER_TURNS[quarter % 4]
    corners = [
        (cosine * x - sine * (y + quarter * _APART), sine * x + cosine * (y + quarter * _APART))
        for x, y in (box[:2], box[2:])
    ]
    (left, right), (bottom, top) = (sorted(pair) for pair in zip(*corners, strict=True))
    return left, bottom, right, top


def _has_turned_text(textpage: "PdfTextPage") -> bool:
    from pypdfium2.raw import FPDFText_GetCharAngle

    places = range(0, textpage.count_chars(), _STEP)
    eighth = math.pi / 4
    return any(eighth < FPDFText_GetCharAngle(textpage, place) < 7 * eighth for place in places)


def _direction(page: "PdfPage", part: "PdfObject") -> int:
    """Return the quarter turns of a text, or of most texts of a form."""
    from pypdfium2.raw import FPDF_PAGEOBJ_TEXT

    if part.type == FPDF_PAGEOBJ_TEXT:
        return _quarters_of(part)
    inner = islice(page.get_objects(form=part, level=1), _MAX_OBJECTS)
    found = Counter(_quarters_of(text) for text in inner if text.type == FPDF_PAGEOBJ_TEXT)
    return found.most_common(1)[0][0] if found else 0


def _quarters_of(part: "PdfObject") -> int:
    matrix, outer = part.get_matrix(), part.container
    while outer:
        matrix, outer = matrix.multiply(outer.get_matrix()), outer.container
    a, b, *_ = matrix.get()
    return _to_quarters(math.atan2(b, a))


def _to_quarters(angle: float) -> int:
    """Return an angle as quarter turns, 0 to 3; slanted text counts as the nearest.

    >>> [_to_quarters(math.radians(angle)) for angle in (0, 44, 90, -90, 180, 359)]
    [0, 0, 1, 3, 2, 0]
    """
    return round(angle / (math.pi / 2)) % 4


def _turn_upright(part: "PdfObject", quarters: int) -> None:
    from pypdfium2.raw import FPDFPageObj_Transform

    if quarters:
        cosine, sine = _QUARTER_TURNS[quarters]
        FPDFPageObj_Transform(part, cosine, -sine, sine, cosine, 0, -quarters * _APART)


def _turn_aslant(part: "PdfObject", quarters: int) -> None:
    """Undo `_turn_upright`."""
    from pypdfium2.raw import FPDFPageObj_Transform

    if quarters:
        cosine, sine = _QUARTER_TURNS[quarters]
        FPDFPageObj_Transform(part, 1, 0, 0, 1, 0, quarters * _APART)
        FPDFPageObj_Transform(part, cosine, sine, -sine, cosine, 0, 0)
