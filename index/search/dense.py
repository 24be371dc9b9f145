"""Search by meaning with FAISS. The only faiss import.

A small index compares the question with every vector. A large one holds the vectors in inverted
lists around centroids, in 8 bits: it scans the lists nearest to the question, and ranks the hits
by the original vectors, which are in the same file. Large files are memory-mapped.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.cpu import available_cpus
from index.errors import FootnoteError, IndexDamaged
from index.search.engine import RowNumbers, count_lists
from index.search.file_sizes import MAX_READ_BYTES

FLAT = "Flat"
"""FAISS's name of an index that compares the question with every vector."""

MAX_EXACT_VECTORS = 5_000
"""Vectors up to which the search is exhaustive: 1 ms on one core; see tests/bench/growth.py."""

TARGET_RECALL = 0.99
"""Share of the 10 nearest vectors that a large index has to find. It is measured at build time with
points halfway between two of its vectors, which are about as far from all passages as a question
is. A search scans twice as many lists as this takes, since some questions are farther away."""

_VECTORS_PER_CENTROID = 39
"""Training vectors per centroid; FAISS warns below this number."""
_REFINE_FACTOR = 2
"""How many times `top_k` hits are ranked by the original vectors."""
_ADD_BATCH = 50_000
"""Vectors added between two progress reports."""
_RECALL_QUERIES = 100
"""Points for which the recall is measured."""

OnProgress = Callable[[int, int], None]
"""Called with the number of vectors added and the total number."""


def choose_faiss_kind(count: int) -> str:
    """Return FAISS's name of the index type for so many vectors.

    >>> choose_faiss_kind(5_000), choose_faiss_kind(10_000), choose_faiss_kind(1_000_000)
    ('Flat', 'IVF256,SQ8', 'IVF4096,SQ8')
    """
    if count <= MAX_EXACT_VECTORS:
        return FLAT
    trainable = 2 ** math.floor(math.log2(count / _VECTORS_PER_CENTROID))
    return f"IVF{min(count_lists(count), trainable)},SQ8"


def check_faiss_kind(kind: str) -> None:
    """Raise `FootnoteError` for an index type that Footnote does not build."""
    if kind != FLAT and not (isinstance(kind, str) and kind.startswith("IVF")):
        raise FootnoteError(
            f"{kind!r:.40} is not a FAISS index type that Footnote builds. Choose {FLAT} or a type "
            "that begins with IVF, such as --faiss IVF1024,SQ8."
        )


