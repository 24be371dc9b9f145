"""Normalise answers for comparison: two that differ only in form become the same."""

import re
import string

_OPENING_ARTICLE = re.compile(r"(?:^(?i:an?|the)|(?<!\S)(?:an?|the))(?=\s)")
_IN_NUMBER = re.compile(
    r"(?<=\d),(?=\d{3}(?!\d))"  # "2,100" is "2100".
    r"|((?<=\d)[.,:/-](?=\d)|(?<!\S)-(?=\d)|(?<=\w)[+#]+(?!\w))"
    rf"|[{re.escape(string.punctuation)}]"
)

_AS_TYPED = str.maketrans(
    "\u2010\u2011\u2013\u2014\u2212\u2018\u2019\u201c\u201d\u201e", "-----''" + 3 * '"'
)
"""Signs of typography, each with what a keyboard has for it."""


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

    >>> comparable("The 2.5% (of 2,100)"), comparable("a \\u22125 °C"), comparable("C++ or C#")
    ('2.5 of 2100', '-5 °c', 'c++ or c#')
    """
    typed = _OPENING_ARTICLE.sub(" ", text.translate(_AS_TYPED).strip())
    kept = _IN_NUMBER.sub(lambda match: match[1] or "", typed)
    return " ".join(kept.lower().split())
