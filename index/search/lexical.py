"""Texts -> a BM25 index, and back by words. The only tantivy import.

BM25 as tantivy computes it, with the K1 and B below (Robertson and Zaragoza, "The
Probabilistic Relevance Framework: BM25 and Beyond", 2009).
"""

import math
import os
import re
import shutil
import tempfile
import unicodedata
import weakref
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import tantivy

from index.errors import FootnoteError, IndexDamaged
from index.search.engine import RowNumbers
from index.text.language import STEMMERS

_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_WESTERN = re.compile("[\0-\u024f\u2000-\u206f\u20a0-\u20bf]*")
"""Texts in Latin letters, with punctuation and currencies, and what a word is in them: letters and
numbers, as in all others. The words of a language are not so many that their stems could not be
remembered, which takes half the time."""
_WORD = re.compile("[0-9A-Za-zªµºÀ-ÖØ-öø-\u024f²³¹¼-¾]+")
K1 = 1.2
B = 0.75
LONG = 6
"""Letters from which a word may be misspelt."""
MISSPELT = 0.5
"""Part of a word's weight that a word which differs by one letter has."""
COMMON = 0.2
"""Part of the rows that hold a word from which it tells little, and takes the longest to search:
beyond MANY_ROWS rows it is left out if there are other words."""
MANY_ROWS = 200_000
_MEMORY = 64_000_000


@cache
def _analyzer(language: str) -> tantivy.TextAnalyzer:
    """Words in lower case without accents, reduced to their stems; an ideograph is a word."""
    word = (
        r"[\p{Han}\p{Hiragana}\p{Katakana}]"
        r"|[[\p{L}\p{M}\p{N}]--[\p{Han}\p{Hiragana}\p{Katakana}]]+"
    )
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(word))
    builder = builder.filter(tantivy.Filter.remove_long(100))
    if language == "en":
        steps = [tantivy.Filter.ascii_fold(), tantivy.Filter.lowercase()]
        steps += [tantivy.Filter.stemmer("english")]
    else:  # These stemmers know endings by their accents.
        steps = [tantivy.Filter.lowercase()]
        steps += [tantivy.Filter.stemmer(STEMMERS[language])] if language in STEMMERS else []
        steps += [tantivy.Filter.ascii_fold()]
    for step in steps:
        builder = builder.filter(step)
    return builder.build()


@lru_cache(maxsize=20_000)
def _stems(word: str, language: str) -> tuple[str, ...]:
    """Return the stem of a word, or nothing for one that is too long to be one."""
    return tuple(_analyzer(language).analyze(word))


