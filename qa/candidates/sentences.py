"""Score the sentences that may answer a question, without a reader.

A logistic model combines two kinds of evidence for each sentence of the best passages: meaning, the
cosine of question and sentence; and words: how many of the question's words and names occur in the
sentence, its passage and its title, and whether the sentence contains the kind of answer asked for
(a person, a date, a number). Its weights are fitted on labelled questions by
`qa.training.calibrate`. What follows from the probability is left to `answer`.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.encode.encoder import Encoder
from index.search.terms import index_terms
from qa.retrieval.heading import is_heading
from qa.retrieval.query import Query, matched_share
from qa.retrieval.rerank import Passage
from qa.retrieval.sentence_ranges import sentences_of
from qa.sigmoid import sigmoid

PASSAGES = 4
"""Passages whose sentences are scored; the right one is rarely further down."""

EMBEDDED_SENTENCES = 6
"""Sentences that are embedded; one takes about 4 ms on two cores."""

SENTENCE_FEATURES = (
    "constant",
    "passage cosine",
    "passage rank",
    "sentence cosine",
    "words in sentence",
    "words in passage",
    "name missing",
    "kind missing",
    "kind found",
    "opens passage",
)
"""Features of a sentence, in the order of `SENTENCE_WEIGHTS`."""

SENTENCE_WEIGHTS = (-5.34, 0.25, -1.22, 3.93, 3.33, -0.43, -0.71, -0.89, 0.44, 0.36)
"""What each feature adds to the log odds; from: python -m qa.training.calibrate DATA"""


ANSWERABLE_BY_BEST = (0.83, 0.98)
"""The log odds that the documents answer at all, by those of the best sentence: constant, slope;
from the same."""


def answerable_by_best(probability: float) -> float:
    """Return the probability that the documents answer, given that of their best sentence.

    >>> answerable_by_best(0.2) < answerable_by_best(0.6)
    True
    """
    constant, slope = ANSWERABLE_BY_BEST
    kept = min(max(probability, 1e-6), 1 - 1e-6)
    return sigmoid(constant + slope * math.log(kept / (1 - kept)))


def rank_sentences(
    query: Query, passages: Sequence[Passage], encoder: Encoder
) -> list[tuple[Passage, int, int, float]]:
    """Return the sentences of the first passages, the likeliest answer first.

    Each comes as its passage, its range in the document (characters, end exclusive) and the
    probability that it answers.
    """
    found = sorted(score_sentences(query, passages, encoder), key=lambda sentence: -sentence[3])
    return [(p, start, end, sigmoid(odds)) for p, start, end, odds in found]


def score_sentences(
    query: Query,
    passages: Sequence[Passage],
    encoder: Encoder,
    *,
    embedded: int = EMBEDDED_SENTENCES,
) -> list[tuple[Passage, int, int, float]]:
    """Return the sentences in their order, each with its log odds of answering."""
    found, features = sentence_features(query, passages, encoder, embedded=embedded)
    odds = (features @ np.array(SENTENCE_WEIGHTS)).tolist()
    return [
        (passage, start, end, log_odds)
        for (passage, start, end), log_odds in zip(found, odds, strict=True)
    ]


def passage_stems(passage: Passage) -> set[str]:
    """Return the stems of the words of a passage and of its document's title."""
    return set(index_terms(f"{passage.document.title}\n{passage.text}"))


def sentence_features(
    query: Query,
    passages: Sequence[Passage],
    encoder: Encoder,
    *,
    embedded: int = EMBEDDED_SENTENCES,
) -> tuple[list[tuple[Passage, int, int]], npt.NDArray[np.float64]]:
    """Return the sentences of the first passages, and their features.

    The features have the shape (sentences, len(SENTENCE_FEATURES)). At most `embedded` sentences
    are embedded.
    """
    found: list[tuple[Passage, int, int]] = []
    rows: list[list[float]] = []
    for rank, passage in enumerate(passages[:PASSAGES]):
        around = passage_stems(passage)
        for number, (start, end) in enumerate(sentences_of(passage.document, passage.chunk)):
            sentence = passage.text[start:end]
            if is_heading(passage.document, passage.chunk.start + start):
                continue
            found.append((passage, passage.chunk.start + start, passage.chunk.start + end))
            rows.append(
                [
                    1.0,
                    passage.scores["dense"],
                    float(rank),
                    0.0,  # The sentence's own cosine: filled in below, for all sentences at once.
                    matched_share(query.words, set(index_terms(sentence))),
                    matched_share(query.words, around),
                    float(not query.names <= around),
                    float(query.has_kind(sentence) is False),
                    float(query.has_kind(sentence) is True),
                    float(number == 0),
                ]
            )
    features = np.array(rows, dtype=np.float64).reshape(len(rows), len(SENTENCE_FEATURES))
    sentences = [passage.document.text[a:b] for passage, a, b in found]
    _add_cosines(features, query.text, sentences, encoder, embedded)
    return found, features


def _add_cosines(
    features: npt.NDArray[np.float64],
    question: str,
    sentences: Sequence[str],
    encoder: Encoder,
    embedded: int,
) -> None:
    """Fill in the cosine of question and sentence where the other features are the best.

    The other sentences get the cosine of their passage, less the usual difference.
    """
    column = SENTENCE_FEATURES.index("sentence cosine")
    passage, words = (
        SENTENCE_FEATURES.index("passage cosine"),
        SENTENCE_FEATURES.index("words in sentence"),
    )
    features[:, column] = features[:, passage] - 0.15
    first_guess = features[:, passage] + features[:, words]
    chosen = np.argsort(-first_guess, kind="stable")[:embedded]
    vector = encoder.embed_question(question)
    if len(chosen):
        vectors = encoder.embed_sentences([sentences[i] for i in chosen])
        features[chosen, column] = encoder.compare(vectors, vector)
