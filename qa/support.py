"""A sentence of a language model and the passages that it cites -> whether they say so.

Nothing here asks what is likely: each number, name and word of the sentence has to stand in a few
neighbouring sentences of a passage, done by the same, to the same, and as much denied; then the
encoder has to find the two near in meaning, and the reader, which is asked for each name and
number, must not name another. What cannot be shown to be said is struck out. English only.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from index.embed import Encoder
from qa.citation import Citation, cite
from qa.evidence import sentences_of
from qa.question import negates, numbers_of, phrases
from qa.reader import Proposal, Reader
from qa.retrieve import Passage
from qa.roles import Deed, Line, deed, is_entity, opposed, resolved, titles
from qa.vocabulary import FIRM, HEDGES, LIGHT, ROLES, WEAK
from qa.wording import Word, names_known, numbers_in, same, strong_in, words_of

SENTENCES = 3
"""Neighbouring sentences at most that may say together what one sentence claims."""

ALIKE = 0.2
"""Cosine of a sentence and its evidence from which they count as alike."""

SURE = 0.0
"""Logit of answering from which the reader's word for another name or number counts."""

AHEAD = 2.0
"""By how much the score of that other one has to be higher than that of what is claimed."""

ASKED = 3
"""Names and numbers of a sentence that the reader is asked for."""

LONGEST = 600
"""Characters of a sentence at most."""

READ = 60_000
"""Characters of a document at most in which names and roles are looked for."""

