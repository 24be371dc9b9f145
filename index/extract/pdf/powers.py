"""Write digits on the pages of a PDF that are raised or lowered as such: 10⁶, m², CO₂, a note.¹

They are smaller than the character before them, and stand higher or lower. Raised and lowered
letters are left as they are.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from index.extract.pdf.glyphs import find_origin
from index.text.scripts import to_subscript, to_superscript

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_SIGNS = "[-+\u2010\u2011\u2012\u2013\u2212]"
_NUMBER = re.compile(rf"[0-9]+(?:{_SIGNS}?[0-9]+)*(?=(?P<below>\r\n{_SIGNS}?[0-9])?)")
"""Digits that may be a number and its power; PDFium ends a line before some of these."""

_AFTER_DIGIT = re.compile(rf"(?<=[0-9])(?:\r\n)?(?=(?P<sign>{_SIGNS}?)[0-9])")
"""A place between two digits, which are two numbers if the second stands higher or lower."""

_CLOSING = r"""\]).,;:!?"'\u2019\u201d%\xb0"""
_AFTER_WORD = re.compile(
    rf"(?:(?<=[^\W\d_])|(?<=[^\d\s][{_CLOSING}]))(?:\r\n)?(?=(?P<sign>{_SIGNS}?)[0-9])"
)
"""A place between a word, with what closes it, and a digit."""

_MOST_BETWEEN = len("\r\n-")
"""Characters between a word and a digit."""

_SCRIPT = re.compile(rf"{_SIGNS}?[0-9]+(?:(?:,|{_SIGNS})[0-9]+)*{_SIGNS}?")
"""Digits that may be raised or lowered together: an exponent, a charge, marks of several notes."""

_SLASHES = ("/", "\u2044", "\u2215")

# All are shares of the height of the line at the character before.
_MIN_SHIFT = 0.08
_MAX_RISE = 0.75
_MAX_FALL = 0.45
_MAX_HEIGHT = 0.98
_MAX_GAP = 0.25
_LEVEL = 0.06
"""Two characters whose heights above the line differ by less stand on one line."""

_MAX_LENGTH = 8


class _Glyph(NamedTuple):
    left: float
    right: float
    line: float
    height: float


def write_powers(textpage: "PdfTextPage", glyphs: Sequence[str]) -> list[str]:
    """Return the characters of a page, as `read_glyphs` returns them, with its powers."""
    changes = dict(_find_changes(textpage, glyphs))
    return [changes.get(place, glyph) for place, glyph in enumerate(glyphs)]


def _find_changes(textpage: "PdfTextPage", glyphs: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the places whose characters change, each with what stands there."""
    text = "".join(glyphs if "" not in glyphs else (glyph or "\0" for glyph in glyphs))
    end, under = 0, None
    for found in _find_uneven(textpage, text):
        before, first = found.start() - 1, found.end()
        if before < end - 1:
            continue  # It is a part of the digits before.
        base, other = _measure(textpage, before), under if before < end else None
        begin, digit = (_measure(textpage, first + n) for n in (0, len(found["sign"])))
        if not base or not begin or not digit:
            continue
        digit = digit._replace(left=begin.left)
        shift = _find_shift(base, digit)
        is_power_of_power = shift > 0 and other is not None
        if not shift and other:  # Behind a lowered digit, a raised one: SO₄²⁻.
            base, shift = other, _find_shift(other, digit, after=base)
        last = _end_of_level(textpage, text, first, digit)
        if not shift or last <= first or last - first > _MAX_LENGTH:
            continue
        yield from ((place, "") for place in range(before + 1, first))
        yield from _join_line(textpage, text, base, last)
        if shift > 0 and text[last : last + 3].lstrip("\r\n").startswith(_SLASHES):
            yield first, f" {text[first]}"  # A mixed number: 2 1/2.
            continue
        write = to_superscript if shift > 0 else to_subscript
        for place in range(first, last):
            yield place, text[place] if is_power_of_power else write(text[place])
        if is_power_of_power:
            yield first, f"^{text[first]}"
        end, under = last, base


def _find_uneven(textpage: "PdfTextPage", text: str) -> Iterator[re.Match[str]]:
    """Yield the places before digits that may be raised or lowered."""
    for number in _NUMBER.finditer(text):
        start, end = number.start(), max(number.end(), number.end("below"))
        for behind in _AFTER_WORD.finditer(text, max(0, start - _MOST_BETWEEN), start + 1):
            if behind.end() + len(behind["sign"]) == start:
                yield behind
        if end - start > 1:
            places = {start, number.end() - 1, end - 1}
            if len({find_origin(textpage, place)[1] for place in places}) > 1:
                yield from _AFTER_DIGIT.finditer(text, start, end)


def _find_shift(base: _Glyph, digit: _Glyph, after: _Glyph | None = None) -> float:
    """Return how far a small digit is raised above its base, below 0 if lowered, 0 if neither.

    It is a share of the height of the base. The digit stands behind `after`, or else the base.
    """
    rise = (digit.line - base.line) / base.height
    gap = (digit.left - (after or base).right) / base.height
    is_shifted = -_MAX_FALL <= rise <= _MAX_RISE and abs(rise) >= _MIN_SHIFT
    is_near = -_MAX_GAP / 2 <= gap <= _MAX_GAP
    return rise if is_shifted and is_near and digit.height <= _MAX_HEIGHT * base.height else 0.0


def _end_of_level(textpage: "PdfTextPage", text: str, first: int, digit: _Glyph) -> int:
    """Return where the digits and signs end that stand as high as a digit."""
    script = _SCRIPT.match(text, first)
    if not script:
        return first
    last = first
    while last < script.end():
        other = _measure(textpage, last)
        if not other or abs(other.line - digit.line) > _LEVEL * digit.height:
            break
        last += 1
    return last - (text[last - 1] == ",")


def _join_line(
    textpage: "PdfTextPage", text: str, base: _Glyph, end: int
) -> Iterator[tuple[int, str]]:
    """Yield what removes the line end behind raised digits, where the line goes on beside them.

    PDFium ends a line at some changes of height.
    """
    if text[end : end + 2] != "\r\n" or end + 2 >= len(text):
        return
    above = _measure(textpage, end - 1)
    x, y = find_origin(textpage, end + 2)
    if not above or abs(y - base.line) > _LEVEL * base.height:
        return
    gap = (x - above.right) / base.height
    if -_MAX_GAP <= gap <= 2:
        yield end, ""
        yield end + 1, " " * (gap > _MAX_GAP / 2 and not text[end + 2].isspace())


def _measure(textpage: "PdfTextPage", place: int) -> _Glyph | None:
    """Return the box of a character and the line it stands on, None where it has none.

    It is as high as its font and as wide as its step, so that an "m" is as high as an "M".
    """
    from pypdfium2 import PdfiumError

    try:
        left, bottom, right, top = textpage.get_charbox(place, loose=True)
    except PdfiumError:
        return None
    if left >= right or bottom >= top:
        return None
    return _Glyph(left, right, find_origin(textpage, place)[1], top - bottom)
