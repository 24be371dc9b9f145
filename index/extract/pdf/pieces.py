"""Find the words on a page of a PDF that belong to one cell of a table or to one line of prose."""

import ctypes
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

# These are shares of the height of a line.
_WIDE = 0.5
"""Gap between two words from which they belong to two cells."""
_WIDE_SPACE = 1.0
"""The same where the PDF has a space between them."""

_LABEL = re.compile(r"[^\w\s]|\(?(?:\d{1,3}|[^\W\d_]|[ivx]{1,5})[.)]")
"""What stands before an item of a list, and is no cell."""


class Piece(NamedTuple):
    """Words on one line without a wide gap, from place `start` to `end`, and their box."""

    start: int
    end: int
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        return self.top - self.bottom


def may_have_tables(textpage: "PdfTextPage") -> bool:
    """Whether words of a page stand right of others with a wide gap, or above them, twice."""
    from pypdfium2.raw import FPDFText_CountRects, FPDFText_GetRect

    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    sides = (left, top, right, bottom)
    steps, before, tallest = 0, (0.0, 0.0, 0.0), 0.0
    for number in range(FPDFText_CountRects(textpage, 0, -1)):
        FPDFText_GetRect(textpage, number, *sides)
        tallest = max(tallest, top.value - bottom.value)
        rise = bottom.value - before[1]
        is_beside = left.value - before[2] > _WIDE * tallest and rise > -tallest / 2
        if is_beside or (rise > tallest and left.value > before[0]):
            steps += 1
        if steps > 2:
            return True
        before = left.value, bottom.value, right.value
    return False


def find_pieces(textpage: "PdfTextPage", characters: Sequence[str]) -> Iterator[Piece]:
    from pypdfium2.raw import FS_RECTF, FPDFText_GetLooseCharBox, FPDFText_IsGenerated

    box, before, is_spaced = FS_RECTF(), None, False
    for place, character in enumerate(characters):
        if "\n" in character and before:
            yield before
            before = None
        if not character or character.isspace():
            is_spaced |= character == " " and not FPDFText_IsGenerated(textpage, place)
            continue
        if not FPDFText_GetLooseCharBox(textpage, place, box) or box.bottom >= box.top:
            continue
        piece = Piece(place, place + 1, box.left, box.bottom, box.right, box.top)
        wide = piece.height * (_WIDE_SPACE if is_spaced else _WIDE)
        if before and (
            piece.left - before.right <= wide
            or _LABEL.fullmatch("".join(characters[before.start : before.end]))
        ):
            piece = Piece(before.start, place + 1, *bounds_of([before, piece]))
        elif before:
            yield before
        before, is_spaced = piece, False
    if before:
        yield before


def bounds_of(pieces: Sequence[Piece]) -> tuple[float, float, float, float]:
    """Return the left, bottom, right and top of some pieces."""
    _, _, lefts, bottoms, rights, tops = zip(*pieces, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def font_of(textpage: "PdfTextPage", place: int) -> bytes:
    """Return the name of the font of a character."""
    from pypdfium2.raw import FPDFText_GetFontInfo

    name = ctypes.create_string_buffer(128)
    FPDFText_GetFontInfo(textpage, place, name, len(name), ctypes.c_int())
    return name.value
