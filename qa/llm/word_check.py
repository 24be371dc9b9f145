"""A sentence and the passages that it cites -> where they say it, or why they do not. Pure.

Each number, name and word has to stand in a few neighbouring sentences, done by the same, to the
same, as much denied and no more certain. English only, by rules; `support` asks the models.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import replace

from qa.llm.evidence import Ranges, Window, equal, is_found, is_light, known_as, measured, windows
from qa.llm.lexicon import FIRM, HEDGES, ROLES, WEAK
from qa.llm.semantic_roles import Deed, Line, deed, is_entity, opposed, titles
from qa.llm.tokens import Word, numbers_in, same, strong_in, words_of
from qa.retrieval.query import negates, numbers_of
from qa.retrieval.rerank import Passage

_CLAUSE = re.compile(
    r"[,;:()]\s|\s[-–—]\s|\b(?:and|but|while|where|which|who|that|because|although|as well as|"
    r"including|when|after|before)\b"
)
_THING = re.compile(r"(?:ment|ion|ance|ence)s?$")
_RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")


def evidence_of(text: str, cited: Sequence[Passage]) -> tuple[str, Ranges]:
    """Return the fewest sentences that say all of a text; or why none do, and nothing."""
    best, why = -1, "The passage that it cites holds no sentence."
    every = list(windows(cited))
    for window in sorted(every, key=lambda window: len(window.lines)):
        depth, reason = _said(text, window)
        if not reason:
            return "", window.ranges
        if depth > best:
            best, why = depth, reason
    return why, []


def _said(text: str, window: Window) -> tuple[int, str]:
    """Return how far a text is said in a window, and in a sentence what is not, if anything."""
    claim = words_of(text, window.known)
    words = [word for line in window.lines for word in line.words]
    around = " ".join(line.text for line in window.lines)
    missing = [w for w in claim if not is_light(w) and not w.number and not is_found(w, window)]
    depth = len(claim) - len(missing)
    if absent := numbers_in(text) - numbers_in(around):
        number = next(iter(absent))
        return depth, f"The number {number:g} does not stand in what it cites."
    if not numbers_of(text) <= _written(around) and not numbers_in(text):
        return depth, "A number of it does not stand in what it cites."
    for one, other in _RANGE.findall(around):
        here = {float(one), float(other)} & set(numbers_in(text))
        if len(here) == 1 and numbers_in(around)[next(iter(here))] == 1:
            return depth, f"It takes {next(iter(here)):g} out of “{one}–{other}”."
    if missing:
        kind = "name" if missing[0].name else "word"
        return depth, f"The {kind} “{missing[0].text}” does not stand in what it cites."
    lower = {w.lower for w in words}
    if extra := strong_in({w.lower for w in claim}) - strong_in(lower):
        return depth, f"What it cites does not say “{next(iter(extra))}”."
    return depth, (
        _apart(text, claim, window)
        or _turned(claim, words, window)
        or _mistitled(text, claim, window)
        or _mispaired(claim, window)
    )


def _written(text: str) -> frozenset[str]:
    return frozenset(number.replace(",", "") for number in numbers_of(text))


def _clauses(text: str, words: Sequence[Word]) -> list[list[Word]]:
    """Return the words of a sentence between its commas, conjunctions and relative words."""
    cuts = [match.start() for match in _CLAUSE.finditer(text)]
    parts: dict[int, list[Word]] = {}
    for word in words:
        parts.setdefault(sum(cut <= word.start for cut in cuts), []).append(word)
    return [parts[key] for key in sorted(parts)]


def _apart(text: str, claim: Sequence[Word], window: Window) -> str:
    """Say so where the words of a clause stand in no one sentence, or are denied in one of both,
    or only meant to be there."""
    hedges = {word.lower for word in claim} & HEDGES
    for clause in _clauses(text, claim):
        heavy = [w for w in clause if not is_light(w)]
        if not heavy:
            continue
        holding = [line for line in window.lines if _holds(heavy, line, window)]
        if not holding:
            return "It joins words of sentences that say different things."
        said = " ".join(word.text for word in clause)
        denied = negates(text[clause[0].start : clause[-1].end]) or negates(said)
        if not any(_denies(heavy, line) == denied for line in holding):
            return "It denies what is said there, or the other way round."
        if all(_only_meant(heavy, line, hedges) for line in holding):
            return "What it cites only means, plans or hopes it."
    return ""


def _holds(heavy: Sequence[Word], line: Line, window: Window) -> bool:
    alone = replace(window, lines=[line])
    return all(is_found(w, alone) or (w.number and _number_in(w, line)) for w in heavy)


def _number_in(word: Word, line: Line) -> bool:
    return numbers_in(word.text) <= numbers_in(line.text)


def _denies(heavy: Sequence[Word], line: Line) -> bool:
    """Whether a sentence denies it in the clauses that hold its words, names aside."""
    wanted = [w for w in heavy if not w.name] or list(heavy)
    for clause in _clauses(line.text, line.words):
        here = line.text[clause[0].start : clause[-1].end]
        if negates(here) and any(same(w, other) for w in wanted for other in clause):
            return True
    return False


def _only_meant(heavy: Sequence[Word], line: Line, hedges: Set[str]) -> bool:
    """Whether a word that is claimed stands there behind a word such as "plans" or "may", and the
    claim's own `hedges` are none, or stronger."""
    for word in heavy:
        places = [i for i, w in enumerate(line.words) if same(w, word)]
        if not _THING.search(word.lower):  # "Investments" that are made do not say who "invests".
            places = [i for i in places if not _THING.search(line.words[i].lower)] or places
        if not places or word.name or word.number or word.lower in HEDGES:
            continue
        behind = [_hedge_before(line.words, i) for i in places]
        if all(behind) and not all(hedges - FIRM if hedge in WEAK else hedges for hedge in behind):
            return True
    return False


