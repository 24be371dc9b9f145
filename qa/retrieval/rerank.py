"""Retrieve passages for a question: search the index, then let the reader reorder the best.

Which words of a passage answer, and whether any do, is left to `candidates` and `answer`.
A little long, because what a passage is, and how it is found and read, belong together.
"""

import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from index import Chunk, Document, Generation, open_index
from index.encode.encoder import Encoder
from qa.citation import Citation, cite
from qa.reader.decode import Reading
from qa.reader.load import BUNDLED_READER, load_reader
from qa.reader.reader import Reader
from qa.retrieval.arguments import DEFAULT_TOP_K, check_question, check_top_k
from qa.retrieval.exchanges import PastExchange
from qa.retrieval.filters import Where
from qa.retrieval.follow_up import Interpretation, interpret
from qa.retrieval.heading import heading_to_read
from qa.retrieval.hybrid import CANDIDATES, KNOWN_LANGUAGE, SearchResult
from qa.retrieval.query import find_quoted_phrases
from qa.retrieval.read_closer import add_closer_readings, choose_windows
from qa.retrieval.read_rows import add_row_readings, choose_rows
from qa.sigmoid import sigmoid

MAX_CLOSE = 5
"""Limit of the passages that are read as the best by the fused score; reading more takes time and
hardly finds more."""

MIN_READ = 3
"""Passages that are read in any case, so that there is something to compare with."""

NEAREST = 2
"""Passages that are read as the nearest by meaning: of questions in words that the text does not
use, they bring the right passage before the reader in five more of a hundred."""

MAX_READ = MAX_CLOSE + NEAREST
"""Limit of the passages that the reader reads."""

READ_MARGIN = 0.15
"""How far below the best fused score a further passage is still read."""

RANK_WEIGHTS = {
    "constant": -6.50,
    "dense": 1.49,
    "lexical": 2.05,
    "fused": 15.77,
    "answers": 0.62,
    "share": 0.42,
}
"""What each of `rank_features` adds to the log odds that a passage is the right one; from:
python -m qa.training.calibrate DATA --reader FOLDER"""

MIN_LOGIT = -10.0
"""Lower limit of what the reader says of a passage; below it, nothing is left to tell."""

SHORT_QUESTION = 8
"""Words of a question up to which the reader is trusted in full; it was trained on short ones."""


Read: TypeAlias = Callable[[str, Sequence[tuple[str, str]]], list[Reading]]
"""Reads a question with passages, as `Reader.read` does."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk. `text` is its slice of `document.text`; a higher `score` is better.

    `scores` explains the score: "dense" is the cosine of question and passage, "lexical" their BM25
    score divided by the highest that is possible for the question, so that both lie between 0 and
    1, and "fused" combines the two, and is higher where one sentence holds much of the question.
    "reader" is the reader's probability that the passage answers; it and `reading` exist for the
    passages that were read.
    """

    chunk: Chunk
    document: Document
    text: str
    score: float
    scores: Mapping[str, float]
    reading: Reading | None = None

    @property
    def document_id(self) -> str:
        return self.document.id

    @property
    def citation(self) -> Citation:
        """The citation of the whole passage."""
        return cite(self.document, self.chunk.start, self.chunk.end)

    @property
    def page(self) -> int | None:
        """The page on which the passage begins, from 1; None for formats without pages."""
        return self.citation.page

    @property
    def uri(self) -> str:
        """The address of the passage, for `qa.check`."""
        return self.citation.uri

    def to_dict(self) -> dict[str, Any]:
        """Return the passage as plain data, without its document's text and paths of this machine.

        All of its citation is part of it, the quotation as "text"; "metadata" where there is any.
        """
        metadata = self.document.metadata
        return {
            "document_id": self.document.id,
            "title": self.document.title,
            "page": self.page,
            "start": self.chunk.start,
            "end": self.chunk.end,
            "text": self.text,
            "score": self.score,
            "scores": dict(self.scores),
            "uri": self.uri,
            "also": list(self.document.also),
            **({"metadata": dict(metadata)} if metadata else {}),
        }

    def __repr__(self) -> str:
        """Return it in short: no text of a document is longer than some words here."""
        place = f"{reprlib.repr(self.document.id)}, {self.chunk.start}-{self.chunk.end}"
        return f"Passage({place}, score={self.score:.3f}, text={reprlib.repr(self.text)})"


