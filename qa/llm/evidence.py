"""The passages that a sentence cites -> the few sentences of them that may say it together. Pure.

Each run of neighbouring sentences is a window, which knows what its pronouns, roles and names stand
for. Whether it says what is claimed is left to `claim`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from qa.candidates.sentences import sentences_of
from qa.llm.lexicon import LIGHT, ROLES
from qa.llm.semantic_roles import Line, resolved, titles
from qa.llm.tokens import Word, names_known, numbers_in, same, words_of
from qa.retrieval.rerank import Passage

SENTENCES = 3
"""Neighbouring sentences at most that may say together what one sentence claims."""

READ = 60_000
"""Characters of a document at most in which names and roles are looked for."""

Ranges: TypeAlias = list[tuple[Passage, int, int]]
"""Passages, and ranges of their documents, in characters, end exclusive."""


@dataclass(frozen=True, slots=True)
class Window:
    """Sentences that may say together what is claimed, with what is known of their document."""

    lines: list[Line]
    ranges: Ranges
    title: tuple[Word, ...]
    known: frozenset[str]
    roles: list[tuple[list[Word], list[Word]]]


def windows(cited: Sequence[Passage]) -> Iterator[Window]:
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
                window = Window(lines[at : at + size], ranges, title, known, roles)
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


def is_light(word: Word) -> bool:
    return word.small or (not word.name and word.stem in LIGHT)


def is_found(word: Word, window: Window) -> bool:
    """Whether a word stands in the sentences, in what their pronouns and roles stand for, or, a
    name, in the document's title."""
    if any(same(word, other) for line in window.lines for other in (*line.words, *line.meant)):
        return True
    if not word.name and word.lower not in ROLES:
        return False
    return any(same(word, other) for other in window.title) or any(
        _shares(holder, line.words) or _shares(holder, line.meant)
        for line in window.lines
        for holder in known_as(word, window)
    )


def known_as(word: Word, window: Window) -> list[list[Word]]:
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


def measured(after: Sequence[Word]) -> list[Word]:
    """Return the words behind a number that say of what it is: "tons" and "coal" of "tons of coal".

    A name ends them, and so does whatever does not belong to the number alone.
    """
    found: list[Word] = []
    before = ""
    for word in after:
        if word.name or word.number or (is_light(word) and word.lower not in ("of", "its")):
            break
        if not is_light(word):
            if len(found) == 2 or (found and before not in ("of", "its")):
                break
            found.append(word)
        before = word.lower
    return found


def equal(one: Word, other: Word) -> bool:
    return numbers_in(one.text) == numbers_in(other.text) if other.number else same(one, other)