_MARK = re.compile(r"[ \t]*[\[【]\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*[\]】]")
_MARKUP = re.compile(
    r"https?:|www\.|data:|javascript:|<[a-z/!]|!\[|\]\(|\[[^\]]*\]\[|\]:|```|&#?\w+;|\b\S+@\S+\.\w|\|"
    r"|[\w-]+\.(?:com|org|net|io|example|test|dev|co|info)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;:()]\s|\s[-–—]\s|\b(?:and|but|while|where|which|who|that|because|although|as well as|"
    r"including|when|after|before)\b"
)
_THING = re.compile(r"(?:ment|ion|ance|ence)s?$")
_RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a language model, without its marks, and whether the documents say it.

    Where `supported`, `citations` are the sentences that say so, and `reason` is empty; otherwise
    `reason` tells in a sentence why it is not shown.
    """

    text: str
    citations: tuple[Citation, ...]
    supported: bool
    reason: str


def check_sentence(
    said: str, passages: Sequence[Passage], encoder: Encoder, reader: Reader | None
) -> Sentence:
    """Return a sentence, which cites passages by their numbers from 1, with what came of it."""
    text, numbers = without_marks(said)
    cited = [passages[n - 1] for n in numbers if 1 <= n <= len(passages)]
    reason = _malformed(said, text, numbers, cited)
    found: _Found = []
    if not reason:
        reason, found = _evidence(text, cited)
    if not reason:
        reason = _unlike(text, found, encoder)
    if not reason and reader and (named := _denied(text, found, reader)):
        reason = f"The reader finds another there than “{named}”."
    if reason:
        return Sentence(text, (), False, reason)
    return Sentence(text, tuple(cite(p.document, a, b) for p, a, b in found), True, "")


def _malformed(said: str, text: str, numbers: Sequence[int], cited: Sequence[Passage]) -> str:
    """Return why a sentence need not be looked up at all; "" where it has to be."""
    if not numbers:
        return "It cites nothing."
    if len(cited) < len(numbers):
        return "It cites a passage that there is not."
    if _MARKUP.search(said) or not text.isprintable():
        return "It holds a link, a picture or marks of a page."
    if len(text) > LONGEST:
        return "It is too long to be checked."
    for quotation in phrases(_straight(text)):
        if not any(_plain(quotation) in _plain(passage.text) for passage in cited):
            return "It quotes what the passage does not hold."
    return "" if any(c.isalpha() for c in text) else "It says nothing."


def _unlike(text: str, found: Sequence[tuple[Passage, int, int]], encoder: Encoder) -> str:
    quoted = " ".join(p.document.text[a:b] for p, a, b in found)
    one, other = encoder.embed_sentences([text, quoted])
    return "" if float(one @ other) >= ALIKE else "Its meaning is too far from what it cites."


def without_marks(said: str) -> tuple[str, list[int]]:
    """Return a sentence without its marks of citations, and the numbers that these name, once.

    >>> without_marks("It rained [2], and [1, 2] snowed.[3]")
    ('It rained, and snowed.', [2, 1, 3])
    """
    numbers = [int(n) for mark in _MARK.finditer(said) for n in re.findall(r"\d+", mark[1])]
    text = re.sub(r"[*_`#]+(?=\w)|(?<=[\w.,!?])[*_`]+|^\s*[-*•]\s+", "", _MARK.sub("", said))
    return " ".join(text.split()), list(dict.fromkeys(numbers))


_Found = list[tuple[Passage, int, int]]


def _evidence(text: str, cited: Sequence[Passage]) -> tuple[str, _Found]:
    """Return the fewest sentences that say all of a text; or why none do, and nothing."""
    best, why = -1, "The passage that it cites holds no sentence."
    windows = list(_windows(cited))
    for window in sorted(windows, key=lambda window: len(window.lines)):
        depth, reason = _said(text, window)
        if not reason:
            return "", window.ranges
        if depth > best:
            best, why = depth, reason
    return why, []


@dataclass(frozen=True, slots=True)
class _Window:
    """Sentences that may say together what is claimed, with what is known of their document."""

    lines: list[Line]
    ranges: _Found
    title: tuple[Word, ...]
    known: frozenset[str]
    roles: list[tuple[list[Word], list[Word]]]


def _windows(cited: Sequence[Passage]) -> Iterator[_Window]:
    """Yield each run of up to SENTENCES sentences of a passage, and the runs of two passages."""
    single = []
    for passage in cited:
        about = f"{passage.document.title}\n{passage.document.text[:READ]}\n{passage.text}"
        known = names_known(about)
        text = passage.document.text[:READ]
        roles = list(titles(text, words_of(text, known)))
        persons = frozenset(w.stem for _, name in roles for w in name) | {
            w.stem for role, _ in roles for w in role if w.lower in ROLES
        }
        spans = sentences_of(passage.text)
        sentences = [passage.text[a:b] for a, b in spans]
        lines = resolved([Line(s, words_of(s, known)) for s in sentences], persons)
        title = words_of(passage.document.title, known)
        first = passage.chunk.start
        for size in range(1, SENTENCES + 1):
            for at in range(len(lines) - size + 1):
                ranges = [(passage, first + spans[at][0], first + spans[at + size - 1][1])]
                window = _Window(lines[at : at + size], ranges, title, known, roles)
                single.append((passage.chunk, size, window))
                yield window
    for number, (chunk, size, one) in enumerate(single):
        for other_chunk, other_size, other in single[number + 1 :]:
            if other_chunk != chunk and size == other_size == 1:
                yield replace(
                    one,
                    lines=one.lines + other.lines,
                    ranges=one.ranges + other.ranges,
                    title=one.title + other.title,
                    known=one.known | other.known,
                    roles=one.roles + other.roles,
                )


def _said(text: str, window: _Window) -> tuple[int, str]:
    """Return how far a text is said in a window, and in a sentence what is not, if anything."""
    claim = words_of(text, window.known)
    words = [word for line in window.lines for word in line.words]
    around = " ".join(line.text for line in window.lines)
    missing = [w for w in claim if not _light(w) and not w.number and not _found(w, window)]
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


def _light(word: Word) -> bool:
    return word.small or (not word.name and word.stem in LIGHT)


def _written(text: str) -> frozenset[str]:
    return frozenset(number.replace(",", "") for number in numbers_of(text))


def _found(word: Word, window: _Window) -> bool:
    """Whether a word stands in the sentences, in what their pronouns and roles stand for, or, a
    name, in the document's title."""
    if any(same(word, other) for line in window.lines for other in (*line.words, *line.meant)):
        return True
    if not word.name and word.lower not in ROLES:
        return False
    return any(same(word, other) for other in window.title) or any(
        _shares(holder, line.words) or _shares(holder, line.meant)
        for line in window.lines
        for holder in _known_as(word, window)
    )


