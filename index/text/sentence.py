"""Split prose into sentences. Pure functions; the only module that uses nupunkt.

Its model is of English. What ends no sentence in other languages is added here.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from nupunkt import PunktSentenceTokenizer

Span: TypeAlias = tuple[int, int]
"""A range of characters, end exclusive."""

_ABBREVIATIONS = (
    "abt anl bspw bzw dipl dott ej evtl exkl fa geb gest hrsg inkl jh kap lt mlle mme mrd sog sra "
    "sres std str tgl ud uds urspr usw vgl wg ziff zt zzgl zzt"
)
"""German, Spanish, French and Italian ones that the model lacks, and that are no English words."""

_WORDS = (
    "acres add aims all bank barn bed black bond book broad bus call can cancer car cent century "
    "chest chip climb coal code cold day depot divide dull enter enters equal fish flag flip "
    "found free galleries hall hand hard helper holidays horse how human intestine just lab lack "
    "lead leg life lit liter lock low luck mess month nor okay onwards park penny per pet pick "
    "pin port quantified raw reporter reports rest rich roll rounds row sand saw scandal sent "
    "series sick south stake stock story sum super tables talent tasks tax ten thanks thinner "
    "threads victories wall wave week west wheat wheel whites will win wings woods wool yard"
)
"""English words that the model takes for abbreviations: in 23 million characters of running text,
no more than one in a thousand stands before a full stop within a sentence."""

_MONTHS = (
    "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|Jänner"
)
_GOES_ON = re.compile(
    rf"(?<!\w)\d{{1,2}}\.\s+(?=(?:{_MONTHS})\b)"
    r"|\b(?i:de[rsmn]|die|das|[iv]om|im|beim|zu[mr])\s+\d{1,3}\.\s+(?=[A-ZÄÖÜ])"
    r"|\w(?:str|Str)\.\s+(?=\d)"
)
"""Matches up to where a sentence goes on: "am 12. März", "im 3. Stock", "Hauptstr. 5"."""

_AFTER_UNIT = re.compile(r"\d\s?(?:°[CF]|[ghlmst])\.\s+(?=[A-Z])")
"""The end of a sentence after a unit of one letter, which the model takes for an initial."""

_WIDE_STOP = re.compile(r"[。！？｡।॥\u06d4؟]+[」』”’）)\]]*")


def split_prose(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the ranges of the sentences of a range, without the white space between them.

    >>> text = "Zahlbar zum 31. Dezember in der Hafenstr. 5 (inkl. Steuer). Danke."
    >>> [text[a:b] for a, b in split_prose(text, 0, len(text))][1]
    'Danke.'
    """
    block = text[start:end]
    if not block.strip():
        return
    within = {match.end() for match in _GOES_ON.finditer(block)}
    starts = [first for first, _ in _tokenizer().span_tokenize(block)]
    starts += [stop.end() for kind in (_WIDE_STOP, _AFTER_UNIT) for stop in kind.finditer(block)]
    begin = start
    for cut in sorted({start + first for first in starts if first not in within}):
        yield from strip_span(text, begin, cut)
        begin = cut
    yield from strip_span(text, begin, end)


def strip_span(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a range without leading and trailing white space, if anything is left of it."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    if piece.strip():
        yield start, start + len(piece.strip())


@cache
def _tokenizer() -> "PunktSentenceTokenizer":
    from nupunkt import load_default_model

    tokenizer = load_default_model()
    tokenizer.add_abbreviations(_ABBREVIATIONS.split())
    for word in _WORDS.split():
        tokenizer.remove_abbreviation(word)
    return tokenizer
