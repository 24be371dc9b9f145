"""Find out in which encoding bytes without a mark are text.

UTF-8 with a few wrong bytes is still UTF-8, and text with few letters beyond ASCII is Western
European, as there is too little to tell others by. The rest is detected by the `chardet` library.
"""

import codecs
import re
import unicodedata

from index.text.controls import C1_CONTROLS

_ENCODINGS = [
    *("windows-1252", "iso-8859-1", "iso-8859-15", "windows-1250", "iso-8859-2", "windows-1251"),
    *("iso-8859-5", "koi8-r", "koi8-u", "windows-1253", "iso-8859-7", "windows-1254"),
    *("windows-1255", "iso-8859-8", "windows-1256", "iso-8859-6", "windows-1257", "windows-1258"),
    *("cp874", "cp850", "cp852", "cp865", "cp866", "mac-roman", "mac-cyrillic", "cp932", "euc-jp"),
    *("iso-2022-jp", "gb18030", "big5hkscs", "cp949", "iso-2022-kr"),
]
"""Encodings that files of text are written in."""

_SUPERSETS = {
    **dict.fromkeys(("ascii", "iso8859-1"), "cp1252"),
    "iso8859-9": "cp1254",
    **dict.fromkeys(("iso8859-11", "tis-620"), "cp874"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
"""Encodings, and those that programs use under their names (https://encoding.spec.whatwg.org)."""

_MAX_FOREIGN_SHARE = 0.01
"""Share of letters beyond ASCII up to which a text is taken for one in windows-1252."""

_FEW_FOREIGN = 2
"""Letters beyond ASCII up to which it is too."""

_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC"})
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 20_000
"""Characters whose scripts are looked at."""

_WRONG_BYTES = re.compile(r"[\udc80-\udcff]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def superset(name: str) -> str:
    """Return the encoding in which text under the name of another one is written.

    Raises `LookupError` for a name that Python does not know.

    >>> superset("Latin1"), superset("koi8-r")
    ('cp1252', 'koi8-r')
    """
    found = codecs.lookup(name).name
    return _SUPERSETS.get(found, found)


def decode_nearly_utf8(data: bytes) -> str | None:
    """Decode UTF-8 with some wrong bytes, each of which is read as windows-1252; None if most are.

    >>> decode_nearly_utf8("5 € für ".encode() + b"25 \\xb0C"), decode_nearly_utf8(b"25 \\xb0C")
    ('5 € für 25 °C', None)
    """
    text = data.decode("utf-8", "surrogateescape")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    wrong = len(text) - len(_WRONG_BYTES.sub("", text))
    if 2 * wrong > beyond_ascii:
        return None
    return _WRONG_BYTES.sub(_decode_escaped, text)


def decode_windows(data: bytes) -> str:
    """Decode windows-1252 as browsers do."""
    return data.decode("latin-1").translate(C1_CONTROLS)


def decode_detected(data: bytes) -> str | None:
    """Decode bytes that are not UTF-8 in the encoding that fits them; None if none does.

    >>> decode_detected(b"25 \\xb0C, it\\x92s \\xa35"), decode_detected("Гавань".encode("cp1251"))
    ('25 °C, it’s £5', 'Гавань')
    """
    text = _decode_western(data)
    if text is not None:
        return text
    from chardet import detect_all

    found = detect_all(data, include_encodings=_ENCODINGS, ignore_threshold=True)
    likeliest = None
    for name in dict.fromkeys(superset(one["encoding"]) for one in found if one["encoding"]):
        try:
            text = data.decode(name)
        except UnicodeError:
            if likeliest is None:
                return None  # Not even the best one fits.
            continue
        if not _mixes_scripts(text):
            return text
        likeliest = likeliest or text
    return likeliest


def _mixes_scripts(text: str) -> bool:
    """Whether a word has letters of two scripts, as "trиs" has, which is "très" misread."""
    for word in _WORD.findall(text[:_SAMPLE]):
        if not word.isascii():
            scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
            if len(scripts & _SCRIPTS) > 1:
                return True
    return False


def _decode_western(data: bytes) -> str | None:
    """Decode windows-1252; None if it has many letters beyond ASCII, or signs within words."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    foreign = 0
    for found in _BEYOND_ASCII.finditer(text):
        at = found.start()
        if found[0].isalpha() and found[0] not in "ªºµ":
            foreign += 1
            if foreign > max(_FEW_FOREIGN, len(text) * _MAX_FOREIGN_SHARE):
                return None
        elif found[0] != "’" and text[at - 1 : at].isalpha() and text[at + 1 : at + 2].isalpha():
            return None
    letters = sum(map(str.isalpha, text)) if foreign else 0
    return text if foreign <= max(_FEW_FOREIGN, letters * _MAX_FOREIGN_SHARE) else None


def _decode_escaped(found: re.Match[str]) -> str:
    return decode_windows(found[0].encode("ascii", "surrogateescape"))
