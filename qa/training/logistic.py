"""Features of candidates and which of them are right -> weights, probabilities and thresholds.

There are two models: one ranks candidates, the other gives the probability of each.
Pure, but for `print_weights`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa.sigmoid import sigmoid

RANK_RIDGE = 0.001
"""L2 penalty on the weights that rank."""

Floats = npt.NDArray[np.float64]

ANSWERLESS_WEIGHT = 0.7
"""How much a question without an answer counts for the probability that words are right: half of
these questions have none, but of those that people ask, fewer."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The features of one question's candidates, shape (n, features), and which are right.

    `weight` is how much they count beside those of other questions.
    """

    features: Floats
    right: npt.NDArray[np.bool_]
    weight: float = 1.0


def fit_rank(groups: Sequence[Sequence[Sample]]) -> Floats:
    """Return the weights that rank the right candidates first.

    Maximises the logarithm of their share of the softmax (Cao et al., "Learning to Rank: From
    Pairwise Approach to Listwise Approach", 2007) by Newton's method. All
    groups have the same weight.
    """
    first = next(sample for group in groups for sample in group)
    weights = np.zeros(first.features.shape[1])
    for _ in range(50):
        slope, curve = -RANK_RIDGE * weights, RANK_RIDGE * np.eye(len(weights))
        for group in groups:
            for sample in group:
                odds = sample.features @ weights
                share = np.exp(odds - np.logaddexp.reduce(odds))
                gold = np.where(sample.right, share, 0.0)
                apart = sample.features - share @ sample.features
                slope += (gold / gold.sum()) @ apart / len(group)
                curve += (apart.T * share) @ apart / len(group)
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-4:
            break
    return _with_constant(weights, groups)


def _with_constant(weights: Floats, groups: Sequence[Sequence[Sample]]) -> Floats:
    """Return the weights with the constant under which the mean probability is the accuracy.

    The ranking does not depend on it.
    """
    odds = [sample.features[:, 1:] @ weights[1:] for group in groups for sample in group]
    right = np.concatenate([sample.right for group in groups for sample in group]).mean()
    low, high = -50.0, 50.0
    while high - low > 1e-6:
        constant = (low + high) / 2
        mean = sigmoid(np.concatenate(odds) + constant).mean()
        low, high = (constant, high) if mean < right else (low, constant)
    return np.array([low, *weights[1:]])


def fit_weights(groups: Sequence[Sequence[Sample]], *, ridge: float = 0.1) -> Floats:
    """Fit a logistic regression to all candidates by Newton's method and return its weights.

    The groups count the same, however many samples they have.
    """
    largest = max(map(len, groups))
    samples = [sample for group in groups for sample in group]
    counts = [
        largest * sample.weight / sum(other.weight for other in group)
        for group in groups
        for sample in group
    ]
    features = np.vstack([sample.features for sample in samples])
    right = np.concatenate([sample.right for sample in samples]).astype(float)
    count = np.repeat(counts, [len(sample.right) for sample in samples])
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        probability = sigmoid(features @ weights)
        slope = features.T @ (count * (right - probability)) - ridge * weights
        curve = (features.T * (count * probability * (1 - probability))) @ features
        step = np.linalg.solve(curve + ridge * np.eye(len(weights)), slope)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def judge_best(samples: Sequence[Sample], weights: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the probability of each question's best candidate, and whether that one is right."""
    best = [(sample, int(np.argmax(sample.features @ weights))) for sample in samples]
    odds = np.array([sample.features[i] @ weights for sample, i in best])
    return sigmoid(odds), np.array([sample.right[i] for sample, i in best])


def fit_threshold(probability: Floats, right: npt.NDArray[np.bool_], *, wrong: float) -> float:
    """Return the lowest threshold at which at most the share `wrong` of answers is wrong.

    >>> right = np.array([True, False, True, False])
    >>> fit_threshold(np.array([0.9, 0.7, 0.6, 0.2]), right, wrong=0.4)
    0.6
    """
    order = np.argsort(-probability)
    share = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share <= wrong)
    return float(probability[order][enough[-1]]) if len(enough) else 1.0


def fit_limit(
    probability: Floats, answerable: npt.NDArray[np.bool_], counts: Floats, *, true: float
) -> float:
    """Return the highest limit below which at least the share `true` of questions has no answer.

    `counts` are the weights of the questions; all have the shape (n,).

    >>> answerable = np.array([False, False, True, False])
    >>> fit_limit(np.array([0.1, 0.2, 0.3, 0.4]), answerable, np.ones(4), true=0.9)
    0.3
    """
    order = np.argsort(probability)
    wrong = np.cumsum((counts * answerable)[order]) / np.cumsum(counts[order])
    enough = np.flatnonzero(wrong <= 1 - true)
    above = [*probability[order][1:].tolist(), 1.0]
    return float(above[enough[-1]]) if len(enough) else 0.0


def print_weights(title: str, names: Sequence[str], weights: Floats) -> None:
    print(title)
    for name, weight in zip(names, weights.tolist(), strict=True):
        print(f"  {name:20s} {weight:6.2f}")
