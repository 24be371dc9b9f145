"""Who does what to whom, and who is what, in a claim and in its evidence. Pure.

By the order of words, the passive turned round, not by a grammar: what cannot be told counts as
said. A sentence is given as its words; whether these are in the evidence at all is left to
`support`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.llm.lexicon import (
    BE,
    BOUND,
    CALENDAR,
    ITS,
    LISTS,
    MANY,
    PERSONAL,
    PLACED,
    PRONOUNS,
    ROLES,
)
from qa.llm.tokens import Word, same

_OPPOSED = {
    **{"from": "to into", "to": "from", "into": "from", "with": "without against"},
    **{"without": "with", "against": "for with", "before": "after", "after": "before"},
}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the evidence, as its words, with the names that its pronouns stand for."""

    text: str
    words: tuple[Word, ...]
    meant: tuple[Word, ...] = ()


def resolved(lines: Sequence[Line], persons: frozenset[str]) -> list[Line]:
    """Return the sentences of a passage with the names that their pronouns stand for.

    "they" are all of the sentence before, "it" is its first name, "he" and "she" are the last of
    the `persons`, which are stems.
    """
    found: list[Line] = []
    for line in lines:
        said = {word.lower for word in line.words if not word.name}
        before = found[-1] if found else None
        meant: list[Word] = []
        if before:
            names = [word for word in before.words if is_entity(word)]
            first = _run(before.words, names[0]) if names else list(before.meant)
            if said & MANY:
                meant += [*names, *before.meant]
            if said & ITS:
                meant += list(before.meant) if _opens_with_pronoun(before.words) else first
            if said & PERSONAL:
                for other in reversed(found):
                    if people := [w for w in other.words if w.name and w.stem in persons]:
                        meant += people
                        break
        found.append(Line(line.text, line.words, tuple(meant)))
    return found


def is_entity(word: Word) -> bool:
    """Whether a word is a name of somebody or something, not of a day or a month."""
    return word.name and word.lower not in CALENDAR


def titles(text: str, words: Sequence[Word]) -> Iterator[tuple[list[Word], list[Word]]]:
    """Yield pairs of a role and the name of who has it.

    >>> from qa.llm.tokens import words_of
    >>> text = "He met the Minister of Defence, Ida Holm, and Mayor Falk."
    >>> [[" ".join(w.text for w in part) for part in pair] for pair in titles(text, words_of(text))]
    [['Minister of Defence', 'Ida Holm'], ['Mayor', 'Falk']]
    """
    runs = list(_runs(text, words))
    for number, (run, start, end) in enumerate(runs):
        role = [word for word in run if word.lower in ROLES]
        if not role:
            continue
        last = max(run.index(word) for word in role)
        tail = run[last + 1 :]
        if tail and not any(word.lower in BOUND for word in tail) and all(w.name for w in tail):
            yield run[: last + 1], tail
            continue
        after = runs[number + 1] if number + 1 < len(runs) else None
        before = runs[number - 1] if number else None
        if after and _is_name(after[0]) and re.fullmatch(r",?\s+(?:is\s+)?", text[end : after[1]]):
            yield run, after[0]
        elif before and _is_name(before[0]):
            between = text[before[2] : start]
            if re.fullmatch(r",?\s+(?:(?:who )?(?:is|was)\s+)?(?:the|a|an)?\s*", between):
                yield run, before[0]


def _is_name(run: Sequence[Word]) -> bool:
    return not any(w.lower in ROLES or w.lower in BOUND for w in run) and run[0].name


def _runs(text: str, words: Sequence[Word]) -> Iterator[tuple[list[Word], int, int]]:
    """Yield runs of names and of words for roles, with what "of" and "and" bind to them."""
    run: list[Word] = []
    for word in words:
        part = word.name or word.lower in ROLES
        joined = bool(run) and text[run[-1].end : word.start] in (" ", " \n", "\n", "'s ", "’s ")
        listed = bool(run) and text[run[-1].end : word.start] == ", " and _in_list(text, run, word)
        if part and run and not joined and not listed:
            yield _closed(run)
            run = []
        if part or (joined and run and word.lower in ("of", "and", "for")):
            run.append(word)
        elif run:
            yield _closed(run)
            run = []
    if run:
        yield _closed(run)


def _in_list(text: str, run: Sequence[Word], word: Word) -> bool:
    """Whether a comma within "Minister of Economy, Trade and Investment" goes on with a role."""
    within = any(w.lower == "of" for w in run)
    return within and bool(re.match(r"[\w-]+ and [A-Z]", text[word.start :]))


