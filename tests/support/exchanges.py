"""Past exchanges for follow-up questions."""

from dataclasses import dataclass

from qa.citation import Citation


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the text of its answer; a `PastExchange`."""

    question: str
    text: str
    answered: bool = True
    citations: tuple[Citation, ...] = ()
