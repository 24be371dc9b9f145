"""A question and an index -> [Passage]: what `search` finds, the best put in order by what the
reader says of them.

Which words of a passage answer, and whether any do, is left to `read` and `answer`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index import Chunk, Document, FootnoteError, Generation, open_index
from index.encode.encoder import Encoder, load_encoder
from index.extract.document import TITLE_LENGTH
from qa.reader.reader import EMBEDDED, Reader, Reading, load_reader
from qa.retrieval.filters import Where, chosen
from qa.retrieval.hybrid import CANDIDATES, KNOWN, Found, search
from qa.retrieval.query import phrases

MAX_QUESTION = 2000
"""Characters of a question at most; the encoder reads about half as many."""

READ = 5
"""Passages that the reader reads at most; reading more costs time and hardly finds more."""

LEAST_READ = 3
"""Passages that it reads in any case, so that there is something to compare with."""

MARGIN = 0.15
"""Fused score that a further passage may have less than the best to be read."""

RANK = {
    "constant": -9.37,
    "dense": 2.03,
    "lexical": 11.03,
    "fused": 10.89,
    "answers": 3.45,
    "share": 3.26,
}
"""What a passage that was read gains by each of `rank_features`; from:
python -m qa.training.calibrate DATA --reader FOLDER"""

WORDS = 8
"""Words of a question up to which the reader is trusted in full; it was trained on short ones."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk. `text` is its slice of `document.text`; `score` is higher for better.

    `scores` says why: "dense" is the cosine of question and passage, "lexical" their BM25 as a
    share of the most that the question's words could score, so that both lie between 0 and 1, and
    "fused" is the two together. "reader" is the chance, between 0 and 1, that the reader gives the
    passage to answer; it and `reading` are there for the passages that were read.
    """

    chunk: Chunk
    document: Document
    text: str
    score: float
    scores: Mapping[str, float]
    reading: Reading | None = None


def retrieve(
    question: str,
    *,
    index: str | Path | Generation | None = None,
    top_k: int = 5,
    where: Where | None = None,
    encoder: Encoder | None = None,
    reader: Reader | str = EMBEDDED,
) -> list[Passage]:
    """Return the `top_k` passages nearest to the question, best first; fewer if fewer exist.

    `index` is an opened one or its folder, by default $FOOTNOTE_INDEX or .footnote/ here. `where`
    restricts the search to some documents: {"folder": "reports", "date": "2023..2024"}.
    `reader` is a loaded one, or as in `load_reader`; with "none" passages are ordered without one.
    Raises `FootnoteError` for an empty or overlong question and where there is no sound index.
    """
    question = check_question(question)
    if top_k < 1:
        raise FootnoteError(f"top_k is {top_k}; ask for at least 1 passage.")
    generation = index if isinstance(index, Generation) else open_index(index)
    if encoder is None:
        encoder = load_encoder(generation.manifest.encoder.name)
    loaded = load_reader(reader) if isinstance(reader, str) else reader
    found = find(question, generation, encoder, where=where, depth=top_k)
    return ordered(question, found, loaded, top_k)


def find(
    question: str,
    generation: Generation,
    encoder: Encoder,
    *,
    where: Where | None = None,
    depth: int = CANDIDATES,
) -> Found:
    """Return at least the `depth` rows nearest to a question, in documents restricted by `where`.

    Raises `EncoderMismatch` where another encoder made the index.
    """
    generation.check_encoder(encoder)
    among = chosen(where, generation.manifest.documents) if where else None
    return search(question, generation, encoder, depth=max(depth, CANDIDATES), among=among)


def ordered(question: str, found: Found, reader: Reader | None, top_k: int) -> list[Passage]:
    """Return the `top_k` passages that were found first, in the order that the reader gives them.

    What the question quotes comes before all others. `question` is what the reader reads.
    """
    # What a question quotes is looked for further down than its other words.
    count = max(top_k, CANDIDATES if phrases(question) else READ)
    passages = [_passage(found, row) for row in islice(found.scores, count)]
    passages = _quoted_first(question, passages)
    if reader is None:
        return passages[:top_k]
    passages = read_passages(question, passages, reader, worth_reading(passages))
    return _quoted_first(question, passages)[:top_k]


def _quoted_first(question: str, passages: list[Passage]) -> list[Passage]:
    """Return the passages, those first that hold what the question sets in quotation marks."""
    quoted = [" ".join(phrase.casefold().split()) for phrase in phrases(question)]
    texts = [" ".join(passage.text.casefold().split()) for passage in passages if quoted]
    hold = [p for p, text in zip(passages, texts, strict=False) if any(q in text for q in quoted)]
    if not hold:
        return passages
    least = hold[-1].score
    rest = [passage for passage in passages if passage not in hold]
    return hold + [replace(passage, score=least * min(1.0, passage.score)) for passage in rest]


def worth_reading(passages: Sequence[Passage]) -> list[Passage]:
    """Return the first of the passages, in the order of their search, that are near the best."""
    return list(passages[: min(READ, max(LEAST_READ, count_near(passages)))])


def count_near(passages: Sequence[Passage]) -> int:
    """Return how many passages the search finds about as near as the best."""
    least = max((p.scores["fused"] for p in passages), default=0.0) - MARGIN
    return sum(passage.scores["fused"] >= least for passage in passages)


def read_passages(
    question: str, passages: Sequence[Passage], reader: Reader, chosen: Sequence[Passage]
) -> list[Passage]:
    """Return the passages, the `chosen` ones read and put first in the order that follows."""
    readings = reader.read(question, [(_title(p), p.text) for p in chosen])
    read = [replace(p, reading=reading) for p, reading in zip(chosen, readings, strict=True)]
    odds = rank(question, read)
    read = [
        replace(
            passage,
            score=1 / (1 + math.exp(-place)),
            scores={**passage.scores, "reader": 1 / (1 + math.exp(-reading.answers))},
        )
        for passage, reading, place in zip(read, readings, odds.tolist(), strict=True)
    ]
    read.sort(key=lambda passage: -passage.score)
    # Those that were not read follow, with scores that say so.
    least = read[-1].score if read else 0.0
    return read + [replace(p, score=least * p.score) for p in passages if p not in chosen]


def _title(passage: Passage) -> str:
    """Return the title of the passage's document, "" where the passage itself begins with it."""
    title = passage.document.title
    opening = " ".join(passage.text[: 2 * TITLE_LENGTH].split()).lstrip("# ")
    return "" if opening.startswith(title.rstrip("…")) else title


