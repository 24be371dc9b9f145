"""Search by words with tantivy's BM25. The only tantivy import.

BM25 with the K1 and B below, as in Robertson and Zaragoza, "The Probabilistic Relevance Framework:
BM25 and Beyond", 2009.
"""

import math
import os
import re
import shutil
import tempfile
import unicodedata
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import tantivy

from index.errors import FootnoteError, IndexDamaged
from index.search.engine import RowNumbers
from index.text.invisible import drop_invisible
from index.text.language import STEMMERS

_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN_TEXT = re.compile("[\0-\u024f\u2000-\u206f\u20a0-\u20bf]*")
"""Matches a text of Latin letters, digits, punctuation and currency signs. Its words are few enough
for their stems to be cached, which halves the time."""
_LATIN_WORD = re.compile("[0-9A-Za-zªµºÀ-ÖØ-öø-\u024f²³¹¼-¾]+")

LEXICAL_FOLDER = "lexical"
"""Name of the folder of a written index, inside that of its generation."""

K1 = 1.2
B = 0.75

MIN_FUZZY_LENGTH = 6
"""Letters of a word from which it can be taken for a misspelling."""

FUZZY_WEIGHT = 0.5
"""Weight of a match that differs by one letter, relative to an exact match."""

COMMON_TERM_SHARE = 0.2
"""Share of the rows above which a term is common: it says little and takes the longest to search.
An index of more than MAX_COMMON_TERM_ROWS rows drops it if the question has other words."""

MAX_COMMON_TERM_ROWS = 200_000

_WRITER_MEMORY = 64_000_000
"""Bytes."""


@cache
def _analyzer(language: str) -> tantivy.TextAnalyzer:
    """Return an analyzer: lower case, no accents, stemmed; an ideograph is a word."""
    word = (
        r"[\p{Han}\p{Hiragana}\p{Katakana}]"
        r"|[[\p{L}\p{M}\p{N}]--[\p{Han}\p{Hiragana}\p{Katakana}]]+"
    )
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(word))
    builder = builder.filter(tantivy.Filter.remove_long(100))
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


@lru_cache(maxsize=20_000)
def _stems(word: str, language: str) -> tuple[str, ...]:
    """Return the stem of a word, or nothing if it is too long for a word."""
    return tuple(_analyzer(language).analyze(word))


def extract_terms(text: str, language: str = "en") -> list[str]:
    """Return the terms of a text in order: its words, stemmed as in the index.

    `language` (ISO 639-1) selects the stemmer. Chinese and Japanese have no spaces between words,
    so each character is a term, and each pair of adjacent characters.

    >>> extract_terms("Naval bases in São Paulo, 東京")
    ['naval', 'base', 'in', 'sao', 'paulo', '東', '京', '東京']
    """
    text = unicodedata.normalize("NFC", drop_invisible(text))
    analyzer = _analyzer(language)
    if _LATIN_TEXT.fullmatch(text):
        # There are too many different numbers to cache.
        return [
            stem
            for word in _LATIN_WORD.findall(text)
            for stem in (_stems(word, language) if word.isalpha() else analyzer.analyze(word))
        ]
    words = analyzer.analyze(text)
    if not _IDEOGRAPH.search(text):
        return words
    pairs = [
        one + other
        for one, other in pairwise(words)
        if _IDEOGRAPH.match(one) and _IDEOGRAPH.match(other)
    ]
    return words + pairs


def question_stems(question: str, languages: Sequence[str]) -> list[tuple[str, ...]]:
    """Return for each word of a question its distinct stems in these languages."""
    stems = zip(*(extract_terms(question, language) for language in languages), strict=True)
    return [tuple(dict.fromkeys(word)) for word in stems]


def bm25_term_limit(rows: int, frequency: int) -> float:
    """Return the upper limit of the BM25 score of a term that `frequency` of the `rows` contain."""
    return (K1 + 1) * math.log(1 + (rows - frequency + 0.5) / (frequency + 0.5))


def may_be_misspelt(stems: Sequence[str], document_frequency: Callable[[str], int]) -> bool:
    """Whether a word is in no row, but long enough to be matched with one letter changed."""
    return len(stems[0]) >= MIN_FUZZY_LENGTH and not any(map(document_frequency, stems))


