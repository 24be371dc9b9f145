"""A question and an index -> [Passage]: found by meaning and by words, the two fused.

Which sentence of a passage answers, and whether any does, is left to `read` and `answer`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from index import Chunk, Document, FootnoteError, Generation, open_index
from index.embed import Encoder, load_encoder

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


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk. `text` is its slice of `document.text`; `score` is higher for better.

    `scores` says why: "dense" is the cosine of question and passage, "lexical" their BM25 as a
    share of the most that the question's words could score, so that both lie between 0 and 1.
    """

    chunk: Chunk
    document: Document
    text: str
    score: float
    scores: Mapping[str, float]


def retrieve(
    question: str,
    *,
    index: str | Path | Generation | None = None,
    top_k: int = 5,
    encoder: Encoder | None = None,
) -> list[Passage]:
    """Return the `top_k` passages nearest to the question, best first; fewer if fewer exist.

    `index` is an opened one or its folder, by default $FOOTNOTE_INDEX or .footnote/ here.
    Raises `FootnoteError` for an empty or overlong question and where there is no sound index.
    """
    question = check_question(question)
    if top_k < 1:
        raise FootnoteError(f"top_k is {top_k}; ask for at least 1 passage.")
    generation = index if isinstance(index, Generation) else open_index(index)
    if encoder is None:
        encoder = load_encoder(generation.manifest.encoder.name)
    generation.check_encoder(encoder)

    top_k = min(top_k, len(generation.chunks))
    depth = max(CANDIDATES, top_k)
    lexical = generation.lexical.search(question, depth)
    vector = encoder.embed_question(question)
    dense = generation.dense.search(vector, depth)
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
    best = sorted(fused, key=lambda row: (-fused[row]["fused"], row))[:top_k]
    return [_passage(generation, row, fused[row]) for row in best]


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


def _passage(generation: Generation, row: int, scores: Mapping[str, float]) -> Passage:
    chunk, document = generation.chunk(row), generation.document(row)
    return Passage(
        chunk,
        document,
        document.text[chunk.start : chunk.end],
        scores["fused"],
        {"dense": scores["dense"], "lexical": scores["lexical"]},
    )
