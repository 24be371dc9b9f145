"""Searchers of a generation whose rows are on a Milvus server.

Features that the server lacks are done on this machine. Requests are left to `collection`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.manifest import EngineRecord, Entry
from index.search.engine import RowNumbers, SearchRows
from index.search.lexical import LEXICAL_FOLDER, LexicalIndex, bm25_term_limit
from index.search.milvus.collection import (
    MAX_TERMS_BYTES,
    Collection,
    CollectionRow,
    write_collection,
)
from index.search.milvus.term_stats import TermStats
from index.search.terms import index_terms, question_terms

_TERM_STATS_FILE = "words.sqlite"


class HostedDenseIndex:
    """The vectors of a collection, searched by the server; the counterpart of `DenseIndex`."""

    def __init__(self, collection: Collection, owners: npt.NDArray[np.int64]):
        self._collection, self._owners = collection, owners

    def __len__(self) -> int:
        return self._collection.rows

    @property
    def dimension(self) -> int:
        return self._collection.dimension

    def search(
        self, vector: npt.NDArray[np.float32], top_k: int, *, among: RowNumbers | None = None
    ) -> dict[int, float]:
        """Return the `top_k` nearest rows with their cosines, best first; fewer if fewer exist."""
        if vector.shape != (self.dimension,):
            raise ValueError(f"a vector of shape {vector.shape}, expected ({self.dimension},)")
        matching = len(self) if among is None else len(among)
        top_k = min(top_k, matching)
        if not top_k:
            return {}
        where = filter_expression(among, self._owners)
        return self._collection.search_nearest(vector.tolist(), top_k, where, matching)

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the stored vectors of these rows: shape (len(rows), dimension), float32."""
        return self._collection.vectors(rows)


class HostedLexicalIndex:
    """The terms of a collection, searched by the server; the counterpart of `LexicalIndex`.

    The server receives the output of `index_terms`, so it only splits at spaces. A word that is
    in no text is replaced by the term that it seems to be a misspelling of.
    """

    def __init__(
        self,
        collection: Collection,
        owners: npt.NDArray[np.int64],
        term_stats: TermStats,
        languages: Sequence[str],
    ):
        self._collection, self._owners = collection, owners
        self._term_stats = term_stats
        self._languages = tuple(dict.fromkeys(languages))

    def __len__(self) -> int:
        return len(self._term_stats)

    def search(
        self, question: str, top_k: int, *, among: RowNumbers | None = None
    ) -> dict[int, float]:
        """Return the `top_k` best rows with their BM25 scores, best first; fewer if fewer match."""
        weights: Counter[str] = Counter()
        for term in question_terms(question, self._languages):
            known = filter(self._term_stats.document_frequency, term.stems)
            weights.update(dict.fromkeys(known, 2))
            if correction := self._term_stats.correct(term):
                weights[correction] += 1  # FUZZY_WEIGHT of 2.
        top_k = min(max(top_k, 1), len(self) if among is None else len(among))
        if not weights or not top_k:
            return {}
        query = " ".join(weights.elements())
        where = filter_expression(among, self._owners)
        scores = self._collection.search("bm25", query, top_k, where)
        # Some servers return negative distances.
        return {row: abs(score) / 2 for row, score in scores.items()}

    def score_limit(self, question: str) -> float:
        """Return the upper limit of the BM25 score of any text for this question."""
        return self._term_stats.score_limit(question_terms(question, self._languages))

    def misspelt_words(self, question: str) -> set[str]:
        """Return the words of a question, without accents and in lower case, that no row holds and
        that may be misspelt.
        """
        known = self._term_stats.document_frequency
        terms = question_terms(question, self._languages)
        return {term.word for term in terms if term.may_be_misspelt(known)}

    def term_score_limit(self) -> float:
        """Return the upper limit of the BM25 score of any single term, however rare."""
        return bm25_term_limit(len(self), 0)


def filter_expression(among: RowNumbers | None, owners: npt.NDArray[np.int64]) -> str:
    """Return Milvus's expression for these rows, by document if they are all of its rows.

    `owners` holds the number of the document of each row.

    >>> owners = np.array([0, 0, 1, 2, 2])
    >>> [filter_expression(rows, owners) for rows in ([3, 4], [1], None)]
    ['document in [2]', 'row in [1]', '']
    """
    if among is None:
        return ""
    rows = np.asarray(among, dtype=np.int64)
    documents = np.unique(owners[rows])
    if np.count_nonzero(np.isin(owners, documents)) == len(rows):
        return f"document in {documents.tolist()}"
    return f"row in {rows.tolist()}"


def write_hosted(
    home: Path, engine: EngineRecord, documents: Sequence[Entry], rows: SearchRows
) -> None:
    """Write the rows to the collection that `engine` names, and to `home` what a lexical search
    needs on this machine.
    """
    entries = [documents[number] for number in rows.chunks[:, 0]]
    languages = [entry.language for entry in entries]
    terms: list[list[str]] = []
    if engine.words:
        terms = [
            fit_terms(index_terms(text, language))
            for text, language in zip(rows.texts, languages, strict=True)
        ]
        TermStats.write(terms, home / _TERM_STATS_FILE)
    else:
        LexicalIndex.write(rows.texts, home / LEXICAL_FOLDER, languages=languages)

    def collection_rows() -> Iterator[CollectionRow]:
        for row, (number, start, end) in enumerate(rows.chunks.tolist()):
            fields: CollectionRow = {"document": number, "sha256": entries[row].sha256}
            fields |= {"row": row, "start": start, "end": end}
            fields |= {"vector": rows.vectors[row].tolist()}
            yield fields | ({"words": " ".join(terms[row])} if terms else {})

    write_collection(engine, rows.vectors.shape[1], len(rows.vectors), collection_rows())


def fit_terms(words: list[str], limit: int = MAX_TERMS_BYTES) -> list[str]:
    """Return the last words, as many as fit into `limit` bytes when joined with spaces.

    The names of the documents that contain a text come first, and there can be any number of them.

    >>> fit_terms(["a", "b", "pier", "é"], 9), fit_terms(["a", "b"], 3)
    (['b', 'pier', 'é'], ['a', 'b'])
    """
    size, kept = -1, len(words)
    while kept and (size := size + 1 + len(words[kept - 1].encode())) <= limit:
        kept -= 1
    return words[kept:]


def load_hosted(
    home: Path, engine: EngineRecord, chunks: npt.NDArray[np.int64], languages: Sequence[str]
) -> tuple[HostedDenseIndex, HostedLexicalIndex | LexicalIndex]:
    """Return the searchers of a written collection. Raises `EngineFailed` or `IndexDamaged`.

    `languages` are those of the documents.
    """
    owners = np.asarray(chunks[:, 0])
    collection = Collection(engine.uri, engine.collection)
    dense = HostedDenseIndex(collection, owners)
    if not engine.words:
        return dense, LexicalIndex.load(home / LEXICAL_FOLDER, languages=languages)
    term_stats = TermStats.load(home / _TERM_STATS_FILE)
    return dense, HostedLexicalIndex(collection, owners, term_stats, languages)
