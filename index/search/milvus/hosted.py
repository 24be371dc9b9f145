"""A generation whose rows are on a server: written there, and searched as one on this machine is.

What the server lacks is done here, beside it. How it is spoken to is left to `collection`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.manifest import EngineRecord, Entry
from index.search.engine import RowNumbers
from index.search.lexical import Lexical, most_of, question_words, terms
from index.search.milvus.collection import LONGEST, Collection, Row, write_collection
from index.search.milvus.term_stats import Frequencies

_FREQUENCIES = "words.sqlite"
_LEXICAL = "lexical"


class HostedDense:
    """The vectors of a collection, searched by inner product; as `Dense`, elsewhere."""

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
        held = len(self) if among is None else len(among)
        top_k = min(top_k, held)
        if not top_k:
            return {}
        where = only(among, self._owners)
        return self._collection.nearest(vector.tolist(), top_k, where, held)

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the stored vectors of these rows: shape (len(rows), dimension), float32."""
        return self._collection.vectors(rows)


class HostedLexical:
    """The words of a collection, searched by the server's BM25; as `Lexical`, elsewhere.

    The server gets words as `terms` gives them, reduced to their stems, so it only has to part
    them at spaces. For a word that no text holds, the one that it seems to mean is searched.
    """

    def __init__(
        self,
        collection: Collection,
        owners: npt.NDArray[np.int64],
        frequencies: Frequencies,
        languages: Sequence[str],
    ):
        self._collection, self._owners = collection, owners
        self._frequencies = frequencies
        self._languages = tuple(dict.fromkeys(languages))

    def __len__(self) -> int:
        return len(self._frequencies)

    def search(
        self, question: str, top_k: int, *, among: RowNumbers | None = None
    ) -> dict[int, float]:
        """Return the `top_k` best rows with their BM25 scores, best first; fewer if fewer match."""
        weights: Counter[str] = Counter()
        for stems in question_words(question, self._languages):
            weights.update({stem: 2 for stem in stems if self._frequencies.holding(stem)})
            if meant := self._frequencies.meant(stems):
                weights[meant] += 1  # That is MISSPELT, of two.
        top_k = min(max(top_k, 1), len(self) if among is None else len(among))
        if not weights or not top_k:
            return {}
        wanted = " ".join(weights.elements())
        found = self._collection.search("bm25", wanted, top_k, only(among, self._owners))
        # Some servers give what is nearest as a distance, below 0.
        return {row: abs(score) / 2 for row, score in found.items()}

    def most_possible(self, question: str) -> float:
        """Return the BM25 score that no text can pass: each word of the question without end."""
        return self._frequencies.most_possible(question_words(question, self._languages))

    def most_of_a_word(self) -> float:
        """Return the BM25 score that no single word can pass, however rare."""
        return most_of(len(self), 0)


def only(among: RowNumbers | None, owners: npt.NDArray[np.int64]) -> str:
    """Return Milvus's expression for these rows only; for all rows of documents, by the documents.

    `owners` holds the number of the document of each row.

    >>> owners = np.array([0, 0, 1, 2, 2])
    >>> only([3, 4], owners), only([1], owners), only(None, owners)
    ('document in [2]', 'row in [1]', '')
    """
    if among is None:
        return ""
    rows = np.asarray(among, dtype=np.int64)
    documents = np.unique(owners[rows])
    if np.count_nonzero(np.isin(owners, documents)) == len(rows):
        return f"document in {documents.tolist()}"
    return f"row in {rows.tolist()}"


def write_hosted(
    home: Path,
    engine: EngineRecord,
    documents: Sequence[Entry],
    chunks: npt.NDArray[np.int64],
    vectors: npt.NDArray[np.float32],
    texts: Sequence[str],
) -> None:
    """Write the collection of an engine's record, and in `home` what is needed of its words.

    The arrays are as in `generation.write_generation`.
    """
    entries = [documents[number] for number in chunks[:, 0]]
    languages = [entry.language for entry in entries]
    words: list[list[str]] = []
    if engine.words:
        words = [fitting(terms(*of)) for of in zip(texts, languages, strict=True)]
        Frequencies.write(words, home / _FREQUENCIES)
    else:
        Lexical.write(texts, home / _LEXICAL, languages=languages)

    def rows() -> Iterator[Row]:
        for row, (number, start, end) in enumerate(chunks.tolist()):
            place: Row = {"document": number, "sha256": entries[row].sha256}
            place |= {"row": row, "start": start, "end": end, "vector": vectors[row].tolist()}
            yield place | ({"words": " ".join(words[row])} if words else {})

    write_collection(engine, vectors.shape[1], len(vectors), rows())


def fitting(words: list[str], most: int = LONGEST) -> list[str]:
    """Return the last of the words, as many as fit into so many bytes with spaces between.

    What comes first is the names of the documents that hold a text, which may be any number.

    >>> fitting(["a", "b", "pier", "é"], 9), fitting(["a", "b"], 3)
    (['b', 'pier', 'é'], ['a', 'b'])
    """
    size, kept = -1, len(words)
    while kept and (size := size + 1 + len(words[kept - 1].encode())) <= most:
        kept -= 1
    return words[kept:]


def load_hosted(
    home: Path, engine: EngineRecord, chunks: npt.NDArray[np.int64], languages: Sequence[str]
) -> tuple[HostedDense, HostedLexical | Lexical]:
    """Open a written collection. Raises `FootnoteError` where the server does not answer.

    `languages` are those of the documents.
    """
    owners = np.asarray(chunks[:, 0])
    collection = Collection(engine.uri, engine.collection)
    dense = HostedDense(collection, owners)
    if not engine.words:
        return dense, Lexical.load(home / _LEXICAL, languages=languages)
    frequencies = Frequencies.load(home / _FREQUENCIES)
    return dense, HostedLexical(collection, owners, frequencies, languages)
