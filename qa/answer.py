"""Answer a question: retrieve, read, decide, cite.

An answer consists of exact quotations; each citation is the range of the sentence that holds one.
If no candidate is probable enough, the answer says so and cites the nearest sentences. A language
model, if there is one, phrases the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from index import Generation, open_index
from index.encode.encoder import Encoder
from index.search.lexical import extract_terms
from qa.candidates.conflicts import contradict
from qa.candidates.normalise import normalised
from qa.candidates.sentences import passage_stems, rank_sentences, sentences_touched
from qa.candidates.spans import Candidate, find_candidates, lower_odds
from qa.citation import Citation, cite
from qa.llm.endpoint import LanguageModel
from qa.llm.phrase import Phrased, phrase_passages
from qa.llm.verify import Sentence
from qa.reader.load import BUNDLED_READER, load_reader
from qa.reader.reader import Reader
from qa.retrieval.filters import Where
from qa.retrieval.follow_up import Interpretation, PastExchange, interpret
from qa.retrieval.query import Query
from qa.retrieval.rerank import MAX_READ, Passage, check_question, retrieve

THRESHOLD = 0.5
"""Probability from which an answer is shown: it is then likelier to be right than not."""

NEAREST_SENTENCES = 3
"""Sentences cited where there is no answer."""

MAX_PARTS = 6
"""Limit of the quotations in an answer."""

AGREEMENT = 0.5
"""Fraction of the best candidate's probability from which another belongs to the answer."""

NO_OWN_WORD = 1.0
"""Penalty on the log odds of an answer to a follow-up question if none of the question's own words
occurs in the passage. Of such answers in abg_coqa, half of them to questions of another
conversation, 10% are right where 21% were claimed."""

NOT_FOUND = "Not in the documents."


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say in answer to a question.

    If `answered` is true, `text` holds the exact words that answer, those of several quotations
    joined by "; ", and `citations` are their places: first the quotations of `text` in its order,
    then others with the same words. `conflicting` cites passages that answer differently and are as
    likely on their own. Otherwise `text` says that there is no answer, and `near` cites the
    likeliest sentences. `probability` is that of the best candidate being right, shown or not.
    `passages` are the nearest ones, best first. `phrased` is the output of a language model, if one
    was used; `text` and the citations do not depend on it.
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
    history: Sequence[PastExchange] = (),
    index: str | Path | Generation | None = None,
    top_k: int = 5,
    threshold: float = THRESHOLD,
    where: Where | None = None,
    encoder: Encoder | None = None,
    reader: Reader | str | None = BUNDLED_READER,
    llm: LanguageModel | None = None,
) -> Answer:
    """Answer a question with a quotation from the indexed documents.

    `history` holds the exchanges before it, oldest first, such as earlier answers: a question that
    depends on them ("And when was that?") is searched for together with their words, as
    `searched_for` shows. An answer whose probability is below `threshold` is not shown: `answered`
    is then False. Otherwise the model `llm`, if there is one, phrases it. `where` and `reader` are
    as in `retrieve`. Raises `FootnoteError` for an empty or overlong question and where there is no
    sound index.
    """
    question = check_question(question)
    opened = open_index(index, encoder=encoder)
    reader = load_reader(reader)
    readings = []
    for interpretation in interpret(question, opened, history=history, where=where, depth=top_k):
        passages = retrieve(interpretation, index=opened, top_k=max(top_k, MAX_READ), reader=reader)
        candidates = _weigh_candidates(interpretation, passages, opened.encoder)
        readings.append((interpretation, passages, candidates))
    interpretation, passages, candidates = max(
        readings, key=lambda reading: reading[0].log_odds_given(_best_probability(reading[2]))
    )
    answer = _decide(interpretation, candidates, threshold)
    answer = replace(answer, question=question, passages=tuple(passages[:top_k]))
    if not answer.answered:
        near = _cite_nearest(interpretation.query, candidates, passages, opened.encoder)
        return replace(answer, near=near)
    return phrase(answer, llm, index=opened, reader=reader) if llm else answer


def phrase(
    answer: Answer,
    llm: LanguageModel,
    *,
    index: str | Path | Generation | None = None,
    encoder: Encoder | None = None,
    reader: Reader | str | None = BUNDLED_READER,
    on_sentence: Callable[[Sentence], None] = lambda sentence: None,
    cancelled: Event | None = None,
) -> Answer:
    """Return an answer together with what a language model makes of its passages.

    `on_sentence` is called with each sentence once it is verified. A failure of the model is
    described in `phrased.note`. Raises `FootnoteError` where openai is not installed.
    """
    opened = open_index(index, encoder=encoder)
    phrased = phrase_passages(
        answer.searched_for,
        answer.passages,
        llm,
        encoder=opened.encoder,
        reader=load_reader(reader),
        on_sentence=on_sentence,
        cancelled=cancelled,
    )
    return replace(answer, phrased=phrased)


def _weigh_candidates(
    interpretation: Interpretation, passages: Sequence[Passage], encoder: Encoder
) -> list[Candidate]:
    """Return the candidate answers in the passages of an interpretation, the likeliest first.

    The context of a follow-up question is no evidence: a candidate is less likely if none of the
    question's own words occurs in its passage.
    """
    candidates = find_candidates(interpretation.query, passages, encoder)
    own = interpretation.own_words
    if not interpretation.in_context or not own:
        return candidates
    weighed = [
        candidate if own & passage_stems(candidate.passage) else lower_odds(candidate, NO_OWN_WORD)
        for candidate in candidates
    ]
    return sorted(weighed, key=lambda candidate: -candidate.probability)


