"""The cosines of an encoder, brought to the scale of the bundled one.

With one encoder unrelated texts have a cosine near 0 and a question and its answer 0.6, with
another 0.75 and 0.9. What weighs a cosine was fitted with the bundled encoder, so that those of
others are mapped linearly: what unrelated texts have and what questions and their answers have
become what these have with the bundled one.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

BUNDLED_SCALE = (0.0515, 0.4742)
"""What `measure_scale` returns for the bundled encoder, which a test checks."""

MIN_DIFFERENCE = 0.02
"""Difference of the two below which an encoder tells nothing apart, and its cosines stay."""

_PAIRS = (
    (
        "Who built the first bridge over the river?",
        "The oldest crossing was completed in 1841 by the engineer Anna Lindqvist.",
    ),
    (
        "How long do refunds take?",
        "Money is returned to the card of the buyer within ten working days.",
    ),
    (
        "What does the blue lamp on the pump mean?",
        "If the light flashes blue, the filter is full and has to be replaced.",
    ),
    (
        "When does the ferry leave on Sundays?",
        "On weekends the boat to the islands departs at nine in the morning.",
    ),
    (
        "Which vitamin do oranges contain?",
        "Citrus fruits are rich in ascorbic acid, which protects from scurvy.",
    ),
    (
        "Why did the company lose money last year?",
        "The annual loss was due to higher prices of steel and fewer orders from abroad.",
    ),
    (
        "Where do swallows spend the winter?",
        "These birds leave in autumn and stay south of the Sahara until spring.",
    ),
    (
        "How many days of leave does an employee have?",
        "Staff are entitled to twenty-eight days of paid holiday each calendar year.",
    ),
    (
        "Who wrote the opera about the miller?",
        "The composer finished his work on the life of a poor mill owner in 1902.",
    ),
    (
        "What is the password policy?",
        "Log-in secrets must have twelve characters and be changed when they are leaked.",
    ),
    (
        "How deep is the lake?",
        "At its lowest point the bottom lies 212 metres below the surface of the water.",
    ),
    (
        "Can the contract be ended early?",
        "Either party may terminate this agreement with three months' written notice.",
    ),
    (
        "What causes the tides?",
        "The sea rises and falls because the moon attracts the water of the oceans.",
    ),
    (
        "Which languages are spoken in the valley?",
        "The inhabitants talk Romansh at home and German at school.",
    ),
    (
        "Who won the chess tournament?",
        "After eleven rounds the youngest player took first place ahead of the champion.",
    ),
    (
        "How is the cheese made?",
        "Milk is curdled with rennet, pressed into wheels and left to ripen in a cellar.",
    ),
)
"""Questions, each with a passage that answers it and no other."""

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]


def measure_scale(embed_questions: Embed, embed_passages: Embed) -> tuple[float, float]:
    """Return the mean cosine of unrelated questions and passages, and that of matching ones.

    Both functions return unit vectors, one a text.
    """
    questions, passages = zip(*_PAIRS, strict=True)
    cosines = embed_questions(questions) @ embed_passages(passages).T
    matching = np.eye(len(_PAIRS), dtype=bool)
    return float(cosines[~matching].mean()), float(cosines[matching].mean())


def to_bundled_scale(cosine: float, scale: tuple[float, float]) -> float:
    """Return a cosine of an encoder with this `scale` as one of the bundled encoder.

    >>> round(to_bundled_scale(0.7, (0.7, 0.9)), 4), round(to_bundled_scale(0.9, (0.7, 0.9)), 4)
    (0.0515, 0.4742)
    """
    unrelated, matching = scale
    if matching - unrelated < MIN_DIFFERENCE:
        return cosine
    low, high = BUNDLED_SCALE
    return low + (high - low) * (cosine - unrelated) / (matching - unrelated)