def retrieve(
    question: str | Interpretation,
    *,
    history: Sequence[PastExchange] = (),
    index: str | Path | Generation | None = None,
    top_k: int = DEFAULT_TOP_K,
    where: Where | None = None,
    encoder: Encoder | None = None,
    reader: Reader | str | None = BUNDLED_READER,
) -> list[Passage]:
    """Return the `top_k` passages nearest to the question, best first; fewer if fewer exist.

    `index` is an opened one or its folder, by default $FOOTNOTE_INDEX or .footnote/ here. `where`
    restricts the search to some documents: {"folder": "reports", "date": "2023..2024"}.
    `reader` is a loaded one, or as in `load_reader`; with "none" the search alone orders the
    passages. `history` holds the exchanges before a question, oldest first, as in `qa.ask`. An
    interpretation in place of the question brings the rows that were found for it. Raises
    `InvalidArgument` for an empty or overlong question and any other argument that cannot be used,
    `NoMatch` where `where` fits no document, and `FootnoteError` where there is no sound index.
    """
    top_k = check_top_k(top_k)
    if isinstance(question, Interpretation):
        found = [question]
    else:
        question = check_question(question)
        opened = open_index(index, encoder=encoder)
        found = interpret(question, opened, history=history, where=where, depth=top_k)
    loaded = load_reader(reader)
    ranked = [(one, _rank_passages(one.searched_for, one.result, loaded, top_k)) for one in found]
    return max(ranked, key=lambda one: one[0].log_odds_given(_best_reading(one[1])))[1]


def _best_reading(passages: Sequence[Passage]) -> float:
    """Return the highest probability that a passage answers; one half where none was read."""
    return max((p.scores["reader"] for p in passages if "reader" in p.scores), default=0.5)


def _rank_passages(
    question: str, result: SearchResult, reader: Reader | None, top_k: int
) -> list[Passage]:
    """Return the best `top_k` passages of a search, in the reader's order.

    Passages that contain a quoted phrase come first. The reader reads `question`.
    """
    # A quoted phrase is looked for further down the results than the other words.
    count = max(top_k, CANDIDATES if find_quoted_phrases(question) else MAX_READ)
    rows = dict.fromkeys((*islice(result.scores, count), *_nearest_rows(result)))
    passages = [_make_passage(result, row) for row in rows]
    passages = _move_quoted_first(question, passages)
    if reader is None:
        return passages[:top_k]
    passages = read_passages(question, passages, reader.read, choose_to_read(passages))
    return _move_quoted_first(question, passages)[:top_k]


def _nearest_rows(result: SearchResult) -> list[int]:
    """Return the rows that are read as the nearest by meaning."""
    return nlargest(NEAREST, result.scores, key=lambda row: result.scores[row]["dense"])


def _move_quoted_first(question: str, passages: list[Passage]) -> list[Passage]:
    """Move passages that contain a quoted phrase of the question to the front."""
    quoted = [" ".join(phrase.casefold().split()) for phrase in find_quoted_phrases(question)]
    texts = [" ".join(passage.text.casefold().split()) for passage in passages if quoted]
    hold = [p for p, text in zip(passages, texts, strict=False) if any(q in text for q in quoted)]
    if not hold:
        return passages
    least = hold[-1].score
    rest = [passage for passage in passages if passage not in hold]
    return hold + [replace(passage, score=least * min(1.0, passage.score)) for passage in rest]


def choose_to_read(passages: Sequence[Passage]) -> list[Passage]:
    """Return the passages to read: the first ones, as far as their scores are close to the best,
    and the nearest by meaning.
    """
    close = passages[: min(MAX_CLOSE, max(MIN_READ, count_close(passages)))]
    nearest = nlargest(NEAREST, passages, key=lambda passage: passage.scores["dense"])
    return [*close, *(passage for passage in nearest if passage not in close)]


def count_close(passages: Sequence[Passage]) -> int:
    """Return how many passages have a fused score close to the best."""
    least = max((p.scores["fused"] for p in passages), default=0.0) - READ_MARGIN
    return sum(passage.scores["fused"] >= least for passage in passages)


