"""Search an index by meaning and by words, and fuse the two scores of each row.

A follow-up question is searched for together with its context. Turning rows into passages, and
reordering them by a reader, is left to `rerank`.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from index import Generation
from index.per_process import PerProcess
from index.search.engine import RowNumbers
from qa.retrieval.together import share_together

DENSE_WEIGHT = 0.45
"""Weight of the cosine in a fused score where the encoder knows the language; the rest is BM25's.
Measured, like the next two, by tests/bench/quality.py."""

KNOWN_LANGUAGE = 0.8
"""Familiarity from which the encoder counts as knowing a language."""

MIN_DENSE_SHARE = 0.15
"""Fraction of DENSE_WEIGHT that remains for a language of which the encoder knows no word."""

CANDIDATES = 100
"""Rows taken from each of the two searches."""

TOGETHER_WEIGHT = 0.15
"""What is added to the fused score of a row of which one sentence holds all words of the question;
measured by tests/bench/quality.py."""

TOGETHER_ROWS = 12
"""Rows, from the best, whose sentences are looked at."""

CONTEXT_DENSE_SHARE = 2 / 3
"""Fraction of the cosine's weight that remains for a follow-up question: its embedding is less its
own than its words are."""

MAX_CONTEXT_WEIGHT = 7.0
"""Limit of the context's weight beside the question, in words of maximal rarity."""

MAX_CONTEXT_RATIO = 3.0
"""Limit of the context's weight as a multiple of the question's own, where the question weighs at
least one word of maximal rarity."""

OWN_MEANING_HALF = 1.2
"""Weight of a question, in words of maximal rarity, at which its own embedding counts for half.
These four, and the weights of `follow_up`, come from: tests/bench/follow_ups.py DATA --fit"""

_lexical_threads = PerProcess(lambda: ThreadPoolExecutor(thread_name_prefix="words"))
"""Run the lexical search while the question is embedded; both release Python's lock."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The rows found for a question in `opened`, or in those of its documents numbered `among`.

    `scores` maps each row to its "dense", "lexical" and "fused" score, best first. `vector` is the
    embedding that rows are compared with, `words` the BM25 score of each row, and `score_limit` the
    highest BM25 score that is possible for the question.
    """

    question: str
    opened: Generation
    among: Sequence[int] | None
    vector: npt.NDArray[np.float32]
    words: Mapping[int, float]
    score_limit: float
    scores: Mapping[int, Mapping[str, float]]

    @property
    def best(self) -> int | None:
        """The row with the highest score; None where there is none."""
        return next(iter(self.scores), None)

    def own_scores(self, row: int) -> tuple[float, float]:
        """Return the cosine and the BM25 score of a row, whether it was found or not."""
        (cosine,) = self.opened.encoder.compare(self.opened.dense.vectors([row]), self.vector)
        return cosine, self.words.get(row, 0.0)


def search(
    question: str,
    opened: Generation,
    *,
    depth: int = CANDIDATES,
    among: Sequence[int] | None = None,
) -> SearchResult:
    """Return the rows nearest to a question, at least `depth` of each search where there are.

    `among` restricts the search to the documents of these numbers.
    """
    depth = max(depth, CANDIDATES)
    rows = _find_rows(opened, among)
    by_words = _lexical_threads.get().submit(_search_by_words, question, opened, depth, rows)
    vector = opened.encoder.embed_question(question)
    by_meaning = opened.dense.search(vector, depth, among=rows)
    words, score_limit = by_words.result()
    scores = _fuse_scores(opened, vector, by_meaning, words, score_limit=score_limit)
    scores = _add_together(question, opened, scores)
    return SearchResult(question, opened, among, vector, words, score_limit, scores)


def search_in_context(alone: SearchResult, context: str, previous: str) -> SearchResult:
    """Search again for a question, together with the context that it depends on.

    `context` holds the words to search for beside the question's own, repeated where they count
    more; `previous` is the exchange before, which the embedding of the question is mixed with. The
    fewer and commoner the question's own words, the more it takes from both. Scores compare with
    those of `search`.
    """
    opened, rows = alone.opened, _find_rows(alone.opened, alone.among)
    rare = opened.lexical.term_score_limit()
    beside = opened.lexical.search(context, CANDIDATES, among=rows)
    weight = opened.lexical.score_limit(context)
    room = MAX_CONTEXT_WEIGHT * rare
    if alone.score_limit >= rare:
        room = min(room, MAX_CONTEXT_RATIO * alone.score_limit)
    part = min(1.0, room / weight) if weight else 0.0
    words = {
        row: alone.words.get(row, 0.0) + part * beside.get(row, 0.0)
        for row in dict.fromkeys((*alone.words, *beside))
    }
    own = alone.score_limit / (alone.score_limit + OWN_MEANING_HALF * rare)
    embedded = opened.encoder.embed_question(f"{previous} {alone.question}")
    vector = own * alone.vector + (1 - own) * embedded
    score_limit = alone.score_limit + part * weight
    by_meaning = opened.dense.search(vector, CANDIDATES, among=rows)
    scores = _fuse_scores(
        opened, vector, by_meaning, words, score_limit=score_limit, dense_share=CONTEXT_DENSE_SHARE
    )
    return SearchResult(alone.question, opened, alone.among, vector, words, score_limit, scores)