def terms(text: str, language: str = "en") -> list[str]:
    """Return the words of a text as the index knows them, in order.

    `language` (ISO 639-1) says how words are reduced to their stems. Chinese and Japanese set no
    spaces between words: there each character is a term and so is each pair of neighbours.

    >>> terms("Naval bases in São Paulo, 東京")
    ['naval', 'base', 'in', 'sao', 'paulo', '東', '京', '東京']
    """
    text = unicodedata.normalize("NFC", text)
    analyzer = _analyzer(language)
    if _WESTERN.fullmatch(text):
        # Of numbers there is no end, so they are not remembered.
        return [
            stem
            for word in _WORD.findall(text)
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


def question_words(question: str, languages: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the words of a question, each with its different stems in the languages."""
    stems = zip(*(terms(question, language) for language in languages), strict=True)
    return [tuple(dict.fromkeys(word)) for word in stems]


def most_of(rows: int, found: int) -> float:
    """Return the BM25 score that a term adds at most, which `found` of the `rows` hold."""
    return (K1 + 1) * math.log(1 + (rows - found + 0.5) / (found + 0.5))


class Lexical:
    """Texts searched by BM25; rows are numbered in the order in which they were added.

    A question is searched for in all the `languages` that its texts are written in.
    """

    def __init__(self, tantivy_index: tantivy.Index, languages: Sequence[str]):
        self._index = tantivy_index
        self._languages = tuple(dict.fromkeys(languages))
        self._searcher = tantivy_index.searcher()

    @classmethod
    def write(
        cls, texts: Sequence[str], folder: Path, *, languages: Sequence[str] = ()
    ) -> "Lexical":
        """Index the texts in a new folder, numbering them from 0; English unless told."""
        languages = languages or ["en"] * len(texts)
        folder.mkdir()
        schema = (
            tantivy.SchemaBuilder()
            .add_text_field("text", tokenizer_name="whitespace", index_option="freq")
            .add_integer_field("row", fast=True)
            .build()
        )
        tantivy_index = tantivy.Index(schema, path=str(folder))
        writer = tantivy_index.writer(_MEMORY, num_threads=1)
        try:
            for row, (text, language) in enumerate(zip(texts, languages, strict=True)):
                found = " ".join(terms(text, language))
                writer.add_document(tantivy.Document(text=found, row=row))
            writer.commit()
            writer.wait_merging_threads()
        except ValueError as error:
            raise FootnoteError(
                f"Cannot write {folder} ({error}). Check the free space; the live index is as it "
                "was."
            ) from error
        tantivy_index.reload()
        return cls(tantivy_index, languages)

    @classmethod
    def load(cls, folder: Path, *, languages: Sequence[str] = ("en",)) -> "Lexical":
        """Open a written index, or a copy of it where the folder is read-only.

        tantivy writes a lock beside what it reads.
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

        Only rows `among` these, in rising order, are looked at, if given.
        """
        query = self._query(self._words(question))
        if among is not None:
            query = self._restricted(query, among)
        hits = self._searcher.search(query, max(top_k, 1), count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return {int(row or 0): score for row, (score, _) in zip(rows, hits, strict=True)}

    def _restricted(self, query: tantivy.Query, among: RowNumbers) -> tantivy.Query:
        """Return a query for the same, in these rows only; what the rows add to scores is 0."""
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

    def most_possible(self, question: str) -> float:
        """Return the BM25 score that no text can pass: each word of the question without end."""
        return sum(
            max(map(self._most_of, stems)) * (MISSPELT if self._may_be_misspelt(stems) else 1)
            for stems in self._words(question)
            if any(map(self.document_frequency, stems)) or self._may_be_misspelt(stems)
        )

    def most_of_a_word(self) -> float:
        """Return the BM25 score that no single word can pass, however rare."""
        return most_of(len(self), 0)

    def document_frequency(self, term: str) -> int:
        """Return how many rows hold a term, which is a word as `terms` gives it."""
        return int(self._searcher.doc_freq("text", term))

    def _words(self, question: str) -> list[tuple[str, ...]]:
        words, most = question_words(question, self._languages), COMMON * len(self)
        if len(self) <= MANY_ROWS:
            return words
        return [w for w in words if max(map(self.document_frequency, w)) <= most] or words

    def _query(self, words: Sequence[tuple[str, ...]]) -> tantivy.Query:
        schema, clauses = self._index.schema, []
        for (term, misspelt), count in Counter(
            (term, self._may_be_misspelt(stems)) for stems in words for term in stems
        ).items():
            if misspelt:
                clause = tantivy.Query.fuzzy_term_query(schema, "text", term, distance=1)
                weight = count * MISSPELT * self._most_of(term)
            else:
                clause = tantivy.Query.term_query(schema, "text", term, index_option="freq")
                weight = float(count)
            # What has a weight of its own is scored in every row that holds it.
            if weight != 1.0:
                clause = tantivy.Query.boost_query(clause, weight)
            clauses.append((tantivy.Occur.Should, clause))
        return tantivy.Query.boolean_query(clauses)

    def _may_be_misspelt(self, stems: Sequence[str]) -> bool:
        """Whether a word that no text holds is long enough to be told from others by a letter."""
        return len(stems[0]) >= LONG and not any(map(self.document_frequency, stems))

    def _most_of(self, term: str) -> float:
        return most_of(len(self), self.document_frequency(term))