class DenseIndex:
    """Unit vectors, searched by inner product, which is their cosine."""

    def __init__(self, faiss_index: faiss.Index):
        self._index = faiss_index
        refined = isinstance(faiss_index, faiss.IndexRefine)
        parts: Any = faiss_index
        self._exact = faiss.downcast_index(parts.refine_index) if refined else faiss_index
        base = faiss.downcast_index(parts.base_index) if refined else None
        self._lists = base if isinstance(base, faiss.IndexIVF) else None

    @classmethod
    def from_vectors(
        cls,
        vectors: npt.NDArray[np.float32],
        kind: str = FLAT,
        report: OnProgress = lambda done, total: None,
        previous: "DenseIndex | None" = None,
    ) -> "DenseIndex":
        """Index vectors of shape (n, dimension), float32, each of norm 1.

        `kind` is "Flat" or a FAISS index type that begins with IVF, such as `choose_faiss_kind`
        returns. The centroids of `previous`, an index of that kind, are reused as long as they
        suit these vectors too. Raises `FootnoteError` if FAISS cannot build it.
        """
        vectors = np.ascontiguousarray(vectors)
        check_faiss_kind(kind)
        previous_lists = previous._lists if previous else None
        with _threads(available_cpus()):
            dense = cls._from_vectors(vectors, kind, report, previous_lists)
        if previous_lists and dense._lists and dense._lists.nprobe > 2 * previous_lists.nprobe:
            return cls.from_vectors(vectors, kind, report)
        return dense

    @classmethod
    def _from_vectors(
        cls,
        vectors: npt.NDArray[np.float32],
        kind: str,
        report: OnProgress,
        previous_lists: "faiss.IndexIVF | None",
    ) -> "DenseIndex":
        """Index the vectors as `from_vectors` does, even if the centroids do not suit them."""
        count, dimension = vectors.shape
        try:
            name = kind if kind == FLAT else f"{kind},RFlat"
            faiss_index = faiss.index_factory(dimension, name, faiss.METRIC_INNER_PRODUCT)
            dense = cls(faiss_index)
            if lists := dense._lists:
                if previous_lists and previous_lists.nlist == lists.nlist:
                    centroids = previous_lists.quantizer.reconstruct_n(0, lists.nlist)
                    lists.quantizer.add(centroids)  # FAISS then trains no centroids.
                order = np.random.default_rng(0).permutation(count)
                sample = order[: _VECTORS_PER_CENTROID * lists.nlist]
                faiss_index.train(vectors[np.sort(sample)])
            for first in range(0, count, _ADD_BATCH):
                if first:
                    report(first, count)
                faiss_index.add(vectors[first : first + _ADD_BATCH])
        except RuntimeError as error:
            reason = str(error).rpartition("Error: ")[2].strip()
            raise FootnoteError(
                f"FAISS cannot build the index {kind!r} from {count:,} vectors of {dimension} "
                f"dimensions ({reason}). Choose another type, such as --faiss IVF1024,SQ8, or "
                "omit --faiss."
            ) from error
        dense._tune_probes(vectors)
        return dense

    @classmethod
    def load(cls, path: Path) -> "DenseIndex":
        """Open a written index. Raises `IndexDamaged`."""
        try:
            mapped = path.stat().st_size > MAX_READ_BYTES
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if mapped else 0))
        except (OSError, RuntimeError) as error:
            raise IndexDamaged(f"{path.name} is not a FAISS index: {error}") from error

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def search(
        self, vector: npt.NDArray[np.float32], top_k: int, *, among: RowNumbers | None = None
    ) -> dict[int, float]:
        """Return the `top_k` nearest rows with their cosines, best first; fewer if fewer exist.

        `among` limits the search to these rows. A large index may miss some of the nearest rows
        (`TARGET_RECALL`) and return farther ones for them, but never fewer than `top_k`.
        """
        if vector.shape != (self.dimension,):
            raise ValueError(f"a vector of shape {vector.shape}, expected ({self.dimension},)")
        with _threads(1):  # One search ends before other threads have woken up.
            return self._search(vector, top_k, among)

    def _search(
        self, vector: npt.NDArray[np.float32], top_k: int, among: RowNumbers | None
    ) -> dict[int, float]:
        count, selector = len(self), None
        if among is not None:
            count, selector = len(among), _row_selector(among, len(self))
        top_k = min(top_k, count)
        if not top_k:
            return {}
        if count > MAX_EXACT_VECTORS and self._lists:
            hits = self._search_lists(self._lists, vector, top_k, selector, len(self) / count)
            if len(hits) == top_k:
                return hits
        params = None
        if selector:
            params = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        return _scores_by_row(*self._exact.search(vector[np.newaxis], top_k, params=params))

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the stored vectors of these rows: shape (len(rows), dimension), float32."""
        return np.asarray(self._exact.reconstruct_batch(np.asarray(rows, dtype=np.int64)))

    def _search_lists(
        self,
        lists: faiss.IndexIVF,
        vector: npt.NDArray[np.float32],
        top_k: int,
        selector: faiss.IDSelector | None = None,
        probe_factor: float = 1.0,
    ) -> dict[int, float]:
        """Search the nearest lists, `probe_factor` times as many as tuned."""
        probes = min(lists.nlist, math.ceil(lists.nprobe * probe_factor))
        base = faiss.SearchParametersIVF(nprobe=probes, sel=selector)  # type: ignore[call-arg]
        params = faiss.IndexRefineSearchParameters(  # type: ignore[call-arg]
            k_factor=_REFINE_FACTOR, base_index_params=base
        )
        return _scores_by_row(*self._index.search(vector[np.newaxis], top_k, params=params))

    def _tune_probes(self, vectors: npt.NDArray[np.float32]) -> None:
        """Set the number of lists to scan so that the search reaches `TARGET_RECALL`."""
        lists = self._lists
        if lists is None:
            return
        pairs = np.random.default_rng(1).permutation(len(vectors))[: 2 * _RECALL_QUERIES]
        queries = vectors[pairs[::2]][: len(pairs) // 2] + vectors[pairs[1::2]]
        _, nearest = faiss.knn(queries, vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)
        lists.nprobe = min(2, lists.nlist)
        while True:
            with _threads(1):
                found = [self._search_lists(lists, vector, 10) for vector in queries]
            hits = sum(len(set(a) & set(b)) for a, b in zip(found, nearest.tolist(), strict=True))
            lists.nprobe = min(lists.nlist, 2 * lists.nprobe)
            if lists.nprobe == lists.nlist or hits >= TARGET_RECALL * nearest.size:
                return


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Have FAISS use so many threads within a block, when it is called from this thread."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _row_selector(among: RowNumbers, count: int) -> faiss.IDSelector:
    """Return FAISS's selector of these among `count` rows, one bit per row."""
    inside = np.zeros(count, dtype=bool)
    inside[np.asarray(among, dtype=np.int64)] = True
    bits = np.packbits(inside, bitorder="little")
    return faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]


def _scores_by_row(
    scores: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
) -> dict[int, float]:
    """Return FAISS's result for one question as scores by row; row -1 stands for no hit."""
    pairs = zip(rows[0].tolist(), scores[0].tolist(), strict=True)
    return {row: score for row, score in pairs if row >= 0}
