"""Read the sentences that probably answer a second time, without the rest of their passages.

Among fewer words the reader finds the exact ones better, and both readings together tell better
whether there is an answer: in the right paragraph of SQuAD 2.0 alone, the best words match exactly
for 82% of 178 questions instead of 79%. A sentence is read with its neighbours. In lines that are
no running text, as of a list or a log, the neighbours are other matters, so it is read alone.
"""

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import numpy.typing as npt

from index import Chunk, Document
from index.search.terms import index_terms
from index.text.sentence import Span
from index.text.table import find_rows
from qa.reader.decode import MAX_PROPOSALS, Proposal, Reading
from qa.retrieval.query import Query
from qa.retrieval.sentence_ranges import sentences_below, sentences_of

WINDOWS = 4
"""Sentences that are read once more for a question at most, of all passages together."""

LIKELY = 0.05
"""Share of the odds of the best such sentence from which another is read too: on SQuAD 2.0 and
ClapNQ the answers and their probabilities stay as they are with 1.6 instead of 3.5 sentences."""

BELOW_HEADING = 3
"""Sentences that are read with the heading above them."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a passage that is read again: the passage's number, and its range as a chunk."""

    passage: int
    chunk: Chunk


def choose_windows(
    question: str,
    passages: Sequence[tuple[Document, Chunk]],
    readings: Sequence[Reading],
    odds: npt.NDArray[np.float64],
) -> list[Window]:
    """Return what to read again: the sentences that most probably hold the answer, and the one
    with most words of the question.

    `odds` are the log odds of each passage being the right one. A passage of one sentence is read
    already, and so is a row of a table (`read_rows`). The windows are in the order of their
    passages, those of one passage the likeliest first.
    """
    found = [
        (odds[number] + mass - readings[number].span_logsumexp, number, window)
        for number, (document, chunk) in enumerate(passages)
        for window, mass in _windows_of(document, chunk, readings[number].proposals)
    ]
    found.sort(key=lambda one: -one[0])
    likely = [one for one in found[:WINDOWS] if one[0] >= found[0][0] + math.log(LIKELY)]
    chosen = [(number, window) for _, number, window in likely]
    if matching := _most_matching(question, passages, odds):
        number, window = matching
        if not any(number == n and start <= window[0] < end for n, (start, end) in chosen):
            chosen.append(matching)
    chosen.sort(key=lambda one: one[0])
    return [
        Window(number, Chunk(passages[number][1].document_id, *place)) for number, place in chosen
    ]


def _most_matching(
    question: str, passages: Sequence[tuple[Document, Chunk]], odds: npt.NDArray[np.float64]
) -> tuple[int, Span] | None:
    """Return the window around the sentence with most words of the question, of the best passage.

    It comes with its passage's number. None where no sentence has any.
    """
    words = Query.of(question).words
    matched = [
        (
            len(words & set(index_terms(document.text[chunk.start + a : chunk.start + b]))),
            odds[n],
            n,
            a,
        )
        for n, (document, chunk) in enumerate(passages)
        for a, b in sentences_of(document, chunk)
    ]
    count, _, number, start = max(matched, default=(0, 0.0, 0, 0), key=lambda one: one[:2])
    at = Proposal(start, start + 1, 0.0)
    found = _windows_of(*passages[number], [at]) if count else iter(())
    return next(((number, window) for window, _ in found), None)


def add_closer_readings(
    passages: Sequence[tuple[Document, Chunk]],
    readings: Sequence[Reading],
    windows: Sequence[tuple[Window, Reading]],
) -> list[Reading]:
    """Return the readings of passages, each together with those of its windows.

    `windows` are in the order of `choose_windows`.
    """
    merged = list(readings)
    for number, group in groupby(windows, key=lambda window: window[0].passage):
        first = passages[number][1].start
        closer = [
            (window.chunk.start - first, window.chunk.end - first, reading)
            for window, reading in group
            if reading.proposals
        ]
        if closer and readings[number].proposals:
            merged[number] = _merge(readings[number], closer)
    return merged


