"""Characters that cannot be seen: those without width, and those that control how text is shown.

The text of a document keeps them; search by meaning and by words does not see those without width.
Joiners (U+200C, U+200D) stay but between Latin letters, since they change letters in Arabic and
Indic scripts.
"""

import re
import unicodedata

# In Thai, Lao, Burmese and Khmer, which have no spaces, U+200B stands between words.
_LATIN = "A-Za-z\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff"
_INVISIBLE = re.compile(
    "[\u00ad\u2060\ufeff]|(?<![\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])\u200b"
    f"|(?<=[{_LATIN}])[\u200c\u200d]+(?=[{_LATIN}])"
)

_HARMLESS = "\u00ad\u200c\u200d\u200e\u200f\u061c"
"""Soft hyphen, joiners, and marks of direction that turn no other character around."""


def drop_invisible(text: str) -> str:
    """Return a text without its soft hyphens, zero-width spaces and joiners of Latin letters.

    >>> drop_invisible("re\\u00adfrig\\u00adera\\u00adtor, Griffin\\u200bBay")
    'refrigerator, GriffinBay'
    """
    return _INVISIBLE.sub("", text)


def reveal_controls(text: str) -> str:
    """Return a text that shows where characters would command a terminal or turn text around.

    Control characters, direction overrides and other signs that cannot be seen become U+FFFD, but
    for white space. Joiners, soft hyphens and single direction marks, which change nothing else,
    stay.

    >>> reveal_controls("invoice\\u202efdp.exe"), reveal_controls("a\\x1b[2J b\\u200c")
    ('invoice\\ufffdfdp.exe', 'a\\ufffd[2J b\\u200c')
    """
    return text if text.isprintable() else "".join(map(_reveal, text))


def _reveal(character: str) -> str:
    if character.isprintable() or character.isspace() or character in _HARMLESS:
        return character
    return "\ufffd" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character
