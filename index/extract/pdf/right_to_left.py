"""Bring the letters of Arabic, Hebrew and the like into the order in which they are read.

PDFium turns their lines around, and with them the letters of a glyph that stands for several, such
as lam-alef, and texts that the PDF itself gives in the right order.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from index.extract.pdf.glyphs import find_origin, read_glyphs
from index.extract.pdf.headings import may_have_headings, set_headings_apart
from index.extract.pdf.pieces import may_have_tables
from index.extract.pdf.powers import write_powers
from index.extract.pdf.tables import write_tables

if TYPE_CHECKING:
    from pypdfium2 import PdfObject, PdfPage, PdfTextPage
    from pypdfium2.raw import fpdf_pageobjectmark_t

    _Mark = tuple[PdfObject, fpdf_pageobjectmark_t]

_PRESENTATION_FORMS = range(0xFB1D, 0xFEFD)
"""Ligatures and other shapes of Hebrew and Arabic letters, each one character of Unicode."""

_MAX_DEPTH = 2
"""Maximum depth of forms within each other whose texts are looked at."""

LAM_ALEF = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFEF5, 0xFEFD)}
"""For each character that is lam and alef at once, the two letters."""


def open_textpage(page: "PdfPage") -> "PdfTextPage":
    """Return the characters of a page, its words from right to left in the order of reading.

    Browsers add the text of each Arabic glyph (ActualText), which PDFium puts in the wrong place.
    It is removed from the page where the glyphs themselves tell the same letters and digits.
    """
    from pypdfium2 import PdfiumError
    from pypdfium2.raw import FPDFPageObj_RemoveMark

    textpage = page.get_textpage()
    text = textpage.get_text_bounded()
    try:
        marks = list(_find_actual_texts(page)) if _runs_right_to_left(text) else []
    except PdfiumError:
        return textpage  # Damaged objects must not stop the others from being read.
    if not marks:
        return textpage
    for part, mark in marks:
        FPDFPageObj_RemoveMark(part, mark)
    without = page.get_textpage()
    is_same = _count_letters(without.get_text_bounded()) == _count_letters(text)
    return without if is_same else textpage


def _runs_right_to_left(text: str) -> bool:
    """Whether a text has letters that are written from right to left."""
    return not text.isascii() and any(map(_is_right_to_left, set(text)))


def read_bounded(textpage: "PdfTextPage", bounds: tuple[float, float, float, float]) -> str:
    """Return the text within bounds: left, bottom, right, top in points."""
    text = str(textpage.get_text_bounded(*bounds))
    known = read_glyphs(textpage)
    characters = write_powers(textpage, known)
    if _runs_right_to_left(text):
        characters = _order_letters(textpage, characters)
    if may_have_tables(textpage):
        characters = write_tables(textpage, characters)
    if may_have_headings(text):
        characters = set_headings_apart(textpage, characters)
    if characters == known:
        return text
    if len(text) == len(known):  # Nothing lies outside of the bounds.
        return "".join(characters)
    left, bottom, right, top = bounds
    origins = (find_origin(textpage, place) for place in range(len(characters)))
    return "".join(
        character
        for character, (x, y) in zip(characters, origins, strict=True)
        if character.isspace() or (left <= x <= right and bottom <= y <= top)
    )


def read_characters(textpage: "PdfTextPage") -> list[str]:
    """Return the characters of a page, the letters of each glyph in the order of reading.

    There is one for each of PDFium's places; "" for the second of a surrogate pair. Powers are
    written as such.
    """
    characters = write_powers(textpage, read_glyphs(textpage))
    is_ordered = not _runs_right_to_left("".join(characters))
    return characters if is_ordered else _order_letters(textpage, characters)


def _order_letters(textpage: "PdfTextPage", characters: Sequence[str]) -> list[str]:
    def glyph_of(place: int) -> tuple[float, ...]:
        is_letter = len(characters[place]) == 1 and _is_right_to_left(characters[place])
        return find_origin(textpage, place) if is_letter else (place,)

    ordered = list(characters)
    for _, glyph in groupby(range(len(characters)), glyph_of):
        first, *others = glyph
        if others:
            end = others[-1] + 1
            ordered[first:end] = _order_glyph("".join(characters[first:end]))
    return ordered


def _order_glyph(letters: str) -> str:
    """Return the letters of one glyph in the order of a known ligature; PDFium may reverse them.

    >>> [_order_glyph(letters) for letters in ("\u0627\u0644", "\u0644\u0627")]
    ['\u0644\u0627', '\u0644\u0627']
    """
    known, reverse = _read_ligatures(), letters[::-1]
    return reverse if reverse in known and letters not in known else letters


@cache
def _read_ligatures() -> frozenset[str]:
    """Return the letters of each ligature of Unicode, and those without the first ones.

    Fonts have glyphs also for such parts: that of Allah without its alef, for instance.
    """
    ligatures = (unicodedata.normalize("NFKC", chr(code)) for code in _PRESENTATION_FORMS)
    return frozenset(
        letters[first:] for letters in ligatures for first in range(max(1, len(letters) - 2))
    )


def _is_right_to_left(character: str) -> bool:
    is_letter = unicodedata.category(character) == "Lo"
    return is_letter and unicodedata.bidirectional(character) in ("R", "AL")


def _count_letters(text: str) -> Counter[str]:
    return Counter(filter(str.isalnum, text))


def _find_actual_texts(page: "PdfPage") -> Iterator["_Mark"]:
    """Yield the texts on a page with the marks that give their characters."""
    from pypdfium2 import raw

    for part in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=_MAX_DEPTH):
        for number in range(raw.FPDFPageObj_CountMarks(part)):
            mark = raw.FPDFPageObj_GetMark(part, number)
            kind = raw.FPDFPageObjMark_GetParamValueType(mark, b"ActualText")
            if kind == raw.FPDF_OBJECT_STRING:
                yield part, mark
