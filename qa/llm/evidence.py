"""Split cited passages into the short runs of sentences that may support a claim. Pure.

Each run is a window, together with what its pronouns refer to and the offices that its document
names. Whether a window supports the claim is left to `word_check`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from qa.llm.lexicon import LIGHT_WORDS, OFFICES
from qa.llm.semantic_roles import EvidenceSentence, find_offices, resolve_pronouns
from qa.llm.tokens import Word, find_names, split_words, words_match
from qa.retrieval.rerank import Passage
from qa.retrieval.sentence_ranges import sentences_of

MAX_WINDOW_SENTENCES = 3
"""Neighbouring sentences at most that may support one claim together."""

MAX_CONTEXT_LENGTH = 60_000
"""Characters of a document at most that are searched for names and offices."""

EvidenceRanges: TypeAlias = list[tuple[Passage, int, int]]
"""Passages, each with a range of its document in characters, end exclusive."""


@dataclass(frozen=True, slots=True)
class EvidenceWindow:
    """Sentences that may support a claim together, and what their document says about its names.

    `names` are in lower case; `offices` are pairs of an office and the name of its holder.
    """

    sentences: list[EvidenceSentence]
    ranges: EvidenceRanges
    title: tuple[Word, ...]
    names: frozenset[str]
    offices: list[tuple[list[Word], list[Word]]]


def evidence_windows(cited: Sequence[Passage]) -> Iterator[EvidenceWindow]:
    """Yield each run of up to MAX_WINDOW_SENTENCES sentences, and each pair from two passages."""
    single = []
    for passage in cited:
        text = passage.document.text[:MAX_CONTEXT_LENGTH]
        names = find_names(f"{passage.document.title}\n{text}\n{passage.text}")
        offices = list(find_offices(text, split_words(text, names)))
        persons = frozenset(w.stem for _, holder in offices for w in holder) | {
            w.stem for office, _ in offices for w in office if w.lower in OFFICES
        }
        spans = sentences_of(passage.document, passage.chunk)
        texts = [passage.text[a:b] for a, b in spans]
        sentences = resolve_pronouns(
            [EvidenceSentence(text, split_words(text, names)) for text in texts], persons
        )
        title = split_words(passage.document.title, names)
        first = passage.chunk.start
        for size in range(1, MAX_WINDOW_SENTENCES + 1):
            for at in range(len(sentences) - size + 1):
                ranges = [(passage, first + spans[at][0], first + spans[at + size - 1][1])]
                window = EvidenceWindow(sentences[at : at + size], ranges, title, names, offices)
                if size == 1:
                    single.append((passage.chunk, window))
                yield window
    for number, (chunk, one) in enumerate(single):
        for other_chunk, other in single[number + 1 :]:
            if other_chunk != chunk:
                yield replace(
                    one,
                    sentences=one.sentences + other.sentences,
                    ranges=one.ranges + other.ranges,
                    title=one.title + other.title,
                    names=one.names | other.names,
                    offices=one.offices + other.offices,
                )


def is_light_word(word: Word) -> bool:
    """Whether a word carries no content that evidence would have to support."""
    return word.is_function_word or (not word.is_name and word.stem in LIGHT_WORDS)


def occurs_in(word: Word, window: EvidenceWindow) -> bool:
    """Whether a word occurs in a window, or among the referents of its pronouns.

    A name or an office may also occur in the document's title or as an alias.
    """
    if any(
        words_match(word, other)
        for sentence in window.sentences
        for other in (*sentence.words, *sentence.referents)
    ):
        return True
    if not word.is_name and word.lower not in OFFICES:
        return False
    return any(words_match(word, other) for other in window.title) or any(
        _all_in(alias, sentence.words) or _all_in(alias, sentence.referents)
        for sentence in window.sentences
        for alias in find_aliases(word, window)
    )


def find_aliases(word: Word, window: EvidenceWindow) -> list[list[Word]]:
    """Return what else the person of a word is called: the offices of a name, or its holders."""
    found = []
    for office, holder in window.offices:
        if any(words_match(word, other) for other in holder):
            found.append([w for w in office if w.lower in OFFICES and w.lower not in ("mr", "mrs")])
        elif word.lower in OFFICES and any(words_match(word, other) for other in office):
            found.append(holder)
    return [alias for alias in found if alias]


def _all_in(wanted: Sequence[Word], words: Sequence[Word]) -> bool:
    return all(any(words_match(one, other) for other in words) for one in wanted)


def find_unit(after: Sequence[Word]) -> list[Word]:
    """Return the words after a number that name its unit: "tons" and "coal" of "tons of coal".

    A name, another number, or a word that does not belong to the number ends them.
    """
    found: list[Word] = []
    before = ""
    for word in after:
        light = is_light_word(word)
        if word.is_name or word.is_number or (light and word.lower not in ("of", "its")):
            break
        if not light:
            if len(found) == 2 or (found and before not in ("of", "its")):
                break
            found.append(word)
        before = word.lower
    return found
