"""The logistic function, which turns the logarithm of odds into a probability. Pure."""

import math
from typing import overload

import numpy as np
import numpy.typing as npt


@overload
def sigmoid(odds: float) -> float: ...
@overload
def sigmoid(odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]: ...
def sigmoid(odds: float | npt.NDArray[np.float64]) -> float | npt.NDArray[np.float64]:
    """Return 1 / (1 + exp(-odds)), of a number or of each number of an array of any shape.

    Nothing overflows, because only exponentials of negative numbers are taken.

    >>> sigmoid(0.0), sigmoid(-1000.0), sigmoid(1000.0)
    (0.5, 0.0, 1.0)
    >>> sigmoid(np.array([0.0, -1000.0, 1000.0])).tolist()
    [0.5, 0.0, 1.0]
    """
    if isinstance(odds, np.ndarray):
        powers = np.exp(-np.abs(odds))
        return np.asarray(np.where(odds >= 0, 1.0, powers) / (1 + powers), dtype=np.float64)
    power = math.exp(-abs(odds))
    return (1.0 if odds >= 0 else power) / (1 + power)


def lower_odds(probability: float, penalty: float) -> float:
    """Return the probability whose log odds are lower by `penalty`.

    >>> round(lower_odds(0.5, 1.0), 3)
    0.269
    """
    rest = (1 - probability) * math.exp(penalty)
    return probability / (probability + rest)
