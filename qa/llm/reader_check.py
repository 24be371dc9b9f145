"""Ask the reader whether a name or an amount of a claim contradicts its evidence.

Each is replaced with a question word. The reader can only object: that it agrees proves nothing,
and where it is unsure nothing follows.
"""

from collections.abc import Sequence

from qa.llm.evidence import EvidenceRanges, find_unit
from qa.llm.lexicon import OFFICES
from qa.llm.semantic_roles import is_entity
from qa.llm.tokens import Word, find_names, split_words, words_match
from qa.reader.decode import Proposal
from qa.reader.reader import Reader

MIN_ANSWER_LOGIT = 0.0
"""Logit for an answer being present from which the reader's objection counts."""

MIN_SCORE_LEAD = 2.0
"""By how much the reader's answer has to score higher than what is claimed."""

MAX_QUESTIONS = 3
"""Names and amounts of a claim, at most, that the reader is asked for."""


def find_contradicted_span(claim: str, evidence: EvidenceRanges, reader: Reader) -> str:
    """Return a name or amount of a claim in whose place the reader finds another; "" for none."""
    context = " ".join(p.document.text[start:end] for p, start, end in evidence)
    names = find_names(context)
    words = split_words(claim, names)

    def words_in(span: Proposal) -> tuple[Word, ...]:
        return split_words(context[span.start : span.end], names)

    for start, end in _question_spans(claim, words)[:MAX_QUESTIONS]:
        claimed = split_words(claim[start:end], names)
        question_word = "how much" if claimed[0].is_number else "what"
        after = end
        if claim[end : end + 2] in ("'s", "’s"):
            question_word, after = "whose", end + 2
        question = f"{claim[:start]}{question_word}{claim[after:]}".rstrip(". ") + "?"
        (reading,) = reader.read(question, [("", context)])
        if reading.answer_logit < MIN_ANSWER_LOGIT or not reading.proposals:
            continue
        found = words_in(reading.proposals[0])
        claimed_scores = [
            proposal.score
            for proposal in reading.proposals
            if any(words_match(word, w) for word in words_in(proposal) for w in claimed)
        ]
        lead = reading.proposals[0].score - max(claimed_scores, default=reading.proposals[-1].score)
        same_kind = all(
            word.is_number if claimed[0].is_number else word.is_name or word.is_function_word
            for word in found[:1] or found
        )
        is_named = claimed[0].is_number or all(
            word.is_name or word.is_function_word or word.lower in OFFICES for word in found
        )
        is_new = not any(
            words_match(one, other) for one in found for other in words if not one.is_function_word
        )
        if lead >= MIN_SCORE_LEAD and same_kind and is_named and is_new:
            return claim[start:after]
    return ""


def _question_spans(claim: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return the ranges that the reader can be asked for: the subject and the amounts.

    It is unreliable for objects, dates and offices.
    """
    found: list[tuple[int, int]] = []
    subject: tuple[int, int] | None = None
    for number, word in enumerate(words):
        if word.is_number and find_unit(words[number + 1 : number + 3]):
            found.append((word.start, word.end))
        elif is_entity(word) and subject is None:
            subject = (word.start, word.end)
        elif is_entity(word) and subject and claim[subject[1] : word.start] == " ":
            subject = (subject[0], word.end)
        elif not (word.is_function_word or word.is_number):
            break
    if subject and not all(part.lower() in OFFICES for part in claim[slice(*subject)].split()):
        found.insert(0, subject)
    return found + [
        (word.start, word.end)
        for number, word in enumerate(words)
        if word.is_number
        and (word.start, word.end) not in found
        and find_unit(words[number + 1 : number + 3])
    ]
