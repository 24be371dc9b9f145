"""Put an empty line between a heading on the page of a PDF and the text around it.

Without it, a heading, which has no full stop, is a part of the sentence below.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from index.extract.pdf.pieces import font_of

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_NUMBERS = re.compile(r"\d\S*[ \t]+\S*\d\S*$")
"""The end of a row of numbers, which needs the names of its columns above it."""

_LONGEST_NUMBERS = 60
"""Characters of two numbers at the end of a row."""

_GOES_ON = (*".!?\u2026,;-|",)
"""Ends of lines that need no empty line below them, or have none."""

_BOLD = re.compile(rb"bold|black|heavy|demi|bx\d", re.IGNORECASE)
"""What the names of fonts for bold type have in them."""

_LARGER = 1.05


class _Type(NamedTuple):
    size: float
    is_bold: bool
    font: bytes


def may_have_headings(text: str) -> bool:
    """Whether a line of a page is one that no sentence ends in, nor goes on below."""
    return any(_find_breaks(text))


def set_headings_apart(textpage: "PdfTextPage", characters: Sequence[str]) -> list[str]:
    """Return the characters of a page, one string for each place, with its headings set apart.

    A heading is a line, or several, in larger or bold type from the first word to the last.
    """
    written, ends = list(characters), list(accumulate(map(len, characters)))
    for *offsets, end in _find_breaks("".join(characters)):
        types = [_type_of(textpage, bisect_right(ends, offset)) for offset in offsets]
        above, below = types[:2], types[2:]
        if _stands_out(above, below) or _stands_out(below, above[::-1]):
            written[bisect_right(ends, end)] += "\r\n"
    return written


def _find_breaks(text: str) -> Iterator[tuple[int, ...]]:
    """Yield the first and last character of a line, and those of the next, and the line's end.

    All are offsets. No sentence ends in the line, nor goes on in the next.
    """
    start = 0
    for above, below in pairwise(text.split("\r\n")):
        line, following, after = above.strip(), below.strip(), start + len(above) + 2
        ends = not line or line.endswith(_GOES_ON) or not any(map(str.isalpha, line))
        begins = following[:1].isalnum() and not following[0].islower()
        if not ends and begins and not _NUMBERS.search(following[-_LONGEST_NUMBERS:]):
            first, other = start + above.index(line), after + below.index(following)
            yield first, first + len(line) - 1, other, other + len(following) - 1, after - 1
        start = after


def _stands_out(line: Sequence[_Type], beside: Sequence[_Type]) -> bool:
    """Whether a line is larger or bolder, given the types of its ends, and of the other's.

    Of these, the first is that of the end beside the line.
    """
    first, last = line
    largest = max(end.size for end in beside)
    if first != last or first.size < largest:
        return False
    is_bolder = first.is_bold and not beside[0].is_bold
    return is_bolder or first.size > _LARGER * largest


def _type_of(textpage: "PdfTextPage", place: int) -> _Type:
    from pypdfium2.raw import FPDFText_GetFontSize

    font = font_of(textpage, place)
    return _Type(FPDFText_GetFontSize(textpage, place), _BOLD.search(font) is not None, font)
