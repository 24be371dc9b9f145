"""Find the words that may answer a question in its passages, each with a probability.

The reader proposes spans in each passage; their scores compare across passages, since it was
trained so. A logistic model combines them with the evidence of the sentences around the spans
(`sentences`): the two err on different questions. Its weights are fitted on labelled questions by
`qa.training.calibrate`. Without a reader, whole sentences are scored. What follows from the
probability is left to `answer`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index import Document
from index.encode.encoder import Encoder
from qa.candidates.agreement import best_words, share_odds
from qa.candidates.bounds import whole_span
from qa.candidates.cells import CELL_ANSWERABLE_WEIGHTS, CELL_WEIGHTS, Cells, Judgement
from qa.candidates.sentences import (
    answerable_by_best,
    passage_stems,
    rank_sentences,
    score_sentences,
)
from qa.reader.decode import Reading
from qa.retrieval.hybrid import KNOWN_LANGUAGE
from qa.retrieval.query import Query
from qa.retrieval.rerank import RANK_WEIGHTS, Passage, rank, shortness
from qa.retrieval.sentence_ranges import sentences_below, sentences_of, sentences_touched
from qa.sigmoid import lower_odds, sigmoid

SPANS_PER_PASSAGE = 3
"""Spans taken from each passage; they do not overlap."""

SENTENCE_SHARE = 1.0
"""Weight of a sentence's log odds beside the reader's in the order of spans."""

EMBEDDED_BESIDE_READER = 3
"""Sentences that are embedded beside the reader; more make hardly any difference."""

NO_ANSWER = 6.0
"""Penalty on the logit of answering for a span that cannot be the answer: it only repeats the
question, or stands in a question itself, as in the heading of an FAQ.
Set by hand: labelled questions hold too few to fit it."""

UNKNOWN_WORD = 1.5
"""Penalty on the log odds of an answer to a question for yes or no with a topic word that is in no
passage: they may speak of it in other words. Set by hand, as it concerns few labelled questions."""

OTHER_CELL = 3.0
"""Penalty on the log odds of a range in a table if it is no cell, or the question asks for none.
Set by hand, as few labelled questions do so."""

_UNSCORED = -6.0
"""Log odds of the sentences of passages that are not scored."""

SPAN_FEATURES = (
    "constant",
    "answers",
    "share",
    "span",
    "sentence",
    "long",
)
"""Features of a span, in the order of `SPAN_WEIGHTS`."""

SPAN_WEIGHTS = (-0.17, 0.35, 1.73, 0.08, 0.09, 2.32)
"""What each feature of the best span adds to the log odds that it is right; from:
python -m qa.training.calibrate DATA --reader FOLDER"""

ANSWERABLE_WEIGHTS = (0.23, 0.39, 0.52, -0.04, 0.08, 1.39)
"""What each feature of the best span adds to the log odds that the documents answer at all; from
the same."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A range of a passage's document that may answer, in characters, end exclusive.

    `probability` is that of being the answer, between 0 and 1. `alone` is the same without regard
    to other passages: two passages that contradict each other may both be likely alone.
    """

    passage: Passage
    start: int
    end: int
    probability: float
    alone: float

    @property
    def text(self) -> str:
        return self.passage.document.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate answers, the likeliest first, and the probability that the documents answer.

    `table` is the document of the best passage where it holds a table of which the question names a
    column, but no single row.
    """

    candidates: list[Candidate]
    answerable: float
    table: Document | None = None

    @property
    def probability(self) -> float:
        """The probability of the best candidate being the answer, 0 without any."""
        return self.candidates[0].probability if self.candidates else 0.0