def _search_by_words(
    question: str, opened: Generation, depth: int, rows: RowNumbers | None
) -> tuple[dict[int, float], float]:
    """Return the BM25 scores of the rows that were found, and the highest possible score."""
    lexical = opened.lexical
    return lexical.search(question, depth, among=rows), lexical.score_limit(question)


def _find_rows(opened: Generation, among: Sequence[int] | None) -> RowNumbers | None:
    return None if among is None else opened.rows_of_documents(among)


def _fuse_scores(
    opened: Generation,
    vector: npt.NDArray[np.float32],
    dense: dict[int, float],
    words: Mapping[int, float],
    *,
    score_limit: float,
    dense_share: float = 1.0,
) -> dict[int, dict[str, float]]:
    """Return the scores of the rows of both searches, best first.

    `dense_share` is the fraction that remains of the cosine's weight.
    """
    encoder = opened.encoder
    only_words = [row for row in words if row not in dense]
    dense = {row: encoder.rescale(cosine) for row, cosine in dense.items()}
    if only_words:
        cosines = encoder.compare(opened.dense.vectors(only_words), vector)
        dense |= dict(zip(only_words, cosines, strict=True))
    share = dense_share * dense_weight(opened.familiarities(list(dense)))
    fused = fuse(dense, words, score_limit=score_limit, share=share)
    return dict(sorted(fused.items(), key=lambda found: (-found[1]["fused"], found[0])))


def _add_together(
    question: str, opened: Generation, scores: dict[int, dict[str, float]]
) -> dict[int, dict[str, float]]:
    """Return the scores, higher for rows of which a sentence holds much of the question."""
    rows = list(islice(scores, TOGETHER_ROWS))
    shares = share_together(question, opened, rows)
    better = {
        row: {**scores[row], "fused": scores[row]["fused"] + TOGETHER_WEIGHT * share}
        for row, share in zip(rows, shares, strict=True)
    }
    order = sorted(better, key=lambda row: (-better[row]["fused"], row))
    return {row: better[row] for row in order} | {
        row: found for row, found in scores.items() if row not in better
    }


def dense_weight(familiarity: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the cosine's weight for documents whose language is so familiar to the encoder."""
    known = np.minimum(1.0, np.asarray(familiarity) / KNOWN_LANGUAGE)
    return DENSE_WEIGHT * (MIN_DENSE_SHARE + (1 - MIN_DENSE_SHARE) * known)


def fuse(
    dense: Mapping[int, float],
    lexical: Mapping[int, float],
    *,
    score_limit: float,
    share: float | npt.NDArray[np.float64] = DENSE_WEIGHT,
) -> dict[int, dict[str, float]]:
    """Return the "dense", "lexical" and "fused" scores of each row of either search.

    A convex combination of the two (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for
    Hybrid Retrieval", 2023). BM25 is divided by `score_limit`, the highest score that is possible
    for the question, so that one rare word that is found does not outweigh five that are missing.
    `share` is the weight of the cosine: one for all rows, or one for each row of `dense` followed
    by those only in `lexical`.

    >>> fuse({1: 0.8, 2: 0.4}, {2: 5.0}, score_limit=10.0, share=0.5)[2]
    {'dense': 0.4, 'lexical': 0.5, 'fused': 0.45}
    """
    rows = list(dict.fromkeys((*dense, *lexical)))
    cosines = np.array([dense.get(row, 0.0) for row in rows])
    words = np.array([lexical.get(row, 0.0) for row in rows]) / (score_limit or 1.0)
    fused = share * cosines + (1 - share) * words
    columns = zip(rows, cosines.tolist(), words.tolist(), fused.tolist(), strict=True)
    return {row: {"dense": c, "lexical": w, "fused": f} for row, c, w, f in columns}
