"""The characters of a PDF page, one for each of PDFium's places, and where they are drawn."""

import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage


def read_glyphs(textpage: "PdfTextPage") -> list[str]:
    """Return the character of each place; "" for the second of a surrogate pair."""
    from pypdfium2.raw import FPDFText_GetUnicode

    whole = str(textpage.get_text_range())
    if len(whole) == textpage.count_chars():
        return list(whole)
    codes = [FPDFText_GetUnicode(textpage, number) for number in range(textpage.count_chars())]
    found = []
    for number, code in enumerate(codes):
        after = codes[number + 1] if number + 1 < len(codes) else 0
        if 0xD800 <= code < 0xDC00 and 0xDC00 <= after < 0xE000:
            found.append(chr(0x10000 + ((code - 0xD800) << 10) + (after - 0xDC00)))
        else:
            found.append("" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code))
    return found


def find_origin(textpage: "PdfTextPage", place: int) -> tuple[float, float]:
    """Return where on the page the glyph of a character is drawn, in points."""
    from pypdfium2.raw import FPDFText_GetCharOrigin

    x, y = ctypes.c_double(), ctypes.c_double()
    FPDFText_GetCharOrigin(textpage, place, ctypes.byref(x), ctypes.byref(y))
    return x.value, y.value
