"""Decode the bytes of a web page as the HTML standard says, without invisible characters."""

import codecs
import re

from index.errors import UnreadableFile
from index.extract.encoding import decode_nearly_utf8, superset
from index.extract.plain_text import decode
from index.text.controls import C1_CONTROLS

_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
"""Soft hyphens and characters without width that only allow or forbid a break within a word."""

_BREAKS = re.compile(
    r"</?wbr\b[^<>]*>|&(?:shy|ZeroWidthSpace|NoBreak);"
    r"|&#0{0,4}(?:173|8203|8288|65279);|&#x0{0,4}(?:ad|200b|2060|feff);",
    re.IGNORECASE,
)


def decode_page(data: bytes) -> str:
    """Return the text of a page: UTF-8 if it is valid, else in the encoding that it names.

    Bytes that contain zero are text only if they are UTF-16 or UTF-32; ISO 2022 is all ASCII.
    """
    from bs4.dammit import EncodingDetector

    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    if b"\0" in data or b"\x1b$" in data:
        return decode(data)
    text = decode_nearly_utf8(data)
    if text is not None:
        return text
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    try:
        name = superset(declared or "")
        return data.decode(name, "ignore" if name == "cp1252" else "strict")
    except (LookupError, UnicodeError):
        pass  # The name is unknown or wrong: the encoding is guessed.
    try:
        return decode(data)
    except UnreadableFile:
        return data.decode("cp1252", "ignore")


def clean_page(text: str) -> str:
    r"""Return a page without the marks of possible breaks within words, and without controls.

    >>> clean_page("re\u00adfri<wbr>ger&#8203;ator \x80 5")
    'refrigerator € 5'
    """
    return _BREAKS.sub("", text).translate(_UNSEEN).translate(C1_CONTROLS)
