"""Interpret a question in the light of the conversation before it.

A question may stand alone ("Who hosted it in Tokyo?" after another topic) or depend on what came
before ("And when was that?"). It is searched for both ways. How much better its own words and
meaning match what is found for it alone, and how it is phrased, gives the odds that it stands
alone. In doubt both interpretations are read, and the likelier answer wins. The conversation only
guides the search: it is no evidence, and every answer is read anew from the documents.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from index import Generation
from index.encode.encoder import Encoder
from index.search.terms import extract_terms
from qa.retrieval.exchanges import PastExchange, check_history
from qa.retrieval.filters import Where, check_where, select_documents
from qa.retrieval.hybrid import CANDIDATES, SearchResult, search, search_in_context
from qa.retrieval.new_subject import (
    REFERRING,
    YEAR,
    ask_about,
    find_new_subject,
    names_something,
    put_for_pronoun,
    put_in,
    topics,
    with_article,
)
from qa.retrieval.query import FUNCTION_WORDS, Query
from qa.retrieval.spelling import spell_as_found

CONTEXT_EXCHANGES = 2
"""Last exchanges that a question can depend on; going further back finds no more."""

CARRIED_WORDS = 8
"""Limit of the words taken from each text of an exchange."""

STANDALONE_FEATURES = (
    "constant",
    "ahead in words",
    "ahead in meaning",
    "same",
    "pointing",
    "own words",
    "cut",
)
"""Features of a question, in the order of `STANDALONE_WEIGHTS`."""

STANDALONE_WEIGHTS = (-1.3, 0.98, 2.22, 1.9, -3.04, 0.42, -1.34)
"""What each feature adds to the log odds of standing alone; from, like the next one:
python tests/bench/follow_ups.py DATA --fit"""

ANSWER_WEIGHT = 1.31
"""Weight of the best answer's log odds in the log odds of an interpretation."""

DOUBT_LOG_ODDS = 2.0
"""Absolute log odds of standing alone below which both interpretations are read."""

LONGER = 0.05
"""What each word of a question that a new subject replaces adds to their cosine: "the library" is
nearer to "the southern bridge" than to "bridge". Set by hand on 27 made-up pairs."""

_CONTEXT_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")
_CONTINUATION = re.compile(
    r"\W*(?:and|but|so|or|then|what about|how about|und|y|et)\b", re.IGNORECASE
)
_MIN_TERMS = 4


@dataclass(frozen=True, slots=True)
class Interpretation:
    """One interpretation of a question: what is searched for, what is asked, and the rows found.

    `query` is the analysed question; for one such as "What about Poland?" it is the question
    before, asked again about Poland. `own_words` are the topic words of the question as typed.
    `log_odds` are those of this interpretation against the other, before passages are read.
    """

    searched_for: str
    query: Query
    own_words: frozenset[str]
    result: SearchResult
    log_odds: float = 0.0

    @property
    def in_context(self) -> bool:
        """Whether the search took more than the question itself."""
        return self.searched_for != self.result.question

    def log_odds_given(self, probability: float) -> float:
        """Return the log odds once the best answer is right with this probability."""
        sure = min(max(probability, 1e-4), 1 - 1e-4)
        return self.log_odds + ANSWER_WEIGHT * math.log(sure / (1 - sure))


@dataclass(frozen=True, slots=True)
class Context:
    """Words that a question can depend on: from answers, and from everything else before it."""

    answers: tuple[str, ...]
    others: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.answers or self.others)


def interpret(
    question: str,
    opened: Generation,
    *,
    history: Sequence[PastExchange] = (),
    where: Where | None = None,
    depth: int = CANDIDATES,
) -> list[Interpretation]:
    """Search for a question, and return its interpretations after `history`, the likelier first.

    `history` starts with the oldest exchange. There is one interpretation where there is no doubt.
    `where` restricts the search to some documents; at least `depth` rows are found where there are.
    Raises `InvalidArgument` for malformed ones, and `NoMatch` where `where` fits no document.
    """
    history, where = check_history(history), check_where(where)
    among = select_documents(where, opened.manifest.documents) if where else None
    result = search(question, opened, depth=depth, among=among)
    if (spelt := spell_as_found(question, result)) != question:
        question, result = spelt, search(spelt, opened, depth=depth, among=among)
    query = Query.of(question)
    alone = Interpretation(question, query, query.words, result)
    context = find_context(question, history)
    if not context:
        return [alone]
    dependent = add_context(alone, history, context)
    if again := replace_subject(alone, history):
        return [again, dependent] if again.log_odds < DOUBT_LOG_ODDS else [again]
    log_odds = log_odds_standalone(result, dependent.result)
    both = [replace(alone, log_odds=log_odds), dependent]
    if abs(log_odds) < DOUBT_LOG_ODDS:
        return both
    return both[:1] if log_odds > 0 else both[1:]


