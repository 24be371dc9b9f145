"""Quote candidates: the sentences that hold them, cited, each once."""

from collections.abc import Sequence

from index import Document
from index.encode.encoder import Encoder
from index.search.terms import extract_terms
from index.text.table import find_rows, is_header_end
from qa.candidates.sentences import rank_sentences
from qa.candidates.spans import Candidate
from qa.citation import Citation, cite
from qa.retrieval.heading import is_heading
from qa.retrieval.query import Query
from qa.retrieval.rerank import Passage
from qa.retrieval.sentence_ranges import sentences_below, sentences_touched

NEAREST_SENTENCES = 3
"""Sentences cited where the exact words are unsure, or where there is no answer."""


def sentence_range(candidate: Candidate) -> tuple[int, int]:
    """Return the range of the sentences that a candidate overlaps, in its document.

    In a table, it is the row. A single word says little alone, so it comes with the next sentence:
    "No. We never ship."
    """
    if candidate.passage.reading is None:
        return candidate.start, candidate.end  # Without a reader, a candidate is a sentence.
    span = (candidate.start, candidate.end)
    document, chunk = candidate.passage.document, candidate.passage.chunk
    text = document.text
    for row in find_rows(text, chunk.start, chunk.end):
        if row.start <= candidate.start and candidate.end <= row.end:
            return row.start, row.end
    starts, ends = zip(*[*sentences_touched(document, chunk, *span), span], strict=True)
    start, end = min(starts), max(ends)
    if len(text[start:end].split()) == 1:
        line_end = end + len(text[end:].split("\n", 1)[0])
        following = sentences_touched(document, chunk, end, line_end)
        end = following[0][1] if following else end
    return start, end


def sentence_stems(candidate: Candidate) -> set[str]:
    """Return the stems of the words of a candidate's sentences, or of its row."""
    start, end = sentence_range(candidate)
    return set(extract_terms(candidate.passage.document.text[start:end]))


def cite_nearest(
    query: Query, candidates: Sequence[Candidate], passages: Sequence[Passage], encoder: Encoder
) -> tuple[Citation, ...]:
    """Cite the sentences of the likeliest candidates, then those nearest by words and meaning.

    Each is quoted once, wherever else it stands. A heading says nothing alone, and neither do the
    names of columns.
    """
    found = [(c.passage.document, *_reach_below(query, c, *sentence_range(c))) for c in candidates]
    near = _cite_sentences(found)
    if len(near) < NEAREST_SENTENCES:
        ranked = rank_sentences(query, passages, encoder)
        found += [(passage.document, start, end) for passage, start, end, _ in ranked]
        near = _cite_sentences(found)
    return near[:NEAREST_SENTENCES]


def _cite_sentences(places: Sequence[tuple[Document, int, int]]) -> tuple[Citation, ...]:
    cited = [
        cite(document, start, end)
        for document, start, end in places
        if not _is_only_heading(document, start, end) and not is_header_end(document.text, end)
    ]
    kept: dict[str, Citation] = {}
    for citation in cited:
        if not any(_overlap(citation, other) for other in kept.values()):
            kept.setdefault(" ".join(citation.quote.split()), citation)
    return tuple(kept.values())


def _is_only_heading(document: Document, start: int, end: int) -> bool:
    return "\n" not in document.text[start:end] and is_heading(document, start)


def _overlap(one: Citation, other: Citation) -> bool:
    is_same = one.document_id == other.document_id
    return is_same and one.start < other.end and other.start < one.end


def cite_candidate(query: Query, candidate: Candidate) -> Citation:
    """Cite the sentences of a candidate, with the candidate as the exact words.

    A number of the question that stands in the sentence before or after is shown too, and what
    makes a heading the answer.
    """
    start, end = _reach_below(query, candidate, *sentence_range(candidate))
    start, end = _reach_numbers(query, candidate, start, end)
    answer = (candidate.start, candidate.end)
    return cite(candidate.passage.document, start, end, answer=answer)


def _reach_below(query: Query, candidate: Candidate, start: int, end: int) -> tuple[int, int]:
    """Return the range of a heading down to the sentence below with most of the question's words,
    the first of several; any other range as it is.
    """
    document, chunk = candidate.passage.document, candidate.passage.chunk
    below = sentences_below(document, chunk, start)
    told = [len(query.words & set(extract_terms(document.text[a:b]))) for a, b in below]
    return (start, max(end, below[told.index(max(told))][1])) if below else (start, end)


def _reach_numbers(query: Query, candidate: Candidate, start: int, end: int) -> tuple[int, int]:
    """Return a range with a neighbouring sentence of its line that holds a number asked for."""
    document, chunk = candidate.passage.document, candidate.passage.chunk
    text = document.text
    shown = set(extract_terms(f"{document.title}\n{text[start:end]}"))
    numbers = {word for word in query.words if any(map(str.isdigit, word))} - shown
    if not numbers or candidate.passage.reading is None:
        return start, end
    sentences = sentences_touched(document, chunk, 0, len(text))
    around = [(first, last) for first, last in sentences if last <= start][-1:]
    around += [(first, last) for first, last in sentences if first >= end][:1]
    for first, last in around:
        low, high = min(start, first), max(end, last)
        if numbers & set(extract_terms(text[first:last])) and "\n" not in text[low:high]:
            start, end = low, high
    return start, end


def drop_duplicates(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """Return each range once."""
    kept: dict[tuple[str, int, int], Citation] = {}
    for citation in citations:
        kept.setdefault(citation.range, citation)
    return tuple(kept.values())
