"""A question and what was said before -> what to search for.

A question may stand alone ("Who hosted it in Tokyo?" after talk of something else) or lean on what
was said before ("And when was that?"). It is searched for both ways, and whether it stands alone is
told by how much better its own words and meaning fit what is found for it alone, and by how it is
put. Where that leaves doubt both ways are read, and the likelier answer wins. What was said before
only says where to look: it is no evidence, and every answer is read anew.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

from index.encode.encoder import Encoder
from index.search.lexical import terms
from qa.citation import Citation
from qa.retrieval.hybrid import Found, search, search_leaning
from qa.retrieval.query import FUNCTION_WORDS

EXCHANGES = 2
"""Exchanges that a question can lean on, the last ones; going further back finds no more."""

LOOKED_AT = 20
"""Exchanges that whoever keeps a conversation gives at most; those that were refused are passed."""

WORDS = 8
"""Words that are carried over from each text of an exchange at most."""

FEATURES = (
    "constant",
    "ahead in words",
    "ahead in meaning",
    "same",
    "pointing",
    "own words",
    "cut",
)
"""What is known of a question, in the order of `WEIGHTS`."""

WEIGHTS = (-1.3, 0.98, 2.22, 1.9, -3.04, 0.42, -1.34)
"""Logarithm of the odds of standing alone that a feature adds; from, as the next one:
python tests/bench/follow_ups.py DATA --fit"""

SURER = 1.31
"""What the logarithm of the odds that its answer is right adds to those of a way to understand."""

DOUBT = 2.0
"""Logarithm of the odds of standing alone, either way, up to which both ways are read."""

_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")
_POINTING = re.compile(
    r"\b(?:he|she|it|they|him|her|his|hers|its|their|theirs|them|this|that|these|those|there|then"
    r"|er|sie|ihn|ihm|ihnen|ihre?[mnrs]?|dies\w*|dort|damals|davon|dazu"
    r"|él|ella|ellos|ellas|eso|esto|es[ae]s?|est[ae]s?|allí|entonces|su|sus"
    r"|il|elle|ils|elles|cela|ceci|ça|ce(?:tte|t|s)?|leurs?|lui|là)\b|[他她它这那這]",
    re.IGNORECASE,
)
_CUT = re.compile(r"\W*(?:and|but|so|or|then|what about|how about|und|y|et)\b", re.IGNORECASE)
_SHORT = 4
_OTHER = re.compile(
    r"\W*(?:(?:and )?(?:what|how) about|and|und|y|et)\s+"
    r"(?!(?:who|whom|whose|what|when|where|why|how|which|if|is|are|was|were|do|does|did|has|have|had"
    r"|can|could|will|would|should|may|must|wer|was|wann|wo|warum|wie|qui|quand|où|cuándo)\b)"
    r"(?P<other>\S+(?:\s+\S+){0,5}?)\W*",
    re.IGNORECASE,
)


class Said(Protocol):
    """An exchange: a question and what was answered. An `Answer` is one."""

    @property
    def question(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def answered(self) -> bool: ...
    @property
    def citations(self) -> Sequence[Citation]: ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the text of its answer, where no more is known of it."""

    question: str
    text: str
    answered: bool = True
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """One way to understand a question: what is searched for, what is asked, and what is found.

    What is asked is the question itself, but for one such as "What about Poland?", which asks what
    the question before it did. `odds` is the logarithm of the odds of this way rather than the
    other, as far as can be told before the passages are read.
    """

    searched_for: str
    asks: str
    found: Found
    odds: float = 0.0

    def likely(self, probability: float) -> float:
        """Return the odds once the best answer is known to be right with this probability."""
        sure = min(max(probability, 1e-4), 1 - 1e-4)
        return self.odds + SURER * math.log(sure / (1 - sure))


@dataclass(frozen=True, slots=True)
class Carried:
    """Words that a question can lean on: of the answers, and of all else that was said."""

    answers: tuple[str, ...]
    others: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.answers or self.others)


def understand(found: Found, history: Sequence[Said], encoder: Encoder) -> list[Meaning]:
    """Return what a question may mean after `history`, the oldest exchange first.

    The likelier way comes first; there is one where there is no doubt. `found` is what was found
    for the question alone.
    """
    alone = Meaning(found.question, found.question, found)
    carried = carry(found.question, history)
    if not carried:
        return [alone]
    if again := ask_of_another(found, history, encoder):
        return [again]
    leaning = lean(found, history, carried, encoder)
    odds = stands_alone(found, leaning.found)
    ways = [replace(alone, odds=odds), leaning]
    if abs(odds) < DOUBT:
        return ways
    return ways[:1] if odds > 0 else ways[1:]


