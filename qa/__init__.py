"""An index becomes answers.

>>> import qa
>>> qa.ask("Who hosted the Secretary General in Tokyo?").text       # doctest: +SKIP
"""

from qa.answer import Answer, Citation, ask
from qa.retrieve import Passage, retrieve

__all__ = ["Answer", "Citation", "Passage", "ask", "retrieve"]
