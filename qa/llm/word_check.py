"""Check a claim word by word against the passages it cites. Pure.

Each number, name and content word has to occur in a few neighbouring sentences, with the same
subject and object, the same negation and no more certainty. The rules are English. `evidence` cuts
the passages into these sentences, `restrictions` finds what limits them; similarity and the reader
are left to `verify`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.llm.evidence import (
    EvidenceRanges,
    EvidenceWindow,
    evidence_windows,
    find_aliases,
    find_unit,
    is_light_word,
    occurs_in,
)
from qa.llm.lexicon import OFFICES
from qa.llm.restrictions import find_restriction
from qa.llm.semantic_roles import (
    EvidenceSentence,
    SemanticRoles,
    find_offices,
    find_reversed_name,
    find_roles,
    is_entity,
)
from qa.llm.tokens import (
    Word,
    count_numbers,
    find_qualifiers,
    numbers_match,
    split_clauses,
    split_words,
    words_match,
)
from qa.retrieval.query import find_numbers, negates
from qa.retrieval.rerank import Passage

_NUMBER_RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")


def find_evidence(claim: str, cited: Sequence[Passage]) -> tuple[str, EvidenceRanges]:
    """Return "" and the fewest sentences that support a claim; or why none do, and no sentences."""
    most, why = -1, "The cited passage contains no sentence."
    windows = sorted(evidence_windows(cited), key=lambda window: len(window.sentences))
    for window in windows:
        matched, reason = _check_window(claim, window)
        if not reason:
            return "", window.ranges
        if matched > most:
            most, why = matched, reason
    return why, []


def _check_window(text: str, window: EvidenceWindow) -> tuple[int, str]:
    """Return how many words of a claim a window matches, and why it does not support the claim.

    The reason is "" where it does.
    """
    claim = split_words(text, window.names)
    evidence = [word for sentence in window.sentences for word in sentence.words]
    evidence_text = " ".join(sentence.text for sentence in window.sentences)
    claimed_numbers, numbers = count_numbers(text), count_numbers(evidence_text)
    missing = [
        word
        for word in claim
        if not is_light_word(word) and not word.is_number and not occurs_in(word, window)
    ]
    matched = len(claim) - len(missing)
    if absent := claimed_numbers - numbers:
        return matched, f"The number {next(iter(absent)):g} is not in the cited text."
    if not claimed_numbers and not find_numbers(text) <= _numerals(evidence_text):
        return matched, "A number of the sentence is not in the cited text."
    for first, last in _NUMBER_RANGE.findall(evidence_text):
        ends = {float(first), float(last)} & set(claimed_numbers)
        if len(ends) == 1 and numbers[next(iter(ends))] == 1:
            return matched, f"It gives {next(iter(ends)):g} instead of the range “{first}–{last}”."
    if missing:
        kind = "name" if missing[0].is_name else "word"
        return matched, f"The {kind} “{missing[0].text}” is not in the cited text."
    if added := find_qualifiers({w.lower for w in claim}) - find_qualifiers(
        {w.lower for w in evidence}
    ):
        return matched, f"The cited text does not say “{next(iter(added))}”."
    return matched, (
        _find_clause_error(text, claim, window)
        or _find_role_error(claim, evidence, window)
        or _find_office_error(text, claim, window)
        or _find_number_error(claim, window)
    )


def _numerals(text: str) -> frozenset[str]:
    """Return the numbers of a text as written, without thousands separators."""
    return frozenset(number.replace(",", "") for number in find_numbers(text))


def _find_clause_error(text: str, claim: Sequence[Word], window: EvidenceWindow) -> str:
    """Return why a clause of a claim is not supported; "" where all are.

    The words of each clause have to occur in one sentence, with the same negation and under no
    restriction that the claim leaves out.
    """
    for clause in split_clauses(text, claim):
        content = [word for word in clause if not is_light_word(word)]
        if not content:
            continue
        matching = [s for s in window.sentences if _sentence_has(content, s, window)]
        if not matching:
            return "It combines words from sentences that say different things."
        words = " ".join(word.text for word in clause)
        negated = negates(text[clause[0].start : clause[-1].end]) or negates(words)
        if not any(_is_negated(content, sentence) == negated for sentence in matching):
            return "It states what the cited text denies, or denies what the cited text states."
        restrictions = [find_restriction(content, sentence, claim) for sentence in matching]
        if all(restrictions):
            return restrictions[0]
    return ""


def _sentence_has(
    content: Sequence[Word], sentence: EvidenceSentence, window: EvidenceWindow
) -> bool:
    alone = replace(window, sentences=[sentence])
    return all(
        occurs_in(word, alone)
        or (word.is_number and count_numbers(word.text) <= count_numbers(sentence.text))
        for word in content
    )


def _is_negated(content: Sequence[Word], sentence: EvidenceSentence) -> bool:
    """Whether a clause of a sentence that holds one of the words, names aside, is negated."""
    wanted = [word for word in content if not word.is_name] or list(content)
    for clause in split_clauses(sentence.text, sentence.words):
        text = sentence.text[clause[0].start : clause[-1].end]
        if negates(text) and any(words_match(w, other) for w in wanted for other in clause):
            return True
    return False


def _find_role_error(
    claim: Sequence[Word], evidence: Sequence[Word], window: EvidenceWindow
) -> str:
    """Return which word has another subject or object in the evidence; "" where none has."""
    if name := find_reversed_name(claim, evidence):
        return f"The cited text has the opposite preposition before “{name.text}”."
    for place, word in enumerate(claim):
        if word.is_name or word.is_number or is_light_word(word) or word.lower in OFFICES:
            continue
        claimed = find_roles(claim, place, nearest=True)
        if any(w.lower in ("the", "a", "an") for w in claim[max(0, place - 2) : place]):
            claimed = SemanticRoles(None, claimed.patients)  # "The first war" has no agent.
        found = [
            find_roles(sentence.words, i, referents=sentence.referents, nearest=False)
            for sentence in window.sentences
            for i, other in enumerate(sentence.words)
            if words_match(word, other)
        ]
        after = claim[place + 1].lower if place + 1 < len(claim) else ""
        if after in ("of", "between", "among"):  # The names after these may have either role.
            found = [
                SemanticRoles(None, (*(r.agents or ()), *(r.patients or ())) or None) for r in found
            ]
            claimed = SemanticRoles(None, claimed.patients)
        if found and not any(_roles_agree(claimed, roles, window) for roles in found):
            return f"In the cited text, “{word.text}” has another subject or object."
    return ""


def _roles_agree(claimed: SemanticRoles, found: SemanticRoles, window: EvidenceWindow) -> bool:
    """Whether the roles of a claim match those of the evidence, as far as both are known."""
    if claimed.agents and found.agents == ():
        return False  # The evidence leaves out who does it.
    pairs = ((claimed.agents, found.agents), (claimed.patients, found.patients))
    if not all(not one or not other or _share_name(one, other, window) for one, other in pairs):
        return False
    swapped = claimed.patients and found.agents and not found.patients and not claimed.agents
    return not (swapped and _share_name(claimed.patients or (), found.agents or (), window))


def _share_name(names: Sequence[Word], others: Sequence[Word], window: EvidenceWindow) -> bool:
    aliases = [word for name in names for alias in find_aliases(name, window) for word in alias]
    return any(words_match(one, other) for one in (*names, *aliases) for other in others)


def _find_office_error(text: str, claim: Sequence[Word], window: EvidenceWindow) -> str:
    """Return who is given an office that the document gives to somebody else; "" for nobody."""
    for office, holder in find_offices(text, claim):
        last = holder[-1]
        known = [
            word
            for other_office, other_holder in window.offices
            if any(words_match(last, w) for w in other_holder)
            for word in other_office
        ]
        names = [word for word in office if word.is_name]
        if known and not all(any(words_match(w, other) for other in known) for w in names):
            return f"The documents give “{last.text}” a different office."
    return ""


def _find_number_error(claim: Sequence[Word], window: EvidenceWindow) -> str:
    """Return which number belongs to something else in the evidence; "" where none does."""
    for place, word in enumerate(claim):
        if not word.is_number:
            continue
        unit = find_unit(claim[place + 1 : place + 5])
        if unit and not any(
            numbers_match(sentence.words[i], word)
            and all(
                any(words_match(w, part) for w in sentence.words[i + 1 : i + 6]) for part in unit
            )
            for sentence in window.sentences
            for i in range(len(sentence.words))
        ):
            amount = " ".join(part.text for part in (word, *unit))
            return f"The cited text does not say “{amount}”."
        anchor = next((w for w in reversed(claim[:place]) if is_entity(w) or w.is_number), None)
        if anchor is None:
            continue
        for sentence in window.sentences:
            words = sentence.words
            numbers = [i for i, w in enumerate(words) if w.is_number and numbers_match(w, word)]
            anchors = [i for i, w in enumerate(words) if words_match(w, anchor)]
            if (
                numbers
                and anchors
                and not any(_is_nearest(words, a, n) for a in anchors for n in numbers)
            ):
                return f"In the cited text, the number {word.text} refers to something else."
    return ""


def _is_nearest(words: Sequence[Word], anchor: int, number: int) -> bool:
    """Whether no other number of the same unit lies between an anchor and a number."""
    unit = words[number + 1] if number + 1 < len(words) else None
    first, last = sorted((anchor, number))
    return not any(
        words[i].is_number and unit and i + 1 < len(words) and words_match(words[i + 1], unit)
        for i in range(first + 1, last)
    )
