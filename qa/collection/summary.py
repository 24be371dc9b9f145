"""Summarise documents by sentences of theirs: central by meaning, spread over them, in order.

Which chunks are central is known from their vectors; only the sentences of a few chunks are
embedded, so that a summary of a thousand pages takes as long as one of ten.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from index import Document, Generation
from index.search.terms import WORD
from index.text.chunk import sentence_spans
from index.text.markdown import front_matter_end
from index.text.sentence import Span
from qa.citation import Citation, cite
from qa.retrieval.heading import is_heading

MAX_SENTENCES = 7
"""Sentences of a summary at most."""

SENTENCES_PER_ONE = 3
"""A short text is summarised by one sentence of so many, and no fewer than two."""

MAX_CHUNKS = 2_000
"""Chunks whose vectors are compared, spread evenly over all of them."""

MAX_EMBEDDED = 42
"""Sentences that are embedded; one takes about 4 ms on two cores."""

SAME_MEANING = 0.85
"""Cosine of two sentences from which the second repeats the first."""

MIN_WORDS = 5
MAX_LENGTH = 400
"""Words of a sentence at least, and its characters at most, where there are others."""

_SENTENCE_END = re.compile(r"[.!。！…]['\"”’»)\]]*$")

Place = tuple[Document, int, int]
"""A document and a range in its text, in characters, end exclusive."""


def summarise(opened: Generation, numbers: Sequence[int]) -> tuple[Citation, ...]:
    """Cite the sentences that summarise the documents of these numbers, in their order."""
    rows = opened.rows_of_documents(numbers)
    if len(rows) > MAX_CHUNKS:
        rows = rows[np.linspace(0, len(rows) - 1, MAX_CHUNKS).astype(np.int64)]
    if not len(rows):
        return ()
    vectors = opened.dense.vectors(rows.tolist())
    central = [
        int(part[(vectors[part] @ vectors[part].mean(axis=0)).argmax()])
        for part in np.array_split(np.arange(len(rows)), min(MAX_SENTENCES, len(rows)))
    ]
    most = -(-MAX_EMBEDDED // len(central))
    places = [p for i in central for p in _sentences(opened, int(rows[i]), numbers, most)]
    places = list({(d.id, start, end): (d, start, end) for d, start, end in places}.values())
    if not places:
        return ()
    texts = [document.text[start:end] for document, start, end in places]
    embedded = opened.encoder.embed_sentences(texts)
    chosen = _choose(embedded, vectors.mean(axis=0))
    return tuple(cite(*places[number]) for number in chosen)


def _choose(sentences: npt.NDArray[np.float32], centre: npt.NDArray[np.float32]) -> list[int]:
    """Return the numbers of the most central sentence of each part, without near repeats."""
    kept = list[int]()
    for number, sentence in enumerate(sentences):
        if not kept or (sentences[kept] @ sentence).max() < SAME_MEANING:
            kept.append(number)
    count = min(MAX_SENTENCES, len(kept), max(2, -(-len(sentences) // SENTENCES_PER_ONE)))
    parts = np.array_split(np.array(kept), count)
    return [int(part[(sentences[part] @ centre).argmax()]) for part in parts]


def _sentences(opened: Generation, row: int, numbers: Sequence[int], most: int) -> Iterator[Place]:
    """Yield the sentences of a chunk that can stand alone: whole ones, if there are such.

    No headings or front matter and, where there are others, no table rows, questions or names.
    """
    _, first, last = opened.chunks[row].tolist()
    holders = opened.holders(row)
    asked = set(numbers)
    document = opened.document_by_number(next((n for n in holders if n in asked), holders[0]))
    text = document.text[first:last]
    begin = front_matter_end(document.text) - first
    spans = [
        span
        for span in sentence_spans(text)
        if span[0] >= begin and not is_heading(document, first + span[0])
    ]
    whole = [span for span in spans if _is_whole(text, span)]
    chosen = whole or [s for s in spans if WORD.search(text[slice(*s)])]
    for number in np.unique(np.linspace(0, len(chosen) - 1, most).astype(int)) if chosen else ():
        start, end = chosen[number]
        yield document, first + start, first + end


def _is_whole(text: str, span: Span) -> bool:
    sentence = text[slice(*span)]
    return (
        len(sentence) <= MAX_LENGTH
        and len(WORD.findall(sentence)) >= MIN_WORDS
        and not sentence.startswith("|")
        and _SENTENCE_END.search(sentence) is not None
    )
