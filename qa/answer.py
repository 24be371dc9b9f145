"""Decide what the evidence for a question answers, and cite it.

An answer consists of exact quotations; each citation is the range of the sentence that holds one.
There are three outcomes: the exact words; the sentences that probably answer, where the exact words
are unsure; or that the documents do not answer, where that is itself likely. How the
evidence is gathered is left to `pipeline`; what is asked of the collection itself, a fourth
outcome, is answered by `collection`.
"""

import reprlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Literal, TypeAlias

from index.encode.encoder import Encoder
from index.search.terms import extract_terms
from qa.candidates.agreement import is_same
from qa.candidates.conflicts import contradict
from qa.candidates.normalise import comparable
from qa.candidates.quote import (
    cite_candidate,
    cite_nearest,
    drop_duplicates,
    sentence_range,
    sentence_stems,
)
from qa.candidates.spans import Candidate, Candidates
from qa.candidates.versions import prefer_version
from qa.citation import Citation
from qa.llm.phrase import Phrased
from qa.retrieval.query import Query
from qa.retrieval.rerank import Passage

THRESHOLD = 0.5
"""Probability from which an answer is shown: it is then likelier to be right than not."""

MIN_ANSWERABLE = 0.17
"""Probability that the documents answer at all below which "not in the documents" is said. Of such
refusals more than nine in ten are true on the questions that it was fitted on; from:
python -m qa.training.calibrate DATA --reader FOLDER"""

LIKELY = 0.02
"""Share of the best candidate's probability from which sentences are quoted where the exact words
are unsure: of 47 such questions of squad2_dev, the right one is so for 25, of all three for 26."""

MAX_PARTS = 6
"""Limit of the quotations in an answer."""

AGREEMENT = 0.5
"""Fraction of the best candidate's probability from which another belongs to the answer."""

NOT_FOUND = "Not in the documents."

NOT_COMPUTED = (
    "Rows of a table are not counted, added up or compared. Name a row of the one in {name} to get "
    "its cell."
)
"""The note beside sentences, or none, where a question names a column but no single row."""

