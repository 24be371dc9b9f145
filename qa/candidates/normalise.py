"""Text as it is compared: two answers that differ only in form are the same."""

import re
import string


def normalised(text: str) -> str:
    """Return text as SQuAD compares it: lower case, without punctuation, articles and spaces.

    >>> normalised("The  2% of its GDP!")
    '2 of its gdp'
    """
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", kept).split())