def _windows_of(
    document: Document, chunk: Chunk, proposals: Sequence[Proposal]
) -> Iterator[tuple[Span, float]]:
    """Yield the windows around a passage's proposals, in the document, the likeliest first, each
    with the log of the summed exponentials of the scores of its proposals.
    """
    rows = find_rows(document.text, chunk.start, chunk.end)
    sentences = [(chunk.start + a, chunk.start + b) for a, b in sentences_of(document, chunk)]
    left = [(chunk.start + proposal.start, proposal.score) for proposal in proposals]
    while left:
        best = left[0][0]
        at = next((i for i, (a, b) in enumerate(sentences) if a <= best < b), None)
        if at is None or any(row.start <= best < row.end for row in rows):
            left = left[1:]
            continue
        start, end = _reach_neighbours(document, chunk, sentences, at)
        inside = [score for place, score in left if start <= place < end]
        left = [(place, score) for place, score in left if not start <= place < end]
        if (start, end) != (chunk.start, chunk.end):
            yield (start, end), float(np.logaddexp.reduce(inside))


def _reach_neighbours(document: Document, chunk: Chunk, sentences: Sequence[Span], at: int) -> Span:
    """Return the range of a sentence and of those beside it in its line.

    Those of a heading are the first sentences below it.
    """
    start, end = sentences[at]
    if below := sentences_below(document, chunk, start):
        return start, below[:BELOW_HEADING][-1][1]
    if at and "\n" not in document.text[sentences[at - 1][1] : start]:
        start = sentences[at - 1][0]
    if at + 1 < len(sentences) and "\n" not in document.text[end : sentences[at + 1][0]]:
        end = sentences[at + 1][1]
    return start, end


def _merge(reading: Reading, windows: Sequence[tuple[int, int, Reading]]) -> Reading:
    """Return a reading together with closer ones of ranges of its text.

    Of the logits of answering it is the mean, as is what each span and each window has of the
    odds: in the first reading by its spans, in the closer one by its logit of answering. What only
    one of two readings proposes counts as much in the other as the last of its proposals. A span in
    several windows belongs to the first.
    """
    first = {(p.start, p.end): p.score for p in reading.proposals}
    least = min(first.values())
    answers = np.array([closer.answer_logit for _, _, closer in windows])
    spans = [_spans_within(first, closer, start, end) for start, end, closer in windows]
    for number, within in enumerate(spans):
        within.difference_update(*spans[:number])
    masses = np.array([_sum_of(first, within, least) for within in spans])
    shared = (masses + answers) / 2
    shared += np.logaddexp.reduce(masses) - np.logaddexp.reduce(shared)
    best = dict(first)
    for (start, _, closer), within, before, after in zip(
        windows, spans, masses, shared, strict=True
    ):
        again = {(start + p.start, start + p.end): p.score for p in closer.proposals}
        least_again = min(again.values())
        for span in within:
            share = first.get(span, least) - before
            share += again.get(span, least_again) - closer.span_logsumexp
            best[span] = float(after + share / 2)
    ranked = sorted(best.items(), key=lambda proposal: -proposal[1])
    return replace(
        reading,
        answer_logit=float(reading.answer_logit + answers.max()) / 2,
        proposals=tuple(Proposal(*span, score) for span, score in ranked[:MAX_PROPOSALS]),
    )


def _spans_within(first: Mapping[Span, float], closer: Reading, start: int, end: int) -> set[Span]:
    """Return what one of two readings proposes in a range."""
    again = {(start + p.start, start + p.end) for p in closer.proposals}
    return {span for span in {*first, *again} if start <= span[0] < end}


def _sum_of(first: Mapping[Span, float], spans: Set[Span], least: float) -> float:
    """Return the logarithm of the summed exponentials of the scores of some spans."""
    scores = [score for span, score in first.items() if span in spans]
    return float(np.logaddexp.reduce(scores or [least]))
