"""Metrics that compare an answer with the expected one, and a probability with the truth. Pure.

Answers are compared by SQuAD's definitions (Rajpurkar, Zhang, Lopyrev and Liang, "SQuAD: 100,000+
Questions for Machine Comprehension of Text", 2016).
"""

from collections import Counter
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from qa.candidates.normalise import normalised

RIGHT_F1 = 0.5
"""Token F1 with an expected answer from which an answer in exact words counts as right."""

DocumentRange: TypeAlias = tuple[str, int, int]
"""A document's id, and the start and end of a range of its characters, end exclusive."""


def count_overlap(one: DocumentRange, other: DocumentRange) -> int:
    """Return the number of characters that two ranges have in common.

    >>> count_overlap(("a", 0, 10), ("a", 8, 20)), count_overlap(("a", 0, 10), ("b", 0, 10))
    (2, 0)
    """
    return max(0, min(one[2], other[2]) - max(one[1], other[1])) if one[0] == other[0] else 0


def exact_match(found: str, expected: str) -> float:
    """Return 1 if two answers are the same after SQuAD's normalisation, else 0."""
    return float(normalised(found) == normalised(expected))


def token_f1(found: str, expected: str) -> float:
    """Return SQuAD's F1 score of the tokens of two answers.

    >>> token_f1("on Tuesday morning", "Tuesday")
    0.5
    """
    one, other = normalised(found).split(), normalised(expected).split()
    if not one or not other:
        return float(one == other)
    same = sum((Counter(one) & Counter(other)).values())
    return 2 * same / (len(one) + len(other))


def auroc(higher: npt.NDArray[np.float64], lower: npt.NDArray[np.float64]) -> float:
    """Return the probability that a value of `higher` exceeds one of `lower`; ties count half.

    >>> auroc(np.array([0.9, 0.5]), np.array([0.5, 0.1]))
    0.875
    """
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, side="left")
    up_to = np.searchsorted(ordered, higher, side="right")
    return float((below + up_to).mean() / (2 * len(lower)))


def calibration_error(
    probability: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], *, bins: int = 10
) -> float:
    """Return the expected calibration error: the mean gap between probability and accuracy.

    There are `bins` of equal width (Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated
    Probabilities Using Bayesian Binning", 2015).
    """
    place = np.minimum((probability * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(probability[place == b].mean() - right[place == b].mean()) * (place == b).mean()
            for b in np.unique(place)
        )
    )