def _closed(run: list[Word]) -> tuple[list[Word], int, int]:
    while run and not (run[-1].name or run[-1].lower in ROLES):
        run = run[:-1]
    return run, run[0].start, run[-1].end


def _run(words: Sequence[Word], first: Word) -> list[Word]:
    """Return the names that stand together with the first one."""
    place = words.index(first)
    found = []
    for word in words[place:]:
        if not word.name and word.lower not in ("of", "the"):
            break
        found += [word] if word.name else []
    return found


def _opens_with_pronoun(words: Sequence[Word]) -> bool:
    opening = next((word for word in words[:3] if word.name or word.lower in PRONOUNS), None)
    return opening is not None and opening.lower in ITS | MANY | PERSONAL


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what a word says, and to whom; None where that cannot be told, and no agents where
    it is left open."""

    agents: tuple[Word, ...] | None
    patients: tuple[Word, ...] | None


def deed(words: Sequence[Word], place: int, *, meant: Sequence[Word] = (), nearest: bool) -> Deed:
    """Return who does what a word of a sentence says; with `nearest`, only those that are.

    `meant` are the names that the sentence's pronouns stand for.
    """
    left, right = words[:place], words[place + 1 :]
    passive = words[place].lower.endswith(("ed", "en", "t", "n", "d")) and any(
        word.lower in BE for word in left[-3:]
    )
    by = next((i for i, word in enumerate(right[:6]) if word.lower == "by"), None)
    before, after = _names(left[::-1], nearest), _names(right, nearest)
    if nearest:
        after = _names(_own(words[place:]), nearest)
        before = before if _close(left) else []
        if left and left[-1].lower in ITS and (names := [w for w in left if is_entity(w)]):
            before = _run(left, names[0])
    elif left and left[-1].name and words[place].start - left[-1].end == len("'s "):
        return Deed((left[-1],), tuple(after) or None)  # "Oslo's support": nobody else's.
    elif left and left[-1].lower in ITS | PERSONAL:
        first = next((word for word in left if is_entity(word)), None)
        owner = (*(_run(left, first) if first else ()), *meant)
        return Deed(owner or None, tuple(after) or None)
    else:
        after = _names(_listed(right), nearest) or after
        before = [*before, *meant] if any(w.lower in PRONOUNS for w in left) else before
        after = [*after, *meant] if any(w.lower in PRONOUNS for w in right) else after
    if not passive:
        return Deed(tuple(before) or None, tuple(after) or None)
    agents = () if by is None else tuple(_names(right[by + 1 :], nearest)) or None
    return Deed(agents, tuple(before) or None)


def _names(words: Sequence[Word], nearest: bool) -> list[Word]:
    """Return the names among words; with `nearest`, the first run of them before anything else."""
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


def _close(left: Sequence[Word]) -> bool:
    """Whether at most one word that is neither a name nor small parts a word from a name."""
    gap = 0
    for word in reversed(left):
        if is_entity(word):
            return gap < 2
        gap += not word.small
    return False


def _own(words: Sequence[Word]) -> Sequence[Word]:
    """Return the words behind the first that stand in its own clause."""
    for i in range(1, len(words)):
        if words[i].start - words[i - 1].end > 1 or words[i].lower in PLACED:
            return words[1:i]
    return words[1:]


def _listed(words: Sequence[Word]) -> Sequence[Word]:
    """Return the words up to the first comma that is not followed by another name."""
    for i in range(1, len(words)):
        if words[i].start - words[i - 1].end > 1:
            after = next((w for w in words[i:] if w.lower not in LISTS), None)
            if after is not None and not after.name:
                return words[:i]
    return words


def opposed(claim: Sequence[Word], evidence: Sequence[Word]) -> Word | None:
    """Return a name of a claim that it turns round: "from Oslo" where all evidence says "to"."""
    for place, word in enumerate(claim):
        small = _preposition(claim, place)
        if not word.name or small not in _OPPOSED:
            continue
        there = {_preposition(evidence, i) for i, w in enumerate(evidence) if same(w, word)}
        if there & set(_OPPOSED[small].split()) and small not in there:
            return word
    return None


def _preposition(words: Sequence[Word], place: int) -> str:
    for word in reversed(words[max(0, place - 3) : place]):
        if word.lower in _OPPOSED:
            return word.lower
        if not (word.name or word.lower in ("the", "a", "an", "of", "its")):
            return ""
    return ""