def _hedge_before(words: Sequence[Word], place: int) -> str:
    """Return the word such as "plans" or "may" that a word depends on; "" for none."""
    before = words[max(0, place - 3) : place]
    for number, word in enumerate(before):
        if word.lower in HEDGES and all(w.small for w in before[number + 1 :]):
            return word.lower
    return ""


def _turned(claim: Sequence[Word], words: Sequence[Word], window: Window) -> str:
    """Say so where somebody else does something, or it is done to somebody else."""
    if name := opposed(claim, words):
        return f"What it says of “{name.text}” is turned round."
    for place, word in enumerate(claim):
        if word.name or word.number or is_light(word) or word.lower in ROLES:
            continue
        here = deed(claim, place, nearest=True)
        if any(w.lower in ("the", "a", "an") for w in claim[max(0, place - 2) : place]):
            here = Deed(None, here.patients)  # "The first war": not what somebody does.
        there = [
            deed(line.words, i, meant=line.meant, nearest=False)
            for line in window.lines
            for i, other in enumerate(line.words)
            if same(word, other)
        ]
        behind = claim[place + 1].lower if place + 1 < len(claim) else ""
        if behind in ("of", "between", "among"):  # It may be said of either side.
            there = [Deed(None, (*(d.agents or ()), *(d.patients or ())) or None) for d in there]
            here = Deed(None, here.patients)
        if there and not any(_agrees(here, other, window) for other in there):
            return f"It is others there of whom “{word.text}” is said."
    return ""


def _agrees(here: Deed, there: Deed, window: Window) -> bool:
    """Whether who does what in a claim is the same in its evidence, as far as either tells."""
    if here.agents and there.agents == ():
        return False  # There it is not told who does it.
    pairs = ((here.agents, there.agents), (here.patients, there.patients))
    if not all(not one or not other or _meet(one, other, window) for one, other in pairs):
        return False
    crossed = here.patients and there.agents and not there.patients and not here.agents
    return not (crossed and _meet(here.patients or (), there.agents or (), window))


def _meet(one: Sequence[Word], other: Sequence[Word], window: Window) -> bool:
    as_known = [word for name in one for holder in known_as(name, window) for word in holder]
    return any(same(a, b) for a in (*one, *as_known) for b in other)


def _mistitled(text: str, claim: Sequence[Word], window: Window) -> str:
    """Say so where somebody is given a role that the document gives to somebody else."""
    for role, name in titles(text, claim):
        last = name[-1]
        known = [r for r, n in window.roles if any(same(last, w) for w in n)]
        others = [w for r in known for w in r]
        wanted = [w for w in role if not w.small]
        if others and not all(any(same(w, o) for o in others) for w in wanted if w.name):
            return f"The documents give “{last.text}” another role."
    return ""


def _mispaired(claim: Sequence[Word], window: Window) -> str:
    """Say so where a number belongs to something else there: another one of its kind is nearer."""
    for place, word in enumerate(claim):
        if not word.number:
            continue
        of = measured(claim[place + 1 : place + 5])
        if of and not any(
            equal(line.words[i], word)
            and all(any(same(w, part) for w in line.words[i + 1 : i + 6]) for part in of)
            for line in window.lines
            for i in range(len(line.words))
        ):
            return f"It is not “{word.text} {' '.join(part.text for part in of)}” there."
        anchor = next((w for w in reversed(claim[:place]) if is_entity(w) or w.number), None)
        if anchor is None:
            continue
        for line in window.lines:
            numbers = [i for i, w in enumerate(line.words) if w.number and equal(w, word)]
            anchors = [i for i, w in enumerate(line.words) if same(w, anchor)]
            if (
                numbers
                and anchors
                and not any(_bound(line.words, a, n) for a in anchors for n in numbers)
            ):
                return f"The number {word.text} belongs to something else there."
    return ""


def _bound(words: Sequence[Word], anchor: int, number: int) -> bool:
    """Whether no other number with the same word behind it stands between the two."""
    unit = words[number + 1] if number + 1 < len(words) else None
    first, last = sorted((anchor, number))
    return not any(
        words[i].number and unit and i + 1 < len(words) and same(words[i + 1], unit)
        for i in range(first + 1, last)
    )
