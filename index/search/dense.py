"""Vectors -> a FAISS index, and back by similarity. The only faiss import.

Few vectors are all compared with the question. Many lie in lists around centres, in 8 bits; the
lists nearest to the question are looked through, and what is found there is put in order by the
vectors themselves, which lie in the same file. Files are mapped into memory, not read.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.cpu import processors
from index.errors import FootnoteError, IndexDamaged
from index.search.engine import RowNumbers, count_lists

FLAT = "Flat"

EXACT = 5_000
"""Vectors up to which all are compared with the question: 1 ms on one core; see
tests/bench/growth.py."""

RECALL = 0.99
"""Part of the 10 nearest vectors that an index of many has to find, measured as it is built for
what lies halfway between two of its vectors, about as far from all passages as a question is.
Twice as many lists as that takes are looked through, since there are questions that lie farther
off."""

_SAMPLE = 39
"""Vectors for each centre from which the centres are found; FAISS warns below these."""
_REFINED = 2
"""How many times as many rows as are wanted are put in order by the vectors themselves."""
_SLAB = 50_000
_TRIED = 100
"""Vectors with which the share that is found is measured."""

Report = Callable[[int, int], None]


def choose_kind(count: int) -> str:
    """Return FAISS's name of the index for so many vectors.

    >>> choose_kind(5_000), choose_kind(10_000), choose_kind(1_000_000)
    ('Flat', 'IVF256,SQ8', 'IVF4096,SQ8')
    """
    if count <= EXACT:
        return FLAT
    most = 2 ** math.floor(math.log2(count / _SAMPLE))
    return f"IVF{min(count_lists(count), most)},SQ8"


def check_kind(kind: str) -> None:
    """Raise `FootnoteError` for a name of an index that is never made, whatever the vectors."""
    if kind != FLAT and not kind.startswith("IVF"):
        raise FootnoteError(
            f"{kind!r} is no index that Footnote builds; name {FLAT}, or one of FAISS's that "
            "begins with IVF, such as --faiss IVF1024,SQ8."
        )


class Dense:
    """Unit vectors, searched by inner product, which for them is the cosine."""

    def __init__(self, faiss_index: faiss.Index):
        self._index = faiss_index
        refined = isinstance(faiss_index, faiss.IndexRefine)
        parts: Any = faiss_index
        self._all = faiss.downcast_index(parts.refine_index) if refined else faiss_index
        base = faiss.downcast_index(parts.base_index) if refined else None
        self._lists = base if isinstance(base, faiss.IndexIVF) else None

    @classmethod
    def from_vectors(
        cls,
        vectors: npt.NDArray[np.float32],
        kind: str = FLAT,
        report: Report = lambda done, total: None,
        like: "Dense | None" = None,
    ) -> "Dense":
        """Index vectors of shape (n, dimension), float32, each of norm 1.

        `kind` is "Flat" or one of FAISS's names that begin with IVF; `choose_kind` gives one. The
        centres are those of `like`, an index of that kind, as long as they suit these vectors too.
        Raises `FootnoteError` where FAISS cannot make it of these vectors.
        """
        vectors = np.ascontiguousarray(vectors)
        count, dimension = vectors.shape
        check_kind(kind)
        before = like._lists if like else None
        faiss.omp_set_num_threads(processors())
        try:
            name = kind if kind == FLAT else f"{kind},RFlat"
            made = faiss.index_factory(dimension, name, faiss.METRIC_INNER_PRODUCT)
            dense = cls(made)
            if dense._lists:
                if before and before.nlist == dense._lists.nlist:
                    centres = before.quantizer.reconstruct_n(0, before.nlist)
                    dense._lists.quantizer.add(centres)  # FAISS finds none, then.
                some = np.random.default_rng(0).permutation(count)[: _SAMPLE * dense._lists.nlist]
                made.train(vectors[np.sort(some)])
            for first in range(0, count, _SLAB):
                if first:
                    report(first, count)
                made.add(vectors[first : first + _SLAB])
        except RuntimeError as error:
            reason = str(error).rpartition("Error: ")[2].strip()
            raise FootnoteError(
                f"FAISS cannot make the index {kind!r} of {count:,} vectors of {dimension} "
                f"dimensions ({reason}). Name another, such as --faiss IVF1024,SQ8, or leave "
                "--faiss out."
            ) from error
        dense._look_far_enough(vectors)
        if before and dense._lists and dense._lists.nprobe > 2 * before.nprobe:
            return cls.from_vectors(vectors, kind, report)
        return dense

    @classmethod
    def load(cls, path: Path) -> "Dense":
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        except RuntimeError as error:
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

        Only rows `among` these are looked at, if given. In an index of many, rows that are nearer
        may be missed (`RECALL`), but never so that fewer are returned, and no others are.
        """
        if vector.shape != (self.dimension,):
            raise ValueError(f"a vector of shape {vector.shape}, expected ({self.dimension},)")
        faiss.omp_set_num_threads(1)  # One question is done before other threads are awake.
        count, chosen = len(self), None
        if among is not None:
            count, chosen = len(among), _only(among, len(self))
        top_k = min(top_k, count)
        if not top_k:
            return {}
        if count > EXACT and self._lists:
            found = self._approximately(self._lists, vector, top_k, chosen, len(self) / count)
            if len(found) == top_k:
                return found
        params = faiss.SearchParameters(sel=chosen) if chosen else None  # type: ignore[call-arg]
        return _rows(*self._all.search(vector[np.newaxis], top_k, params=params))

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the stored vectors of these rows: shape (len(rows), dimension), float32."""
        return np.asarray(self._all.reconstruct_batch(np.asarray(rows, dtype=np.int64)))

    def _approximately(
        self,
        lists: faiss.IndexIVF,
        vector: npt.NDArray[np.float32],
        top_k: int,
        chosen: faiss.IDSelector | None = None,
        wider: float = 1.0,
    ) -> dict[int, float]:
        """Search an index of many, `wider` times as far as it would otherwise."""
        far = min(lists.nlist, math.ceil(lists.nprobe * wider))
        base = faiss.SearchParametersIVF(nprobe=far, sel=chosen)  # type: ignore[call-arg]
        params = faiss.IndexRefineSearchParameters(  # type: ignore[call-arg]
            k_factor=_REFINED, base_index_params=base
        )
        return _rows(*self._index.search(vector[np.newaxis], top_k, params=params))

    def _look_far_enough(self, vectors: npt.NDArray[np.float32]) -> None:
        """Set how many lists are looked through, so that `RECALL` of the nearest are found."""
        lists = self._lists
        if lists is None:
            return
        some = np.random.default_rng(1).permutation(len(vectors))[: 2 * _TRIED]
        between = vectors[some[::2]][: len(some) // 2] + vectors[some[1::2]]
        _, nearest = faiss.knn(between, vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)
        faiss.omp_set_num_threads(1)
        lists.nprobe = min(2, lists.nlist)
        while True:
            found = [self._approximately(lists, vector, 10) for vector in between]
            hits = sum(len(set(a) & set(b)) for a, b in zip(found, nearest.tolist(), strict=True))
            lists.nprobe = min(lists.nlist, 2 * lists.nprobe)
            if lists.nprobe == lists.nlist or hits >= RECALL * nearest.size:
                return


def _only(among: RowNumbers, count: int) -> faiss.IDSelector:
    """Return FAISS's selector of these of so many rows: a bit for each."""
    inside = np.zeros(count, dtype=bool)
    inside[np.asarray(among, dtype=np.int64)] = True
    bits = np.packbits(inside, bitorder="little")
    return faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]


def _rows(scores: npt.NDArray[np.float32], found: npt.NDArray[np.int64]) -> dict[int, float]:
    """Return what FAISS found for one question; -1 stands for nothing."""
    pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
    return {row: score for row, score in pairs if row >= 0}
