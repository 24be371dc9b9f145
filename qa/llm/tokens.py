"""A text -> its words as a claim and its evidence are compared: names, numbers, what they do. Pure.

Two words count as one where they have one stem, where one is made from the other as "investment"
from "invest", or where they stand together in `ALIKE`. Whether a claim holds is left to `support`.
"""

import re
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache

from index.search.lexical import terms
from qa.candidates.conflicts import Amount
from qa.llm.lexicon import ALIKE, COUNTED, STRONG
from qa.retrieval.query import FUNCTION_WORDS

_TOKEN = re.compile(r"[^\W_]+(?:['’.]?[^\W_]+|(?<=\d),(?=\d{3})\d+)*|[%$€£]")
_SPELLINGS = (
    (re.compile(r"isation"), "ization"),
    (re.compile(r"is(e[ds]?|ing)$"), r"iz\1"),
    (re.compile(r"(?<=[a-z]{2})our(?=$|s$|ed$|ing$|able$)"), "or"),
    (re.compile(r"efence"), "efense"),
    (re.compile(r"^program+es?(?=s?$)"), "program"),
)
_ENDINGS = frozenset(
    [
        *(
            "",
            "s",
            "ed",
            "ing",
            "ion",
            "ions",
            "ation",
            "ition",
            "ment",
            "ments",
            "er",
            "or",
            "ers",
            "ors",
        ),
        *("ive", "al", "ial", "ity", "ly", "e", "es", "y", "ance", "ence", "ant", "ent", "ally"),
        *("ian", "n", "an", "ese", "ish", "i", "ical", "ic", "able", "ise", "ize", "ising", "tion"),
        *("ying", "ies", "ied", "ature", "ary", "ous", "ure", "ship", "ships"),
    ]
)
_DEMONYM = frozenset(["", "n", "an", "ian", "ese", "ish", "s", "ns", "ans", "ians"])
_SMALL = FUNCTION_WORDS - frozenset(["use"])
_SIGNS = {"%": "percent", "$": "dollar", "€": "euro", "£": "pound"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: its range in characters, its stem, and whether it is a name or a number."""

    text: str
    start: int
    end: int
    stem: str
    name: bool
    number: bool

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def small(self) -> bool:
        """Whether it says how a sentence is built, not what it is about."""
        return not self.name and not self.number and self.stem in _SMALL


def words_of(text: str, known: frozenset[str] = frozenset()) -> tuple[Word, ...]:
    """Return the words of a text in their order.

    A word with a capital is a name; the first of a sentence is one only where it is among the
    `known`, which are names in small letters.

    >>> [(word.text, word.name) for word in words_of("Ships left Oslo.")]
    [('Ships', False), ('left', False), ('Oslo', True)]
    """
    # Sentences are looked at again and again; of whole documents, only the last ones are kept.
    return (_words_of if len(text) <= _KEPT else _words_of_long)(text, known)


def _find_words(text: str, known: frozenset[str]) -> tuple[Word, ...]:
    found = []
    text = re.sub(r"(?<=\w)['’]s?\b(?!\w)", lambda m: " " * len(m[0]), text)
    text = re.sub(r"\bper cent\b", "percent ", text)
    for token in _TOKEN.finditer(text):
        word = token[0]
        before = text[: token.start()].rstrip(" \t\n\"“”'\u2018’(*_#|-")
        opens = not before or before[-1] in ".!?:;" or text[len(before) : token.start()].count("\n")
        capital = word[0].isupper() and word != "I"
        several = sum(c.isupper() for c in word) > 1
        name = capital and (not opens or several or word.lower() in known)
        spelt = _SIGNS.get(word, word.lower())
        number = bool(re.search(r"\d", word)) or (not name and word.lower() in COUNTED)
        found.append(Word(word, *token.span(), _stem(spelt), name, number))
    return tuple(found)


_KEPT = 2000
_words_of = lru_cache(maxsize=1024)(_find_words)
_words_of_long = lru_cache(maxsize=16)(_find_words)


def names_known(text: str) -> frozenset[str]:
    """Return the names in a text that stand where only a name has a capital, in small letters."""
    return frozenset(word.lower for word in words_of(text) if word.name)


def same(one: Word, other: Word) -> bool:
    """Whether two words say the same.

    >>> a, b, c = words_of("he praised hailing")[0:3]
    >>> same(b, c), same(a, b)
    (True, False)
    """
    if one.stem == other.stem:
        return True
    if one.number or other.number:
        return bool(numbers_in(one.text)) and numbers_in(one.text) == numbers_in(other.text)
    first, second = _spelt(one.lower), _spelt(other.lower)
    if one.name or other.name:
        return _made_from(first, second, _DEMONYM, least=4)
    if _groups(one.stem) & _groups(other.stem):
        return True
    return _made_from(first, second, _ENDINGS, least=4)


def numbers_in(text: str) -> Counter[float]:
    """Return the numbers of a text, months and number words among them.

    >>> numbers_in("It may take 5%, or two thousand")
    Counter({5.0: 1, 2000.0: 1})
    """
    text = re.sub(r"\bmay\b|\bMay\b(?!,? \d)(?<!\d May)|\b[Oo]ne of\b", " ", text)
    text = re.sub(
        r"\b([Mm]ar|[Ss]ep|[Jj]un|[Jj]ul|[Dd]ec|[Oo]ct|[Nn]ov|k|mn|bn)\b(?!\W*\d)", " ", text
    )
    return Amount.of(text).numbers


def strong_in(words: Set[str]) -> frozenset[str]:
    """Return what the strong ones among words stand for."""
    return frozenset(STRONG[word] for word in words if word in STRONG)


def _made_from(one: str, other: str, endings: Set[str], least: int) -> bool:
    """Whether two words differ by nothing but an ending of each."""
    common = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    # "supply" and "supplies", "nation" and "national": what is common is most of both.
    return any(
        one[cut:] in endings and other[cut:] in endings and 2 * cut >= max(len(one), len(other))
        for cut in range(common, max(least, common - 3) - 1, -1)
    )


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    found = terms(_spelt(word))
    return found[0] if found else word


@lru_cache(maxsize=8192)
def _spelt(word: str) -> str:
    for pattern, spelling in _SPELLINGS:
        word = pattern.sub(spelling, word)
    return word


@lru_cache(maxsize=1)
def _alike() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, group in enumerate(ALIKE):
        for word in group.split():
            found.setdefault(_stem(word), set()).add(number)
    return {stem: frozenset(numbers) for stem, numbers in found.items()}


def _groups(stem: str) -> frozenset[int]:
    return _alike().get(stem, frozenset())
