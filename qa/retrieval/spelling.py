"""Write the words of a question as the documents write them.

The reader and the encoder know "vacation" but not "vacaton", and to them "2100" is another number
than "2,100". The search by words needs no such change.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from index.search.terms import (
    MIN_FUZZY_LENGTH,
    UNSTEMMED,
    extract_terms,
    is_one_edit_apart,
)
from index.text.compounds import join_compounds
from qa.retrieval.hybrid import SearchResult
from qa.retrieval.query import is_function_word

ROWS = 12
"""Rows, from the best, whose words are compared."""

_WORD = re.compile(r"[^\W_](?:\S*[^\W_])?")


def spell_as_found(question: str, result: SearchResult) -> str:
    """Return the question with words written as in the best row that has another form of them.

    Another form differs in separators, in the width of its characters or, of a word that neither a
    row holds nor the encoder knows, in one letter; a name with another letter is another name. A
    word that one of these rows has as it is in the question stays, and so does a function word:
    "am" is no "a.m.".
    """
    texts = (_row_text(result, row) for row in islice(result.scores, ROWS))
    found = list(dict.fromkeys(word for text in texts for word in _words(text)))
    as_written = {word.casefold() for word in found}
    by_joined = {_join(word): word for word in reversed(found)}  # The best row's form stays.
    misspelt = result.opened.lexical.misspelt_words(question)

    def spell(match: re.Match[str]) -> str:
        word, is_name = match[0], match.start() and match[0][0].isupper()
        is_empty = is_function_word(word) and not word.isupper()
        if word.casefold() in as_written or is_empty:
            return word
        if other := by_joined.get(_join(word)):
            return other
        folded = _fold(word)
        if folded not in misspelt or is_name or result.opened.encoder.has_word(folded):
            return word
        return next((other for other in found if _is_meant(folded, _fold(other))), word)

    return _WORD.sub(spell, question)


def _row_text(result: SearchResult, row: int) -> str:
    number, start, end = result.opened.chunks[row].tolist()
    return result.opened.document_by_number(number).text[start:end]


def _words(text: str) -> Iterator[str]:
    return (match[0] for match in _WORD.finditer(text))


def _join(word: str) -> str:
    """Return a word without its separators, in lower case and of common width."""
    word = unicodedata.normalize("NFKC", word)
    joined = [] if word.isalnum() else join_compounds(word)
    return (joined[0] if joined else word).casefold()


def _fold(word: str) -> str:
    """Return a word in lower case, without accents."""
    return " ".join(extract_terms(word, UNSTEMMED))


def _is_meant(misspelt: str, word: str) -> bool:
    return len(word) >= MIN_FUZZY_LENGTH - 1 and is_one_edit_apart(misspelt, word)
