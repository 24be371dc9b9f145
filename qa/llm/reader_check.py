"""A sentence and what is cited for it -> a name or an amount for which the reader finds another.

A question is made of the sentence by taking that out. The reader may only say no: that it finds
the same proves nothing, and where it is not sure nothing follows.
"""

from collections.abc import Sequence

from qa.llm.evidence import Ranges, measured
from qa.llm.lexicon import ROLES
from qa.llm.semantic_roles import is_entity
from qa.llm.tokens import Word, names_known, same, words_of
from qa.reader.decode import Proposal
from qa.reader.reader import Reader

SURE = 0.0
"""Logit of answering from which the reader's word for another name or number counts."""

AHEAD = 2.0
"""By how much the score of that other one has to be higher than that of what is claimed."""

ASKED = 3
"""Names and numbers of a sentence that the reader is asked for."""


def doubted(text: str, found: Ranges, reader: Reader) -> str:
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
        if reading.answer_logit < SURE or not reading.proposals:
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
        if word.number and measured(claim[number + 1 : number + 3]):
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
        and measured(claim[number + 1 : number + 3])
    ]
