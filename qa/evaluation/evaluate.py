"""Labelled questions -> metrics: is the right document found, is the answer right, does the
citation cover it, is the probability calibrated, and how long does an answer take.

Rankings are scored by ir-measures; the formulas of the other metrics are in `metrics`.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import truediv
from pathlib import Path

import numpy as np

from index import FootnoteError, Generation
from qa.answer import THRESHOLD, Answer, ask
from qa.evaluation.labels import Question, find_label
from qa.evaluation.metrics import auroc, calibration_error, count_overlap, exact_match, token_f1
from qa.reader.load import BUNDLED_READER
from qa.reader.reader import Reader

RANKING_DEPTH = 10
"""Passages retrieved for each question; ranking metrics are cut off there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one question. Shares lie between 0 and 1; `seconds` is the time of `ask`.

    `documents` are the ids of the retrieved documents, best first. `right` is whether the answer,
    shown or not, overlaps a gold span; `exact` and `f1` compare its text with the gold text.
    `precision` and `recall` count the citations' characters where the answer is shown. These four
    are None where the labels have no spans.
    """

    question: Question
    documents: tuple[str, ...]
    answer: str
    answered: bool
    probability: float
    right: bool
    exact: float | None
    f1: float | None
    precision: float | None
    recall: float | None
    seconds: float


def evaluate(
    questions: Sequence[Question],
    *,
    index: str | Path | Generation | None = None,
    threshold: float = THRESHOLD,
    names: Mapping[str, str] | None = None,
    reader: Reader | str = BUNDLED_READER,
) -> list[Outcome]:
    """Ask every question and compare the answers with the labels.

    `names` maps the ids of the index to those of the labels where the two differ.
    """
    outcomes = []
    for question in questions:
        start = time.perf_counter()
        # Without a threshold, so that the candidate is known even if it would not be shown.
        answer = ask(
            question.question,
            index=index,
            top_k=RANKING_DEPTH,
            threshold=0,
            reader=reader,
        )
        seconds = time.perf_counter() - start
        outcomes.append(_judge_answer(question, answer, threshold, names or {}, seconds))
    return outcomes


def _judge_answer(
    question: Question,
    answer: Answer,
    threshold: float,
    names: Mapping[str, str],
    seconds: float,
) -> Outcome:
    def name(document_id: str, also: Sequence[str]) -> str:
        return find_label(question, (document_id, *also), names)

    documents = tuple(dict.fromkeys(name(p.document.id, p.document.also) for p in answer.passages))
    places = [(name(c.document_id, c.also), c) for c in answer.citations]
    cited = [(document, c.start, c.end) for document, c in places]
    answered_spans = [(document, c.answer_start, c.answer_end) for document, c in places]
    gold = [(a.doc_id, a.start, a.end) for a in question.answers]
    if gold or not question.answerable:
        right = any(count_overlap(one, other) for one in answered_spans for other in gold)
    else:
        right = bool(cited) and cited[0][0] in question.gold_docs
    answered = answer.answered and answer.probability >= threshold
    ranged = bool(gold)
    covered = [max((count_overlap(c, g) for g in gold), default=0) for c in cited]
    length = sum(end - start for _, start, end in cited)
    reached = [max((count_overlap(c, g) for c in cited), default=0) for g in gold]
    wanted = [end - start for _, start, end in gold]
    if question.all_required:
        reached, wanted = [sum(reached)], [sum(wanted)]
    texts = [a.text for a in question.answers]
    return Outcome(
        question=question,
        documents=documents,
        answer=answer.text,
        answered=answered,
        probability=answer.probability,
        right=right,
        exact=max(exact_match(answer.text, t) for t in texts) if ranged else None,
        f1=max(token_f1(answer.text, t) for t in texts) if ranged else None,
        precision=sum(covered) / length if ranged and answered and length else None,
        recall=max(map(truediv, reached, wanted)) if ranged and answered else None,
        seconds=seconds,
    )


def compute_metrics(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the metrics of some outcomes by name, without those that are undefined for them.

    Ranking metrics cover the answerable questions, probabilities all. "no-answer AUROC" is the
    chance that an answerable question has a higher probability than an unanswerable one. "risk at
    coverage c" is the share of wrong answers among the most probable share c.
    """
    if not outcomes:
        raise FootnoteError(
            "There are no questions to evaluate. Give a file with at least one labelled question."
        )
    probability = np.array([o.probability for o in outcomes])
    right = np.array([o.right for o in outcomes])
    answerable = np.array([o.question.answerable for o in outcomes])
    answered = np.array([o.answered for o in outcomes])
    milliseconds = np.array([o.seconds for o in outcomes]) * 1000
    table = {"questions": float(len(outcomes)), "answerable": float(answerable.sum())}
    table |= _compute_rank_metrics([o for o in outcomes if o.question.answerable])
    for name in ("exact", "f1", "precision", "recall"):
        values = [v for o in outcomes if (v := getattr(o, name)) is not None]
        if values:
            table[_METRIC_NAMES[name]] = float(np.mean(values))
    table["shown"] = float(answered.mean())
    if answered.any():
        table["wrong among shown"] = float(1 - right[answered].mean())
    if answerable.any() and not answerable.all():
        table["no-answer AUROC"] = auroc(probability[answerable], probability[~answerable])
    order = np.argsort(-probability, kind="stable")
    for share in (0.2, 0.5, 0.8):
        count = max(1, round(share * len(outcomes)))
        table[f"risk at coverage {share}"] = float(1 - right[order[:count]].mean())
    table["calibration error"] = calibration_error(probability, right)
    table["Brier score"] = float(np.mean((probability - right) ** 2))
    table["ask p50 ms"] = float(np.percentile(milliseconds, 50))
    table["ask p95 ms"] = float(np.percentile(milliseconds, 95))
    return table


def find_worst(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """Return the outcomes whose probability was furthest from the truth, the worst first."""
    return sorted(outcomes, key=lambda o: -abs(o.probability - o.right))[: max(0, count)]


_METRIC_NAMES = {
    "exact": "exact match",
    "f1": "token F1",
    "precision": "citation precision",
    "recall": "citation recall",
}


def _compute_rank_metrics(outcomes: Sequence[Outcome]) -> dict[str, float]:
    try:
        from ir_measures import RR, Qrel, R, ScoredDoc, Success, calc_aggregate, nDCG
    except ImportError as error:
        raise FootnoteError(
            "Evaluation needs ir-measures, which is not installed. Install it: "
            "pip install 'footnote[eval]'"
        ) from error
    if not outcomes:
        return {}
    qrels = [Qrel(o.question.id, d, 1) for o in outcomes for d in o.question.gold_docs]
    run = [
        ScoredDoc(o.question.id, document, -float(rank))
        for o in outcomes
        for rank, document in enumerate(o.documents)
    ]
    metrics = {
        "hit@1": Success @ 1,
        "hit@5": Success @ 5,
        "MRR@10": RR @ 10,
        "nDCG@10": nDCG @ 10,
        "recall@10": R @ 10,
    }
    values = calc_aggregate(list(metrics.values()), qrels, run)
    return {name: float(values[metric]) for name, metric in metrics.items()}
