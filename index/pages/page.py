"""One page of a PDF: its size, its picture, and where on it words of its text stand.

Words are found by their characters without white space and hyphens, because the text of a
document is not all that PDFium reads on its pages: words that were hyphenated are joined, and
lines that each page has are left out. Rectangles are fractions of the page's width and height as
it is shown, turned and cropped: x and y of the upper left corner, width, height.
"""

import io
import unicodedata
from collections.abc import Iterator, Sequence
from ctypes import byref, c_int
from math import pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

Box = tuple[float, float, float, float]

MOST_PIXELS = 16_000_000
"""Pixels of a picture at most, whatever the shape of the page."""

_HYPHENS = "-\xad\u2010\u2011\x02\ufffe\uffff"
_FINE = 1_000_000
"""PDFium tells whole pixels; of a page this wide they are precise."""

_APART = 2.0
"""Heights of a line between two characters that are still of one line."""


def page_sizes(pdf: "PdfDocument") -> list[tuple[float, float]]:
    """Return the width and height of each page in points, as it is shown."""
    return [pdf.get_page_size(number) for number in range(len(pdf))]


def draw_page(page: "PdfPage", width: int) -> bytes:
    """Return a page as a PNG, `width` pixels wide where that is not too large a picture."""
    across, down = page.get_size()
    # PDFium's picture has any part of a pixel as a whole one.
    scale = min((width - 0.01) / across, (MOST_PIXELS / (across * down)) ** 0.5)
    picture = io.BytesIO()
    page.render(scale=scale).to_pil().save(picture, "PNG", compress_level=1)
    return picture.getvalue()


def find_words(page: "PdfPage", text: str, start: int, end: int) -> list[Box]:
    """Return the rectangles, one a line, of a range of the text that a page has in its document.

    Where the words stand several times, it is those nearest to where the range lies. Words that
    are part of a picture are not found.
    """
    textpage = page.get_textpage()
    raw, places = _bare(_characters(textpage))
    shift = max(0, raw.find(_bare(text)[0]))
    found: list[int] = []
    for first, last in _pieces(raw, text, start, end, shift):
        found += dict.fromkeys(places[first:last])
    boxes = [box for place in found for box in _character_box(textpage, place)]
    shown = [_on_page(page, box) for box in _lines(boxes)]
    return [box for box in shown if box[2] > 0 and box[3] > 0]


def _pieces(raw: str, text: str, start: int, end: int, shift: int) -> Iterator[tuple[int, int]]:
    """Yield where a range of a text lies in the bare characters of its page.

    Where not all of it stands there in one piece, its lines are looked for one by one.
    """
    before = len(_bare(text[:start])[0])
    whole = _nearest(raw, _bare(text[start:end])[0], shift + before)
    if whole:
        yield whole
        return
    for line in text[start:end].split("\n"):
        bare = _bare(line)[0]
        if piece := _nearest(raw, bare, shift + before):
            yield piece
        before += len(bare)


def _nearest(raw: str, wanted: str, expected: int) -> tuple[int, int] | None:
    """Return where `wanted` stands in `raw`, nearest to a place.

    >>> _nearest("a cat, a cat", "cat", 7)
    (9, 12)
    """
    if not wanted:
        return None
    before = raw.rfind(wanted, 0, expected + len(wanted))
    after = raw.find(wanted, expected)
    found = [place for place in (before, after) if place >= 0]
    if not found:
        return None
    place = min(found, key=lambda place: abs(place - expected))
    return place, place + len(wanted)


def _bare(characters: Sequence[str]) -> tuple[str, list[int]]:
    """Return characters without white space and hyphens, accents apart, and where each stood.

    >>> _bare("in-\\n\u00e9")
    ('ine\u0301', [0, 1, 4, 4])
    """
    kept, places = [], []
    for place, character in enumerate(characters):
        if character.isspace() or character in _HYPHENS or character < " ":
            continue
        for part in unicodedata.normalize("NFD", character):
            kept.append(part)
            places.append(place)
    return "".join(kept), places


def _characters(textpage: "PdfTextPage") -> list[str]:
    """Return the characters of a page by their numbers; "" for half of one."""
    from pypdfium2.raw import FPDFText_GetUnicode

    codes = [FPDFText_GetUnicode(textpage, number) for number in range(textpage.count_chars())]
    found = []
    for number, code in enumerate(codes):
        after = codes[number + 1] if number + 1 < len(codes) else 0
        if 0xD800 <= code < 0xDC00 and 0xDC00 <= after < 0xE000:
            found.append(chr(0x10000 + ((code - 0xD800) << 10) + (after - 0xDC00)))
        else:
            found.append("" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code))
    return found


def _character_box(textpage: "PdfTextPage", place: int) -> Iterator[tuple[Box, bool]]:
    """Yield the left, bottom, right and top of a character in points, and whether it is turned.

    A character that stands upright is as high as its line; what PDFium says of the height of
    others is wrong.
    """
    from pypdfium2 import PdfiumError
    from pypdfium2.raw import FPDFText_GetCharAngle

    angle = max(0.0, FPDFText_GetCharAngle(textpage, place)) % pi
    turned = pi / 4 < angle < 3 * pi / 4
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
        yield _around(boxes), turned


def _lines(characters: Sequence[tuple[Box, bool]]) -> list[Box]:
    """Return the boxes of characters in the order of the text, those of a line as one."""
    found: list[tuple[Box, bool]] = []
    for box, turned in characters:
        if found and found[-1][1] == turned and _goes_on(found[-1][0], box, turned):
            found[-1] = (_around([found[-1][0], box]), turned)
        else:
            found.append((box, turned))
    return [box for box, _ in found]


def _goes_on(line: Box, box: Box, turned: bool) -> bool:
    """Whether a character is of a line: beside it, and no further than words are apart."""
    along, across = (1, 0) if turned else (0, 1)
    height = min(line[across + 2] - line[across], box[across + 2] - box[across])
    shared = min(line[across + 2], box[across + 2]) - max(line[across], box[across])
    gap = max(line[along], box[along]) - min(line[along + 2], box[along + 2])
    return shared >= height / 2 and gap <= _APART * (line[across + 2] - line[across])


def _around(boxes: Sequence[Box]) -> Box:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def _on_page(page: "PdfPage", box: Box) -> Box:
    """Return a box in points as one in fractions of the page as it is shown."""
    from pypdfium2.raw import FPDF_PageToDevice

    corners = []
    for x, y in ((box[0], box[1]), (box[2], box[3])):
        across, down = c_int(), c_int()
        FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, x, y, byref(across), byref(down))
        corners.append([min(1, max(0, n.value / _FINE)) for n in (across, down)])
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(*corners, strict=True))
    return left, top, right - left, bottom - top
