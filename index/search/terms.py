"""The terms that texts and questions are searched by: words, stemmed, and compounds.

The analysis of words is tantivy's. Scoring is left to `lexical`.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import tantivy

from index.text.compounds import join_compounds
from index.text.invisible import drop_invisible
from index.text.language import STEMMERS, UNSPACED

WORD = re.compile(r"[^\W_]+")
"""A word as it is written: a run of letters and digits."""

_RUN = f"{UNSPACED}\uac00-\ud7a3"
"""Letters each of which is a term: Korean has spaces, but no stemmer for its endings."""

_SINGLE = re.compile(f"[{_RUN}]")
_LATIN_TEXT = re.compile("[\0-\u024f\u2000-\u206f\u20a0-\u20bf]*")
"""Matches a text of Latin letters, digits, punctuation and currency signs. Its words are few enough
for their stems to be cached, which halves the time."""
_LATIN_WORD = re.compile("[0-9A-Za-zªµºÀ-ÖØ-öø-\u024f²³¹¼-¾]+")

UNSTEMMED = ""
"""The language of which no word is stemmed."""

MAX_TERM_BYTES = 100

MIN_FUZZY_LENGTH = 6
"""Letters of a word from which it can be taken for a misspelling."""


@dataclass(frozen=True, slots=True)
class QuestionTerm:
    """A word or compound of a question: its distinct stems in the languages of the texts.

    `word` is the word unstemmed; "" for a compound, and for a code or number, of which one with
    another character is not a misspelling but another one.
    """

    stems: tuple[str, ...]
    word: str = ""

    def may_be_misspelt(self, document_frequency: Callable[[str], int]) -> bool:
        """Whether it is in no row, but long enough to be matched with one letter changed."""
        long = len(self.word) >= MIN_FUZZY_LENGTH
        return long and not any(map(document_frequency, self.stems))

    @property
    def spellings(self) -> tuple[str, ...]:
        """What the terms of the texts are compared with if it is misspelt: the word, its stems."""
        stems = [stem for stem in self.stems if len(stem) >= MIN_FUZZY_LENGTH]
        return tuple(dict.fromkeys((self.word, *stems)))


@cache
def _analyzer(language: str) -> tantivy.TextAnalyzer:
    """Return an analyzer: lower case, no accents, stemmed; a letter of `_RUN` is a word."""
    word = rf"[{_RUN}]|[[\p{{L}}\p{{M}}\p{{N}}]--[{_RUN}]]+"
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(word))
    builder = builder.filter(tantivy.Filter.remove_long(MAX_TERM_BYTES))
    if language == "en":
        steps = [tantivy.Filter.ascii_fold(), tantivy.Filter.lowercase()]
        steps += [tantivy.Filter.stemmer("english")]
    else:  # These stemmers need the accents.
        steps = [tantivy.Filter.lowercase()]
        steps += [tantivy.Filter.stemmer(STEMMERS[language])] if language in STEMMERS else []
        steps += [tantivy.Filter.ascii_fold()]
    for step in steps:
        builder = builder.filter(step)
    return builder.build()


@cache
def _folder() -> tantivy.TextAnalyzer:
    """Return an analyzer that keeps a text as one term: lower case, no accents."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    builder = builder.filter(tantivy.Filter.ascii_fold())
    return builder.filter(tantivy.Filter.lowercase()).build()


@lru_cache(maxsize=20_000)
def _stems(word: str, language: str) -> tuple[str, ...]:
    """Return the stem of a word, or nothing if it is too long for a word."""
    return tuple(_analyzer(language).analyze(word))


def _canonicalize(text: str) -> str:
    # In lower case, the Turkish İ would be two characters.
    return unicodedata.normalize("NFC", drop_invisible(text)).replace("İ", "I")


def extract_terms(text: str, language: str = "en") -> list[str]:
    """Return the words of a text in order, stemmed as in the index.

    `language` (ISO 639-1) selects the stemmer. In Chinese, Japanese, Korean, Thai and scripts like
    these each character is a term, and each pair of adjacent characters.

    >>> extract_terms("Naval bases in São Paulo, 東京")
    ['naval', 'base', 'in', 'sao', 'paulo', '東', '京', '東京']
    """
    text = _canonicalize(text)
    analyzer = _analyzer(language)
    if _LATIN_TEXT.fullmatch(text):
        # There are too many different numbers to cache.
        return [
            stem
            for word in _LATIN_WORD.findall(text)
            for stem in (_stems(word, language) if word.isalpha() else analyzer.analyze(word))
        ]
    words = analyzer.analyze(text)
    if not _SINGLE.search(text):
        return words
    pairs = [
        one + other for one, other in pairwise(words) if _SINGLE.match(one) and _SINGLE.match(other)
    ]
    return words + pairs


def extract_compounds(text: str, language: str = "en") -> list[str]:
    """Return the compounds of a text as terms; those of letters and digits alone are stemmed too.

    There are equally many in each language.

    >>> extract_compounds("E-mails about E-4021 and C++")
    ['email', 'e4021', 'c++']
    """
    text = _canonicalize(text)
    return [
        " ".join(_analyzer(language).analyze(word) if word.isalnum() else _folder().analyze(word))
        for word in join_compounds(text)
        if len(word.encode()) < MAX_TERM_BYTES
    ]


def index_terms(text: str, language: str = "en") -> list[str]:
    """Return the terms by which a text is found: its words in order, then its compounds."""
    return extract_terms(text, language) + extract_compounds(text, language)


def unstemmed_words(text: str, stems: Sequence[str]) -> set[str]:
    """Return the words of a text, without accents and in lower case, that their stems differ from.

    `stems` are its words as `extract_terms` returns them. Only words that could be meant by a
    misspelling are among them.

    >>> sorted(unstemmed_words("The harbours' lights were out", ["the", "harbour", "light"]))
    ['harbours', 'lights']
    """
    pairs = zip(extract_terms(text, UNSTEMMED), stems, strict=False)
    return {
        word
        for word, stem in pairs
        if word != stem and len(word) >= MIN_FUZZY_LENGTH - 1 and word.isalpha()
    }


def question_terms(question: str, languages: Sequence[str]) -> list[QuestionTerm]:
    """Return the terms of a question, each with its stems in these languages.

    An index without documents has no language, and nothing is sought in it.

    >>> question_terms("E-4021 occurs", ["en"])[1:]
    [QuestionTerm(stems=('4021',), word=''), QuestionTerm(stems=('occur',), word='occurs'), \
QuestionTerm(stems=('e4021',), word='')]
    """
    if not languages:
        return []
    words = extract_terms(question, UNSTEMMED)
    stems = zip(*(extract_terms(question, language) for language in languages), strict=True)
    terms = [
        QuestionTerm(tuple(dict.fromkeys(forms)), word if word.isalpha() else "")
        for word, forms in zip(words, stems, strict=True)
    ]
    compounds = zip(*(extract_compounds(question, language) for language in languages), strict=True)
    return terms + [QuestionTerm(tuple(dict.fromkeys(forms))) for forms in compounds]


def is_one_edit_apart(one: str, other: str) -> bool:
    """Whether inserting, deleting, replacing or transposing one letter turns one into the other.

    >>> is_one_edit_apart("harbour", "harbor"), is_one_edit_apart("harbour", "hrabour")
    (True, True)
    >>> is_one_edit_apart("harbour", "harbours"), is_one_edit_apart("harbour", "herbor")
    (True, False)
    """
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    a, b = one[same:], other[same:]
    return a[1:] in (b, b[1:]) or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
