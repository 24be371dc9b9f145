"""A question and an index -> [Passage]: found by meaning and by words, the two fused, and the best
put in order by what the reader says of them.

Which words of a passage answer, and whether any do, is left to `read` and `answer`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index import Chunk, Document, FootnoteError, Generation, open_index
from index.documents import TITLE_LENGTH
from index.embed import Encoder, load_encoder
from qa.question import phrases
from qa.reader import EMBEDDED, Reader, Reading, load_reader
from qa.where import Where, chosen

MAX_QUESTION = 2000
"""Characters of a question at most; the encoder reads about half as many."""

DENSE_WEIGHT = 0.45
"""Share of the cosine in a fused score where the encoder knows the language, the rest is BM25's;
measured, as are the two below, by tests/bench/quality.py."""

KNOWN = 0.8
"""Familiarity from which an encoder counts as knowing a language."""

LEAST = 0.15
"""Part of DENSE_WEIGHT that is left where it does not know a word."""

CANDIDATES = 100
"""Chunks taken from each of the two searches."""

READ = 5
"""Passages that the reader reads at most; reading more costs time and hardly finds more."""

LEAST_READ = 3
"""Passages that it reads in any case, so that there is something to compare with."""

MARGIN = 0.15
"""Fused score that a further passage may have less than the best to be read."""

RANK = {
    "constant": -9.53,
    "dense": 2.23,
    "lexical": 10.9,
    "fused": 11.09,
    "answers": 3.65,
    "share": 3.15,
}
"""What a passage that was read gains by each of `rank_features`; from:
python -m qa.fit DATA --reader FOLDER"""

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
    generation.check_encoder(encoder)

    loaded = load_reader(reader) if isinstance(reader, str) else reader
    # What a question quotes is looked for further down than its other words.
    count = max(top_k, CANDIDATES if phrases(question) else READ)
    numbers = chosen(where, generation.manifest.documents) if where else None
    found = _search(question, generation, encoder, count, among=numbers)
    passages = _quoted_first(question, found)
    if loaded is None:
        return passages[:top_k]
    passages = read_passages(question, passages, loaded, worth_reading(passages))
    return _quoted_first(question, passages)[:top_k]


def _search(
    question: str,
    generation: Generation,
    encoder: Encoder,
    count: int,
    *,
    among: Sequence[int] | None,
) -> list[Passage]:
    """Return the passages nearest by meaning and by words, the two fused, best first.

    Only the documents of the numbers `among` these are searched, if given.
    """
    depth = max(count, CANDIDATES)
    rows = None if among is None else generation.rows_of(among)
    lexical = generation.lexical.search(question, depth, among=rows)
    vector = encoder.embed_question(question)
    dense = generation.dense.search(vector, depth, among=rows)
    only_lexical = [row for row in lexical if row not in dense]
    if only_lexical:
        cosines = generation.dense.vectors(only_lexical) @ vector
        dense |= dict(zip(only_lexical, cosines.tolist(), strict=True))
    fused = fuse(
        dense,
        lexical,
        most=generation.lexical.most_possible(question),
        weight=lambda row: dense_weight(generation.familiarity(row)),
    )
    best = sorted(fused, key=lambda row: (-fused[row]["fused"], row))[:count]
    return [_passage(generation, row, fused[row], among) for row in best]


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


def dense_weight(familiarity: float) -> float:
    """Return the share of the cosine for a document of a language so well known to the encoder."""
    return DENSE_WEIGHT * (LEAST + (1 - LEAST) * min(1.0, familiarity / KNOWN))


def fuse(
    dense: Mapping[int, float],
    lexical: Mapping[int, float],
    *,
    most: float,
    weight: Callable[[int], float] = lambda row: DENSE_WEIGHT,
) -> dict[int, dict[str, float]]:
    """Return for each row of either search its "dense", "lexical" and "fused" scores.

    A convex combination of the two (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for
    Hybrid Retrieval", 2023). BM25 is divided by `most`, the highest score that is possible for
    the question, so that one rare word that is found does not outweigh five that are not.
    `weight` gives the share of the cosine in a row's score.

    >>> fuse({1: 0.8, 2: 0.4}, {2: 5.0}, most=10.0, weight=lambda row: 0.5)[2]
    {'dense': 0.4, 'lexical': 0.5, 'fused': 0.45}
    """
    fused = {}
    for row in dict.fromkeys((*dense, *lexical)):
        cosine, words = dense.get(row, 0.0), lexical.get(row, 0.0) / (most or 1.0)
        share = weight(row)
        total = share * cosine + (1 - share) * words
        fused[row] = {"dense": cosine, "lexical": words, "fused": total}
    return fused


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


def _passage(
    generation: Generation,
    row: int,
    scores: Mapping[str, float],
    among: Sequence[int] | None,
) -> Passage:
    """Return a row as a passage, of that document of its text which was asked for."""
    _, start, end = generation.chunks[row].tolist()
    holders = generation.holders(row)
    document = generation.numbered(
        holders[0] if among is None else next(n for n in holders if n in among)
    )
    chunk = Chunk(document.id, start, end)
    return Passage(chunk, document, document.text[start:end], scores["fused"], dict(scores))
