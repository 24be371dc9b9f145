"""Vectors -> a FAISS index, and back by similarity. The only faiss import."""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.errors import IndexDamaged


class Dense:
    """Unit vectors, searched exactly by inner product, which for them is the cosine."""

    def __init__(self, faiss_index: faiss.Index):
        self._index = faiss_index

    @classmethod
    def from_vectors(cls, vectors: npt.NDArray[np.float32]) -> "Dense":
        """Index vectors of shape (n, dimension), float32, each of norm 1."""
        faiss_index = faiss.IndexFlatIP(vectors.shape[1])
        faiss_index.add(np.ascontiguousarray(vectors))
        return cls(faiss_index)

    @classmethod
    def load(cls, path: Path) -> "Dense":
        try:
            return cls(faiss.read_index(str(path)))
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
        self, vector: npt.NDArray[np.float32], top_k: int, *, among: Sequence[int] | None = None
    ) -> dict[int, float]:
        """Return the `top_k` nearest rows with their cosines, best first; fewer if fewer exist.

        Only rows `among` these are looked at, if given.
        """
        if vector.shape != (self.dimension,):
            raise ValueError(f"a vector of shape {vector.shape}, expected ({self.dimension},)")
        count, chosen = len(self), None
        if among is not None:
            count = len(among)
            rows = np.asarray(among, dtype=np.int64)
            chosen = faiss.SearchParameters(sel=faiss.IDSelectorBatch(rows))  # type: ignore[call-arg]
        top_k = min(top_k, count)
        if not top_k:
            return {}
        scores, found = self._index.search(vector[np.newaxis], top_k, params=chosen)
        return dict(zip(found[0].tolist(), scores[0].tolist(), strict=True))

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the stored vectors of these rows: shape (len(rows), dimension), float32."""
        return np.asarray(self._index.reconstruct_batch(np.asarray(rows, dtype=np.int64)))
