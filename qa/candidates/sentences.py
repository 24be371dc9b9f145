"""A question and its passages -> the sentences that may answer, weighed without a reader.

Each sentence of the best passages is weighed by evidence of both kinds: by meaning, the
cosine between question and sentence; by words, which of the question's words and names stand in
the sentence, its passage and its title, and whether the sentence holds the kind of thing that is
asked for (a person, a date, a number). A logistic model adds the evidence up to the probability
that the sentence answers the question. Its weights are fitted by `fit` on labelled questions.
What to do with the probability is decided in `answer`.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.encode.encoder import Encoder
from index.search.lexical import terms
from index.text.chunk import Span, is_heading, sentence_spans
from qa.retrieval.query import Asked, share
from qa.retrieval.rerank import Passage

PASSAGES = 4
"""Passages whose sentences are weighed; the right one is rarely further down."""

EMBEDDED = 6
"""Sentences whose meaning is compared; embedding one takes some 4 ms on two cores."""

FEATURES = (
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
"""What is known of a sentence, in the order of `WEIGHTS`."""

WEIGHTS = (-5.34, 0.25, -1.22, 3.93, 3.33, -0.43, -0.71, -0.89, 0.44, 0.36)
"""Logarithm of the odds that a feature adds; from: python -m qa.training.calibrate DATA"""


def weigh(
    question: str, passages: Sequence[Passage], encoder: Encoder
) -> list[tuple[Passage, int, int, float]]:
    """Return the sentences of the first passages, the likeliest answer first.

    Each is its passage, its range in the document (characters, end exclusive) and the probability
    that it answers.
    """
    found = sorted(weigh_odds(question, passages, encoder), key=lambda sentence: -sentence[3])
    return [(p, start, end, 1 / (1 + math.exp(-odds))) for p, start, end, odds in found]


def weigh_odds(
    question: str, passages: Sequence[Passage], encoder: Encoder, *, embedded: int = EMBEDDED
) -> list[tuple[Passage, int, int, float]]:
    """Return the sentences in their order, each with the logarithm of its odds."""
    found, features = evidence(question, passages, encoder, embedded=embedded)
    odds = (features @ np.array(WEIGHTS)).tolist()
    return [
        (passage, start, end, one) for (passage, start, end), one in zip(found, odds, strict=True)
    ]


@lru_cache(maxsize=1024)
def sentences_of(text: str) -> tuple[Span, ...]:
    """Return the sentences of a passage's text, which each step of an answer asks for again."""
    return tuple(sentence_spans(text))


def touched(passage: Passage, start: int, end: int) -> list[Span]:
    """Return those of a passage's sentences that a range touches, all in the document's offsets."""
    offset = passage.chunk.start
    return [
        (offset + first, offset + last)
        for first, last in sentences_of(passage.text)
        if offset + first < end and start < offset + last
    ]


def stems_around(passage: Passage) -> set[str]:
    """Return the stems of the words of a passage and of its document's title."""
    return set(terms(f"{passage.document.title}\n{passage.text}"))


def evidence(
    question: str, passages: Sequence[Passage], encoder: Encoder, *, embedded: int = EMBEDDED
) -> tuple[list[tuple[Passage, int, int]], npt.NDArray[np.float64]]:
    """Return the sentences of the first passages and what is known of each.

    The second array has the shape (sentences, len(FEATURES)). The meaning of `embedded` sentences
    is compared.
    """
    asked = Asked.of(question)
    found: list[tuple[Passage, int, int]] = []
    rows: list[list[float]] = []
    for rank, passage in enumerate(passages[:PASSAGES]):
        around = stems_around(passage)
        for number, (start, end) in enumerate(sentences_of(passage.text)):
            sentence = passage.text[start:end]
            if is_heading(sentence):
                continue
            found.append((passage, passage.chunk.start + start, passage.chunk.start + end))
            rows.append(
                [
                    1.0,
                    passage.scores["dense"],
                    float(rank),
                    0.0,  # The sentence's own cosine follows, for all sentences at once.
                    share(asked.words, set(terms(sentence))),
                    share(asked.words, around),
                    float(not asked.names <= around),
                    float(asked.kind_found(sentence) is False),
                    float(asked.kind_found(sentence) is True),
                    float(number == 0),
                ]
            )
    features = np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))
    sentences = [passage.document.text[a:b] for passage, a, b in found]
    _add_cosines(features, question, sentences, encoder, embedded)
    return found, features


def _add_cosines(
    features: npt.NDArray[np.float64],
    question: str,
    sentences: Sequence[str],
    encoder: Encoder,
    embedded: int,
) -> None:
    """Fill in the cosine of question and sentence for those that the other evidence favours.

    For the rest, the cosine of their passage stands in, less what a sentence usually loses.
    """
    column = FEATURES.index("sentence cosine")
    passage, words = FEATURES.index("passage cosine"), FEATURES.index("words in sentence")
    features[:, column] = features[:, passage] - 0.15
    first_guess = features[:, passage] + features[:, words]
    chosen = np.argsort(-first_guess, kind="stable")[:embedded]
    vector = encoder.embed_question(question)
    if len(chosen):
        features[chosen, column] = encoder.embed_sentences([sentences[i] for i in chosen]) @ vector
