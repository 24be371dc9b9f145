"""Two questions asked at once: "What does it cost, and is it returnable?". Pure functions."""

import re

from qa.retrieval.query import AUXILIARY

MAX_QUESTIONS = 3
"""Questions in one that are answered one after the other; of more, none is taken apart."""

MIN_WORDS = 3
"""Words of each: "and when?" belongs to the question before it."""

MAX_WORDS = 30
"""Words of all together; the parts of a longer one rather describe one thing."""

_SUBJECT = r"(?:the|an?|it|he|she|they|we|you|i|this|that|these|those|there|my|your|our|any)"
_ASKS = (
    r"(?:(?:who|whom|whose|what|when|where|why|how|which)\b"
    rf"|{AUXILIARY}\s+(?:{_SUBJECT}\b|(?-i:[A-Z])))"
)
_BEGINS = re.compile(rf"\W*{_ASKS}", re.IGNORECASE)
_BREAK = re.compile(rf"\?+\s+(?=\S)|,?\s+and\s+(?={_ASKS})", re.IGNORECASE)


def split_questions(question: str) -> list[str]:
    """Return the questions that are asked at once, in order; mostly one.

    >>> split_questions("What does it cost and is it returnable?")
    ['What does it cost?', 'is it returnable?']
    >>> split_questions("When and where was it? "), split_questions("What did he say and do?")
    (['When and where was it?'], ['What did he say and do?'])
    """
    parts = [part.strip().rstrip("?").strip() for part in _BREAK.split(question)]
    parts = [part for part in parts if part]
    whole = all(_BEGINS.match(part) and len(part.split()) >= MIN_WORDS for part in parts)
    few = 1 < len(parts) <= MAX_QUESTIONS and len(question.split()) <= MAX_WORDS
    if not (whole and few):
        return [question.strip()]
    return [f"{part}?" for part in parts]