class LexicalIndex:
    """Texts searched by BM25; rows are numbered in the order in which they were added.

    The words of a question are stemmed for each of the `languages` of the texts.
    """

    def __init__(self, tantivy_index: tantivy.Index, languages: Sequence[str]):
        self._index = tantivy_index
        self._languages = tuple(dict.fromkeys(languages))
        self._searcher = tantivy_index.searcher()

    @classmethod
    def write(
        cls, texts: Sequence[str], folder: Path, *, languages: Sequence[str] = ()
    ) -> "LexicalIndex":
        """Index the texts in a new folder, numbered from 0. The default language is English."""
        languages = languages or ["en"] * len(texts)
        folder.mkdir()
        schema = (
            tantivy.SchemaBuilder()
            .add_text_field("text", tokenizer_name="whitespace", index_option="freq")
            .add_integer_field("row", fast=True)
            .build()
        )
        tantivy_index = tantivy.Index(schema, path=str(folder))
        writer = tantivy_index.writer(_WRITER_MEMORY, num_threads=1)
        try:
            for row, (text, language) in enumerate(zip(texts, languages, strict=True)):
                terms = " ".join(extract_terms(text, language))
                writer.add_document(tantivy.Document(text=terms, row=row))
            writer.commit()
            writer.wait_merging_threads()
        except ValueError as error:
            raise FootnoteError(
                f"Cannot write {folder} ({error}). Check the free disk space. The live index is "
                "unchanged."
            ) from error
        tantivy_index.reload()
        return cls(tantivy_index, languages)

    @classmethod
    def load(cls, folder: Path, *, languages: Sequence[str] = ("en",)) -> "LexicalIndex":
        """Open a written index, or a copy of it if the folder is read-only.

        The copy is needed because tantivy writes a lock file to read. Raises `IndexDamaged`.
        """
        home = folder
        if folder.is_dir() and not os.access(folder, os.W_OK):
            home = Path(tempfile.mkdtemp(prefix="footnote-"))
            shutil.copytree(folder, home, dirs_exist_ok=True, copy_function=shutil.copyfile)
            home.chmod(0o700)
        try:
            lexical = cls(tantivy.Index.open(str(home)), languages)
        except ValueError as error:
            raise IndexDamaged(f"{folder.name} is not a tantivy index: {error}") from error
        if home != folder:
            weakref.finalize(lexical, shutil.rmtree, home, ignore_errors=True)
        return lexical

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(
        self, question: str, top_k: int, *, among: RowNumbers | None = None
    ) -> dict[int, float]:
        """Return the `top_k` best rows with their BM25 scores, best first; fewer if fewer match.

        `among` limits the search to these rows, given in ascending order.
        """
        query = self._build_query(self._question_stems(question))
        if among is not None:
            query = self._restrict_query(query, among)
        hits = self._searcher.search(query, max(top_k, 1), count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return {int(row or 0): score for row, (score, _) in zip(rows, hits, strict=True)}

    def _restrict_query(self, query: tantivy.Query, among: RowNumbers) -> tantivy.Query:
        """Return the query limited to these rows, which add 0 to the scores."""
        rows = np.asarray(among, dtype=np.int64)
        runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if len(rows) else []
        ranges = [
            tantivy.Query.range_query(
                self._index.schema, "row", tantivy.FieldType.Integer, int(run[0]), int(run[-1])
            )
            for run in runs
        ]
        any_of = tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in ranges])
        inside = tantivy.Query.boost_query(any_of, 0.0)
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, query), (tantivy.Occur.Must, inside)]
        )

    def score_limit(self, question: str) -> float:
        """Return the upper limit of the BM25 score of any text for this question."""
        limit = 0.0
        for stems in self._question_stems(question):
            if may_be_misspelt(stems, self.document_frequency):
                limit += FUZZY_WEIGHT * max(map(self._term_limit, stems))
            elif any(map(self.document_frequency, stems)):
                limit += max(map(self._term_limit, stems))
        return limit

    def term_score_limit(self) -> float:
        """Return the upper limit of the BM25 score of any single term, however rare."""
        return bm25_term_limit(len(self), 0)

    def document_frequency(self, term: str) -> int:
        """Return how many rows contain a term, as returned by `extract_terms`."""
        return int(self._searcher.doc_freq("text", term))

    def _question_stems(self, question: str) -> list[tuple[str, ...]]:
        """Return the stems of each word, without common words if the index is large."""
        words = question_stems(question, self._languages)
        if len(self) <= MAX_COMMON_TERM_ROWS:
            return words
        limit = COMMON_TERM_SHARE * len(self)
        return [w for w in words if max(map(self.document_frequency, w)) <= limit] or words

    def _build_query(self, words: Sequence[tuple[str, ...]]) -> tantivy.Query:
        schema, clauses = self._index.schema, []
        for (term, misspelt), count in Counter(
            (term, may_be_misspelt(stems, self.document_frequency))
            for stems in words
            for term in stems
        ).items():
            if misspelt:
                clause = tantivy.Query.fuzzy_term_query(schema, "text", term, distance=1)
                weight = count * FUZZY_WEIGHT * self._term_limit(term)
            else:
                clause = tantivy.Query.term_query(schema, "text", term, index_option="freq")
                weight = float(count)
            # A boost query is scored in every row that matches, which is slow.
            if weight != 1.0:
                clause = tantivy.Query.boost_query(clause, weight)
            clauses.append((tantivy.Occur.Should, clause))
        return tantivy.Query.boolean_query(clauses)

    def _term_limit(self, term: str) -> float:
        return bm25_term_limit(len(self), self.document_frequency(term))
