"""A question and its passages -> the words that may answer, each with a probability.

The reader proposes spans in each passage; their scores compare across passages, since it was
trained so. A logistic model adds what it says to the evidence of words and names, and gives the
probability that a span answers. Its weights are fitted by `fit` on labelled questions. Without a
reader, `evidence` weighs whole sentences instead. What to do with the probability is decided in
`answer`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.embed import Encoder
from index.lexical import terms
from qa.evidence import weigh
from qa.question import Asked, share
from qa.reader import Reading
from qa.retrieve import KNOWN, RANK, Passage, rank

SPANS = 3
"""Spans taken from each passage that was read; they do not overlap."""

FEATURES = (
    "constant",
    "answers",
    "share",
    "span",
    "dense",
    "lexical",
    "words in passage",
    "name missing",
    "unfamiliar",
)
"""What is known of a span, in the order of `WEIGHTS`."""

WEIGHTS = (-0.90, 0.35, 1.32, -0.05, 2.90, -0.14, -1.79, -0.34, -1.31)
"""Logarithm of the odds that a feature adds; from: python -m qa.fit DATA --reader FOLDER"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A range of a passage's document that may answer, in characters, end exclusive.

    `probability` is that of its being the answer, between 0 and 1. `alone` is the same where no
    other passage is looked at: two passages that contradict each other may both be likely alone.
    """

    passage: Passage
    start: int
    end: int
    probability: float
    alone: float

    @property
    def text(self) -> str:
        return self.passage.document.text[self.start : self.end]


def read(question: str, passages: Sequence[Passage], encoder: Encoder) -> list[Candidate]:
    """Return what may answer in the passages that were read, the likeliest first.

    Where none was read, without a reader, these are whole sentences.
    """
    if not any(passage.reading for passage in passages):
        return [Candidate(*found, found[-1]) for found in weigh(question, passages, encoder)]
    found, features = spans(question, passages)
    odds = features @ np.array(WEIGHTS)
    parts = features[:, FEATURES.index("span")]
    features[:, FEATURES.index("share")] = 0.0
    alone = features @ np.array(WEIGHTS)
    best: dict[int, int] = {}
    candidates = []
    for i, place in enumerate(found):
        # What is fitted is the best span of a passage; another is as much less likely.
        first = best.setdefault(id(place[0]), i)
        less = math.exp(min(0.0, parts[i] - parts[first]))
        one, other = _probability(odds[first]) * less, _probability(alone[first]) * less
        candidates.append(Candidate(*place, one, other))
    return candidates


def spans(
    question: str, passages: Sequence[Passage], *, weights: Mapping[str, float] = RANK
) -> tuple[list[tuple[Passage, int, int]], npt.NDArray[np.float64]]:
    """Return the best spans of the passages that were read, the best first, and their features.

    A span is the better, the larger its part of its passage's odds and the passage's of all odds.
    The second array has the shape (spans, len(FEATURES)). "share" is the logarithm of the
    passage's share in the odds of all passages, with `weights` as in `rank`, and "span" that of the
    span's in its passage. What a reader says of a language that it does not know may speak against
    a span but not for it.
    """
    asked = Asked.of(question)
    found: list[tuple[Passage, int, int]] = []
    rows: list[list[float]] = []
    places = rank(question, passages, weights=weights)
    places -= np.logaddexp.reduce(places) if len(places) else 0.0
    read = [(passage, passage.reading) for passage in passages if passage.reading]
    for (passage, reading), place in zip(read, places.tolist(), strict=True):
        known = min(1.0, reading.familiarity / KNOWN)
        around = set(terms(f"{passage.document.title}\n{passage.text}"))
        for start, end, score in _apart(reading):
            found.append((passage, passage.chunk.start + start, passage.chunk.start + end))
            rows.append(
                [
                    1.0,
                    min(reading.answers, known * reading.answers),
                    place,
                    score - reading.mass,
                    passage.scores["dense"],
                    passage.scores["lexical"],
                    share(asked.words, around),
                    float(not asked.names <= around),
                    1.0 - known,
                ]
            )
    features = np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))
    parts = features[:, [FEATURES.index("share"), FEATURES.index("span")]].sum(axis=1)
    order = np.argsort(-parts, kind="stable")
    return [found[i] for i in order], features[order]


def _apart(reading: Reading) -> list[tuple[int, int, float]]:
    """Return the best proposals that do not overlap a better one."""
    kept: list[tuple[int, int, float]] = []
    for proposal in reading.proposals:
        if len(kept) == SPANS:
            break
        if not any(proposal.start < end and start < proposal.end for start, end, _ in kept):
            kept.append((proposal.start, proposal.end, proposal.score))
    return kept


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
