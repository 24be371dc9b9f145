"""Two owners, two answers, and conversations with them."""

import qa
from qa.answer import Answer
from qa.citation import Citation

ANN, BO = "ann's cookie", "bo's cookie"
CITED = Citation(
    "a.txt", "A", "/home/ann/a.txt", 2, 10, 31, "The cat visited Oslo.", 26, 30, "footnote://x/1-2",
    ("b.txt",),
)  # fmt: skip
ANSWER = Answer("Where?", "Where?", "Oslo", (CITED,), (), 0.75, 0.75, "answer", (), ())
NOT_FOUND = Answer("Why?", "Why?", qa.NOT_FOUND, (), (), 0.25, 0.25, "none", (CITED,), ())


def start_conversation(store, owner, *questions):
    """Create a conversation with these questions; return its id."""
    created = store.new(owner)
    for question in questions:
        store.add(owner, created.id, question, ANSWER)
    return created.id
