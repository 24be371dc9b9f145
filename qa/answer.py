"""ask(): retrieve -> read -> decide -> cite.

An answer is made of exact quotations; each citation is the range of characters of the sentence
that holds one. Where nothing is likely enough to answer, that is said, with the nearest sentences
shown as near.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index import Generation, open_index
from index.encode.encoder import Encoder, load_encoder
from index.search.lexical import terms
from qa.candidates.conflicts import contradict
from qa.candidates.normalise import normalised
from qa.candidates.sentences import stems_around, touched, weigh
from qa.candidates.spans import Candidate, less, read
from qa.citation import Citation, cite
from qa.llm.endpoint import LanguageModel
from qa.llm.phrase import Phrased, phrased
from qa.reader.reader import EMBEDDED, Reader, load_reader
from qa.retrieval.filters import Where
from qa.retrieval.follow_up import Meaning, Said, understand
from qa.retrieval.query import Asked
from qa.retrieval.rerank import READ, Passage, check_question, find, ordered

THRESHOLD = 0.5
"""Probability from which an answer is shown: it is then likelier to be right than not."""

NEAR = 3
"""Sentences cited where there is no answer."""

PARTS = 6
"""Quotations that an answer is made of at most."""

AGREES = 0.5
"""Part of the first quotation's probability from which another one belongs to the answer."""

NONE_OF_ITS_OWN = 1.0
"""What the logarithm of the odds of an answer loses where none of the words of a question that
leans on others stands in its passage. Of such answers in abg_coqa, half of them to questions of
another talk, 10% are right where 21% were claimed."""

NOT_FOUND = "Not in the documents."


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question.

    Where `answered` is true, `text` is the very words that answer, those of several quotations
    set apart by "; ", and `citations` are where they stand: first those that `text` is made of, in
    its order, then those that say the same elsewhere. `conflicting` are passages that answer
    otherwise and are as likely when looked at alone. Otherwise `text` says that there is no answer,
    and `near` cites the likeliest sentences. `probability` is that of the best candidate's being
    right, shown or not. `passages` are the nearest ones, best first. `phrased` is what a language
    model made of them, if one was asked; `text` and the citations are the same without it.
    """

    question: str
    searched_for: str
    text: str
    citations: tuple[Citation, ...]
    conflicting: tuple[Citation, ...]
    probability: float
    answered: bool
    near: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    phrased: Phrased | None = None


def ask(
    question: str,
    *,
    history: Sequence[Said] = (),
    index: str | Path | Generation | None = None,
    top_k: int = 5,
    threshold: float = THRESHOLD,
    where: Where | None = None,
    encoder: Encoder | None = None,
    reader: Reader | str = EMBEDDED,
    llm: LanguageModel | None = None,
) -> Answer:
    """Answer a question with a quotation from the indexed documents.

    `history` are the exchanges before it, the oldest first, such as earlier answers: a question
    that leans on them ("And when was that?") is searched for with what it leans on, which
    `searched_for` tells. An answer whose probability is below `threshold` is not shown: `answered`
    is then False. Otherwise the model `llm`, if there is one, phrases it. `where` and `reader` are
    as in `retrieve`. Raises `FootnoteError` for an empty or overlong question and where there is
    no sound index.
    """
    question = check_question(question)
    generation = index if isinstance(index, Generation) else open_index(index)
    if encoder is None:
        encoder = load_encoder(generation.manifest.encoder.name)
    loaded = load_reader(reader) if isinstance(reader, str) else reader
    alone = find(question, generation, encoder, where=where, depth=top_k)
    ways = understand(alone, history, encoder) if history else [Meaning(question, question, alone)]
    readings = [(way, *_read(question, way, loaded, encoder, top_k)) for way in ways]
    way, passages, candidates = max(readings, key=lambda one: one[0].likely(_best(one[2])))
    probability = _best(candidates)
    answered = bool(candidates) and probability >= threshold
    asked = Asked.of(way.asks)
    parts = _parts(asked, candidates) if answered else []
    again = [c for c in candidates if parts and _says_the_same(c, parts[0]) and c not in parts]
    others = _conflicting(asked, candidates, threshold) if answered else []
    found = Answer(
        question=question,
        searched_for=way.searched_for,
        text="; ".join(_words(asked, part) for part in parts) if answered else NOT_FOUND,
        citations=_distinct([_cite(candidate) for candidate in (*parts, *again)]),
        conflicting=_distinct([_cite(candidate) for candidate in others]),
        probability=probability,
        answered=answered,
        near=() if answered else _near(way.asks, candidates, passages, encoder),
        passages=tuple(passages[:top_k]),
    )
    if llm is None or not answered:
        return found
    said = phrased(way.searched_for, found.passages, llm, encoder=encoder, reader=loaded)
    return replace(found, phrased=said)


def _read(
    question: str, way: Meaning, reader: Reader | None, encoder: Encoder, top_k: int
) -> tuple[list[Passage], list[Candidate]]:
    """Return the passages for a way to understand the question, and what may answer there.

    The reader reads what is searched for, since it needs to know what "it" is. What the question
    leans on proves nothing: the evidence is that of what it asks, and where none of its own words
    stands around an answer, that one is less likely.
    """
    passages = ordered(way.searched_for, way.found, reader, max(top_k, READ))
    candidates = read(way.asks, passages, encoder)
    own = Asked.of(question).words
    if way.searched_for == question or not own:
        return passages, candidates
    told = [
        less(c, NONE_OF_ITS_OWN) if not own & stems_around(c.passage) else c for c in candidates
    ]
    return passages, sorted(told, key=lambda candidate: -candidate.probability)


def _best(candidates: Sequence[Candidate]) -> float:
    return candidates[0].probability if candidates else 0.0


def _parts(asked: Asked, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the quotations that the answer is made of, in the order of their documents.

    One, but where the question asks for several things: then also those that are likely enough on
    their own and say something new. A sentence is not joined with others.
    """
    best = candidates[0]
    if not asked.several or best.passage.reading is None:
        return [best]
    parts = [best]
    for candidate in candidates[1:]:
        known = [f" {normalised(part.text)} " for part in parts]
        says = f" {normalised(candidate.text)} "
        if (
            len(parts) < PARTS
            and candidate.alone >= AGREES * best.alone
            and candidate.probability >= AGREES * AGREES * best.probability
            and not any(says in other or other in says for other in known)
        ):
            parts.append(candidate)
    document = best.passage.document.id
    return sorted(parts, key=lambda c: (c.passage.document.id != document, c.start))


