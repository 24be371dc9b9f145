"""Write powers on the pages of a PDF as such: 10⁶, where small digits stand above the line.

Only digits behind digits are raised; marks of notes stand behind words.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from index.extract.pdf.glyphs import find_origin, read_glyphs
from index.text.scripts import to_superscript

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_SIGNS = "[-+\u2010\u2011\u2012\u2013\u2212]"
_NUMBER = re.compile(rf"[0-9]+(?:{_SIGNS}?[0-9]+)*(?=(?P<below>\r\n{_SIGNS}?[0-9])?)")
"""Digits that may be a number and its power; PDFium ends a line before some of these."""

_AFTER_DIGIT = re.compile(rf"(?<=[0-9])(?:\r\n)?(?=(?P<sign>{_SIGNS}?)[0-9])")
"""A place between two digits, which are two numbers if the second stands higher."""

_SLASHES = ("/", "\u2044", "\u2215")

# All are shares of the height of the digit before the power.
_MIN_RISE = 0.2
_MAX_RISE = 1.2
_MAX_HEIGHT = 0.85
_MAX_GAP = 0.4
_LEVEL = 0.1
"""Two digits whose heights above the line differ by less stand on one line."""

_MAX_POWER_LENGTH = 6


class _Digit(NamedTuple):
    left: float
    right: float
    line: float
    height: float


def read_with_powers(textpage: "PdfTextPage", text: str) -> list[str] | None:
    """Return the characters of a page with its powers written as such, None if it has none.

    `text` is that of the page. There is one string for each of PDFium's places.
    """
    if not _NUMBER.search(text):
        return None
    whole = str(textpage.get_text_range())
    glyphs = list(whole) if len(whole) == textpage.count_chars() else read_glyphs(textpage)
    changes = dict(_find_changes(textpage, glyphs))
    return [changes.get(place, glyph) for place, glyph in enumerate(glyphs)] if changes else None


def write_powers(textpage: "PdfTextPage", glyphs: Sequence[str]) -> list[str]:
    """Return the characters of a page, as `read_glyphs` returns them, with its powers."""
    changes = dict(_find_changes(textpage, glyphs))
    return [changes.get(place, glyph) for place, glyph in enumerate(glyphs)]


def _find_changes(textpage: "PdfTextPage", glyphs: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the places whose characters change, each with what stands there."""
    text = "".join(glyph or "\0" for glyph in glyphs)
    end = 0
    for found in _find_uneven(textpage, text):
        base, first = found.start() - 1, found.end()
        digit = first + len(found["sign"])
        if not _is_power(textpage, base, digit, first):
            continue
        last = digit
        while last < len(text) and text[last].isdecimal() and _is_level(textpage, digit, last):
            last += 1
        if last - digit > _MAX_POWER_LENGTH:
            continue
        yield from ((place, "") for place in range(base + 1, first))
        yield from _join_line(textpage, text, base, last)
        if text[last : last + 3].lstrip("\r\n").startswith(_SLASHES):
            yield first, f" {text[first]}"  # A mixed number: 2 1/2.
            continue
        is_power_of_power = base < end
        for place in range(first, last):
            yield place, text[place] if is_power_of_power else to_superscript(text[place])
        if is_power_of_power:
            yield first, f"^{text[first]}"
        end = last


def _find_uneven(textpage: "PdfTextPage", text: str) -> Iterator[re.Match[str]]:
    """Yield the places in numbers whose last digit stands higher than their first."""
    for number in _NUMBER.finditer(text):
        end = max(number.end(), number.end("below"))
        if end - number.start() > 1:
            line, *others = (
                find_origin(textpage, place)[1]
                for place in (number.start(), number.end() - 1, end - 1)
            )
            if max(others) > line:
                yield from _AFTER_DIGIT.finditer(text, number.start(), end)


def _is_power(textpage: "PdfTextPage", base: int, digit: int, first: int) -> bool:
    """Whether a digit, with the sign at `first` if it has one, is small and above the base."""
    below, above = _measure(textpage, base), _measure(textpage, digit)
    begin = above if first == digit else _measure(textpage, first)
    if not below or not above or not begin:
        return False
    rise = (above.line - below.line) / below.height
    gap = (begin.left - below.right) / below.height
    return (
        _MIN_RISE <= rise <= _MAX_RISE
        and above.height <= _MAX_HEIGHT * below.height
        and -_MAX_GAP / 2 <= gap <= _MAX_GAP
        and abs(begin.line - above.line) <= _LEVEL * below.height
    )


def _is_level(textpage: "PdfTextPage", first: int, other: int) -> bool:
    one, two = _measure(textpage, first), _measure(textpage, other)
    return one is not None and two is not None and abs(one.line - two.line) <= _LEVEL * one.height


def _join_line(
    textpage: "PdfTextPage", text: str, base: int, end: int
) -> Iterator[tuple[int, str]]:
    """Yield what removes the line end behind a power, where the line goes on beside it.

    PDFium ends a line at some changes of height.
    """
    if text[end : end + 2] != "\r\n" or end + 2 >= len(text):
        return
    below, above = _measure(textpage, base), _measure(textpage, end - 1)
    x, y = find_origin(textpage, end + 2)
    if not below or not above or abs(y - below.line) > _LEVEL * below.height:
        return
    gap = (x - above.right) / below.height
    if -_MAX_GAP <= gap <= 2:
        yield end, ""
        yield end + 1, " " * (gap > _MAX_GAP / 2 and not text[end + 2].isspace())


def _measure(textpage: "PdfTextPage", place: int) -> _Digit | None:
    """Return the box of a digit and the line it stands on, None where it has none."""
    from pypdfium2 import PdfiumError

    try:
        left, bottom, right, top = textpage.get_charbox(place)
    except PdfiumError:
        return None
    if left >= right or bottom >= top:
        return None
    return _Digit(left, right, find_origin(textpage, place)[1], top - bottom)
