"""Split a text into words and clauses, to compare a claim with its evidence. Pure.

Two words match where they have the same stem, where they differ by an ending only, as "invest" and
"investment", or where `lexicon.SYNONYMS` lists them together. `word_check` decides what follows
from the matches.
"""

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from index.search.terms import extract_terms
from qa.candidates.conflicts import Amount
from qa.llm.lexicon import DEMONYM_ENDINGS, NUMBER_WORDS, QUALIFIERS, SYNONYMS, WORD_ENDINGS
from qa.retrieval.query import FUNCTION_WORDS

_WORD_OR_SIGN = re.compile(r"[^\W_]+(?:['’.]?[^\W_]+|(?<=\d),(?=\d{3})\d+)*|[%$€£]")
_BRITISH_SPELLINGS = (
    (re.compile(r"isation"), "ization"),
    (re.compile(r"is(e[ds]?|ing)$"), r"iz\1"),
    (re.compile(r"(?<=[a-z]{2})our(?=$|s$|ed$|ing$|able$)"), "or"),
    (re.compile(r"efence"), "efense"),
    (re.compile(r"^program+es?(?=s?$)"), "program"),
)
_CLAUSE_BREAK = re.compile(
    r"[,;:()]\s|\s[-–—]\s|\b(?:and|but|while|where|which|who|that|because|although|as well as|"
    r"including|when|after|before)\b"
)
_DOER = re.compile(r"(.*(?:er|or))s?")
_MIN_SHARED_LETTERS = 4
_FUNCTION_STEMS = FUNCTION_WORDS - frozenset(["use"])
_SIGNS = {"%": "percent", "$": "dollar", "€": "euro", "£": "pound"}

_LONG_TEXT = 2000
"""Characters from which a text is a document rather than a sentence."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, its range in characters and its stem."""

    text: str
    start: int
    end: int
    stem: str
    is_name: bool
    is_number: bool

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def is_function_word(self) -> bool:
        """Whether the word carries grammar, not content."""
        return not self.is_name and not self.is_number and self.stem in _FUNCTION_STEMS


def split_words(text: str, names: frozenset[str] = frozenset()) -> tuple[Word, ...]:
    """Return the words of a text in order.

    A capitalised word is a name. The first word of a sentence is one only where it is among
    `names`, which are in lower case.

    >>> [(word.text, word.is_name) for word in split_words("Ships left Oslo.")]
    [('Ships', False), ('left', False), ('Oslo', True)]
    """
    # Sentences are compared many times; of whole documents, only the most recent are cached.
    return (_split_sentence_words if len(text) <= _LONG_TEXT else _split_document_words)(
        text, names
    )


def _split_words(text: str, names: frozenset[str]) -> tuple[Word, ...]:
    found = []
    text = re.sub(r"(?<=\w)['’]s?\b(?!\w)", lambda m: " " * len(m[0]), text)
    text = re.sub(r"\bper cent\b", "percent ", text)
    for token in _WORD_OR_SIGN.finditer(text):
        word = token[0]
        before = text[: token.start()].rstrip(" \t\n\"“”'\u2018’(*_#|-")
        opens = not before or before[-1] in ".!?:;" or text[len(before) : token.start()].count("\n")
        capital = word[0].isupper() and word != "I"
        several = sum(c.isupper() for c in word) > 1
        is_name = capital and (not opens or several or word.lower() in names)
        is_number = bool(re.search(r"\d", word)) or (not is_name and word.lower() in NUMBER_WORDS)
        stem = _stem(_SIGNS.get(word, word.lower()))
        found.append(Word(word, *token.span(), stem, is_name, is_number))
    return tuple(found)


_split_sentence_words = lru_cache(maxsize=1024)(_split_words)
_split_document_words = lru_cache(maxsize=16)(_split_words)


def split_clauses(text: str, words: Sequence[Word]) -> list[list[Word]]:
    """Return the words of each clause of a sentence."""
    cuts = [match.start() for match in _CLAUSE_BREAK.finditer(text)]
    parts: dict[int, list[Word]] = {}
    for word in words:
        parts.setdefault(sum(cut <= word.start for cut in cuts), []).append(word)
    return [parts[key] for key in sorted(parts)]


