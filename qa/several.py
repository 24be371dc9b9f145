"""Join the answers to several questions that were asked at once. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from qa.answer import NOT_FOUND, Answer, Outcome


def join_answers(question: str, answers: Sequence[Answer]) -> Answer:
    """Return the answers to the parts of a question as one, in their order.

    It is as sure as the least sure of those that are shown; exact words are shown as such only
    where no part is answered with mere passages. A part without an answer says so among the others.
    """
    outcomes = {answer.outcome for answer in answers}
    outcome: Outcome = "answer" if "answer" in outcomes else "none"
    if "passages" in outcomes:
        outcome = "passages"
    shown = [answer for answer in answers if answer.outcome != "none"] or list(answers)
    citations = tuple(dict.fromkeys(c for answer in answers for c in answer.citations))
    texts = {
        "answer": "; ".join(answer.text.rstrip(" .;") for answer in answers),
        "passages": "\n".join(citation.quote for citation in citations),
        "none": NOT_FOUND,
    }
    searched = [answer.searched_for for answer in answers]
    changed = any(answer.searched_for != answer.question for answer in answers)
    passages = {(p.chunk.document_id, p.chunk.start): p for a in answers for p in a.passages}
    return replace(
        answers[0],
        question=question,
        note=" ".join(dict.fromkeys(answer.note for answer in answers if answer.note)),
        searched_for=" ".join(searched) if changed else question,
        text=texts[outcome],
        citations=citations,
        conflicting=tuple(dict.fromkeys(c for answer in answers for c in answer.conflicting)),
        probability=min(answer.probability for answer in shown),
        answerable=min(answer.answerable for answer in shown),
        outcome=outcome,
        near=tuple(dict.fromkeys(c for a in answers for c in a.near)) if outcome == "none" else (),
        passages=tuple(passages.values()),
    )
