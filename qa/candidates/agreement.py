"""Passages that give the same answer support each other: they share their odds, and none of them
counts against another.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.search.terms import extract_terms
from qa.candidates.bounds import whole_span
from qa.candidates.normalise import comparable
from qa.reader.decode import Reading
from qa.retrieval.query import Query
from qa.retrieval.rerank import Passage


def best_words(passage: Passage, reading: Reading, query: Query) -> str:
    """Return the best span of a passage, to compare with others.

    "" if it only repeats the question, unless that offers a choice: "Oslo or Bergen?".
    """
    for proposal in reading.proposals[:1]:
        start, end = whole_span(passage.text, proposal.start, proposal.end)
        words = passage.text[start:end]
        if query.choice or not set(extract_terms(words)) <= query.words:
            return comparable(words)
    return ""


def is_same(one: str, other: str) -> bool:
    """Whether two answers are the same, or one holds the other: "no", "no not to oslo".

    Both are as `comparable` returns them.

    >>> is_same("12 march", "12 march 2024"), is_same("1", "12"), is_same("", "")
    (True, False, False)
    """
    return bool(one and other) and (f" {one} " in f" {other} " or f" {other} " in f" {one} ")


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
                if other == number or is_same(words, answer)
            ]
        )
        for number, answer in enumerate(answers)
    ]
    return np.array(together, dtype=np.float64) - total