def find_names(text: str) -> frozenset[str]:
    """Return, in lower case, the words of a text that are capitalised within a sentence."""
    return frozenset(word.lower for word in split_words(text) if word.is_name)


def words_match(one: Word, other: Word) -> bool:
    """Whether two words have the same meaning.

    >>> he, praised, hailing = split_words("he praised hailing")
    >>> words_match(praised, hailing), words_match(he, praised)
    (True, False)
    """
    same = one.stem == other.stem
    if one.is_number or other.is_number:
        return same or (bool(count_numbers(one.text)) and numbers_match(one, other))
    first, second = _normalise_spelling(one.lower), _normalise_spelling(other.lower)
    is_name = one.is_name or other.is_name
    endings = DEMONYM_ENDINGS if is_name else WORD_ENDINGS
    if same or _differ_by_ending(first, second, endings):
        return not (_names_doer(first, second) or _names_doer(second, first))
    return not is_name and bool(_synonym_groups(one.stem) & _synonym_groups(other.stem))


def _names_doer(word: str, other: str) -> bool:
    """Whether a word names who does what another of its family names.

    >>> _names_doer("insurers", "insurance"), _names_doer("author", "authority")
    (True, True)
    >>> _names_doer("order", "ordered"), _names_doer("investors", "investor")
    (False, False)
    """
    doer = _DOER.fullmatch(word)
    if not doer or _DOER.fullmatch(other):
        return False
    return not other.startswith(doer[1]) or other.startswith(f"{doer[1]}it")


def numbers_match(one: Word, other: Word) -> bool:
    """Whether two words contain the same numbers."""
    return count_numbers(one.text) == count_numbers(other.text)


def count_numbers(text: str) -> Counter[float]:
    """Return the numbers of a text, including months and number words, and how often each occurs.

    >>> count_numbers("It may take 5%, or two thousand")
    Counter({5.0: 1, 2000.0: 1})
    """
    text = re.sub(r"\bmay\b|\bMay\b(?!,? \d)(?<!\d May)|\b[Oo]ne of\b", " ", text)
    text = re.sub(
        r"\b([Mm]ar|[Ss]ep|[Jj]un|[Jj]ul|[Dd]ec|[Oo]ct|[Nn]ov|k|mn|bn)\b(?!\W*\d)", " ", text
    )
    return Amount.of(text).numbers


def find_qualifiers(words: Set[str]) -> frozenset[str]:
    """Return the meanings of the qualifiers, such as "all" or "only", among lower-case words."""
    return frozenset(QUALIFIERS[word] for word in words if word in QUALIFIERS)


def _differ_by_ending(one: str, other: str, endings: Set[str]) -> bool:
    """Whether two words share a beginning, each followed by one of the endings."""
    common = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    # "supply" and "supplies", "nation" and "national": the shared part is most of both words.
    return any(
        one[cut:] in endings and other[cut:] in endings and 2 * cut >= max(len(one), len(other))
        for cut in range(common, max(_MIN_SHARED_LETTERS, common - 3) - 1, -1)
    )


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    found = extract_terms(_normalise_spelling(word))
    return found[0] if found else word


@lru_cache(maxsize=8192)
def _normalise_spelling(word: str) -> str:
    for pattern, spelling in _BRITISH_SPELLINGS:
        word = pattern.sub(spelling, word)
    return word


@lru_cache(maxsize=1)
def _group_numbers() -> dict[str, frozenset[int]]:
    """Return, for each stem, the numbers of the groups of synonyms that it belongs to."""
    found: dict[str, set[int]] = {}
    for number, group in enumerate(SYNONYMS):
        for word in group.split():
            found.setdefault(_stem(word), set()).add(number)
    return {stem: frozenset(numbers) for stem, numbers in found.items()}


def _synonym_groups(stem: str) -> frozenset[int]:
    return _group_numbers().get(stem, frozenset())