def _best_probability(candidates: Sequence[Candidate]) -> float:
    return candidates[0].probability if candidates else 0.0


def _decide(
    interpretation: Interpretation, candidates: Sequence[Candidate], threshold: float
) -> Answer:
    """Return the answer of the candidates, or that there is none; passages are added later."""
    query, probability = interpretation.query, _best_probability(candidates)
    answered = bool(candidates) and probability >= threshold
    parts = _select_parts(query, candidates) if answered else []
    others = _find_conflicting(query, candidates, threshold) if answered else []
    same = [c for c in candidates if parts and c not in parts and _is_same_answer(c, parts[0])]
    return Answer(
        question=query.text,
        searched_for=interpretation.searched_for,
        text="; ".join(_format_part(query, part) for part in parts) if answered else NOT_FOUND,
        citations=_drop_duplicates([_cite_candidate(candidate) for candidate in (*parts, *same)]),
        conflicting=_drop_duplicates([_cite_candidate(candidate) for candidate in others]),
        probability=probability,
        answered=answered,
        near=(),
        passages=(),
    )


def _select_parts(query: Query, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the quotations that make up the answer, in the order of their documents.

    One, unless the question asks for several things: then also those that are likely enough on
    their own and add something new. Whole sentences are not joined.
    """
    best = candidates[0]
    if not query.several or best.passage.reading is None:
        return [best]
    parts = [best]
    for candidate in candidates[1:]:
        known = [f" {normalised(part.text)} " for part in parts]
        text = f" {normalised(candidate.text)} "
        if (
            len(parts) < MAX_PARTS
            and candidate.alone >= AGREEMENT * best.alone
            and candidate.probability >= AGREEMENT * AGREEMENT * best.probability
            and not any(text in other or other in text for other in known)
        ):
            parts.append(candidate)
    document = best.passage.document.id
    return sorted(parts, key=lambda c: (c.passage.document.id != document, c.start))


def _find_conflicting(
    query: Query, candidates: Sequence[Candidate], threshold: float
) -> list[Candidate]:
    """Return the candidates that contradict the best one, if the question has a single answer.

    Only exact words can contradict each other, not the sentences that are cited without a reader.
    The sentence of the other candidate has to contain the same words of the question, so that both
    are about the same thing.
    """
    best = candidates[0]
    if query.several or query.wants_sentence or best.passage.reading is None:
        return []
    about = query.words & _sentence_stems(best)
    return [
        candidate
        for candidate in candidates[1:]
        if candidate.passage.chunk != best.passage.chunk
        and candidate.alone >= max(threshold, AGREEMENT * best.alone)
        and query.has_kind(candidate.text) is not False
        and about <= _sentence_stems(candidate)
        and contradict(query, best.text, candidate.text)
    ]


def _sentence_stems(candidate: Candidate) -> set[str]:
    """Return the stems of the words of a candidate's sentence and of its document's title."""
    document, (start, end) = candidate.passage.document, _sentence_range(candidate)
    return set(extract_terms(f"{document.title}\n{document.text[start:end]}"))


def _is_same_answer(candidate: Candidate, best: Candidate) -> bool:
    likely = candidate.passage.reading is None or candidate.alone >= AGREEMENT * best.alone
    return likely and normalised(candidate.text) == normalised(best.text)


def _format_part(query: Query, part: Candidate) -> str:
    """Return the words to show of a part: the span or, for a reason, its whole sentence."""
    if not query.wants_sentence:
        return part.text
    start, end = _sentence_range(part)
    return part.passage.document.text[start:end]


def _sentence_range(candidate: Candidate) -> tuple[int, int]:
    """Return the range of the sentences that a candidate overlaps, in its document."""
    if candidate.passage.reading is None:
        return candidate.start, candidate.end  # Without a reader, a candidate is a sentence.
    span = (candidate.start, candidate.end)
    starts, ends = zip(*[*sentences_touched(candidate.passage, *span), span], strict=True)
    return min(starts), max(ends)


def _cite_nearest(
    query: Query, candidates: Sequence[Candidate], passages: Sequence[Passage], encoder: Encoder
) -> tuple[Citation, ...]:
    """Cite the sentences of the likeliest candidates, then those nearest by words and meaning."""
    cited = [_cite_candidate(candidate) for candidate in candidates]
    near = _drop_duplicates(cited, by_words=True)
    if len(near) < NEAREST_SENTENCES:
        sentences = rank_sentences(query, passages, encoder)
        cited += [cite(passage.document, start, end) for passage, start, end, _ in sentences]
        near = _drop_duplicates(cited, by_words=True)
    return near[:NEAREST_SENTENCES]


def _cite_candidate(candidate: Candidate) -> Citation:
    start, end = _sentence_range(candidate)
    answer = (candidate.start, candidate.end)
    return cite(candidate.passage.document, start, end, answer=answer)


def _drop_duplicates(
    citations: Sequence[Citation], *, by_words: bool = False
) -> tuple[Citation, ...]:
    """Return each range once or, with `by_words`, each quotation once, whatever its place."""
    kept: dict[object, Citation] = {}
    for citation in citations:
        place = (citation.document_id, citation.start, citation.end)
        kept.setdefault(" ".join(citation.quote.split()) if by_words else place, citation)
    return tuple(kept.values())