def find_context(question: str, history: Sequence[PastExchange]) -> Context:
    """Return the words that a question can depend on, the latest first, each once.

    They are the topic words of the last questions, answers and cited sentences that the question
    itself does not hold, and no year where it names one; sentences that probably answer count as
    answers. Of refused questions only the very last counts: it names the topic, but earlier answers
    say more about it. What was said before a new subject ("And the 200?") is about the old one, and
    does not count.
    """
    known = set(extract_terms(question))
    if YEAR.search(question):
        known.update(year for past in history for year in YEAR.findall(past.question))
    answered = [past for past in reversed(history) if past.answered or past.citations]
    answered = answered[:CONTEXT_EXCHANGES]
    if answered and find_new_subject(answered[0].question):
        answered = answered[:1]
    refused = [past.question for past in history[-1:] if past not in answered]
    quotes = [(past.question, *(c.quote for c in past.citations[:1])) for past in answered]
    answers = [word for past in answered for word in _topic_words(past.text, known)]
    others = [word for text in chain(refused, *quotes) for word in _topic_words(text, known)]
    return Context(tuple(answers), tuple(others))


def add_context(
    alone: Interpretation, history: Sequence[PastExchange], context: Context
) -> Interpretation:
    """Return the interpretation of a question together with the words that it can depend on.

    Words of answers count twice: an answer names the topic more than its question does.
    """
    last = history[-1]
    previous = f"{last.question} {last.text}" if last.answered else last.question
    question = alone.query.text
    searched_for = f"{question} ({' '.join(context.answers + context.others)})"
    words = " ".join((*context.answers, *context.answers, *context.others))
    result = search_in_context(alone.result, words, previous)
    return Interpretation(searched_for, alone.query, alone.own_words, result)


def replace_subject(
    alone: Interpretation, history: Sequence[PastExchange]
) -> Interpretation | None:
    """Return the interpretation of "And X?" or "What about X?": the previous question, about X.

    None if the question has no such form. There is no doubt where X is a name, year or number.
    """
    opened = alone.result.opened
    subject = find_new_subject(alone.query.text)
    before, previous = "", ""
    for past in history:  # "How heavy is the 200?", "And the 210?", "And how old?": of the 210
        newer = find_new_subject(past.question)
        about_newer = _ask_about(previous, newer, opened.encoder, before=before)
        before, previous = previous, about_newer or past.question
    question = _ask_about(previous, subject, opened.encoder, before=before)
    if not question:
        return None
    result = search(question, opened, among=alone.result.among)
    log_odds = DOUBT_LOG_ODDS if ask_about(previous, subject) else 0.0
    return Interpretation(question, Query.of(question), alone.own_words, result, log_odds)


def _ask_about(previous: str, subject: str, encoder: Encoder, *, before: str) -> str:
    """Return the previous question about a new subject; "" if there is none or it is about nothing.

    A name, a year or a number takes the place of the last one in that question, or of its pronoun;
    anything else that of the words that are nearest to it by meaning, in that question or in the
    one `before`, for which the pronoun stands.
    """
    if not (previous and subject):
        return ""
    if question := ask_about(previous, subject):
        return question
    for_pronoun = put_for_pronoun(previous, subject)
    if for_pronoun and names_something(subject):
        return for_pronoun
    places = [(previous, span) for span in topics(previous)]
    places += [(before, span) for span in topics(before) if for_pronoun]
    if not places:
        return ""
    vectors = encoder.embed_sentences([subject, *(with_article(*place) for place in places)])
    words = [len(text[start:end].split()) for text, (start, end) in places]
    near = vectors[1:] @ vectors[0] + LONGER * np.array(words)
    text, span = places[int(near.argmax())]
    return put_in(previous, span, subject) if text is previous else for_pronoun


def log_odds_standalone(alone: SearchResult, dependent: SearchResult) -> float:
    """Return the log odds that a question stands alone, given what was found both ways."""
    known = standalone_features(alone, dependent)
    return math.fsum(w * x for w, x in zip(STANDALONE_WEIGHTS, known, strict=True))


def standalone_features(alone: SearchResult, dependent: SearchResult) -> list[float]:
    """Return the features of a question that was searched for both ways.

    "ahead in words" and "ahead in meaning" are by how much the first row of the search alone
    matches the question's own words and meaning better than the first row of the other search;
    words are measured in words of maximal rarity. "same" is 1 where both searches find the same row
    first, "pointing" counts words such as "it" and "there", "own words" the topic words, and "cut"
    is 1 where the question is short or begins like a continuation.
    """
    words = meaning = 0.0
    if alone.best is not None and dependent.best is not None and alone.best != dependent.best:
        (cosine, score), (other_cosine, other_score) = map(
            alone.own_scores, (alone.best, dependent.best)
        )
        words = (score - other_score) / alone.opened.lexical.term_score_limit()
        meaning = cosine - other_cosine
    question = alone.question
    own = [stem for stem in extract_terms(question) if stem not in FUNCTION_WORDS]
    cut = len(extract_terms(question)) < _MIN_TERMS or bool(_CONTINUATION.match(question))
    return [
        1.0,
        words,
        meaning,
        float(alone.best == dependent.best),
        float(len(REFERRING.findall(question))),
        float(len(own)),
        float(cut),
    ]


def _topic_words(text: str, known: set[str]) -> Iterator[str]:
    """Yield the first topic words of a text that are not `known` yet, and add them."""
    count = 0
    for word in _CONTEXT_WORD.findall(text):
        stems = set(extract_terms(word)) - FUNCTION_WORDS - known
        if stems and count < CARRIED_WORDS:
            known |= stems
            count += 1
            yield word
