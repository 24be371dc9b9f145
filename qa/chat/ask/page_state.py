"""What a page and the server tell each other of what is open there."""

from dataclasses import dataclass

MOST_CHOSEN = 1000
"""Documents that a question can be restricted to."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page and the server share.

    `conversation` is the id of the one that is shown, `documents` are the ids of those that are
    asked, all where there are none, and `editing` is the id of the turn whose question is in the
    box. With `alone`, that question is understood without what was said before. It comes from a
    browser and is trusted in nothing.
    """

    conversation: str = ""
    documents: tuple[str, ...] = ()
    editing: str = ""
    alone: bool = False

    @classmethod
    def of(cls, value: object) -> "Desk":
        """Return a desk from what a browser sent; what is none of it is left out.

        >>> Desk.of({"conversation": 5, "documents": ["a.txt", None]})
        Desk(conversation='', documents=('a.txt',), editing='', alone=False)
        """
        sent = value if isinstance(value, dict) else {}
        texts = {name: sent.get(name) for name in ("conversation", "editing")}
        documents = sent.get("documents")
        chosen = documents[:MOST_CHOSEN] if isinstance(documents, list) else []
        return cls(
            **{name: text for name, text in texts.items() if isinstance(text, str)},
            documents=tuple(found for found in chosen if isinstance(found, str)),
            alone=sent.get("alone") is True,
        )
