"""A question and an index -> rows: found by meaning and by words, the two fused.

A question that leans on what was said before is searched for with that beside it. What rows stand
for, and their order for a reader, is left to `retrieve`.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index import Generation
from index.encode.encoder import Encoder
from index.search.engine import RowNumbers

DENSE_WEIGHT = 0.45
"""Share of the cosine in a fused score where the encoder knows the language, the rest is BM25's;
measured, as are the two below, by tests/bench/quality.py."""

KNOWN = 0.8
"""Familiarity from which an encoder counts as knowing a language."""

LEAST = 0.15
"""Part of DENSE_WEIGHT that is left where it does not know a word."""

CANDIDATES = 100
"""Chunks taken from each of the two searches."""

LEANING_DENSE = 2 / 3
"""Part of the cosine's share that is left to it where a question leans on what was said before:
its meaning is less its own than its words are."""

MOST_CONTEXT = 7.0
"""Words, each as rare as can be, that what was said before weighs at most beside the question."""

MOST_BESIDE = 3.0
"""How many times the weight of the question's own words that may be at most, where these weigh
as much as one word that is as rare as can be."""

OWN_MEANING = 1.2
"""Words, each as rare as can be, at which a question's own meaning counts for half of it; these
four, and the weights of `converse`, are from: python tests/bench/follow_ups.py DATA --fit"""


_beside = ThreadPoolExecutor(thread_name_prefix="words")
"""Searches by words while a question is embedded; both leave Python to other threads."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search finds, in `generation` or in some of its documents, `among` their numbers.

    `scores` holds for each row its "dense", "lexical" and "fused" scores, the best first. `vector`
    is what rows are compared with by meaning, `words` the BM25 scores of rows, and `most` the
    highest such score that is possible.
    """

    question: str
    generation: Generation
    among: Sequence[int] | None
    vector: npt.NDArray[np.float32]
    words: Mapping[int, float]
    most: float
    scores: Mapping[int, Mapping[str, float]]

    @property
    def best(self) -> int | None:
        """The row that is found first; None where there is none."""
        return next(iter(self.scores), None)

    def own(self, row: int) -> tuple[float, float]:
        """Return the cosine of a row and its BM25 score, also where it was not found."""
        vectors = self.generation.dense.vectors([row])
        return float(vectors[0] @ self.vector), self.words.get(row, 0.0)


def search(
    question: str,
    generation: Generation,
    encoder: Encoder,
    *,
    depth: int = CANDIDATES,
    among: Sequence[int] | None = None,
) -> Found:
    """Return the rows nearest to a question by meaning and by words.

    `depth` rows are looked at in each of the two searches, of the documents of the numbers `among`
    these, if given.
    """
    rows = _rows(generation, among)
    by_words = _beside.submit(_by_words, question, generation, depth, rows)
    vector = encoder.embed_question(question)
    by_meaning = generation.dense.search(vector, depth, among=rows)
    words, most = by_words.result()
    scores = _scores(generation, vector, by_meaning, words, most)
    return Found(question, generation, among, vector, words, most, scores)


def search_leaning(found: Found, said: str, before: str, encoder: Encoder) -> Found:
    """Return what is found for a question together with what it leans on.

    `said` are the words that were said before, those twice that count twice; `before` is the last
    of it, which gives the question its meaning. The fewer words a question has, and the commoner
    they are, the more it takes from both. Scores are those of the question and of what it leans on
    in one, so that they compare with those of `search`.
    """
    generation, rows = found.generation, _rows(found.generation, found.among)
    rare = generation.lexical.most_of_a_word()
    beside = generation.lexical.search(said, CANDIDATES, among=rows)
    weight = generation.lexical.most_possible(said)
    room = MOST_CONTEXT * rare
    if found.most >= rare:
        room = min(room, MOST_BESIDE * found.most)
    part = min(1.0, room / weight) if weight else 0.0
    words = {
        row: found.words.get(row, 0.0) + part * beside.get(row, 0.0)
        for row in dict.fromkeys((*found.words, *beside))
    }
    own = found.most / (found.most + OWN_MEANING * rare)
    vector = own * found.vector + (1 - own) * encoder.embed_question(f"{before} {found.question}")
    most = found.most + part * weight
    by_meaning = generation.dense.search(vector, CANDIDATES, among=rows)
    scores = _scores(generation, vector, by_meaning, words, most, LEANING_DENSE)
    return Found(found.question, generation, found.among, vector, words, most, scores)


def _by_words(
    question: str, generation: Generation, depth: int, rows: RowNumbers | None
) -> tuple[dict[int, float], float]:
    """Return the BM25 scores of the rows that are found by words, and the most possible one."""
    lexical = generation.lexical
    return lexical.search(question, depth, among=rows), lexical.most_possible(question)


def _rows(generation: Generation, among: Sequence[int] | None) -> RowNumbers | None:
    return None if among is None else generation.rows_of(among)


def _scores(
    generation: Generation,
    vector: npt.NDArray[np.float32],
    dense: dict[int, float],
    words: Mapping[int, float],
    most: float,
    part: float = 1.0,
) -> dict[int, dict[str, float]]:
    """Return the fused scores of the rows of both searches, best first.

    `part` is what is left of the cosine's share.
    """
    only_words = [row for row in words if row not in dense]
    if only_words:
        cosines = generation.dense.vectors(only_words) @ vector
        dense |= dict(zip(only_words, cosines.tolist(), strict=True))
    share = part * dense_weight(generation.familiarities(list(dense)))
    fused = fuse(dense, words, most=most, share=share)
    return dict(sorted(fused.items(), key=lambda found: (-found[1]["fused"], found[0])))


def dense_weight(familiarity: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the share of the cosine for documents of languages so well known to the encoder."""
    return DENSE_WEIGHT * (LEAST + (1 - LEAST) * np.minimum(1.0, np.asarray(familiarity) / KNOWN))


def fuse(
    dense: Mapping[int, float],
    lexical: Mapping[int, float],
    *,
    most: float,
    share: float | npt.NDArray[np.float64] = DENSE_WEIGHT,
) -> dict[int, dict[str, float]]:
    """Return for each row of either search its "dense", "lexical" and "fused" scores.

    A convex combination of the two (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for
    Hybrid Retrieval", 2023). BM25 is divided by `most`, the highest score that is possible for
    the question, so that one rare word that is found does not outweigh five that are not.
    `share` is that of the cosine in a row's score: one for all, or one for each of `dense` and
    then each further one of `lexical`.

    >>> fuse({1: 0.8, 2: 0.4}, {2: 5.0}, most=10.0, share=0.5)[2]
    {'dense': 0.4, 'lexical': 0.5, 'fused': 0.45}
    """
    rows = list(dict.fromkeys((*dense, *lexical)))
    cosines = np.array([dense.get(row, 0.0) for row in rows])
    words = np.array([lexical.get(row, 0.0) for row in rows]) / (most or 1.0)
    fused = share * cosines + (1 - share) * words
    columns = zip(rows, cosines.tolist(), words.tolist(), fused.tolist(), strict=True)
    return {row: {"dense": c, "lexical": w, "fused": f} for row, c, w, f in columns}
