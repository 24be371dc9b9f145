"""Passages that give the same answer support each other: they share their odds, and none of them
counts against another.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.search.terms import extract_terms
from qa.candidates.bounds import whole_span
from qa.candidates.normalise import normalised
from qa.reader.decode import Reading
from qa.retrieval.query import Query
from qa.retrieval.rerank import Passage


def best_words(passage: Passage, reading: Reading, query: Query) -> str:
    """Return the best span of a passage, normalised; "" if it only repeats the question."""
    for proposal in reading.proposals[:1]:
        start, end = whole_span(passage.text, proposal.start, proposal.end)
        words = passage.text[start:end]
        if not set(extract_terms(words)) <= query.words:
            return normalised(words)
    return ""


def share_odds(
    log_odds: npt.NDArray[np.float64], answers: Sequence[str]
) -> npt.NDArray[np.float64]:
    """Return the log of each passage's share in the odds of all passages.

    Passages with the same answer share theirs: to say the same is to support each other.

    >>> share_odds(np.log([3.0, 1.0, 2.0]), ["Oslo", "", "Oslo"]).round(3).tolist()
    [-0.182, -1.792, -0.182]
    """
    total = np.logaddexp.reduce(log_odds) if len(log_odds) else 0.0
    together = [
        np.logaddexp.reduce(
            [
                odds
                for other, (odds, words) in enumerate(zip(log_odds, answers, strict=True))
                if other == number or (words and words == answer)
            ]
        )
        for number, answer in enumerate(answers)
    ]
    return np.array(together, dtype=np.float64) - total


def lead_of_best(passages: Sequence[tuple[float, str]]) -> float:
    """Return the highest cosine less the mean of the others; 0 if there are no others.

    Each passage comes with its answer; others that give the answer of the best one do not count.
    """
    if not passages:
        return 0.0
    best = max(range(len(passages)), key=lambda number: passages[number][0])
    cosine, answer = passages[best]
    others = [
        other
        for number, (other, words) in enumerate(passages)
        if number != best and not (words and words == answer)
    ]
    return cosine - sum(others) / len(others) if others else 0.0
