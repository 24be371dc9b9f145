"""Search by words with tantivy's BM25. What the words are is left to `terms`.

BM25 with the K1 and B below, as in Robertson and Zaragoza, "The Probabilistic Relevance Framework:
BM25 and Beyond", 2009.
"""

import math
import os
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tantivy

from index.errors import FootnoteError, IndexDamaged, StorageFailed
from index.search.engine import RowNumbers
from index.search.file_sizes import FileSizes
from index.search.terms import QuestionTerm, index_terms, question_terms, unstemmed_words

LEXICAL_FOLDER = "lexical"
"""Name of the folder of a written index, inside that of its generation."""

K1 = 1.2
B = 0.75

FUZZY_WEIGHT = 0.5
"""Weight of a match that differs by one letter, relative to an exact match."""

COMMON_TERM_SHARE = 0.2
"""Share of the rows above which a term is common: it says little and takes the longest to search.
An index of more than MAX_COMMON_TERM_ROWS rows drops it if the question has other words."""

MAX_COMMON_TERM_ROWS = 200_000

_WRITER_MEMORY = 64_000_000
"""Bytes."""

_WORDS_FIELD = "words"
"""The field of the words as they are written, which a misspelt word is compared with; missing in an
index of an earlier version."""


def bm25_term_limit(rows: int, frequency: int) -> float:
    """Return the upper limit of the BM25 score of a term that `frequency` of the `rows` contain."""
    return (K1 + 1) * math.log(1 + (rows - frequency + 0.5) / (frequency + 0.5))


class LexicalIndex:
    """Texts searched by BM25; rows are numbered in the order in which they were added.

    The words of a question are stemmed for each of the `languages` of the texts.
    """

    def __init__(
        self, tantivy_index: tantivy.Index, languages: Sequence[str], sizes: FileSizes | None = None
    ):
        self._index = tantivy_index
        self._languages = tuple(dict.fromkeys(languages))
        self._searcher = tantivy_index.searcher()
        self._sizes = sizes or FileSizes()
        self._has_words = _has_field(tantivy_index, _WORDS_FIELD)

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
            .add_text_field(_WORDS_FIELD, tokenizer_name="whitespace", index_option="basic")
            .add_integer_field("row", fast=True)
            .build()
        )
        tantivy_index = tantivy.Index(schema, path=str(folder))
        writer = tantivy_index.writer(_WRITER_MEMORY, num_threads=1)
        try:
            for row, (text, language) in enumerate(zip(texts, languages, strict=True)):
                terms = index_terms(text, language)
                fields = {"text": " ".join(terms), "row": row}
                fields[_WORDS_FIELD] = " ".join(sorted(unstemmed_words(text, terms)))
                writer.add_document(tantivy.Document(**fields))
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

        The copy is needed because tantivy writes a lock file to read. Raises `IndexDamaged`, and
        `FootnoteError` if it cannot be copied.
        """
        home = folder
        if folder.is_dir() and not os.access(folder, os.W_OK):
            home = _copy_to_temporary(folder)
        try:
            sizes = FileSizes(home.iterdir())
            lexical = cls(tantivy.Index.open(str(home)), languages, sizes)
        except (OSError, ValueError) as error:
            if home != folder:
                shutil.rmtree(home, ignore_errors=True)
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

        `among` limits the search to these rows, given in ascending order. Raises `IndexDamaged` if
        a file, which tantivy maps, was shortened.
        """
        self._sizes.check()
        query = self._build_query(self._question_terms(question))
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
        """Return the upper limit of the BM25 score of any text for this question.

        Raises `IndexDamaged` as `search` does.
        """
        self._sizes.check()
        limit = 0.0
        for term in self._question_terms(question):
            if term.may_be_misspelt(self.document_frequency):
                limit += FUZZY_WEIGHT * self.term_score_limit()
            elif any(map(self.document_frequency, term.stems)):
                limit += max(map(self._term_limit, term.stems))
        return limit

    def misspelt_words(self, question: str) -> set[str]:
        """Return the words of a question, without accents and in lower case, that no row holds and
        that may be misspelt.
        """
        terms = self._question_terms(question)
        return {term.word for term in terms if term.may_be_misspelt(self.document_frequency)}

    def term_score_limit(self) -> float:
        """Return the upper limit of the BM25 score of any single term, however rare."""
        return bm25_term_limit(len(self), 0)

    def document_frequency(self, term: str) -> int:
        """Return how many rows contain a term, as returned by `index_terms`."""
        return int(self._searcher.doc_freq("text", term))

    def _question_terms(self, question: str) -> list[QuestionTerm]:
        """Return the terms of a question, without common words if the index is large."""
        terms = question_terms(question, self._languages)
        if len(self) <= MAX_COMMON_TERM_ROWS:
            return terms
        limit = COMMON_TERM_SHARE * len(self)
        return [t for t in terms if max(map(self.document_frequency, t.stems)) <= limit] or terms

    def _build_query(self, terms: Sequence[QuestionTerm]) -> tantivy.Query:
        clauses: list[tuple[tantivy.Query, float]] = []
        known: Counter[str] = Counter()
        for term, count in Counter(terms).items():
            if term.may_be_misspelt(self.document_frequency):
                weight = count * FUZZY_WEIGHT * self.term_score_limit()
                clauses.append((self._query_misspelt(term), weight))
            else:
                known.update(dict.fromkeys(term.stems, count))
        for stem, count in known.items():
            clause = tantivy.Query.term_query(self._index.schema, "text", stem, index_option="freq")
            clauses.append((clause, float(count)))
        # A boost query is scored in every row that matches, which is slow.
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, one if w == 1.0 else tantivy.Query.boost_query(one, w))
                for one, w in clauses
            ]
        )

    def _query_misspelt(self, term: QuestionTerm) -> tantivy.Query:
        """Return the query for rows with a word, or its stem, that differs in one letter."""
        places = [("text", word) for word in term.spellings]
        places += [(_WORDS_FIELD, term.word)] if self._has_words else []
        near = [
            tantivy.Query.fuzzy_term_query(self._index.schema, field, word, distance=1)
            for field, word in places
        ]
        return tantivy.Query.disjunction_max_query(near)

    def _term_limit(self, term: str) -> float:
        return bm25_term_limit(len(self), self.document_frequency(term))


def _copy_to_temporary(folder: Path) -> Path:
    """Copy a written index to a new temporary folder, and return that; nothing is left if it fails.

    Raises `StorageFailed` where the temporary folder is missing, full or cannot be written.
    """
    try:
        home = Path(tempfile.mkdtemp(prefix="footnote-"))
        try:
            shutil.copytree(folder, home, dirs_exist_ok=True, copy_function=shutil.copyfile)
            home.chmod(0o700)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
    except (OSError, shutil.Error) as error:
        size = sum(path.stat().st_size for path in folder.iterdir())
        raise StorageFailed(
            f"{folder} is read-only, so {size / 1e6:,.1f} MB of it have to be copied to the "
            f"temporary folder, which failed ({error}). Set $TMPDIR to a folder that can be "
            "written and has the space, or make the folder of the index writable."
        ) from error
    return home


def _has_field(tantivy_index: tantivy.Index, field: str) -> bool:
    try:
        tantivy.Query.term_query(tantivy_index.schema, field, "")
    except ValueError:
        return False
    return True