def _known_as(word: Word, window: _Window) -> list[list[Word]]:
    """Return what else is said of who a word names: the roles of a name, the names of a role."""
    found = []
    for role, name in window.roles:
        if any(same(word, other) for other in name):
            found.append([w for w in role if w.lower in ROLES and w.lower not in ("mr", "mrs")])
        elif word.lower in ROLES and any(same(word, other) for other in role):
            found.append(name)
    return [holder for holder in found if holder]


def _shares(all_of: Sequence[Word], words: Sequence[Word]) -> bool:
    return all(any(same(one, other) for other in words) for one in all_of)


def _clauses(text: str, words: Sequence[Word]) -> list[list[Word]]:
    """Return the words of a sentence between its commas, conjunctions and relative words."""
    cuts = [match.start() for match in _CLAUSE.finditer(text)]
    parts: dict[int, list[Word]] = {}
    for word in words:
        parts.setdefault(sum(cut <= word.start for cut in cuts), []).append(word)
    return [parts[key] for key in sorted(parts)]


def _apart(text: str, claim: Sequence[Word], window: _Window) -> str:
    """Say so where the words of a clause stand in no one sentence, or are denied in one of both,
    or only meant to be there."""
    hedges = {word.lower for word in claim} & HEDGES
    for clause in _clauses(text, claim):
        heavy = [w for w in clause if not _light(w)]
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


def _holds(heavy: Sequence[Word], line: Line, window: _Window) -> bool:
    alone = replace(window, lines=[line])
    return all(_found(w, alone) or (w.number and _number_in(w, line)) for w in heavy)


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


def _turned(claim: Sequence[Word], words: Sequence[Word], window: _Window) -> str:
    """Say so where somebody else does something, or it is done to somebody else."""
    if name := opposed(claim, words):
        return f"What it says of “{name.text}” is turned round."
    for place, word in enumerate(claim):
        if word.name or word.number or _light(word) or word.lower in ROLES:
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


def _agrees(here: Deed, there: Deed, window: _Window) -> bool:
    """Whether who does what in a claim is the same in its evidence, as far as either tells."""
    if here.agents and there.agents == ():
        return False  # There it is not told who does it.
    pairs = ((here.agents, there.agents), (here.patients, there.patients))
    if not all(not one or not other or _meet(one, other, window) for one, other in pairs):
        return False
    crossed = here.patients and there.agents and not there.patients and not here.agents
    return not (crossed and _meet(here.patients or (), there.agents or (), window))


def _meet(one: Sequence[Word], other: Sequence[Word], window: _Window) -> bool:
    as_known = [word for name in one for holder in _known_as(name, window) for word in holder]
    return any(same(a, b) for a in (*one, *as_known) for b in other)


def _mistitled(text: str, claim: Sequence[Word], window: _Window) -> str:
    """Say so where somebody is given a role that the document gives to somebody else."""
    for role, name in titles(text, claim):
        last = name[-1]
        known = [r for r, n in window.roles if any(same(last, w) for w in n)]
        others = [w for r in known for w in r]
        wanted = [w for w in role if not w.small]
        if others and not all(any(same(w, o) for o in others) for w in wanted if w.name):
            return f"The documents give “{last.text}” another role."
    return ""


def _mispaired(claim: Sequence[Word], window: _Window) -> str:
    """Say so where a number belongs to something else there: another one of its kind is nearer."""
    for place, word in enumerate(claim):
        if not word.number:
            continue
        of = _measured(claim[place + 1 : place + 5])
        if of and not any(
            _equal(line.words[i], word)
            and all(any(same(w, part) for w in line.words[i + 1 : i + 6]) for part in of)
            for line in window.lines
            for i in range(len(line.words))
        ):
            return f"It is not “{word.text} {' '.join(part.text for part in of)}” there."
        anchor = next((w for w in reversed(claim[:place]) if is_entity(w) or w.number), None)
        if anchor is None:
            continue
        for line in window.lines:
            numbers = [i for i, w in enumerate(line.words) if w.number and _equal(w, word)]
            anchors = [i for i, w in enumerate(line.words) if same(w, anchor)]
            if (
                numbers
                and anchors
                and not any(_bound(line.words, a, n) for a in anchors for n in numbers)
            ):
                return f"The number {word.text} belongs to something else there."
    return ""


