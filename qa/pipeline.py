"""Answer a question: interpret, retrieve, read, decide, and let a language model phrase it.

What is gathered for a question and what is decided from it are two steps, so that an evaluation can
decide more than once. Deciding is left to `answer`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from index import Generation
from index.encode.custom import EncoderLike
from index.encode.encoder import Encoder
from index.store.live import open_live
from qa.answer import THRESHOLD, Answer, Evidence, decide
from qa.candidates.sentences import passage_stems
from qa.candidates.spans import Candidates, find_candidates
from qa.collection.respond import answer_about_collection
from qa.llm.endpoint import LanguageModel
from qa.llm.phrase import phrase_passages
from qa.llm.verify import Sentence
from qa.reader.load import BUNDLED_READER, load_reader
from qa.reader.reader import Reader
from qa.retrieval.arguments import DEFAULT_TOP_K, check_question, check_threshold, check_top_k
from qa.retrieval.exchanges import PastExchange, check_history
from qa.retrieval.filters import Where, check_where
from qa.retrieval.follow_up import Interpretation, interpret
from qa.retrieval.query import Query
from qa.retrieval.rerank import MAX_READ, Passage, retrieve
from qa.retrieval.several_questions import split_questions
from qa.several import join_answers
from qa.sigmoid import lower_odds

NO_OWN_WORD = 1.0
"""Penalty on the log odds of an answer to a follow-up question if none of the question's own words
occurs in the passage. Of such answers in abg_coqa, half of them to questions of another
conversation, 10% are right where 21% were claimed."""


def answer_question(
    question: str,
    opened: Generation,
    *,
    history: Sequence[PastExchange] = (),
    top_k: int = DEFAULT_TOP_K,
    threshold: float = THRESHOLD,
    where: Where | None = None,
    reader: Reader | None = None,
    llm: LanguageModel | None = None,
) -> Answer:
    """Answer a question from an opened index, as `Handle.ask` describes.

    Two questions in one are answered one after the other.
    """
    top_k, threshold = check_top_k(top_k), check_threshold(threshold)
    question, history = check_question(question), check_history(history)
    where = check_where(where)

    def answer_one(part: str, history: Sequence[PastExchange]) -> Answer:
        talking = bool(history)
        found = answer_about_collection(part, opened, where, in_conversation=talking)
        if found is not None:
            return found
        evidence = gather(part, opened, history=history, top_k=top_k, where=where, reader=reader)
        return decide(evidence, opened.encoder, threshold)

    answers: list[Answer] = []
    for part in split_questions(question):
        answers.append(answer_one(part, [*history, *answers]))
    if len(answers) == 1:
        answer = answers[0]
    elif any(one.outcome == "collection" for one in answers):
        answer = answer_one(question, history)
    else:
        answer = join_answers(question, answers)
    if llm and answer.outcome == "answer":
        return phrase(answer, llm, index=opened, reader=reader)
    return answer


def gather(
    question: str,
    opened: Generation,
    *,
    history: Sequence[PastExchange] = (),
    top_k: int = DEFAULT_TOP_K,
    where: Where | None = None,
    reader: Reader | None = None,
) -> Evidence:
    """Return what an index holds in answer to a question: passages and candidate answers.

    Of several ways to interpret a follow-up question, the one with the likeliest answer counts.
    """
    question = check_question(question)
    found = []
    for interpretation in interpret(question, opened, history=history, where=where, depth=top_k):
        passages = retrieve(interpretation, index=opened, top_k=max(top_k, MAX_READ), reader=reader)
        weighed = _weigh_candidates(interpretation, passages, opened.encoder)
        found.append((interpretation, passages, weighed))
    interpretation, passages, weighed = max(
        found, key=lambda one: one[0].log_odds_given(one[2].probability)
    )
    return Evidence(
        question, interpretation.searched_for, interpretation.query, weighed, passages, top_k
    )


def phrase(
    answer: Answer,
    llm: LanguageModel,
    *,
    index: str | Path | Generation | None = None,
    encoder: EncoderLike | None = None,
    reader: Reader | str | None = BUNDLED_READER,
    on_sentence: Callable[[Sentence], None] = lambda sentence: None,
    cancelled: Event | None = None,
) -> Answer:
    """Return an answer together with what a language model makes of its passages.

    `on_sentence` is called with each sentence once it is verified. A failure of the model is
    described in `phrased.note`. Raises `FootnoteError` where openai is not installed.
    """
    opened = open_live(index, encoder=encoder)
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
) -> Candidates:
    """Return the candidate answers in the passages of an interpretation, the likeliest first.

    The context of a follow-up question is no evidence: a candidate is less likely if none of the
    question's own words occurs in its passage.
    """
    context = Query.of(interpretation.searched_for).words
    found = find_candidates(interpretation.query, passages, encoder, context=context)
    own = interpretation.own_words
    if not interpretation.in_context or not own:
        return found
    has_own_word = [bool(own & passage_stems(one.passage)) for one in found.candidates]
    weighed = [
        candidate
        if has_one
        else replace(
            candidate,
            probability=lower_odds(candidate.probability, NO_OWN_WORD),
            alone=lower_odds(candidate.alone, NO_OWN_WORD),
        )
        for candidate, has_one in zip(found.candidates, has_own_word, strict=True)
    ]
    weighed.sort(key=lambda candidate: -candidate.probability)
    if any(has_own_word):
        return replace(found, candidates=weighed)
    answerable = lower_odds(found.answerable, NO_OWN_WORD)
    return replace(found, candidates=weighed, answerable=answerable)
