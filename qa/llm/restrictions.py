"""Find what restricts a statement of the evidence: a hedge, a qualifier or a condition. Pure.

A claim that leaves the restriction out says more than its evidence. The rules are English.
"""

import re
from collections.abc import Sequence

from qa.llm.lexicon import (
    CALENDAR_NAMES,
    CONDITIONS,
    FIRM_HEDGES,
    HEDGES,
    LIMITING_QUALIFIERS,
    NARROWING_QUALIFIERS,
    QUALIFIERS,
    REFUSALS,
    WEAK_HEDGES,
)
from qa.llm.semantic_roles import EvidenceSentence
from qa.llm.tokens import Word, find_qualifiers, split_clauses, words_match

_CONDITION = re.compile(
    r"(?<!even )\b(?:if|unless|(?:provided|providing|on condition) that)\b", re.IGNORECASE
)
_NOMINALISATION = re.compile(r"(?:ment|ion|ance|ence)s?$")


def find_restriction(
    content: Sequence[Word], sentence: EvidenceSentence, claim: Sequence[Word]
) -> str:
    """Return why a sentence does not support some words of a claim, all of which it has.

    It is "" where the claim restricts its statement as the sentence does.
    """
    if any(_is_hedged(word, sentence.words, claim) for word in content):
        return "The cited text does not present this as a fact."
    for word in content:
        if qualifier := _find_dropped_qualifier(word, sentence.words, claim):
            return f"The sentence leaves out “{qualifier}”."
    stated = {word.lower for word in claim if not word.is_name}  # "May" is a month.
    if _is_conditional(content, sentence) and not stated & CONDITIONS:
        return "The cited text says this under a condition only."
    return ""


def _is_hedged(word: Word, words: Sequence[Word], claim: Sequence[Word]) -> bool:
    """Whether a sentence hedges a word of a claim everywhere, more than the claim does."""
    places = _find_places(word, words)
    if not _NOMINALISATION.search(word.lower):
        # That "investments" are made does not say who "invests".
        verbs = [i for i in places if not _NOMINALISATION.search(words[i].lower)]
        places = verbs or places
    if not places or word.is_name or word.is_number or word.lower in HEDGES:
        return False
    found = [_find_hedge(words, place) for place in places]
    return all(found) and not all(hedge and _is_as_unsure(claim, hedge) for hedge in found)


def _find_places(word: Word, words: Sequence[Word]) -> list[int]:
    return [place for place, other in enumerate(words) if words_match(other, word)]


def _find_hedge(words: Sequence[Word], place: int) -> Word | None:
    """Return the hedge, such as "plans" or "may", that the word at `place` depends on."""
    return next((word for word in _words_before(words, place) if word.lower in HEDGES), None)


def _words_before(words: Sequence[Word], place: int) -> list[Word]:
    """Return up to three words before a place, as far as only function words follow them."""
    start = place
    while start > 0 and place - start < 3:
        start -= 1
        if not words[start].is_function_word:
            break
    return list(words[start:place])


def _is_as_unsure(claim: Sequence[Word], hedge: Word) -> bool:
    """Whether a claim has the hedge in other words, or another hedge of the kind."""
    hedges = HEDGES - FIRM_HEDGES if hedge.lower in WEAK_HEDGES else HEDGES
    hedges = REFUSALS if hedge.lower in REFUSALS else hedges
    return any(w.lower in hedges or words_match(w, hedge) for w in claim if not w.is_name)


def _find_dropped_qualifier(word: Word, words: Sequence[Word], claim: Sequence[Word]) -> str:
    """Return what narrows a word everywhere, such as "fewer" or "former", and the claim lacks."""
    is_measure = word.is_number or word.lower in CALENDAR_NAMES
    narrowing = NARROWING_QUALIFIERS | (LIMITING_QUALIFIERS if is_measure else frozenset())
    claimed = find_qualifiers({other.lower for other in claim})
    found = [
        next(
            (
                before.lower
                for before in _words_before(words, place)
                if before.lower in narrowing and QUALIFIERS[before.lower] not in claimed
            ),
            "",
        )
        for place in _find_places(word, words)
    ]
    return found[0] if found and all(found) else ""


def _is_conditional(content: Sequence[Word], sentence: EvidenceSentence) -> bool:
    """Whether some of the words are only in a clause with a condition, or in one beside it."""
    clauses = split_clauses(sentence.text, sentence.words)
    starts = [match.start() for match in _CONDITION.finditer(sentence.text)]
    limited = {
        number
        for number, clause in enumerate(clauses)
        if any(clause[0].start <= start < clause[-1].end for start in starts)
    }
    free = [
        word
        for number, clause in enumerate(clauses)
        if not limited & {number - 1, number, number + 1}
        for word in clause
    ]
    return bool(limited) and not all(_find_places(word, free) for word in content)