def read_passages(
    question: str, passages: Sequence[Passage], read: Read, chosen: Sequence[Passage]
) -> list[Passage]:
    """Return the passages, the `chosen` ones read and put first by what the reader finds.

    Rows of tables in them that the question is about are read with the names of their columns, and
    the sentences that probably answer are read once more.
    """
    places = [(passage.document, passage.chunk) for passage in chosen]
    rows = choose_rows(question, places)
    texts = [_text_of(p.document, p.chunk) for p in chosen]
    texts += [(texts[row.passage][0], row.text) for row in rows]
    found = read(question, texts)
    alone = list(zip(rows, found[len(chosen) :], strict=True))
    readings = add_row_readings(places, found[: len(chosen)], alone)
    odds = rank(question, _with_readings(chosen, readings))
    windows = choose_windows(question, places, readings, odds)
    texts = [_text_of(chosen[window.passage].document, window.chunk) for window in windows]
    closer = zip(windows, read(question, texts), strict=True)
    readings = add_closer_readings(places, readings, list(closer))
    ranked = _with_readings(chosen, readings)
    odds = rank(question, ranked)
    ranked = [
        replace(
            passage,
            score=sigmoid(place),
            scores={**passage.scores, "reader": sigmoid(reading.answer_logit)},
        )
        for passage, reading, place in zip(ranked, readings, odds.tolist(), strict=True)
    ]
    ranked.sort(key=lambda passage: -passage.score)
    # Unread passages follow, with lower scores.
    least = ranked[-1].score if ranked else 0.0
    return ranked + [replace(p, score=least * p.score) for p in passages if p not in chosen]


def _text_of(document: Document, chunk: Chunk) -> tuple[str, str]:
    """Return a chunk as it is read: where it stands, and its text."""
    return heading_to_read(document, chunk), document.text[chunk.start : chunk.end]


def _with_readings(passages: Sequence[Passage], readings: Sequence[Reading]) -> list[Passage]:
    return [replace(p, reading=reading) for p, reading in zip(passages, readings, strict=True)]


def rank(
    question: str, passages: Sequence[Passage], *, weights: Mapping[str, float] = RANK_WEIGHTS
) -> npt.NDArray[np.float64]:
    """Return the log odds that each passage that was read is the right one."""
    odds = rank_features(question, passages) @ np.array(list(weights.values()))
    return np.asarray(odds, dtype=np.float64)


def shortness(question: str) -> float:
    """Return how far the reader, trained on short questions, is trusted with this one, 0 to 1.

    >>> shortness("Who was it?"), shortness("a " * 16)
    (1.0, 0.25)
    """
    return min(1.0, SHORT_QUESTION / len(question.split())) ** 2


def rank_features(question: str, passages: Sequence[Passage]) -> npt.NDArray[np.float64]:
    """Return the features of passages that were read: shape (len(passages), len(RANK_WEIGHTS)).

    "answers" is the reader's log odds that the passage answers, "share" the log of the share of its
    spans among those of all passages. Both count less the longer the question is; the less the
    reader knows the passage's language, the nearer they come to the mean of all passages.
    """
    read = [(p.scores, p.reading) for p in passages if p.reading]
    if not read:
        return np.empty((0, len(RANK_WEIGHTS)))
    logits = np.array([[reading.answer_logit, reading.span_logsumexp] for _, reading in read])
    logits[:, 1] -= np.logaddexp.reduce(logits[:, 1])
    logits = np.maximum(logits, MIN_LOGIT)
    known = [min(1.0, reading.familiarity / KNOWN_LANGUAGE) for _, reading in read]
    trusted = logits.mean(axis=0) + np.array(known)[:, None] * (logits - logits.mean(axis=0))
    by_search = [[1.0, s["dense"], s["lexical"], s["fused"]] for s, _ in read]
    return np.hstack([np.array(by_search), shortness(question) * trusted])


def _make_passage(result: SearchResult, row: int) -> Passage:
    """Return a row as a passage, of a document that the search was restricted to."""
    opened, among, scores = result.opened, result.among, result.scores[row]
    _, start, end = opened.chunks[row].tolist()
    holders = opened.holders(row)
    document = opened.document_by_number(
        holders[0] if among is None else next(n for n in holders if n in among)
    )
    chunk = Chunk(document.id, start, end)
    return Passage(chunk, document, document.text[start:end], scores["fused"], dict(scores))
