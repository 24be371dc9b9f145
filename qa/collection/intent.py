"""Recognise questions about the collection itself, without a language model.

A question is compared with examples by meaning. Names of documents in it are replaced by "this
document", and the words that no example holds by "this word", so that "Which files mention the
deposit?" is seen to be like "Which files mention this word?". In doubt it is an ordinary question:
the more words it holds that no example holds, the nearer it has to be to an example.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index import Generation
from index.search.terms import WORD, extract_terms
from qa.collection.examples import DOCUMENT, INTENT_EXAMPLES, TERM, YEAR, Intent
from qa.collection.names import DocumentNames, Named, document_names
from qa.collection.terms import (
    COMMON_WORDS,
    VOCABULARY,
    find_term,
    is_term,
    may_look_for_term,
)
from qa.collection.vectors import INTENTS, ExampleVectors, Nearest, embed_examples

MIN_MARGIN = 0.2
"""By how much nearer a question has to be to an intent than to ordinary questions."""

NAMED_MARGIN = 0.1
"""The same for a question that names a document, which speaks for it."""

TERM_MARGIN = 0.2
"""The same for a question whose unusual words are taken for a term to look for."""

TOPIC_MARGIN = 0.15
"""What each word that no example holds adds to the margin, if the documents hold it."""

NEW_WORD_MARGIN = 0.05
"""The same for a word that the documents do not hold either."""

MAX_WORDS = 40
"""Words of a question at most; no longer one is about the collection."""

_YEAR = re.compile(r"(?:19|20)\d\d")
_WITHOUT_TERM = tuple(intent for intent in INTENTS if intent != "mention")
_EXAMPLES: dict[str, Intent] = {
    " ".join(WORD.findall(text.casefold())): intent
    for intent, texts in INTENT_EXAMPLES.items()
    for text in texts
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a question asks of the collection.

    `named` are the numbers of the documents that it names, `term` the words to look for, `alone`
    whether the question is nothing but these.
    """

    intent: Intent
    named: tuple[int, ...] = ()
    term: str = ""
    alone: bool = False


def recognise(question: str, opened: Generation) -> Request | None:
    """Return what a question asks of the collection; None for an ordinary question.

    A few words that ask nothing, such as a name or a code, are looked for.
    """
    if request := _recognise_question(question, opened):
        return request
    return Request("mention", term=question, alone=True) if is_term(question) else None


def _recognise_question(question: str, opened: Generation) -> Request | None:
    places = [match.span() for match in WORD.finditer(question)]
    if len(places) > MAX_WORDS:
        return None
    known = document_names(opened.manifest.documents, COMMON_WORDS)
    names = known.find(question)
    if not names and (intent := _known_example(question)):
        return Request(intent) if intent != "mention" else None
    examples = embed_examples(opened.encoder)
    if names and (request := _ask_for_named(question, names, examples, opened)):
        return request
    if examples is None:
        return None
    if not names and (request := _ask_for_kind(question, known, examples, opened)):
        return request
    vector = opened.encoder.embed_question(question)
    nearest = examples.find_nearest(vector, _WITHOUT_TERM)
    if may_look_for_term(question) and (term := find_term(question, names)):
        frame = f"{question[: term[0]]}{TERM}{question[term[1] :]}"
        framed = examples.find_nearest(opened.encoder.embed_question(frame))
        if framed.intent == "mention" and framed.margin >= max(TERM_MARGIN, nearest.margin):
            return Request("mention", term=question[slice(*term)])
    near = not names and _is_near(nearest, MIN_MARGIN, question, opened)
    return Request(nearest.intent) if near else None


def _ask_for_named(
    question: str, names: Sequence[Named], examples: ExampleVectors | None, opened: Generation
) -> Request | None:
    """Return the request for a summary of the documents that a question names, if it is one."""
    frame, rest = question, question
    for name in reversed(names):
        start, end = name.span
        frame = f"{frame[:start]}{DOCUMENT}{frame[end:]}"
        rest = f"{rest[:start]} {rest[end:]}"
    named = tuple(dict.fromkeys(number for name in names for number in name.numbers))
    if _known_example(frame) == "overview":
        return Request("overview", named)
    if examples is None:
        return None
    nearest = examples.find_nearest(opened.encoder.embed_question(frame))
    if nearest.intent == "overview" and _is_near(nearest, NAMED_MARGIN, rest, opened):
        return Request("overview", named)
    return None


def _ask_for_kind(
    question: str, known: DocumentNames, examples: ExampleVectors, opened: Generation
) -> Request | None:
    """Return the request for documents by parts of their names, or by their year.

    "Show me all letters" is then like "Show me all documents", and "Summarize the lease", where one
    document is called so, like "Summarize the documents". How many members there are, no names of
    files tell.
    """
    words = [
        match for match in WORD.finditer(question) if not set(extract_terms(match[0])) <= VOCABULARY
    ]
    stems = {stem for word in words for stem in extract_terms(word[0])}
    holding = [known.numbers_by_word.get(stem, frozenset()) for stem in stems]
    named = sorted(frozenset.intersection(*holding)) if holding else []
    if not named:
        return None
    by_year = all(_YEAR.fullmatch(word[0]) for word in words)
    put = YEAR if by_year else "documents"
    frame = f"{question[: words[0].start()]}{put}{question[words[-1].end() :]}"
    nearest = examples.find_nearest(opened.encoder.embed_question(frame))
    asked = ("list", "count") if by_year else ("list",) if len(named) > 1 else ("overview",)
    near = nearest.intent in asked and nearest.margin >= MIN_MARGIN
    return Request(nearest.intent, tuple(named)) if near else None


def _known_example(question: str) -> Intent | None:
    """Return the intent of a question that is an example word for word."""
    return _EXAMPLES.get(" ".join(WORD.findall(question.casefold())))


def _is_near(nearest: Nearest, margin: float, question: str, opened: Generation) -> bool:
    """Whether a question is near enough to an intent, given its words that no example holds."""
    if nearest.margin < margin:
        return False
    for word in set(WORD.findall(question)):
        if not set(extract_terms(word)) <= VOCABULARY:
            in_documents = bool(opened.lexical.search(word, 1))
            margin += TOPIC_MARGIN if in_documents else NEW_WORD_MARGIN
    return nearest.margin >= margin
