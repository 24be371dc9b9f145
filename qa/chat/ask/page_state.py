"""The state that the page and the server exchange with each question."""

from dataclasses import dataclass

MAX_SELECTED_DOCUMENTS = 1000
"""Documents that a question can be restricted to."""


@dataclass(frozen=True, slots=True)
class PageState:
    """What is open on the page. It comes from a browser, so nothing in it is trusted.

    `conversation` is the id of the conversation shown. `documents` are the ids of the documents to
    search; empty means all. `editing` is the id of the turn whose question is being edited. With
    `alone`, that question is answered without the conversation before it.
    """

    conversation: str = ""
    documents: tuple[str, ...] = ()
    editing: str = ""
    alone: bool = False

    @classmethod
    def parse(cls, value: object) -> "PageState":
        """Return the state that a browser sent; invalid fields get their defaults.

        >>> PageState.parse({"conversation": 5, "documents": ["a.txt", None]})
        PageState(conversation='', documents=('a.txt',), editing='', alone=False)
        """
        sent = value if isinstance(value, dict) else {}
        texts = {name: sent.get(name) for name in ("conversation", "editing")}
        documents = sent.get("documents")
        selected = documents[:MAX_SELECTED_DOCUMENTS] if isinstance(documents, list) else []
        return cls(
            **{name: text for name, text in texts.items() if isinstance(text, str)},
            documents=tuple(name for name in selected if isinstance(name, str)),
            alone=sent.get("alone") is True,
        )
