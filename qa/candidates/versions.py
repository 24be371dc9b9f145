"""Of documents that say the same of different things, the one that a question names is meant, and
of versions of one document the newest unless the question names one.

"rental-oslo.md" and "rental-bergen.md" have the same title and say what is asked in much the same
words. Versions have the same name or title but for numbers, "handbook-2023.md" and
"handbook-2024.md", or one of them is called a draft. Chapters of a book are named so too, but say
different things.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import PurePosixPath

from index import Document
from index.search.terms import WORD, extract_terms
from qa.candidates.quote import sentence_stems
from qa.candidates.sentences import passage_stems
from qa.candidates.spans import Candidate
from qa.retrieval.query import Query

RIVAL = 0.5
"""Share of the best candidate's probability from which that of another version counts."""

MIN_ALIKE = 0.5
"""Share of words that they have in common, in the sentence that answers or in its passage."""

YEAR_DIGITS = 4
"""Digits of a year, and of a number that names a document by itself."""

_DIGITS = re.compile(r"\d+")
_DRAFT = "draft"
_NOTHING = frozenset[str]()


def prefer_version(
    question: str, candidates: Sequence[Candidate], *, context: str = ""
) -> list[Candidate]:
    """Return the candidates, that of the document that is meant first.

    One that the question names is meant, or else one that its `context` names: the words that a
    follow-up question is searched for with; or else the newest version. That the others say
    otherwise is no doubt: the first then counts as if they were not there. They are not asked where
    another one is named; that an older version says otherwise is worth knowing.
    """
    if not candidates:
        return []
    best = candidates[0]
    alike = [best, *(candidate for candidate in candidates if are_alike(best, candidate))]
    common = set.intersection(*(_marks(candidate) for candidate in alike))
    asked = [_name_words(question), {(term, _NOTHING) for term in Query.of(context).words}]

    def named(candidate: Candidate) -> list[int]:
        """Count the words that tell its document apart, in the question and in the context."""
        marks = _marks(candidate)
        return [sum(w in marks - common and need <= marks for w, need in part) for part in asked]

    meant = [one for one in alike if named(one) > named(best)] or [
        one for one in alike if one.alone >= RIVAL * best.alone and _are_versions(best, one)
    ]
    rivals = [best, *meant]
    dated = all(one.passage.document.date for one in rivals)
    first = max(rivals, key=lambda one: (named(one), *_newness(one.passage.document, dated=dated)))
    rest = [
        replace(one, alone=0.0) if one in alike and named(one) < named(first) else one
        for one in candidates
        if one is not first
    ]
    if meant:
        probability = max(best.probability, best.alone)
        first = replace(first, probability=probability, alone=max(first.alone, best.alone))
    return [first, *rest]


def are_alike(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates say the same of different things or at different times."""
    a, b = one.passage.document, other.passage.document
    if a.id == b.id or not (a.title == b.title or _are_versions(one, other)):
        return False
    sentences = _share_in_common(sentence_stems(one), sentence_stems(other))
    passages = _share_in_common(passage_stems(one.passage), passage_stems(other.passage))
    return max(sentences, passages) >= MIN_ALIKE


def _are_versions(one: Candidate, other: Candidate) -> bool:
    a, b = one.passage.document, other.passage.document
    return any(_differ_by_number(*pair) for pair in ((_name(a), _name(b)), (a.title, b.title)))


def _share_in_common(one: set[str], other: set[str]) -> float:
    """Return the share of words in common, but for numbers: it is there that versions differ."""
    one, other = ({word for word in words if not word.isdigit()} for words in (one, other))
    return len(one & other) / max(1, len(one | other))


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


def _name_words(text: str) -> set[tuple[str, frozenset[str]]]:
    """Return the stems of a text that may name a document, each with those that it needs beside it.

    A short number needs the word before it: "rules 10" may be named so, "10 nights" are none.
    """
    topics = Query.of(text).words
    terms = ["", *extract_terms(text)]
    return {
        (term, frozenset({before}) if term.isdigit() and len(term) < YEAR_DIGITS else _NOTHING)
        for before, term in pairwise(terms)
        if term in topics
    }


def _marks(candidate: Candidate) -> set[str]:
    """Return the stems that a question may name a candidate's document with, and its year."""
    document = candidate.passage.document
    year = document.date.partition("-")[0]
    return set(extract_terms(f"{_name(document)} {document.title} {year}"))


def _newness(document: Document, *, dated: bool) -> tuple[bool, str, list[int]]:
    """Return by what versions are preferred: no draft, by date if all are `dated`, by the numbers
    of their names.
    """
    names = f"{_name(document)} {document.title}"
    numbers = [int(digits) for digits in _DIGITS.findall(names)]
    return _DRAFT not in _apart(names), document.date if dated else "", numbers