def _measured(after: Sequence[Word]) -> list[Word]:
    """Return the words behind a number that say of what it is: "tons" and "coal" of "tons of coal".

    A name ends them, and so does whatever does not belong to the number alone.
    """
    found: list[Word] = []
    before = ""
    for word in after:
        if word.name or word.number or (_light(word) and word.lower not in ("of", "its")):
            break
        if not _light(word):
            if len(found) == 2 or (found and before not in ("of", "its")):
                break
            found.append(word)
        before = word.lower
    return found


def _equal(one: Word, other: Word) -> bool:
    return numbers_in(one.text) == numbers_in(other.text) if other.number else same(one, other)


def _bound(words: Sequence[Word], anchor: int, number: int) -> bool:
    """Whether no other number with the same word behind it stands between the two."""
    unit = words[number + 1] if number + 1 < len(words) else None
    first, last = sorted((anchor, number))
    return not any(
        words[i].number and unit and i + 1 < len(words) and same(words[i + 1], unit)
        for i in range(first + 1, last)
    )


def _denied(text: str, found: _Found, reader: Reader) -> str:
    """Return a name or amount of a text for which the reader is sure of another; "" for none.

    Each is taken out in turn, and the reader asked what stands in its place.
    """
    evidence = " ".join(p.document.text[a:b] for p, a, b in found)
    known = names_known(evidence)
    claim = words_of(text, known)

    def said(span: Proposal) -> tuple[Word, ...]:
        return words_of(evidence[span.start : span.end], known)

    for start, end in _blanks(text, claim)[:ASKED]:
        wanted = words_of(text[start:end], known)
        kind = "how much" if wanted[0].number else "what"
        if text[end : end + 2] in ("'s", "’s"):
            kind, end = "whose", end + 2
        asked = f"{text[:start]}{kind}{text[end:]}".rstrip(". ") + "?"
        (reading,) = reader.read(asked, [("", evidence)])
        if reading.answers < SURE or not reading.proposals:
            continue
        best = said(reading.proposals[0])
        own = [
            p.score for p in reading.proposals if any(same(a, b) for a in said(p) for b in wanted)
        ]
        ahead = reading.proposals[0].score - max(own, default=reading.proposals[-1].score)
        alike = all(w.number if wanted[0].number else w.name or w.small for w in best[:1] or best)
        named = wanted[0].number or all(w.name or w.small or w.lower in ROLES for w in best)
        new = not any(same(a, b) for a in best for b in claim if not a.small)
        if ahead >= AHEAD and alike and named and new:
            return text[start:end]
    return ""


def _blanks(text: str, claim: Sequence[Word]) -> list[tuple[int, int]]:
    """Return the ranges of what the reader can be asked for: the subject and the amounts.

    It knows little of objects, dates and roles.
    """
    found: list[tuple[int, int]] = []
    subject: tuple[int, int] | None = None
    for number, word in enumerate(claim):
        if word.number and _measured(claim[number + 1 : number + 3]):
            found.append((word.start, word.end))
        elif is_entity(word) and subject is None:
            subject = (word.start, word.end)
        elif is_entity(word) and subject and text[subject[1] : word.start] == " ":
            subject = (subject[0], word.end)
        elif not (word.small or word.number):
            break
    if subject and not all(part.lower() in ROLES for part in text[slice(*subject)].split()):
        found.insert(0, subject)
    return found + [
        (word.start, word.end)
        for number, word in enumerate(claim)
        if word.number
        and (word.start, word.end) not in found
        and _measured(claim[number + 1 : number + 3])
    ]


def _straight(text: str) -> str:
    return re.sub("[“”„«»]", '"', text)


def _plain(text: str) -> str:
    """Return text with white space and typographic signs made plain, in small letters."""
    text = re.sub("[\u2018’]", "'", _straight(text)).replace("–", "-").replace("—", "-")
    return " ".join(text.casefold().split()).strip(" .,;:!?")
