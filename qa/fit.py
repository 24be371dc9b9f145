"""Labelled questions -> the weights of `read` and the threshold of `answer`.

    python -m qa.fit DATA

DATA is a folder of question sets, each with `corpus.jsonl` ({"id", "text"}) and `questions.jsonl`
({"question", "answers": [{"doc_id", "start", "end"}], "gold_docs"}). A set is indexed as documents
of its own; each of its questions is asked, and a half of those with an answer once more with the
documents that hold it taken out, so that "not in the documents" is learnt too.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.embed import Encoder, load_encoder
from qa.evaluate import index_corpus, read_questions
from qa.measure import calibration_error, shared
from qa.read import FEATURES, evidence
from qa.retrieve import retrieve

SETS = ("train/squad2_part", "train/nq_open_gold", "train/squad11_extra13")
"""Wikipedia with and without answers, and questions that people typed into a search box."""

PRECISION = 2 / 3
"""Share of right answers among those shown, over all the sets, that the threshold keeps to."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One question: its sentences' features, shape (n, len(FEATURES)), and which of them answer."""

    features: npt.NDArray[np.float64]
    right: npt.NDArray[np.bool_]
    answerable: bool


def collect(folder: Path, encoder: Encoder, *, limit: int, seed: int = 0) -> Iterator[Sample]:
    """Yield a sample for each of up to `limit` questions of a set, drawn at random."""
    with tempfile.TemporaryDirectory() as target:
        generation, names = index_corpus(folder / "corpus.jsonl", Path(target), encoder=encoder)
        questions = read_questions(folder)
        chance = random.Random(seed)
        chance.shuffle(questions)
        for question in questions[:limit]:
            passages = retrieve(question.question, index=generation, top_k=10, encoder=encoder)
            again = question.answerable and chance.random() < 0.5
            for taken_out in (False, True)[: 1 + again]:
                left = [
                    passage
                    for passage in passages
                    if not (taken_out and names[passage.document.id] in question.gold_docs)
                ]
                found, features = evidence(question.question, left, encoder)
                right = [
                    any(
                        shared(
                            (names[passage.document.id], start, end),
                            (answer.doc_id, answer.start, answer.end),
                        )
                        for answer in question.answers
                    )
                    for passage, start, end in found
                ]
                if found:
                    answerable = question.answerable and not taken_out
                    yield Sample(features, np.array(right, dtype=bool), answerable)


def fit_weights(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    """Return the weights of a logistic model, by Newton's method with a ridge of 0.1."""
    features = np.vstack([sample.features for sample in samples])
    right = np.concatenate([sample.right for sample in samples]).astype(float)
    weights = np.zeros(features.shape[1])
    for _ in range(30):
        probability = 1 / (1 + np.exp(-(features @ weights)))
        slope = features.T @ (right - probability) - 0.1 * weights
        curve = (features.T * (probability * (1 - probability))) @ features
        step = np.linalg.solve(curve + 0.1 * np.eye(len(weights)), slope)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def judge(
    samples: Sequence[Sample], weights: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return the probability of each question's best sentence, and whether that one is right."""
    best = [(sample, int(np.argmax(sample.features @ weights))) for sample in samples]
    odds = np.array([sample.features[i] @ weights for sample, i in best])
    return 1 / (1 + np.exp(-odds)), np.array([sample.right[i] for sample, i in best])


def fit_threshold(
    probability: npt.NDArray[np.float64],
    right: npt.NDArray[np.bool_],
    *,
    precision: float = PRECISION,
) -> float:
    """Return the lowest probability from which at least that share of answers is right.

    >>> fit_threshold(np.array([0.9, 0.7, 0.6, 0.2]), np.array([True, False, True, False]))
    0.6
    """
    order = np.argsort(-probability)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= precision)
    return float(probability[order][enough[-1]]) if len(enough) else 1.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m qa.fit", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of question sets")
    parser.add_argument("--limit", type=int, default=2000, help="questions of each set at most")
    arguments = parser.parse_args()
    encoder = load_encoder()
    samples: list[Sample] = []
    for name in SETS:
        samples += collect(arguments.data / name, encoder, limit=arguments.limit)
        print(f"{name}: {len(samples)} questions so far", file=sys.stderr)
    weights = fit_weights(samples)
    for feature, weight in zip(FEATURES, weights, strict=True):
        print(f"{feature:20s} {weight:6.2f}")
    probability, right = judge(samples, weights)
    print(f"{'threshold':20s} {fit_threshold(probability, right):6.2f}")
    for name in ("dev/squad2_dev", "dev/clapnq_dev"):
        held_out = list(collect(arguments.data / name, encoder, limit=arguments.limit))
        probability, right = judge(held_out, weights)
        print(f"{name}: calibration error {calibration_error(probability, right):.3f}")


if __name__ == "__main__":
    main()
