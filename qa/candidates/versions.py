"""Of documents that are versions of each other, the newest is meant unless a question names one.

Versions have the same name or title but for numbers, "handbook-2023.md" and "handbook-2024.md", or
one of them is called a draft; and they say what is asked in much the same words. Chapters of a book
are named so too, but say different things.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from index import Document
from index.search.terms import WORD, extract_terms
from qa.candidates.sentences import passage_stems, sentences_touched
from qa.candidates.spans import Candidate

RIVAL = 0.5
"""Share of the best candidate's probability from which that of another version counts."""

MIN_ALIKE = 0.5
"""Share of words that versions have in common, in the sentence that answers or in its passage."""

_DIGITS = re.compile(r"\d+")
_DRAFT = "draft"


def prefer_version(
    question: str, candidates: Sequence[Candidate], *, context: str = ""
) -> list[Candidate]:
    """Return the candidates, that of the version that is meant first.

    A version that the question names is meant, or else one that its `context` names: the words that
    a follow-up question is searched for with.
    Where the best one has other versions, that the others say otherwise is no doubt: the first then
    counts as if they were not there.
    """
    if not candidates:
        return []
    best = candidates[0]
    versions = [
        candidate
        for candidate in candidates[1:]
        if candidate.alone >= RIVAL * best.alone and are_versions(best, candidate)
    ]
    if not versions:
        return list(candidates)
    meant = max([best, *versions], key=lambda one: _preference(question, context, one))
    probability = max(best.probability, best.alone)
    first = replace(meant, probability=probability, alone=max(meant.alone, best.alone))
    return [first, *(candidate for candidate in candidates if candidate is not meant)]


def are_versions(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates stand in versions of one document."""
    a, b = one.passage.document, other.passage.document
    names = [(_name(a), _name(b)), (a.title, b.title)]
    if a.id == b.id or not any(_differ_by_number(*pair) for pair in names):
        return False
    sentences = _share_in_common(_sentence_stems(one), _sentence_stems(other))
    passages = _share_in_common(passage_stems(one.passage), passage_stems(other.passage))
    return max(sentences, passages) >= MIN_ALIKE


def _share_in_common(one: set[str], other: set[str]) -> float:
    """Return the share of words in common, but for numbers: it is there that versions differ."""
    one, other = ({word for word in words if not word.isdigit()} for words in (one, other))
    return len(one & other) / max(1, len(one | other))


def _sentence_stems(candidate: Candidate) -> set[str]:
    spans = sentences_touched(candidate.passage, candidate.start, candidate.end)
    text = candidate.passage.document.text
    return {stem for start, end in spans for stem in extract_terms(text[start:end])}


def _name(document: Document) -> str:
    return str(PurePosixPath(document.id).with_suffix(""))


def _differ_by_number(one: str, other: str) -> bool:
    """Whether two names are the same but for numbers, or that one is a draft.

    >>> _differ_by_number("Policy v1", "Policy v2"), _differ_by_number("Oslo", "Bergen")
    (True, False)
    """
    families = [
        [word for part in WORD.findall(name.casefold()) if (word := _DIGITS.sub("", part))]
        for name in (one, other)
    ]
    first, second = ([word for word in family if word != _DRAFT] for family in families)
    return bool(first) and first == second and _apart(one) != _apart(other)


def _apart(name: str) -> set[str]:
    """Return the parts of a name that tell versions apart: "2023", "v2"."""
    parts = WORD.findall(name.casefold())
    return {part for part in parts if part == _DRAFT or _DIGITS.search(part)}


def _preference(
    question: str, context: str, candidate: Candidate
) -> tuple[bool, bool, bool, str, list[int]]:
    """Return by what versions are preferred: named, no draft, by date, by the numbers of names."""
    document = candidate.passage.document
    names = f"{_name(document)} {document.title}"
    apart = _apart(names)
    named, in_context = (
        bool(apart & set(WORD.findall(text.casefold()))) for text in (question, context)
    )
    numbers = [int(digits) for digits in _DIGITS.findall(names)]
    return named, in_context, _DRAFT not in apart, document.date, numbers
