"""Normalise answers for comparison: two that differ only in form become the same."""

import re
import string


def normalised(text: str) -> str:
    """Return text normalised as in SQuAD: lower case, without punctuation, articles and spaces.

    >>> normalised("The  2% of its GDP!")
    '2 of its gdp'
    """
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", kept).split())
