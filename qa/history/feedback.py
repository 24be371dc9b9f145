"""Turn votes into labelled questions, in the format that `labels` reads.

A label has to be right, so it needs a liked answer that the documents still support:

- A liked answer labels its words at their present position. Words that no longer occur label
  nothing.
- A liked "Not in the documents" is a question without answers, unless only some of the documents
  were searched: others may answer it.
- What is said of the collection as such labels nothing: it is composed from the catalogue.
- Sentences that probably answer label nothing: which of them does, and with which words, is not
  known.
- A disliked answer is known to be wrong, but the right one is unknown: it labels nothing.
- An answer that is both liked and disliked for the same question labels nothing: one of the votes
  is mistaken, and a missing label harms a measurement less than a wrong one.
- A liked answer outweighs a liked "Not in the documents", because its words can be checked; two
  different liked answers are both right.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from index import Generation
from index.text.plural import count_noun
from qa.answer import Answer
from qa.candidates.normalise import normalised
from qa.citation import Citation
from qa.evaluation.labels import GoldSpan, Question
from qa.history.records import Turn
from qa.rendering.serialize import answer_from_record

DISLIKED = "disliked"
ALSO_DISLIKED = "disliked as well"
LESS_THAN_ANSWER = "answered by one that is liked"
NOT_IN_DOCUMENTS = "no longer in the documents"
ONLY_SENTENCES = "answered by sentences without exact words"
ABOUT_COLLECTION = "asked about the collection itself"
PARTIAL_SEARCH = "asked of some documents only"


@dataclass(frozen=True, slots=True)
class Feedback:
    """Labelled questions, and the votes that label nothing, each with its reason."""

    liked: int
    disliked: int
    questions: list[Question]
    others: list[tuple[Turn, str]]

    def __str__(self) -> str:
        written = f"{count_noun(len(self.questions), 'question')} written"
        reasons = Counter(why for _, why in self.others if why != DISLIKED)
        left_out = ", ".join(f"{number} {why}" for why, number in reasons.items())
        return f"{self.liked} liked, {self.disliked} disliked, {written}" + (
            f"; liked but left out: {left_out}" if left_out else ""
        )


def label_votes(turns: Sequence[Turn], generation: Generation) -> Feedback:
    """Return the labels that votes yield; `turns` have a vote each and are in the order asked."""
    asked: dict[str, list[Turn]] = {}
    for turn in turns:
        asked.setdefault(_normalise(_standalone_question(turn)), []).append(turn)
    questions, others = [], []
    for turns_of_one in asked.values():
        question, rest = _label_question(turns_of_one, generation)
        questions += [question] if question else []
        others += rest
    liked = sum(turn.vote > 0 for turn in turns)
    return Feedback(liked, len(turns) - liked, questions, others)


def vote_record(turn: Turn, why: str) -> dict[str, Any]:
    """Return a vote that labels nothing as plain data, with the answer that was shown.

    Readers of labelled questions skip lines with a "vote".
    """
    answer = answer_from_record(turn.answer)
    return {
        "vote": turn.vote,
        "question": _standalone_question(turn),
        "asked": turn.asked,
        "why": why,
        "note": turn.note,
        "shown": answer.text,
        "citations": [
            {"doc_id": c.document_id, "start": c.start, "end": c.end, "text": c.quote}
            for c in answer.citations or answer.near
        ],
    }


def _label_question(
    turns: Sequence[Turn], generation: Generation
) -> tuple[Question | None, list[tuple[Turn, str]]]:
    """Return the label that the votes on one question yield, and the votes it does not use."""
    disliked = {_normalise(turn.answer["text"]) for turn in turns if turn.vote < 0}
    found: dict[GoldSpan, None] = {}
    refused, others, all_required = [], list[tuple[Turn, str]](), False
    for turn in turns:
        answer = answer_from_record(turn.answer)
        if turn.vote < 0:
            others.append((turn, DISLIKED))
        elif _normalise(answer.text) in disliked:
            others.append((turn, ALSO_DISLIKED))
        elif answer.outcome == "passages":
            others.append((turn, ONLY_SENTENCES))
        elif answer.outcome == "collection":
            others.append((turn, ABOUT_COLLECTION))
        elif answer.outcome == "none":
            refused.append(turn)
        elif gold := _find_gold(answer, generation):
            # Alternatives do not mix with parts that are all required: the last answer wins.
            several = len(_split_parts(answer)) > 1
            if several or all_required:
                found.clear()
            found |= dict.fromkeys(gold)
            all_required = several
        else:
            others.append((turn, NOT_IN_DOCUMENTS))
    why = LESS_THAN_ANSWER if found else PARTIAL_SEARCH
    others += [(turn, why) for turn in refused if found or turn.searched_in]
    if not found and all(turn.searched_in for turn in refused):
        return None, others
    question = _standalone_question(turns[-1])
    documents = frozenset(gold.doc_id for gold in found)
    labelled = Question(
        "", question, tuple(found), bool(found), documents, all_required, not all_required
    )
    return labelled, others


def _standalone_question(turn: Turn) -> str:
    """Return the question in the form that needs no earlier question."""
    return str(turn.answer.get("searched_for") or turn.question)


def _normalise(text: str) -> str:
    return " ".join(text.split()).casefold()


def _split_parts(answer: Answer) -> list[str]:
    """Return the text of an answer, split by quotation."""
    first = answer.citations[:1]
    whole = any(answer.text in (citation.words, citation.quote) for citation in first)
    return [answer.text] if whole else answer.text.split("; ")


def _find_gold(answer: Answer, generation: Generation) -> list[GoldSpan]:
    """Return the present spans of an answer's words; none unless all its parts still occur."""
    parts = _split_parts(answer)
    found = [
        [span for cited in answer.citations if (span := _find_span(cited, part, generation))]
        for part in parts
    ]
    if not all(found):
        return []
    # A single part may be found anywhere; several parts are each required once.
    return found[0] if len(parts) == 1 else [places[0] for places in found]


def _find_span(citation: Citation, words: str, generation: Generation) -> GoldSpan | None:
    """Return the present span of words of a citation; None unless its quotation still occurs."""
    if normalised(words) == normalised(citation.words):
        start, end = citation.answer_start, citation.answer_end
    elif words in citation.quote:
        start = citation.start + citation.quote.index(words)
        end = start + len(words)
    else:
        return None
    sha256 = citation.sha256
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
