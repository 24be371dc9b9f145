"""Find who does what to whom, and who holds which office, in a claim and in its evidence. Pure.

Roles follow from the order of words, with the passive reversed, not from a grammar; what cannot be
determined is left open. Whether the words occur in the evidence at all is left to `word_check`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.llm.lexicon import (
    AUXILIARIES,
    CALENDAR_NAMES,
    CLAUSE_STARTERS,
    LIST_WORDS,
    NEUTER_PRONOUNS,
    OFFICE_CONNECTORS,
    OFFICES,
    PERSONAL_PRONOUNS,
    PLURAL_PRONOUNS,
    PRONOUNS,
)
from qa.llm.tokens import Word, words_match

_OPPOSITE_PREPOSITIONS = {
    **{"from": "to into", "to": "from", "into": "from", "with": "without against"},
    **{"without": "with", "against": "for with", "before": "after", "after": "before"},
}


@dataclass(frozen=True, slots=True)
class EvidenceSentence:
    """A sentence of the evidence, its words, and the names that its pronouns refer to."""

    text: str
    words: tuple[Word, ...]
    referents: tuple[Word, ...] = ()


def resolve_pronouns(
    sentences: Sequence[EvidenceSentence], persons: frozenset[str]
) -> list[EvidenceSentence]:
    """Return the sentences of a passage with the names that their pronouns refer to.

    "they" refers to all names of the sentence before, "it" to the first of them, "he" and "she" to
    the most recent of the `persons`, which are stems.
    """
    found: list[EvidenceSentence] = []
    for sentence in sentences:
        lower = {word.lower for word in sentence.words if not word.is_name}
        before = found[-1] if found else None
        referents: list[Word] = []
        if before:
            names = [word for word in before.words if is_entity(word)]
            first = _name_run(before.words, names[0]) if names else list(before.referents)
            if lower & PLURAL_PRONOUNS:
                referents += [*names, *before.referents]
            if lower & NEUTER_PRONOUNS:
                referents += list(before.referents) if _opens_with_pronoun(before.words) else first
            if lower & PERSONAL_PRONOUNS:
                for other in reversed(found):
                    if people := [w for w in other.words if w.is_name and w.stem in persons]:
                        referents += people
                        break
        found.append(EvidenceSentence(sentence.text, sentence.words, tuple(referents)))
    return found


def is_entity(word: Word) -> bool:
    """Whether a word names a person or a thing, not a day or a month."""
    return word.is_name and word.lower not in CALENDAR_NAMES


def find_offices(text: str, words: Sequence[Word]) -> Iterator[tuple[list[Word], list[Word]]]:
    """Yield pairs of an office and the name of its holder.

    >>> from qa.llm.tokens import split_words
    >>> text = "He met the Minister of Defence, Ida Holm, and Mayor Falk."
    >>> found = find_offices(text, split_words(text))
    >>> [[" ".join(word.text for word in part) for part in pair] for pair in found]
    [['Minister of Defence', 'Ida Holm'], ['Mayor', 'Falk']]
    """
    runs = list(_runs(text, words))
    for number, (run, start, end) in enumerate(runs):
        office = [word for word in run if word.lower in OFFICES]
        if not office:
            continue
        last = max(run.index(word) for word in office)
        tail = run[last + 1 :]
        if (
            tail
            and not any(word.lower in OFFICE_CONNECTORS for word in tail)
            and all(word.is_name for word in tail)
        ):
            yield run[: last + 1], tail
            continue
        after = runs[number + 1] if number + 1 < len(runs) else None
        before = runs[number - 1] if number else None
        if (
            after
            and _is_holder(after[0])
            and re.fullmatch(r",?\s+(?:is\s+)?", text[end : after[1]])
        ):
            yield run, after[0]
        elif before and _is_holder(before[0]):
            between = text[before[2] : start]
            if re.fullmatch(r",?\s+(?:(?:who )?(?:is|was)\s+)?(?:the|a|an)?\s*", between):
                yield run, before[0]


def _is_holder(run: Sequence[Word]) -> bool:
    return run[0].is_name and not any(
        word.lower in OFFICES or word.lower in OFFICE_CONNECTORS for word in run
    )


def _runs(text: str, words: Sequence[Word]) -> Iterator[tuple[list[Word], int, int]]:
    """Yield runs of names and office words, including the "of" and "and" within them."""
    run: list[Word] = []
    for word in words:
        part = word.is_name or word.lower in OFFICES
        joined = bool(run) and text[run[-1].end : word.start] in (" ", " \n", "\n", "'s ", "’s ")
        listed = bool(run) and text[run[-1].end : word.start] == ", " and _in_list(text, run, word)
        if part and run and not joined and not listed:
            yield _trim_run(run)
            run = []
        if part or (joined and run and word.lower in ("of", "and", "for")):
            run.append(word)
        elif run:
            yield _trim_run(run)
            run = []
    if run:
        yield _trim_run(run)


def _in_list(text: str, run: Sequence[Word], word: Word) -> bool:
    """Whether the comma is inside an office: "Minister of Economy, Trade and Investment"."""
    within = any(w.lower == "of" for w in run)
    return within and bool(re.match(r"[\w-]+ and [A-Z]", text[word.start :]))


def _trim_run(run: list[Word]) -> tuple[list[Word], int, int]:
    """Return a run without connecting words at its end, and its range in characters."""
    while run and not (run[-1].is_name or run[-1].lower in OFFICES):
        run = run[:-1]
    return run, run[0].start, run[-1].end


def _name_run(words: Sequence[Word], first: Word) -> list[Word]:
    """Return the adjacent names that begin with `first`."""
    place = words.index(first)
    found = []
    for word in words[place:]:
        if not word.is_name and word.lower not in ("of", "the"):
            break
        found += [word] if word.is_name else []
    return found


def _opens_with_pronoun(words: Sequence[Word]) -> bool:
    opening = next((word for word in words[:3] if word.is_name or word.lower in PRONOUNS), None)
    return opening is not None and opening.lower in (
        NEUTER_PRONOUNS | PLURAL_PRONOUNS | PERSONAL_PRONOUNS
    )


@dataclass(frozen=True, slots=True)
class SemanticRoles:
    """The agents and the patients of a word: who does it, and to whom.

    None means that they cannot be determined, and no agents that the sentence leaves them out.
    """

    agents: tuple[Word, ...] | None
    patients: tuple[Word, ...] | None


def find_roles(
    words: Sequence[Word], place: int, *, referents: Sequence[Word] = (), nearest: bool
) -> SemanticRoles:
    """Return the semantic roles of the word at `place`; with `nearest`, of adjacent names only.

    `referents` are the names that the pronouns of the sentence refer to.
    """
    left, right = words[:place], words[place + 1 :]
    passive = words[place].lower.endswith(("ed", "en", "t", "n", "d")) and any(
        word.lower in AUXILIARIES for word in left[-3:]
    )
    by = next((i for i, word in enumerate(right[:6]) if word.lower == "by"), None)
    before, after = _entities(left[::-1], nearest), _entities(right, nearest)
    if nearest:
        after = _entities(_rest_of_clause(words[place:]), nearest)
        before = before if _is_near_name(left) else []
        if left and left[-1].lower in NEUTER_PRONOUNS:
            first = next((word for word in left if is_entity(word)), None)
            before = _name_run(left, first) if first else before
    elif left and left[-1].is_name and words[place].start - left[-1].end == len("'s "):
        return SemanticRoles((left[-1],), tuple(after) or None)  # "Oslo's support" is Oslo's alone.
    elif left and left[-1].lower in NEUTER_PRONOUNS | PERSONAL_PRONOUNS:
        first = next((word for word in left if is_entity(word)), None)
        owner = (*(_name_run(left, first) if first else ()), *referents)
        return SemanticRoles(owner or None, tuple(after) or None)
    else:
        after = _entities(_rest_of_list(right), nearest) or after
        before = [*before, *referents] if any(w.lower in PRONOUNS for w in left) else before
        after = [*after, *referents] if any(w.lower in PRONOUNS for w in right) else after
    if not passive:
        return SemanticRoles(tuple(before) or None, tuple(after) or None)
    agents = () if by is None else tuple(_entities(right[by + 1 :], nearest)) or None
    return SemanticRoles(agents, tuple(before) or None)


def _entities(words: Sequence[Word], nearest: bool) -> list[Word]:
    """Return the entities among words; with `nearest`, only the first group of them."""
    found: list[Word] = []
    gap = 0
    for word in words:
        if is_entity(word):
            if nearest and found and gap > 2:
                break
            found.append(word)
            gap = 0
        else:
            gap += 1 if word.lower in ("of", "the") else 3
    return found


def _is_near_name(left: Sequence[Word]) -> bool:
    """Whether at most one content word lies between the end of the words and the last entity."""
    gap = 0
    for word in reversed(left):
        if is_entity(word):
            return gap < 2
        gap += not word.is_function_word
    return False


def _rest_of_clause(words: Sequence[Word]) -> Sequence[Word]:
    """Return the words after the first that belong to its clause."""
    for i in range(1, len(words)):
        if words[i].start - words[i - 1].end > 1 or words[i].lower in CLAUSE_STARTERS:
            return words[1:i]
    return words[1:]


def _rest_of_list(words: Sequence[Word]) -> Sequence[Word]:
    """Return the words up to the first comma that is not followed by another name."""
    for i in range(1, len(words)):
        if words[i].start - words[i - 1].end > 1:
            after = next((w for w in words[i:] if w.lower not in LIST_WORDS), None)
            if after is not None and not after.is_name:
                return words[:i]
    return words


def find_reversed_name(claim: Sequence[Word], evidence: Sequence[Word]) -> Word | None:
    """Return a name whose preposition a claim reverses: "from Oslo", evidence "to Oslo"."""
    for place, word in enumerate(claim):
        preposition = _preposition(claim, place)
        if not word.is_name or preposition not in _OPPOSITE_PREPOSITIONS:
            continue
        found = {_preposition(evidence, i) for i, w in enumerate(evidence) if words_match(w, word)}
        opposites = set(_OPPOSITE_PREPOSITIONS[preposition].split())
        if found & opposites and preposition not in found:
            return word
    return None


def _preposition(words: Sequence[Word], place: int) -> str:
    """Return the preposition of the word at `place`, if it has an opposite; "" for none."""
    for word in reversed(words[max(0, place - 3) : place]):
        if word.lower in _OPPOSITE_PREPOSITIONS:
            return word.lower
        if not (word.is_name or word.lower in ("the", "a", "an", "of", "its")):
            return ""
    return ""