def find_candidates(
    query: Query,
    passages: Sequence[Passage],
    encoder: Encoder,
    *,
    context: frozenset[str] = frozenset(),
) -> Candidates:
    """Return the candidate answers in the passages that were read.

    Words of the `context` of a follow-up question may name a row of a table. If no passage was
    read, because there is no reader, the candidates are whole sentences.
    """
    if not any(passage.reading for passage in passages):
        ranked = rank_sentences(query, passages, encoder)
        answerable = answerable_by_best(ranked[0][-1]) if ranked else 0.0
        return Candidates([Candidate(*found, found[-1]) for found in ranked], answerable)
    cells = Cells(query, passages, encoder, context)
    found, features = span_features(query, passages, encoder, cells=cells)
    judged = [cells.judge(*place) for place in found]
    alone = features.copy()
    alone[:, SPAN_FEATURES.index("share")] = 0.0
    parts = features[:, SPAN_FEATURES.index("span")]
    best: dict[int, int] = {}
    candidates = []
    doubt = UNKNOWN_WORD * _asks_of_unknown(query, passages)
    for i, (place, cell) in enumerate(zip(found, judged, strict=True)):
        # The model is fitted on the best span of a passage; others are less likely by their share.
        first = i if cell.features else best.setdefault(id(place[0]), i)
        less = math.exp(min(0.0, parts[i] - parts[first]))
        lost = doubt + OTHER_CELL * cell.wrong
        one = lower_odds(sigmoid(_weigh(features[first], cell)), lost) * less
        other = lower_odds(sigmoid(_weigh(alone[first], cell)), lost) * less
        candidates.append(Candidate(*place, one, other))
    order = _put_likely_cells_first(candidates, judged)
    answerable = 0.0
    if order:
        answerable = sigmoid(_weigh(features[order[0]], judged[order[0]], for_any=True))
    several = bool(passages) and cells.ask_for_several(passages[0])
    table = passages[0].document if several else None
    return Candidates([candidates[i] for i in order], answerable, table)


def _weigh(features: npt.NDArray[np.float64], cell: Judgement, *, for_any: bool = False) -> float:
    """Return the log odds of a span being right; `for_any`, of the documents answering at all."""
    if cell.features:
        weights = CELL_ANSWERABLE_WEIGHTS if for_any else CELL_WEIGHTS
        return float(cell.complete(features) @ np.array(weights))
    return float(features @ np.array(ANSWERABLE_WEIGHTS if for_any else SPAN_WEIGHTS))


def _put_likely_cells_first(
    candidates: Sequence[Candidate], judged: Sequence[Judgement]
) -> list[int]:
    """Return the order of the candidates: cells by their probability, the others as they are.

    Cells that are likelier than the first of the others come before them, the rest behind them.
    """
    cells = [i for i, cell in enumerate(judged) if cell.features]
    cells.sort(key=lambda i: -candidates[i].probability)
    others = [i for i, cell in enumerate(judged) if not cell.features]
    least = candidates[others[0]].probability if others else 0.0
    likely = [i for i in cells if candidates[i].probability >= least]
    return [*likely, *others, *cells[len(likely) :]]


