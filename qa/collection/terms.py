"""Find what a question may look for in the documents: the X of "Which files mention X?"."""

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence

from index.search.terms import WORD, extract_terms
from index.text.sentence import Span
from qa.collection.examples import DOCUMENT, INTENT_EXAMPLES, ORDINARY_EXAMPLES, TERM
from qa.collection.names import Named
from qa.retrieval.query import FUNCTION_WORDS, find_quoted_phrases, is_function_word

VOCABULARY = FUNCTION_WORDS | frozenset(
    extract_terms(" ".join(text for texts in INTENT_EXAMPLES.values() for text in texts))
)
"""The stems of the words that say what is asked of a collection."""

COMMON_WORDS = frozenset(
    word
    for texts in INTENT_EXAMPLES.values()
    for text in texts
    for word in WORD.findall(text.casefold())
)
"""The words themselves; they are no name of a document."""


MAX_TERM_WORDS = 4
"""Words of what is taken for a term although nothing is asked."""

MAX_TERM_LENGTH = 60
"""Its characters; in some scripts no spaces part the words."""


def _count_stems(texts: Sequence[str]) -> Counter[str]:
    plain = (text.replace(TERM, "").replace(DOCUMENT, "") for text in texts)
    return Counter(stem for text in plain for stem in set(extract_terms(text)))


_LOOKING = _count_stems(INTENT_EXAMPLES["mention"])
_ORDINARY = _count_stems(ORDINARY_EXAMPLES)
_LOG_ODDS = {
    stem: math.log((count + 0.5) / (len(INTENT_EXAMPLES["mention"]) + 1))
    - math.log((_ORDINARY[stem] + 0.5) / (len(ORDINARY_EXAMPLES) + 1))
    for stem, count in _LOOKING.items()
}
"""How much likelier each word is in examples that look for a term than in ordinary ones."""


def may_look_for_term(question: str) -> bool:
    """Whether a question's words are likelier where a term is looked for (naive Bayes).

    Most questions are told from such ones by this alone, which takes no time.
    """
    return sum(_LOG_ODDS.get(stem, 0.0) for stem in set(extract_terms(question))) > 0


def is_term(question: str) -> bool:
    """Whether a question is no question but a term: some words, none of which asks anything.

    >>> is_term("citric acid"), is_term("E-4021"), is_term("where is it"), is_term("Oslo?")
    (True, True, False, False)
    """
    if not 0 < len(WORD.findall(question)) <= MAX_TERM_WORDS or len(question) > MAX_TERM_LENGTH:
        return False
    asks = any(unicodedata.name(sign, "").endswith("QUESTION MARK") for sign in question)
    return not asks and not set(extract_terms(question)) & VOCABULARY


def find_term(question: str, names: Sequence[Named]) -> Span | None:
    """Return the range of what a question may look for in the documents.

    It is a quoted phrase, or reaches from the first to the last word that is not in `VOCABULARY`,
    and on to what these belong to, as in "dew point"; the names of documents are such words.
    """
    for phrase in find_quoted_phrases(question):
        start = question.find(phrase)
        if phrase and start >= 0:
            return start, start + len(phrase)
    spans = [name.span for name in names]
    spans += [
        match.span()
        for match in WORD.finditer(question)
        if not set(extract_terms(match[0])) <= VOCABULARY
    ]
    if not spans:
        return None
    end = max(end for _, end in spans)
    for match in WORD.finditer(question, end):
        if question[end : match.start()] != " " or is_function_word(match[0]):
            break
        end = match.end()
    return min(spans)[0], end


def without_known_end(term: str) -> str:
    """Return a term without the words at its end that say what is asked of a collection.

    >>> without_known_end("Ida Holm appear"), without_known_end("Ida Holm")
    ('Ida Holm', 'Ida Holm')
    """
    words = term.split()
    while len(words) > 1 and VOCABULARY.issuperset(extract_terms(words[-1])):
        del words[-1]
    return " ".join(words)
