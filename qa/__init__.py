"""An index becomes answers.

>>> import qa
>>> qa.ask("Who hosted the Secretary General in Tokyo?").text       # doctest: +SKIP
"""

from qa.answer import NOT_FOUND, THRESHOLD, Answer, Citation, ask
from qa.reader import NONE
from qa.retrieve import MAX_QUESTION, Passage, retrieve
from qa.suggest import suggest

__all__ = [
    "MAX_QUESTION",
    "NONE",
    "NOT_FOUND",
    "THRESHOLD",
    "Answer",
    "Citation",
    "Passage",
    "ask",
    "retrieve",
    "suggest",
]
