"""Characters of rich text: by their name or symbol, and by the numbers of encodings."""

import codecs
import re

from index.extract.office.symbol_font import symbol_characters

CHARACTERS = {
    **{"tab": "\t", "line": "\n", "softline": " ", "emspace": " ", "enspace": " ", "bullet": "•"},
    **{"emdash": "\u2014", "endash": "\u2013", "lquote": "\u2018", "rquote": "\u2019"},
    **{"ldblquote": "\u201c", "rdblquote": "\u201d", "zwj": "\u200d", "zwnj": "\u200c"},
}
FALLBACKS = ("~", "_", "-", "{", "}", "\\")
SYMBOLS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\"}
# Codes from 128 to 159 mean those of Windows; other control characters are dropped.
PRINTABLE = {code: "" for code in range(32) if chr(code) not in "\t\n"} | {
    code: bytes([code]).decode("cp1252", "ignore") for code in range(127, 160)
}
PRINTABLE[127] = ""
CODEPAGES = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_OTHER_CODEPAGES = {
    **{65001: "utf-8", 10000: "mac_roman", 20866: "koi8_r", 21866: "koi8_u"},
    **{28590 + part: f"iso8859_{part}" for part in range(1, 17)},
}
CHARSETS = {
    **{0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950"},
    **{161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257"},
    **{
        130: "johab",
        181: "cp1255",
        204: "cp1251",
        222: "cp874",
        238: "cp1250",
        254: "cp437",
        255: "cp850",
    },
}


_SYMBOL_FIELD = re.compile(
    r"\s*SYMBOL\s+(?P<code>\d{1,5})\s(?:.*\s)?\\f\s*\"?Symbol\b", re.IGNORECASE | re.DOTALL
)

SYMBOL = "symbol"
"""The encoding of the font Symbol."""


def decode(data: bytes | bytearray, encoding: str) -> str:
    """Decode bytes of an encoding of Python, or of the font Symbol.

    >>> decode(b"5 \\xb3", "cp1252"), decode(b"m \\xb3", SYMBOL)
    ('5 ³', 'μ ≥')
    """
    if encoding == SYMBOL:
        return data.decode("latin-1").translate(symbol_characters())
    return data.decode(encoding, "replace")


def read_symbol_field(instruction: str) -> str:
    """Return the character that a field shows in the font Symbol, "" for any other field.

    >>> read_symbol_field('SYMBOL 109 \\\\f "Symbol" \\\\s 12'), read_symbol_field("PAGE")
    ('μ', '')
    """
    found = _SYMBOL_FIELD.match(instruction)
    return symbol_characters().get(int(found["code"]) & 0xFF, "") if found else ""


def supported_encoding(codepage: int) -> str:
    """Return the encoding of a code page of Windows, cp1252 if there is none.

    >>> [supported_encoding(codepage) for codepage in (1251, 65001, 28592, 12345)]
    ['cp1251', 'utf-8', 'iso8859_2', 'cp1252']
    """
    encoding = _OTHER_CODEPAGES.get(codepage, f"cp{codepage}")
    try:
        codecs.lookup(encoding)
    except LookupError:
        return "cp1252"
    return encoding