def _conflicting(
    asked: Asked, candidates: Sequence[Candidate], threshold: float
) -> list[Candidate]:
    """Return what other passages say instead, where the question has but one answer.

    Only exact words can contradict each other, not the sentences that are cited without a reader;
    and only where as many of the question's words stand around them, so that both are about the
    same thing.
    """
    best = candidates[0]
    if asked.several or asked.wants_sentence or best.passage.reading is None:
        return []
    about = asked.words & _around(best)
    return [
        candidate
        for candidate in candidates[1:]
        if candidate.passage.chunk != best.passage.chunk
        and candidate.alone >= max(threshold, AGREES * best.alone)
        and asked.kind_found(candidate.text) is not False
        and about <= _around(candidate)
        and contradict(asked, best.text, candidate.text)
    ]


def _around(candidate: Candidate) -> set[str]:
    """Return the stems of the words of a candidate's sentence and of its document's title."""
    document, (start, end) = candidate.passage.document, _sentence(candidate)
    return set(terms(f"{document.title}\n{document.text[start:end]}"))


def _says_the_same(candidate: Candidate, best: Candidate) -> bool:
    likely = candidate.passage.reading is None or candidate.alone >= AGREES * best.alone
    return likely and normalised(candidate.text) == normalised(best.text)


def _words(asked: Asked, part: Candidate) -> str:
    """Return the words of an answer to show: the span or, for a reason, its whole sentence."""
    if not asked.wants_sentence:
        return part.text
    start, end = _sentence(part)
    return part.passage.document.text[start:end]


def _sentence(candidate: Candidate) -> tuple[int, int]:
    """Return the range of the sentences that a candidate touches, in its document."""
    if candidate.passage.reading is None:
        return candidate.start, candidate.end  # Without a reader, a candidate is a sentence.
    span = (candidate.start, candidate.end)
    starts, ends = zip(*[*touched(candidate.passage, *span), span], strict=True)
    return min(starts), max(ends)


def _near(
    question: str, candidates: Sequence[Candidate], passages: Sequence[Passage], encoder: Encoder
) -> tuple[Citation, ...]:
    """Return the sentences of the likeliest candidates, then those nearest by words and meaning."""
    cited = [_cite(candidate) for candidate in candidates]
    near = _distinct(cited, once=True)
    if len(near) < NEAR:
        sentences = weigh(question, passages, encoder)
        cited += [cite(passage.document, start, end) for passage, start, end, _ in sentences]
        near = _distinct(cited, once=True)
    return near[:NEAR]


def _cite(candidate: Candidate) -> Citation:
    start, end = _sentence(candidate)
    answer = (candidate.start, candidate.end)
    return cite(candidate.passage.document, start, end, answer=answer)


def _distinct(citations: Sequence[Citation], *, once: bool = False) -> tuple[Citation, ...]:
    """Return each range once; with `once` also the same words, which may stand in two places."""
    kept: dict[object, Citation] = {}
    for citation in citations:
        place = (citation.document_id, citation.start, citation.end)
        kept.setdefault(" ".join(citation.quote.split()) if once else place, citation)
    return tuple(kept.values())