Outcome: TypeAlias = Literal["answer", "passages", "none", "collection"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was gathered for a question: its passages, best first, and the candidate answers.

    `top_k` is the number of passages that belong to the answer; more may have been read.
    """

    question: str
    searched_for: str
    query: Query
    found: Candidates
    passages: Sequence[Passage]
    top_k: int


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document that is listed in answer to a question about the collection.

    `about` says more about it, such as its date and its first headings; it may be empty.
    """

    document_id: str
    title: str
    about: str

    def __str__(self) -> str:
        """Return it on one line: "faq.md: Questions and answers; Refunds, Opening hours"."""
        file = PurePosixPath(self.document_id)
        named = self.title.casefold() in (file.name.casefold(), file.stem.casefold())
        title = "" if named else self.title
        more = "; ".join(filter(None, (title, self.about)))
        return ": ".join(filter(None, (" ".join(self.document_id.split()), more)))


@dataclass(frozen=True, slots=True)
class AskedDocument:
    """The document that was asked on its own; `date` is as in the manifest, "" where unknown."""

    document_id: str
    title: str
    date: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say in answer to a question; true where it is `answered`.

    `outcome` is one of four:

    - "answer": `text` holds the exact words that answer, those of several quotations joined by
      "; ", and `citations` are their places: first the quotations of `text` in its order, then
      others with the same words. `conflicting` cites passages that answer differently and are as
      likely on their own.
    - "passages": the documents probably answer, but the exact words are unsure. `text` holds the
      sentences that probably answer, one a line, and `citations` are their places.
    - "none": `text` says that there is no answer, and `near` cites the likeliest sentences.
    - "collection": the question is about the documents as such ("List all documents"). `text` says
      what the catalogue holds in its first line; then come the `documents` that are listed, one a
      line, and the sentences that `citations` quote, one a line. Nothing is read, so `probability`
      and `answerable` are 1.0, or 0.0 for a greeting, which asks nothing.

    `probability` is that of the best exact words being right, shown or not, `answerable` that of
    the documents answering at all. `passages` are the nearest ones, best first. `phrased` is the
    output of a language model, if one was used; `text` and the citations do not depend on it.
    `document` is the only document that was asked, where each was asked on its own. `note` says
    what was not done, such as counting the rows of a table; it is mostly empty.
    """

    question: str
    searched_for: str
    text: str
    citations: tuple[Citation, ...]
    conflicting: tuple[Citation, ...]
    probability: float
    answerable: float
    outcome: Outcome
    near: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    phrased: Phrased | None = None
    documents: tuple[ListedDocument, ...] = ()
    document: AskedDocument | None = None
    note: str = ""

    @classmethod
    def in_own_words(
        cls, question: str, text: str, outcome: Outcome, *, likely: float = 0.0
    ) -> "Answer":
        """Return an answer that quotes nothing; `likely` stands for both probabilities."""
        return cls(
            question=question,
            searched_for=question,
            text=text,
            citations=(),
            conflicting=(),
            probability=likely,
            answerable=likely,
            outcome=outcome,
            near=(),
            passages=(),
        )

    @property
    def answered(self) -> bool:
        """Whether `text` answers: with exact words, or from the catalogue of the documents."""
        return self.outcome == "answer" or (self.outcome == "collection" and self.answerable > 0)

    def __bool__(self) -> bool:
        return self.answered

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, without its passages and without paths of this machine."""
        found = asdict(replace(self, passages=()))
        del found["passages"]
        for name in ("documents", "document", "note"):
            if not found[name]:
                del found[name]
        for name in ("citations", "conflicting", "near"):
            found[name] = [citation.to_dict() for citation in getattr(self, name)]
        phrased = self.phrased.to_dict() if self.phrased else None
        return found | {"phrased": phrased, "answered": self.answered}

    def __repr__(self) -> str:
        """Return it in short: a quotation can be as long as its document."""
        text, probability = reprlib.repr(self.text), f"probability={self.probability:.3f}"
        return f"Answer({self.outcome!r}, {text}, {probability}, citations={len(self.citations)})"


def decide(evidence: Evidence, encoder: Encoder, threshold: float = THRESHOLD) -> Answer:
    """Return the answer that the evidence supports, or that there is none."""
    query, found = evidence.query, evidence.found
    candidates = prefer_version(query.text, found.candidates, context=evidence.searched_for)
    found = replace(found, candidates=candidates)
    answer = replace(
        Answer.in_own_words(evidence.question, NOT_FOUND, "none"),
        searched_for=evidence.searched_for,
        probability=found.probability,
        answerable=found.answerable,
        passages=tuple(evidence.passages[: evidence.top_k]),
    )
    if found.candidates and found.probability >= threshold:
        return _with_exact_words(answer, query, found.candidates, threshold)
    if found.table:
        answer = replace(answer, note=NOT_COMPUTED.format(name=found.table.id))
    if found.answerable >= MIN_ANSWERABLE:
        least = LIKELY * found.probability
        likely = [one for one in found.candidates if one.probability >= least]
        if cited := cite_nearest(query, likely, (), encoder):
            quoted = "\n".join(citation.quote for citation in cited)
            return replace(answer, outcome="passages", text=quoted, citations=cited)
    return replace(answer, near=cite_nearest(query, found.candidates, evidence.passages, encoder))


def _with_exact_words(
    answer: Answer, query: Query, candidates: Sequence[Candidate], threshold: float
) -> Answer:
    parts = _select_parts(query, candidates)
    same = [c for c in candidates if c not in parts and _is_same_answer(c, parts[0])]
    cited = [cite_candidate(query, candidate) for candidate in (*parts, *same)]
    others = _find_conflicting(query, candidates, threshold)
    return replace(
        answer,
        outcome="answer",
        text="; ".join(_format_part(query, part) for part in parts),
        citations=drop_duplicates(cited),
        conflicting=drop_duplicates([cite_candidate(query, candidate) for candidate in others]),
    )


def _select_parts(query: Query, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the quotations that make up the answer, in the order of their documents.

    One, unless the question asks for several things: then also those that are likely enough on
    their own and add something new. Whole sentences are not joined.
    """
    best = candidates[0]
    if not query.several or query.wants_sentence or best.passage.reading is None:
        return [best]
    parts = [best]
    for candidate in candidates[1:]:
        known = [comparable(part.text) for part in parts]
        words = comparable(candidate.text)
        if (
            len(parts) < MAX_PARTS
            and candidate.alone >= AGREEMENT * best.alone
            and candidate.probability >= AGREEMENT * AGREEMENT * best.probability
            and not query.repeats(candidate.text)
            and words not in known
            and not any(is_same(words, other) for other in known)
        ):
            parts.append(candidate)
    document = best.passage.document.id
    return sorted(parts, key=lambda c: (c.passage.document.id != document, c.start))


def _find_conflicting(
    query: Query, candidates: Sequence[Candidate], threshold: float
) -> list[Candidate]:
    """Return the candidates that contradict the best one, if the question has a single answer.

    Only exact words can contradict each other, not the sentences that are cited without a reader.
    The sentence of the other candidate has to contain the same words of the question, so that both
    are about the same thing.
    """
    best = candidates[0]
    if query.several or query.wants_sentence or best.passage.reading is None:
        return []
    about = query.words & _titled_stems(best)
    return [
        candidate
        for candidate in candidates[1:]
        if candidate.passage.chunk != best.passage.chunk
        and candidate.alone >= max(threshold, AGREEMENT * best.alone)
        and query.has_kind(candidate.text) is not False
        and about <= _titled_stems(candidate)
        and contradict(query, best.text, candidate.text)
    ]


def _titled_stems(candidate: Candidate) -> set[str]:
    """Return the stems of the words of a candidate's sentence and of its document's title."""
    return sentence_stems(candidate) | set(extract_terms(candidate.passage.document.title))


def _is_same_answer(candidate: Candidate, best: Candidate) -> bool:
    likely = candidate.passage.reading is None or candidate.alone >= AGREEMENT * best.alone
    return likely and comparable(candidate.text) == comparable(best.text)


def _format_part(query: Query, part: Candidate) -> str:
    """Return the words to show of a part: the span or, for a reason, its whole sentence."""
    if not query.wants_sentence:
        return part.text
    start, end = sentence_range(part)
    return part.passage.document.text[start:end]
