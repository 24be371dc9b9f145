"""ask(): retrieve -> read -> decide -> cite.

An answer is a quotation, and its citation is the range of characters it was taken from. Where
nothing is likely enough to answer, that is said, with the nearest passages shown as near.
"""

from dataclasses import dataclass
from pathlib import Path

from index import Document, Generation, IndexDamaged, open_index
from index.documents import page_of
from index.embed import Encoder, load_encoder
from qa.read import PASSAGES, Reading, read
from qa.retrieve import Passage, check_question, retrieve

THRESHOLD = 0.49
"""Probability from which an answer is shown: two of three shown are then right on the questions
of the labelled sets, many of which are written to deceive; from: python -m qa.fit DATA"""

NEAR = 3
"""Sentences cited where there is no answer."""

NOT_FOUND = "Not in the documents."


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quotation stands: `document.text[start:end] == quote`, in characters, end exclusive.

    `page` counts from 1 and is None for formats without pages.
    """

    document_id: str
    title: str
    source: str
    page: int | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question.

    Where `answered` is true, `text` is the quotation of the first of `citations`; the others say
    the same elsewhere. Otherwise `text` says that there is no answer and `citations` is empty.
    `probability` is that of the best candidate's being right, shown or not. `near` cites the
    likeliest sentences where there is no answer. `passages` are the nearest ones, best first.
    """

    question: str
    searched_for: str
    text: str
    citations: tuple[Citation, ...]
    probability: float
    answered: bool
    near: tuple[Citation, ...]
    passages: tuple[Passage, ...]


def ask(
    question: str,
    *,
    index: str | Path | Generation | None = None,
    top_k: int = 5,
    threshold: float = THRESHOLD,
    encoder: Encoder | None = None,
) -> Answer:
    """Answer a question with a quotation from the indexed documents.

    An answer whose probability is below `threshold` is not shown: `answered` is then False.
    Raises `FootnoteError` for an empty or overlong question and where there is no sound index.
    """
    question = check_question(question)
    generation = index if isinstance(index, Generation) else open_index(index)
    if encoder is None:
        encoder = load_encoder(generation.manifest.encoder.name)
    depth = max(top_k, PASSAGES)
    passages = retrieve(question, index=generation, top_k=depth, encoder=encoder)
    readings = read(question, passages, encoder)
    probability = readings[0].probability if readings else 0.0
    answered = bool(readings) and probability >= threshold
    citations = _citations(readings) if answered else ()
    return Answer(
        question=question,
        searched_for=question,
        text=citations[0].quote if answered else NOT_FOUND,
        citations=citations,
        probability=probability,
        answered=answered,
        near=() if answered else _nearest(readings),
        passages=tuple(passages[:top_k]),
    )


def _nearest(readings: list[Reading]) -> tuple[Citation, ...]:
    """Cite the likeliest sentences, the same words once."""
    distinct = {" ".join(reading.text.split()): reading for reading in reversed(readings)}
    found = list(distinct.values())[::-1]
    found.sort(key=lambda reading: -reading.probability)
    return tuple(cite(r.passage.document, r.start, r.end) for r in found[:NEAR])


def cite(document: Document, start: int, end: int) -> Citation:
    """Return the citation of a range of a document's text."""
    citation = Citation(
        document.id,
        document.title,
        document.source,
        page_of(document.page_starts, start),
        start,
        end,
        document.text[start:end],
    )
    check_citation(citation, document)
    return citation


def check_citation(citation: Citation, document: Document) -> None:
    """Raise `IndexDamaged` unless the citation quotes the document's very characters."""
    inside = 0 <= citation.start < citation.end <= len(document.text)
    if not inside or document.text[citation.start : citation.end] != citation.quote:
        raise IndexDamaged(
            f"The citation {citation.document_id}, characters {citation.start}-{citation.end}, "
            f"does not quote the document. Build the index again: footnote index PATH"
        )


def _citations(readings: list[Reading]) -> tuple[Citation, ...]:
    """Cite the best reading, then wherever the same words stand again."""
    best = " ".join(readings[0].text.split())
    same = [reading for reading in readings if " ".join(reading.text.split()) == best]
    return tuple(cite(reading.passage.document, reading.start, reading.end) for reading in same)
