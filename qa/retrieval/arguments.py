"""Check a question and its numbers: the same from code, the terminal, HTTP and MCP."""

from numbers import Integral, Real
from typing import Any

from index.errors import InvalidArgument
from index.text.canonical import is_unicode

MAX_QUESTION = 2000
"""Limit of a question's characters; the encoder reads about half as many."""

DEFAULT_TOP_K = 5
"""Passages that are returned if no number is given."""

MAX_TOP_K = 1_000_000
"""The most passages that one call may ask for."""


def check_question(question: str) -> str:
    """Return the question stripped of white space. Raises `InvalidArgument` for an unusable one."""
    if not isinstance(question, str):
        raise InvalidArgument("question is not a string. Give the question as a string.")
    question = question.strip()
    if not any(character.isalnum() for character in question):
        raise InvalidArgument("The question is empty. Ask something, such as: Who signed it?")
    if not is_unicode(question):
        raise InvalidArgument("The question is not valid text. Type it again in UTF-8.")
    if len(question) > MAX_QUESTION:
        raise InvalidArgument(
            f"The question has {len(question):,} characters; at most {MAX_QUESTION:,} are read. "
            "Shorten it to what you want to know."
        )
    return question


def check_top_k(top_k: Any, *, limit: int = MAX_TOP_K) -> int:
    """Return a number of passages. Raises `InvalidArgument` unless it is 1 to `limit`."""
    if _is_number(top_k, Integral) and 1 <= top_k <= limit:
        return int(top_k)
    raise InvalidArgument(
        f"top_k is {top_k!r:.40}; ask for 1 passage or more: a number from 1 to {limit:,}."
    )


def check_threshold(threshold: Any) -> float:
    """Return the lowest probability of an answer. Raises `InvalidArgument` unless it is 0 to 1.

    >>> check_threshold(1)
    1.0
    """
    if _is_number(threshold, Real) and 0 <= threshold <= 1:
        return float(threshold)
    raise InvalidArgument(f"threshold is {threshold!r:.40}; give a number from 0 to 1.")


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
