"""Normalise answers for comparison: two that differ only in form become the same."""

import re
import string

_OPENING_ARTICLE = re.compile(r"(?:^(?i:an?|the)|(?<!\S)(?:an?|the))(?=\s)")
_IN_NUMBER = re.compile(
    r"(?<=\d),(?=\d{3}(?!\d))"  # "2,100" is "2100".
    r"|((?<=\d)[.,:/-](?=\d)|(?<!\S)-(?=\d))"
    rf"|[{re.escape(string.punctuation)}]"
)


def normalised(text: str) -> str:
    """Return text normalised as in SQuAD: lower case, without punctuation, articles and spaces.

    >>> normalised("The  2% of its GDP!")
    '2 of its gdp'
    """
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", kept).split())


def comparable(text: str) -> str:
    """Return text in the form in which answers are compared: like `normalised`, but numbers, dates
    and versions stay what they are, and so does a letter that is a name.

    >>> comparable("The 2.5% (of 2,100)"), comparable("a -5 °C"), comparable("Vitamin A")
    ('2.5 of 2100', '-5 °c', 'vitamin a')
    """
    kept = _IN_NUMBER.sub(lambda match: match[1] or "", _OPENING_ARTICLE.sub(" ", text.strip()))
    return " ".join(kept.lower().split())
