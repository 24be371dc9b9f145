"""A question and its passages -> the sentences that may answer, each with a probability.

Each sentence of the best passages is weighed by evidence of both kinds: by meaning, the
cosine between question and sentence; by words, which of the question's words and names stand in
the sentence, its passage and its title, and whether the sentence holds the kind of thing that is
asked for (a person, a date, a number). A logistic model adds the evidence up to the probability
that the sentence answers the question. Its weights are fitted by `fit` on labelled questions.
What to do with the probability is decided in `answer`.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.chunk import is_heading, sentence_spans
from index.embed import Encoder
from index.lexical import terms
from qa.retrieve import Passage

PASSAGES = 4
"""Passages whose sentences are weighed; the right one is rarely further down."""

EMBEDDED = 6
"""Sentences whose meaning is compared; embedding one takes some 4 ms on two cores."""

# Words that say how a question is put, not what it is about.
_FUNCTION_WORDS = frozenset(
    terms(
        "a about according after all also am an and any are as at be been before being between "
        "both but by can could did do does doing during each else ever for from further give given "
        "had happen happened has have having he her here hers him his how i if in into is it its "
        "itself just kind known list many may me mention mentioned might more most much must my "
        "name named no nor not of off often on once one only or other our out over own per please "
        "s same say said says she should so some state stated such tell text than that the their "
        "them then there these they this those through to too type under until up upon us use used "
        "using very was we were what when where which while who whom whose why will with within "
        "without would you your document documents article t"
    )
)
_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*%?")
_CAPITAL = re.compile(r"\b[^\W\d_a-z][\w'’\-]*")
_DATE = re.compile(
    r"\b(?:1\d{3}|20\d{2}|\d{1,2}(?:st|nd|rd|th)|january|february|march|april|may|june|july|august|"
    r"september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|"
    r"sunday|century|today|yesterday|ago|decade|week|month|year|spring|summer|autumn|winter)s?\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|"
    r"fifty|hundred|thousand|million|billion|trillion|dozen|half|third|quarter|twice|several|few|"
    r"most|all|none|both|per cent|percent)s?\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|since|due|so that|in order|therefore|thus|hence|owing|reason|caused?|to|for|as|"
    r"in return|aims?|resulting|led)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|to|from|near|on|aboard|into|of|across|throughout)\s+(?:the\s+)?[^\W\d_a-z]"
)
_ASKS_DATE = r"\b(?:when|(?:what|which) (?:year|date|day|month|century|decade|time))\b"
_ASKS_NUMBER = (
    r"\bhow (?:many|much|long|far|old|often|large|big|tall|high)\b"
    r"|\b(?:what|which) (?:percent|percentage|share|proportion|number|amount)\b"
)
_ASKS_PERSON = r"\b(?:who|whom|whose)\b"
_ASKS_PLACE = (
    r"\b(?:where|(?:what|which) (?:city|country|place|state|town|region|continent|base))\b"
)
_ASKS_REASON = r"\bwhy\b|\bwhat (?:reason|purpose|caused?)\b"
_KINDS = [
    (re.compile(asks, re.IGNORECASE), sought)
    for asks, sought in (
        (_ASKS_DATE, _DATE),
        (_ASKS_NUMBER, _NUMBER),
        (_ASKS_PERSON, _CAPITAL),
        (_ASKS_PLACE, _PLACE),
        (_ASKS_REASON, _REASON),
    )
]
"""What a question asks for, and what a sentence then has to hold."""

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
"""Logarithm of the odds that a feature adds; from: python -m qa.fit DATA"""


@dataclass(frozen=True, slots=True)
class Reading:
    """A range of a passage's document that may answer, in characters, end exclusive.

    `probability` is that of its being the answer, between 0 and 1.
    """

    passage: Passage
    start: int
    end: int
    probability: float

    @property
    def text(self) -> str:
        return self.passage.document.text[self.start : self.end]


def read(question: str, passages: Sequence[Passage], encoder: Encoder) -> list[Reading]:
    """Return the sentences of the first passages, the likeliest answer first."""
    found, features = evidence(question, passages, encoder)
    odds = features @ np.array(WEIGHTS)
    order = sorted(range(len(found)), key=lambda i: -odds[i])
    return [Reading(*found[i], probability=1 / (1 + math.exp(-odds[i]))) for i in order]


def evidence(
    question: str, passages: Sequence[Passage], encoder: Encoder
) -> tuple[list[tuple[Passage, int, int]], npt.NDArray[np.float64]]:
    """Return the sentences of the first passages and what is known of each.

    The second array has the shape (sentences, len(FEATURES)).
    """
    asked = _Asked.of(question)
    found: list[tuple[Passage, int, int]] = []
    rows: list[list[float]] = []
    for rank, passage in enumerate(passages[:PASSAGES]):
        around = set(terms(f"{passage.document.title}\n{passage.text}"))
        for number, (start, end) in enumerate(sentence_spans(passage.text)):
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
                    _share(asked.words, set(terms(sentence))),
                    _share(asked.words, around),
                    float(not asked.names <= around),
                    *_kind_evidence(asked, sentence),
                    float(number == 0),
                ]
            )
    features = np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))
    _add_cosines(
        features, question, [passage.document.text[a:b] for passage, a, b in found], encoder
    )
    return found, features


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question taken apart: stems of its words, of its names and numbers, and the kind asked."""

    question: str
    words: frozenset[str]
    names: frozenset[str]
    kind: re.Pattern[str] | None

    @classmethod
    def of(cls, question: str) -> "_Asked":
        names = [
            stem
            for position, word in enumerate(_WORD.findall(question))
            if (position and word[0].isupper()) or any(c.isdigit() for c in word)
            for stem in terms(word)
        ]
        return cls(
            question,
            frozenset(terms(question)) - _FUNCTION_WORDS,
            frozenset(names) - _FUNCTION_WORDS,
            next((sought for asks, sought in _KINDS if asks.search(question)), None),
        )


def _share(wanted: frozenset[str], there: set[str]) -> float:
    return len(wanted & there) / len(wanted) if wanted else 0.0


def _kind_evidence(asked: _Asked, sentence: str) -> list[float]:
    """Whether the sentence lacks or holds what is asked for, beyond what the question names."""
    if asked.kind is None:
        return [0.0, 0.0]
    known = asked.question.lower()
    matches = [match[0] for match in asked.kind.finditer(sentence)]
    if asked.kind is _CAPITAL:
        matches = [m for m in matches if terms(m) and terms(m)[0] not in _FUNCTION_WORDS]
    held = any(match.lower() not in known for match in matches)
    return [float(not held), float(held)]


def _add_cosines(
    features: npt.NDArray[np.float64], question: str, sentences: Sequence[str], encoder: Encoder
) -> None:
    """Fill in the cosine of question and sentence for those that the other evidence favours.

    For the rest, the cosine of their passage stands in, less what a sentence usually loses.
    """
    column = FEATURES.index("sentence cosine")
    passage, words = FEATURES.index("passage cosine"), FEATURES.index("words in sentence")
    features[:, column] = features[:, passage] - 0.15
    first_guess = features[:, passage] + features[:, words]
    chosen = np.argsort(-first_guess, kind="stable")[:EMBEDDED]
    vector = encoder.embed_question(question)
    if len(chosen):
        features[chosen, column] = encoder.embed_sentences([sentences[i] for i in chosen]) @ vector
