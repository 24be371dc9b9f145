"""Votes -> labelled questions, as `labels` reads them.

A label has to be right, so only what a person liked and the documents still say becomes one:

- A liked answer labels its words, where they stand today. Words that stand nowhere any more label
  nothing.
- A liked "Not in the documents" is a question without answers, unless only some of the documents
  were asked: others may answer it.
- A disliked answer is known to be wrong, but not what is right: it labels nothing.
- The same answer to the same question, liked and disliked, labels nothing: one of the two is
  mistaken, and a missing label harms a measurement less than a wrong one.
- A liked answer wins over a liked "Not in the documents", for its words can be looked at; of two
  different liked answers, both are right.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from index import Generation
from qa.answer import Answer
from qa.candidates.normalise import normalised
from qa.citation import Citation
from qa.evaluation.labels import GoldSpan, Question
from qa.history.conversations import Turn
from qa.rendering.serialize import answer_from_record

DISLIKED = "disliked"
CONTESTED = "disliked as well"
OUTDONE = "answered by one that is liked"
GONE = "no longer in the documents"
SOME = "asked of some documents only"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What votes come to: labelled questions, and the votes that label nothing, with the reason."""

    liked: int
    disliked: int
    questions: list[Question]
    others: list[tuple[Turn, str]]

    def __str__(self) -> str:
        count = len(self.questions)
        written = f"{count} question{'' if count == 1 else 's'} written"
        reasons = Counter(why for _, why in self.others if why != DISLIKED)
        left_out = ", ".join(f"{number} {why}" for why, number in reasons.items())
        return f"{self.liked} liked, {self.disliked} disliked, {written}" + (
            f"; liked but left out: {left_out}" if left_out else ""
        )


def labelled(turns: Sequence[Turn], generation: Generation) -> Feedback:
    """Return what votes come to; `turns` are those that have one, the first asked first."""
    asked: dict[str, list[Turn]] = {}
    for turn in turns:
        asked.setdefault(_same(_question(turn)), []).append(turn)
    questions, others = [], []
    for turns_of_one in asked.values():
        question, rest = _label(turns_of_one, generation)
        questions += [question] if question else []
        others += rest
    liked = sum(turn.vote > 0 for turn in turns)
    return Feedback(liked, len(turns) - liked, questions, others)


def vote_record(turn: Turn, why: str) -> dict[str, Any]:
    """Return a vote that labels nothing as plain data, with what was shown.

    A line with a "vote" is passed over where labelled questions are read.
    """
    answer = answer_from_record(turn.answer)
    return {
        "vote": turn.vote,
        "question": _question(turn),
        "asked": turn.asked,
        "why": why,
        "note": turn.note,
        "shown": answer.text,
        "citations": [
            {"doc_id": c.document_id, "start": c.start, "end": c.end, "text": c.quote}
            for c in answer.citations or answer.near
        ],
    }


def _label(
    turns: Sequence[Turn], generation: Generation
) -> tuple[Question | None, list[tuple[Turn, str]]]:
    """Return the label that votes on one question come to, and the votes without a part in it."""
    disliked = {_same(turn.answer["text"]) for turn in turns if turn.vote < 0}
    found: dict[GoldSpan, None] = {}
    refused, others, all_required = [], list[tuple[Turn, str]](), False
    for turn in turns:
        answer = answer_from_record(turn.answer)
        if turn.vote < 0:
            others.append((turn, DISLIKED))
        elif _same(answer.text) in disliked:
            others.append((turn, CONTESTED))
        elif not answer.answered:
            refused.append(turn)
        elif gold := _gold(answer, generation):
            # Alternatives do not mix with parts that are all needed: the answer asked last stays.
            several = len(_parts(answer)) > 1
            if several or all_required:
                found.clear()
            found |= dict.fromkeys(gold)
            all_required = several
        else:
            others.append((turn, GONE))
    others += [(t, OUTDONE if found else SOME) for t in refused if found or t.searched_in]
    if not found and all(turn.searched_in for turn in refused):
        return None, others
    question = _question(turns[-1])
    documents = frozenset(gold.doc_id for gold in found)
    return Question("", question, tuple(found), bool(found), documents, all_required), others


def _question(turn: Turn) -> str:
    """Return the question as it can be asked by itself."""
    return str(turn.answer.get("searched_for") or turn.question)


def _same(text: str) -> str:
    return " ".join(text.split()).casefold()


def _parts(answer: Answer) -> list[str]:
    """Return the words of an answer, quotation by quotation."""
    first = answer.citations[:1]
    whole = any(answer.text in (citation.words, citation.quote) for citation in first)
    return [answer.text] if whole else answer.text.split("; ")


def _gold(answer: Answer, generation: Generation) -> list[GoldSpan]:
    """Return where the words of an answer stand today; nothing unless all its parts still do."""
    parts = _parts(answer)
    found = [[g for c in answer.citations if (g := _place(c, part, generation))] for part in parts]
    if not all(found):
        return []
    # Of a single part, every place answers; of several, each is needed once.
    return found[0] if len(parts) == 1 else [places[0] for places in found]


def _place(citation: Citation, words: str, generation: Generation) -> GoldSpan | None:
    """Return where words of a citation stand today; None unless it is quoted to the character."""
    if normalised(words) == normalised(citation.words):
        start, end = citation.answer_start, citation.answer_end
    elif words in citation.quote:
        start = citation.start + citation.quote.index(words)
        end = start + len(words)
    else:
        return None
    sha256 = citation.uri.removeprefix("footnote://").partition("/")[0]
    ids = [document.id for document in generation.documents_with_text(sha256)]
    moved = 0
    if not ids:
        for document in generation.documents_containing(citation.quote)[:1]:
            ids, moved = [document.id], document.text.index(citation.quote) - citation.start
    if not ids:
        return None
    name = citation.document_id if citation.document_id in ids else ids[0]
    text = citation.quote[start - citation.start : end - citation.start]
    return GoldSpan(name, start + moved, end + moved, text)