def carry(question: str, history: Sequence[Said]) -> Carried:
    """Return the words that a question can lean on, those said last first, each once.

    They are the words of the last questions, answers and cited sentences that say what these are
    about, without those of the question itself. Of what was refused, only the very last question
    counts: it says what the talk is about, but earlier answers say more.

    >>> carry("And when?", [Exchange("Who hosted Rutte?", "Shigeru Ishiba")])
    Carried(answers=('Shigeru', 'Ishiba'), others=('hosted', 'Rutte'))
    """
    known = set(terms(question))
    answered = [said for said in reversed(history) if said.answered][:EXCHANGES]
    refused = [said.question for said in history[-1:] if not said.answered]
    quotes = [(said.question, *(c.quote for c in said.citations[:1])) for said in answered]
    answers = [word for said in answered for word in _telling(said.text, known)]
    others = [word for text in chain(refused, *quotes) for word in _telling(text, known)]
    return Carried(tuple(answers), tuple(others))


def lean(found: Found, history: Sequence[Said], carried: Carried, encoder: Encoder) -> Meaning:
    """Return what a question means together with the words that it can lean on.

    Those of answers count twice: an answer says what was talked of more than its question does.
    """
    last = history[-1]
    before = f"{last.question} {last.text}" if last.answered else last.question
    searched_for = f"{found.question} ({' '.join(carried.answers + carried.others)})"
    said = " ".join((*carried.answers, *carried.answers, *carried.others))
    return Meaning(searched_for, found.question, search_leaning(found, said, before, encoder))


def ask_of_another(found: Found, history: Sequence[Said], encoder: Encoder) -> Meaning | None:
    """Return what "And X?" or "What about X?" means: what was asked before, of X.

    None where the question is not put so. X alone says where to look.
    """
    other = other_in(found.question)
    before = next((said.question for said in reversed(history) if not other_in(said.question)), "")
    if not other or not before:
        return None
    of_it = search(other, found.generation, encoder, among=found.among)
    return Meaning(f"{other}: {before}", before, of_it)


def other_in(question: str) -> str:
    """Return what a question asks the same of as the one before; "" where it asks for more.

    >>> other_in("And what about the bridge?"), other_in("And when was it?")
    ('the bridge', '')
    """
    match = _OTHER.fullmatch(question)
    other = match["other"].rstrip(" ?!.,") if match else ""
    told = any(stem not in FUNCTION_WORDS for stem in terms(other))
    return other if told and not _POINTING.search(other) else ""


def stands_alone(alone: Found, leaning: Found) -> float:
    """Return the logarithm of the odds that a question stands alone, found both ways."""
    return math.fsum(w * x for w, x in zip(WEIGHTS, features(alone, leaning), strict=True))


def features(alone: Found, leaning: Found) -> list[float]:
    """Return what is known of a question that was found both ways.

    "ahead in words" and "ahead in meaning" are by how much the first row of the search alone fits
    the question's own words and meaning better than the first of the other search; the words count
    as parts of the rarest one possible. "same" is 1 where both find the same first, "pointing"
    counts words such as "it" and "there", "own words" those that tell what the question is about,
    and "cut" is 1 where it is short or begins as if it went on with what was said.
    """
    words = meaning = 0.0
    if alone.best is not None and leaning.best is not None and alone.best != leaning.best:
        (cosine, score), (other_cosine, other_score) = map(alone.own, (alone.best, leaning.best))
        words = (score - other_score) / alone.generation.lexical.most_of_a_word()
        meaning = cosine - other_cosine
    question = alone.question
    own = [stem for stem in terms(question) if stem not in FUNCTION_WORDS]
    cut = len(terms(question)) < _SHORT or bool(_CUT.match(question))
    return [
        1.0,
        words,
        meaning,
        float(alone.best == leaning.best),
        float(len(_POINTING.findall(question))),
        float(len(own)),
        float(cut),
    ]


def _telling(text: str, known: set[str]) -> Iterator[str]:
    """Yield the first words that tell what a text is about and are not `known` yet."""
    count = 0
    for word in _WORD.findall(text):
        stems = set(terms(word)) - FUNCTION_WORDS - known
        if stems and count < WORDS:
            known |= stems
            count += 1
            yield word
