"""One page of a PDF: its size, its picture, and the position of words on it.

Words are compared without white space, hyphens and bars, because a document's text differs from
what PDFium reads on its pages: hyphenated words are joined, tables have bars between their cells,
and headers and footers are left out.
Opening documents is left to `process`.
"""

import io
import unicodedata
from collections.abc import Iterator, Sequence
from ctypes import byref, c_int
from math import pi
from typing import TYPE_CHECKING

from index.extract.pdf.right_to_left import read_characters
from index.extract.pdf.turned import read_upright, turn_back
from index.text.controls import C1_CONTROLS

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

Box = tuple[float, float, float, float]
"""A rectangle on a page as shown, rotated and cropped, in fractions of its width and height: x and
y of the upper left corner, width, height."""

_PointBox = tuple[float, float, float, float]
"""A rectangle in points: left, bottom, right, top."""

MAX_PIXELS = 16_000_000
"""Maximum number of pixels of a picture, whatever the shape of the page."""

_HYPHENS = "-\xad\u2010\u2011\x02\ufffe\uffff"
_BARS = "|\\"
"""What stands between and within the cells of a table in a text, and not on its page."""

_DEVICE_PIXELS = 1_000_000
"""Width and height of the virtual device; PDFium rounds to its pixels, so they must be small."""

_MAX_GAP = 2.0
"""Maximum gap between two characters of one line, in heights of the line."""


def page_sizes(pdf: "PdfDocument") -> list[tuple[float, float]]:
    """Return the width and height of each page in points, as shown."""
    return [pdf.get_page_size(number) for number in range(len(pdf))]


def draw_page(page: "PdfPage", width: int) -> bytes:
    """Return a page as a PNG, `width` pixels wide unless that exceeds `MAX_PIXELS`."""
    page_width, page_height = page.get_size()
    # PDFium rounds the size of the picture up to whole pixels.
    scale = min((width - 0.01) / page_width, (MAX_PIXELS / (page_width * page_height)) ** 0.5)
    picture = io.BytesIO()
    page.render(scale=scale).to_pil().save(picture, "PNG", compress_level=1)
    return picture.getvalue()


def find_words(page: "PdfPage", text: str, start: int, end: int) -> list[Box]:
    """Return the rectangles, one per line, of a range of a page's text.

    `text` is the page's part of the document's text. If the words occur several times, the
    occurrence nearest to the range is returned. Words that are part of a picture are not found.
    """
    textpage, is_turned = read_upright(page)
    letters, places = _strip_separators(read_characters(textpage))
    shift = max(0, letters.find(_strip_separators(text)[0]))
    found: list[int] = []
    for first, last in _locate_range(letters, text, start, end, shift):
        found += dict.fromkeys(places[first:last])
    boxes = [box for place in found for box in _character_box(textpage, place)]
    lines = [turn_back(box) if is_turned else box for box in _merge_lines(boxes)]
    shown = [_to_page_fractions(page, box) for box in lines]
    return [box for box in shown if box[2] > 0 and box[3] > 0]


def _locate_range(
    letters: str, text: str, start: int, end: int, shift: int
) -> Iterator[tuple[int, int]]:
    """Yield the ranges in `letters`, the stripped characters of a page, of a range of its text.

    If the range as a whole is not found, each of its lines is looked up on its own.
    """
    before = len(_strip_separators(text[:start])[0])
    whole = _find_nearest(letters, _strip_separators(text[start:end])[0], shift + before)
    if whole:
        yield whole
        return
    for line in text[start:end].split("\n"):
        stripped = _strip_separators(line)[0]
        if piece := _find_nearest(letters, stripped, shift + before):
            yield piece
        before += len(stripped)


def _find_nearest(text: str, wanted: str, expected: int) -> tuple[int, int] | None:
    """Return the range of the occurrence of `wanted` in `text` nearest to offset `expected`.

    >>> _find_nearest("a cat, a cat", "cat", 7)
    (9, 12)
    """
    if not wanted:
        return None
    before = text.rfind(wanted, 0, expected + len(wanted))
    after = text.find(wanted, expected)
    found = [place for place in (before, after) if place >= 0]
    if not found:
        return None
    place = min(found, key=lambda place: abs(place - expected))
    return place, place + len(wanted)


def _strip_separators(characters: Sequence[str]) -> tuple[str, list[int]]:
    """Return characters in NFD without white space, hyphens and bars, and the index each came from.

    >>> _strip_separators("in-\\n\u00e9")
    ('ine\u0301', [0, 1, 4, 4])
    """
    kept, places = [], []
    for place, written in enumerate(characters):
        for character in written.translate(C1_CONTROLS):
            if character.isspace() or character in _HYPHENS + _BARS or character < " ":
                continue
            for part in unicodedata.normalize("NFD", character):
                kept.append(part)
                places.append(place)
    return "".join(kept), places


def _character_box(textpage: "PdfTextPage", place: int) -> Iterator[tuple[_PointBox, bool]]:
    """Yield a character's rectangle, and whether its line is vertical.

    Upright characters get the height of their line, too; for others PDFium's value is wrong.
    """
    from pypdfium2 import PdfiumError
    from pypdfium2.raw import FPDFText_GetCharAngle

    angle = max(0.0, FPDFText_GetCharAngle(textpage, place)) % pi
    vertical = pi / 4 < angle < 3 * pi / 4
    upright = min(angle, pi - angle) < 0.01
    boxes = []
    for loose in (False, True) if upright else (False,):
        try:
            left, bottom, right, top = textpage.get_charbox(place, loose=loose)
        except PdfiumError:
            continue
        if left < right and bottom < top:
            boxes.append((left, bottom, right, top))
    if boxes:
        yield _bounding_box(boxes), vertical


def _merge_lines(characters: Sequence[tuple[_PointBox, bool]]) -> list[_PointBox]:
    """Merge the boxes of characters, given in the order of the text, into one box per line."""
    found: list[tuple[_PointBox, bool]] = []
    for box, vertical in characters:
        if found and found[-1][1] == vertical and _continues_line(found[-1][0], box, vertical):
            found[-1] = (_bounding_box([found[-1][0], box]), vertical)
        else:
            found.append((box, vertical))
    return [box for box, _ in found]


def _continues_line(line: _PointBox, box: _PointBox, vertical: bool) -> bool:
    """Whether a character belongs to a line: beside it, at most the width of a gap away."""
    along, across = (1, 0) if vertical else (0, 1)
    height = min(line[across + 2] - line[across], box[across + 2] - box[across])
    shared = min(line[across + 2], box[across + 2]) - max(line[across], box[across])
    gap = max(line[along], box[along]) - min(line[along + 2], box[along + 2])
    return shared >= height / 2 and gap <= _MAX_GAP * (line[across + 2] - line[across])


def _bounding_box(boxes: Sequence[_PointBox]) -> _PointBox:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def _to_page_fractions(page: "PdfPage", box: _PointBox) -> Box:
    from pypdfium2.raw import FPDF_PageToDevice

    corners, device = [], (_DEVICE_PIXELS, _DEVICE_PIXELS)
    for x, y in ((box[0], box[1]), (box[2], box[3])):
        across, down = c_int(), c_int()
        FPDF_PageToDevice(page, 0, 0, *device, 0, x, y, byref(across), byref(down))
        corners.append([min(1, max(0, n.value / _DEVICE_PIXELS)) for n in (across, down)])
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(*corners, strict=True))
    return left, top, right - left, bottom - top