def rank(
    question: str, passages: Sequence[Passage], *, weights: Mapping[str, float] = RANK
) -> npt.NDArray[np.float64]:
    """Return the logarithm of the odds that each passage which was read is the right one."""
    odds = rank_features(question, passages) @ np.array(list(weights.values()))
    return np.asarray(odds, dtype=np.float64)


def shortness(question: str) -> float:
    """Return how far what is learnt from short questions holds for this one, 0 to 1.

    >>> shortness("Who was it?"), shortness("a " * 16)
    (1.0, 0.25)
    """
    return min(1.0, WORDS / len(question.split())) ** 2


def rank_features(question: str, passages: Sequence[Passage]) -> npt.NDArray[np.float64]:
    """Return what is known of passages that were read: shape (len(passages), len(RANK)).

    "answers" is the reader's chance that the passage answers, "share" the part that its best span
    has in the odds of all spans of all the passages. The less the reader knows the passage's
    language, and the longer the question, the less it has to say.
    """
    read = [(p.scores, p.reading) for p in passages if p.reading]
    total = float(np.logaddexp.reduce([reading.mass for _, reading in read])) if read else 0.0
    short = shortness(question)
    rows = []
    for scores, reading in read:
        trust = short * min(1.0, reading.familiarity / KNOWN)
        best = reading.proposals[0].score if reading.proposals else -math.inf
        said = [1 / (1 + math.exp(-reading.answers)), math.exp(best - total)]
        found = [scores["dense"], scores["lexical"], scores["fused"]]
        rows.append([1.0, *found, *(trust * value for value in said)])
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(RANK))


def check_question(question: str) -> str:
    """Return the question without white space around it. Raises `FootnoteError`."""
    question = question.strip()
    if not any(character.isalnum() for character in question):
        raise FootnoteError("The question is empty. Ask something, such as: Who signed it?")
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise FootnoteError("The question is not valid text. Type it again in UTF-8.")
    if len(question) > MAX_QUESTION:
        raise FootnoteError(
            f"The question has {len(question):,} characters; at most {MAX_QUESTION:,} are read. "
            "Shorten it to what you want to know."
        )
    return question


def _passage(found: Found, row: int) -> Passage:
    """Return a row as a passage, of that document of its text which was asked for."""
    generation, among, scores = found.generation, found.among, found.scores[row]
    _, start, end = generation.chunks[row].tolist()
    holders = generation.holders(row)
    document = generation.numbered(
        holders[0] if among is None else next(n for n in holders if n in among)
    )
    chunk = Chunk(document.id, start, end)
    return Passage(chunk, document, document.text[start:end], scores["fused"], dict(scores))
