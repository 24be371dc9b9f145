"""The characters of the font Symbol, which programs write by codes of other letters."""

from functools import cache


@cache
def symbol_characters(first: int = 0) -> dict[int, str]:
    """Return the characters of the font by their codes, counted from `first`.

    >>> symbol_characters()[ord("m")], symbol_characters(0xF000)[0xF0B3]
    ('μ', '≥')
    """
    from mammoth.docx.dingbats import dingbats

    return {first + code: chr(to) for (font, code), to in dingbats.items() if font == "Symbol"}