def span_features(
    query: Query,
    passages: Sequence[Passage],
    encoder: Encoder,
    *,
    weights: Mapping[str, float] = RANK_WEIGHTS,
    cells: Cells | None = None,
) -> tuple[list[tuple[Passage, int, int]], npt.NDArray[np.float64]]:
    """Return the best spans of the passages that were read, the best first, and their features.

    The features have the shape (spans, len(SPAN_FEATURES)). "share" is the log of the passage's
    share in the odds of all passages, with `weights` as in `rank`, and "span" that of the span in
    its passage; "sentence" is the log odds of the sentence around it, or below it if that
    is a heading; "long" makes up for the reader's being less used to long questions. A reading in a
    language that the reader does not know may count against a span, but not for it. `cells` are
    those of the passages, if they are known.
    """
    cells = cells or Cells(query, passages, encoder)
    found: list[tuple[Passage, int, int]] = []
    rows: list[list[float]] = []
    is_last: list[bool] = []
    read = [(passage, passage.reading) for passage in passages if passage.reading]
    places = rank(query.text, passages, weights=weights)
    order = np.argsort(-places, kind="stable").tolist()
    answers = [best_words(passage, reading, query) for passage, reading in read]
    places = share_odds(places, answers)
    scored = score_sentences(
        query, [read[i][0] for i in order], encoder, embedded=EMBEDDED_BESIDE_READER
    )
    evidence = {(id(passage), start, end): odds for passage, start, end, odds in scored}
    short = shortness(query.text)
    for (passage, reading), place in zip(read, places.tolist(), strict=True):
        known = min(1.0, reading.familiarity / KNOWN_LANGUAGE)
        document, chunk = passage.document, passage.chunk
        for start, end, score in _select_proposals(passage, reading, query, cells):
            span = (chunk.start + start, chunk.start + end)
            around_it = sentences_touched(document, chunk, *span)
            below = [s for first, _ in around_it for s in sentences_below(document, chunk, first)]
            evident = max(
                (evidence.get((id(passage), *s), _UNSCORED) for s in (*around_it, *below)),
                default=_UNSCORED,
            )
            words = passage.text[start:end]
            text = " ".join(document.text[first:last] for first, last in around_it)
            cell = cells.judge(passage, *span)
            found.append((passage, *span))
            is_wrong = query.repeats(words) or _asks(text)
            is_last.append(is_wrong or cell.wrong)
            rows.append(
                [
                    1.0,
                    min(reading.answer_logit, known * reading.answer_logit) - NO_ANSWER * is_wrong,
                    place,
                    score - reading.span_logsumexp,
                    evident,
                    1.0 - short,
                ]
            )
    features = np.array(rows, dtype=np.float64).reshape(len(rows), len(SPAN_FEATURES))
    columns = dict(zip(SPAN_FEATURES, features.T, strict=True))
    good = columns["share"] + columns["span"] + SENTENCE_SHARE * columns["sentence"]
    best = np.argsort(NO_ANSWER * np.array(is_last) - good, kind="stable")
    return [found[i] for i in best], features[best]


def _select_proposals(
    passage: Passage, reading: Reading, query: Query, cells: Cells
) -> list[tuple[int, int, float]]:
    """Return the best proposals, extended to whole words, that do not overlap a better one.

    Cells that the question names come first, short ones count as a whole. Those that cross the end
    of a sentence or of a cell are left out if others do not.
    """
    document, chunk = passage.document, passage.chunk
    first = chunk.start
    proposals = [
        (start, p.end, p.score)
        for p in reading.proposals
        if (start := _skip_questions(passage, p.start, p.end)) < p.end
    ] or [(p.start, p.end, p.score) for p in reading.proposals]
    whole = [
        p
        for p in proposals
        if len(sentences_touched(document, chunk, first + p[0], first + p[1])) < 2
    ]
    proposals = proposals if query.wants_sentence else whole or proposals
    within = [p for p in proposals if not cells.crosses(passage, first + p[0], first + p[1])]
    proposals = within or proposals
    highest = max((score for _, _, score in proposals), default=reading.span_logsumexp)
    named = [(a - first, b - first, highest) for a, b in cells.named_in(passage)]
    limit = None if cells.are_in(passage) else SPANS_PER_PASSAGE
    kept: list[tuple[int, int, float]] = []
    for start, end, score in [*named, *proposals]:
        if len(kept) == limit:
            break
        start, end = whole_span(passage.text, start, query.extend_name(passage.text, end))
        start, end = (at - first for at in cells.widen(passage, first + start, first + end))
        if not any(start < after and before < end for before, after, _ in kept):
            kept.append((start, end, score))
    return kept


def _skip_questions(passage: Passage, start: int, end: int) -> int:
    """Return where a range of a passage's text goes on after questions, or its end."""
    for first, last in sentences_of(passage.document, passage.chunk):
        if start < last and first < end and not _asks(passage.text[first:last]):
            return max(start, first)
    return end


def _asks(sentence: str) -> bool:
    """Whether a sentence is a question, which answers nothing: "**Do you ship to Norway?**"."""
    return sentence.rstrip(' \t\n*_#"”’»)').endswith(("?", "？", "؟"))


def _asks_of_unknown(query: Query, passages: Sequence[Passage]) -> bool:
    """Whether yes or no is asked of a word that no passage holds: "Is the refund taxable?"."""
    return query.yes_or_no and not query.words <= set().union(*map(passage_stems, passages))
