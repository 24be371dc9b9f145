"""How likely something is, in words and as a percentage."""

PROBABILITY_WORDS = (
    (0.9, "very likely"),
    (0.66, "likely"),
    (0.5, "more likely than not"),
    (0.33, "about as likely as not"),
    (0.1, "unlikely"),
    (0.0, "very unlikely"),
)
"""Lower bounds of probabilities and their names, after the scale of the IPCC reports."""


def format_probability(probability: float) -> str:
    """Return a probability in words and as a percentage.

    >>> format_probability(0.94)
    'very likely, 94%'
    """
    return f"{probability_words(probability)}, {probability_percent(probability)}"


def probability_words(probability: float) -> str:
    return next(words for least, words in PROBABILITY_WORDS if probability >= least)


def probability_percent(probability: float) -> str:
    return f"{min(probability, 0.99):.0%}"  # No machine reading is certain.
