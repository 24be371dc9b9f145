"""A question and its passages -> the words that may answer, each with a probability.

The reader proposes spans in each passage; their scores compare across passages, since it was
trained so. Its word is joined with that of `evidence`, which weighs the sentences around the spans
without it: the two err on different questions. A logistic model adds up what is known, and gives
the probability that a span answers. Its weights are fitted by `fit` on labelled questions. Without
a reader, whole sentences are weighed. What to do with the probability is decided in `answer`.
"""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from index.encode.encoder import Encoder
from index.search.lexical import terms
from qa.candidates.sentences import touched, weigh, weigh_odds
from qa.reader.reader import Reading
from qa.retrieval.hybrid import KNOWN
from qa.retrieval.query import Asked, negates, numbers_of, share
from qa.retrieval.rerank import RANK, READ, Passage, rank, shortness

SPANS = 3
"""Spans taken from each passage that was read; they do not overlap."""

SENTENCE = 1.0
"""Weight of a sentence's evidence beside the reader's in the order of spans."""

EMBEDDED = 3
"""Sentences whose meaning is compared beside the reader; comparing more changes hardly anything."""

WRONG_KIND = 6.0
"""What the logit of answering loses for a span that cannot be the kind of thing that is asked for.
Set by hand: labelled questions hold too few to fit it."""

_NO_EVIDENCE = -6.0
"""What counts as the evidence of a passage whose sentences are not weighed."""

FEATURES = (
    "constant",
    "answers",
    "share",
    "span",
    "sentence",
    "dense",
    "lexical",
    "ahead",
    "words in passage",
    "name missing",
    "unfamiliar",
    "not negated",
)
"""What is known of a span, in the order of `WEIGHTS`."""

WEIGHTS = (-0.74, 0.2, 1.38, -0.07, 0.13, 1.36, 0.9, 2.24, -1.36, -0.36, -1.33, -4.96)
"""Logarithm of the odds that a feature adds; from:
python -m qa.training.calibrate DATA --reader FOLDER"""


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
    found, features = spans(question, passages, encoder)
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
    question: str,
    passages: Sequence[Passage],
    encoder: Encoder,
    *,
    weights: Mapping[str, float] = RANK,
) -> tuple[list[tuple[Passage, int, int]], npt.NDArray[np.float64]]:
    """Return the best spans of the passages that were read, the best first, and their features.

    A span is the better, the larger its part of its passage's odds and the passage's of all odds,
    and the stronger the evidence of its sentence. The second array has the shape (spans,
    len(FEATURES)). "share" is the logarithm of the passage's share in the odds of all passages,
    with `weights` as in `rank`, and "span" that of the span's in its passage; "sentence" is the
    logarithm of the odds of its sentence in `evidence`, "ahead" by how much the cosine of the best
    passage surpasses those of the others. What a reader says of a language that it does not know
    may speak against a span but not for it.
    """
    asked = Asked.of(question)
    found: list[tuple[Passage, int, int]] = []
    rows: list[list[float]] = []
    wrong: list[float] = []
    places = rank(question, passages, weights=weights)
    places -= np.logaddexp.reduce(places) if len(places) else 0.0
    read = [(passage, passage.reading) for passage in passages if passage.reading]
    order = np.argsort(-places, kind="stable").tolist()
    weighed = weigh_odds(question, [read[i][0] for i in order], encoder, embedded=EMBEDDED)
    evidence = {(id(passage), start, end): odds for passage, start, end, odds in weighed}
    ahead = _ahead([passage.scores["dense"] for passage in passages[:READ]])
    said = "\n".join(passage.text for passage, _ in read)
    told = numbers_of(said)
    short = shortness(question)  # A long one may negate many things.
    for (passage, reading), place in zip(read, places.tolist(), strict=True):
        known = min(1.0, reading.familiarity / KNOWN)
        title = set(terms(passage.document.title))
        around = title | set(terms(passage.text))
        for start, end, score, another in _apart(passage, reading, asked, told):
            end = asked.whole_name(passage.text, end)
            span = (passage.chunk.start + start, passage.chunk.start + end)
            around_it = touched(passage, *span)
            evident = max(
                (evidence.get((id(passage), *sentence), _NO_EVIDENCE) for sentence in around_it),
                default=_NO_EVIDENCE,
            )
            words = passage.text[start:end]
            text = " ".join(passage.document.text[first:last] for first, last in around_it)
            near = title | set(terms(text))
            found.append((passage, *span))
            other = asked.kind_wrong(words, said) or asked.names_another(words, near) or another
            wrong.append(WRONG_KIND * other)
            rows.append(
                [
                    1.0,
                    min(reading.answers, known * reading.answers) - wrong[-1],
                    place,
                    score - reading.mass,
                    evident,
                    passage.scores["dense"],
                    passage.scores["lexical"],
                    ahead,
                    share(asked.words, around),
                    float(not asked.names <= near),
                    1.0 - known,
                    short * (asked.negated and not negates(text)),
                ]
            )
    features = np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))
    columns = dict(zip(FEATURES, features.T, strict=True))
    good = columns["share"] + columns["span"] + SENTENCE * columns["sentence"]
    best = np.argsort(np.array(wrong) - good, kind="stable")
    return [found[i] for i in best], features[best]


def less(candidate: Candidate, odds: float) -> Candidate:
    """Return a candidate whose probability, and that alone, lost so much of its odds' logarithm.

    >>> round(less(Candidate(None, 0, 1, 0.5, 0.5), 1.0).probability, 3)
    0.269
    """

    def lost(probability: float) -> float:
        rest = (1 - probability) * math.exp(odds)
        return probability / (probability + rest)

    return replace(candidate, probability=lost(candidate.probability), alone=lost(candidate.alone))


def _ahead(cosines: Sequence[float]) -> float:
    """Return by how much the highest surpasses the mean of the others, 0 where there are none."""
    best, *others = sorted(cosines, reverse=True) or [0.0]
    return best - sum(others) / len(others) if others else 0.0


def _apart(
    passage: Passage, reading: Reading, asked: Asked, told: Set[str]
) -> list[tuple[int, int, float, bool]]:
    """Return the best proposals that do not overlap a better one.

    Those that run over the end of a sentence are left out where others do not. The last of each
    says whether its sentence is about another number than the question; those come last.
    """
    first = passage.chunk.start
    proposals = [(p.start, p.end, p.score, False) for p in reading.proposals]
    whole = [p for p in proposals if len(touched(passage, first + p[0], first + p[1])) < 2]
    proposals = proposals if asked.wants_sentence else whole or proposals
    if asked.numbers & told:
        proposals = [
            (*p[:3], _numbers_another(passage, p[0], p[1], asked, told)) for p in proposals
        ]
        proposals.sort(key=lambda proposal: proposal[3])
    kept: list[tuple[int, int, float, bool]] = []
    for start, end, score, another in proposals:
        if len(kept) == SPANS:
            break
        if not any(start < after and before < end for before, after, _, _ in kept):
            kept.append((start, end, score, another))
    return kept


def _numbers_another(passage: Passage, start: int, end: int, asked: Asked, told: Set[str]) -> bool:
    first = passage.chunk.start
    around = "".join(
        passage.document.text[a : max(a, min(b, first + start))]
        + " … "
        + passage.document.text[min(b, max(a, first + end)) : b]
        for a, b in touched(passage, first + start, first + end)
    )
    return asked.numbers_another(around, told)


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
