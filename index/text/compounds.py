"""Find codes, numbers, addresses, paths and hyphenated words, and write each as one word.

What is written with or without its separators is then the same word: "E-4021" and "E4021", "2,100"
and "2.100" and "2100", "e-mail" and "email". Pure functions. Splitting a text into plain words is
left to `search.terms`.
"""

import re
from collections.abc import Iterator

from index.text.language import UNSPACED

MAX_LENGTH = 100
"""Limit of the characters of such a word; what is longer is data rather than a name."""

_CHARACTER = rf"[^\W_{UNSPACED}]"
_LETTER = rf"[^\W\d_{UNSPACED}]"
_JOINER = (
    r"(?:[-\u2010\u2011_.]|[/\\:@&=?%~+#]++|(?<=\d)[,'’\u00a0\u2009\u202f](?=\d)"
    r"|(?<!\d)['’](?=[A-ZÀ-ÖØ-Þ]))"
)
_WORD = rf"{_CHARACTER}++"
_COMPOUND = re.compile(
    rf"(?<!{_CHARACTER})(?:"
    rf"[#@]?+{_WORD}(?:{_JOINER}{_WORD})++(?:[+#]++(?!\w))?+"
    rf"|[#@]{_WORD}"
    rf"|{_WORD}(?:\+\+?+|#)(?!\w)"
    rf"|(?=(?:\d++{_LETTER}|{_LETTER}++\d)){_WORD}"
    r")"
)
_MARKED = re.compile(r"[#@].*|.*[+#]", re.DOTALL)
_LOOSE = re.compile(r"[/\\:@&=?%~+#]+")
_MIDDLE = re.compile(r"(?<!\d)[.,]+|[.,]+(?!\d)")
_NUMERIC = re.compile(r"\d+(?:[^\w]\d+)+")
_DIGITS_OR_LETTERS = re.compile(r"\d+|[^\W\d_]+")
_THOUSANDS = re.compile(
    r"(?<![^\W_])(?<!\d[.,'’])[1-9]\d{0,2}(?:([.,'’\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*(?![^\W_]|\1\d)"
)
_BETWEEN_DIGITS = re.compile(r"(?<=\d)(?:[^\w]|_)+(?=\d)")
_SEPARATORS = re.compile(r"[^\w.]|_|(?<!\d)\.|\.(?!\d)")


def join_compounds(text: str) -> list[str]:
    """Return the compounds of a text in order, each as one word, with those that it consists of.

    Digits that a separator parts stay apart, so that no version becomes another, except the groups
    of thousands of a number. Case is left as it is.

    >>> join_compounds("Send E-4021 or SN-77-AB/9 by e-mail; 2,100 W in v1.12.3.")
    ['E4021', 'SN77AB9', 'SN77AB', 'email', '2100', 'v1.12.3', '1.12.3']
    >>> join_compounds("C++ and #oslo: ida@pier.example, 400ml")
    ['C++', '#oslo', 'idapierexample', 'pierexample', '400', 'ml']
    """
    return [
        word
        for compound in _COMPOUND.finditer(text)
        for word in dict.fromkeys(_list_words(compound[0]))
        if len(word) <= MAX_LENGTH
    ]


def _list_words(compound: str) -> Iterator[str]:
    """Yield the words of a compound: as a whole, its parts that are compounds, and plain parts."""
    if compound.isalnum():
        yield from _DIGITS_OR_LETTERS.findall(compound)
        return
    if _MARKED.fullmatch(compound) and compound.strip("#@+").isalnum():
        yield compound
        return
    pieces = [compound.strip("#@+")]
    for piece in _LOOSE.split(compound):
        pieces += [piece, *_MIDDLE.split(piece)]
    for piece in (*pieces, *_NUMERIC.findall(compound)):
        if piece and not piece.isalnum():
            yield _join(piece)


def _join(piece: str) -> str:
    """Return a compound without its separators; "." stays between digits."""
    piece = _THOUSANDS.sub(lambda number: re.sub(r"\D", "", number[0]), piece)
    return _SEPARATORS.sub("", _BETWEEN_DIGITS.sub(".", piece))
