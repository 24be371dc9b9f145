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

from index import FootnoteError, Generation, open_index
from index.installation import install_command
from qa.answer import THRESHOLD, Answer, Outcome, decide
from qa.citation import Citation
from qa.collection.respond import answer_about_collection
from qa.evaluation.labels import Question, find_label
from qa.evaluation.metrics import (
    RIGHT_F1,
    DocumentRange,
    auroc,
    calibration_error,
    count_overlap,
    exact_match,
    token_f1,
)
from qa.pipeline import gather
from qa.reader.load import BUNDLED_READER, load_reader
from qa.reader.reader import Reader

RANKING_DEPTH = 10
"""Passages retrieved for each question; ranking metrics are cut off there."""


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """The result of one question. Shares lie between 0 and 1; `seconds` is the time of `ask`.

    `documents` are the ids of the retrieved documents, best first. `outcome`, `probability` and
    `answerable` are as in `Answer`. `right` is whether the best exact words, shown or not, are
    right: where the labels are exact words, their token F1 is at least RIGHT_F1, otherwise they
    overlap a gold span. `quoted` is whether a citation that is shown, of exact words or of a
    sentence, overlaps a gold span. `exact` and `f1` compare the words with the gold text.
    `precision` and `recall` count the citations' characters where exact words are shown. These four
    are None where the labels have no spans.
    """

    question: Question
    documents: tuple[str, ...]
    answer: str
    outcome: Outcome
    probability: float
    answerable: float
    right: bool
    quoted: bool
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
) -> list[JudgedAnswer]:
    """Ask every question and compare the answers with the labels.

    `names` maps the ids of the index to those of the labels where the two differ.
    """
    opened, loaded = open_index(index), load_reader(reader)
    judged = []
    for question in questions:
        start = time.perf_counter()
        evidence = gather(question.question, opened, top_k=RANKING_DEPTH, reader=loaded)
        about_collection = answer_about_collection(question.question, opened)
        shown = about_collection or decide(evidence, opened.encoder, threshold)
        seconds = time.perf_counter() - start
        # Without a threshold, so that the best words are known even if they are not shown.
        best = decide(evidence, opened.encoder, 0.0)
        judged.append(_judge_answer(question, shown, best, names or {}, seconds))
    return judged


def _judge_answer(
    question: Question,
    shown: Answer,
    best: Answer,
    names: Mapping[str, str],
    seconds: float,
) -> JudgedAnswer:
    """Judge the answer that is shown, and the best words, shown or not."""

    def name(document_id: str, also: Sequence[str]) -> str:
        return find_label(question, (document_id, *also), names)

    def places(citations: Sequence[Citation]) -> list[DocumentRange]:
        return [(name(c.document_id, c.also), c.start, c.end) for c in citations]

    gold = [(a.doc_id, a.start, a.end) for a in question.answers]
    texts = [a.text for a in question.answers]
    if question.all_required:
        texts = ["; ".join(texts)]
    cited = places(shown.citations)
    words = [
        (name(c.document_id, c.also), c.answer_start, c.answer_end)
        for c in best.citations
        if best.answered
    ]
    f1 = max((token_f1(best.text, text) for text in texts), default=0.0)
    covered = [max((count_overlap(c, g) for g in gold), default=0) for c in cited]
    length = sum(end - start for _, start, end in cited)
    reached = [max((count_overlap(c, g) for c in cited), default=0) for g in gold]
    wanted = [end - start for _, start, end in gold]
    if question.all_required:
        reached, wanted = [sum(reached)], [sum(wanted)]
    if not gold and question.answerable:
        right = bool(words) and words[0][0] in question.gold_docs
        quoted = any(document in question.gold_docs for document, _, _ in cited)
    elif question.exact_words and any(c.words != c.quote for c in best.citations):
        right, quoted = f1 >= RIGHT_F1, any(covered)
    else:
        right, quoted = any(count_overlap(w, g) for w in words for g in gold), any(covered)
    exact_words = shown.outcome == "answer"
    return JudgedAnswer(
        question=question,
        documents=tuple(dict.fromkeys(name(p.document.id, p.document.also) for p in best.passages)),
        answer=best.text,
        outcome=shown.outcome,
        probability=best.probability,
        answerable=best.answerable,
        right=right,
        quoted=quoted,
        exact=max(exact_match(best.text, t) for t in texts) if gold else None,
        f1=f1 if gold else None,
        precision=sum(covered) / length if gold and exact_words and length else None,
        recall=max(map(truediv, reached, wanted)) if gold and exact_words else None,
        seconds=seconds,
    )


def compute_metrics(outcomes: Sequence[JudgedAnswer]) -> dict[str, float]:
    """Return the metrics of some outcomes by name, without those that are undefined for them.

    Ranking metrics cover the answerable questions, probabilities all. "no-answer AUROC" is the
    chance that `answerable` is higher for an answerable question than for another. "risk at
    coverage c" is the share of wrong answers among the most probable share c.
    """
    if not outcomes:
        raise FootnoteError(
            "There are no questions to evaluate. Give a file with at least one labelled question."
        )
    probability = np.array([o.probability for o in outcomes])
    right = np.array([o.right for o in outcomes])
    answerable = np.array([o.question.answerable for o in outcomes])
    milliseconds = np.array([o.seconds for o in outcomes]) * 1000
    table = {"questions": float(len(outcomes)), "answerable": float(answerable.sum())}
    table |= _compute_rank_metrics([o for o in outcomes if o.question.answerable])
    for name in ("exact", "f1", "precision", "recall"):
        values = [v for o in outcomes if (v := getattr(o, name)) is not None]
        if values:
            table[_METRIC_NAMES[name]] = float(np.mean(values))
    table |= _compute_outcome_metrics(outcomes)
    if answerable.any() and not answerable.all():
        claimed = np.array([o.answerable for o in outcomes])
        table["no-answer AUROC"] = auroc(claimed[answerable], claimed[~answerable])
        table["answerable calibration error"] = calibration_error(claimed, answerable)
    order = np.argsort(-probability, kind="stable")
    for share in (0.2, 0.5, 0.8):
        count = max(1, round(share * len(outcomes)))
        table[f"risk at coverage {share}"] = float(1 - right[order[:count]].mean())
    table["calibration error"] = calibration_error(probability, right)
    table["Brier score"] = float(np.mean((probability - right) ** 2))
    table["ask p50 ms"] = float(np.percentile(milliseconds, 50))
    table["ask p95 ms"] = float(np.percentile(milliseconds, 95))
    return table


def find_worst(outcomes: Sequence[JudgedAnswer], count: int) -> list[JudgedAnswer]:
    """Return the outcomes whose probability was furthest from the truth, the worst first."""
    return sorted(outcomes, key=lambda o: -abs(o.probability - o.right))[: max(0, count)]


def _compute_outcome_metrics(judged: Sequence[JudgedAnswer]) -> dict[str, float]:
    """Return what is shown for questions with an answer and without one, as shares of these.

    "right" are exact words that are right, "wrong" that are not, "in passages" sentences of which
    one holds the answer, "missed" the rest. "true refusals" are a share of all refusals.
    """
    there = [o for o in judged if o.question.answerable]
    gone = [o for o in judged if not o.question.answerable]
    shown = [o for o in judged if o.outcome == "answer"]
    refused = [o for o in judged if o.outcome == "none"]
    kinds = {
        "right": sum(o.outcome == "answer" and o.right for o in there),
        "wrong": sum(o.outcome == "answer" and not o.right for o in there),
        "in passages": sum(o.outcome == "passages" and o.quoted for o in there),
    }
    kinds["missed"] = len(there) - sum(kinds.values())
    table = {name: count / len(there) for name, count in kinds.items()} if there else {}
    if gone:
        table["refused, of no answer"] = sum(o.outcome == "none" for o in gone) / len(gone)
        table["shown, of no answer"] = sum(o.outcome == "answer" for o in gone) / len(gone)
    table["shown"] = len(shown) / len(judged)
    if shown:
        table["wrong among shown"] = sum(not o.right for o in shown) / len(shown)
    if refused:
        table["true refusals"] = sum(not o.question.answerable for o in refused) / len(refused)
    return table


_METRIC_NAMES = {
    "exact": "exact match",
    "f1": "token F1",
    "precision": "citation precision",
    "recall": "citation recall",
}


def _compute_rank_metrics(outcomes: Sequence[JudgedAnswer]) -> dict[str, float]:
    try:
        from ir_measures import RR, Qrel, R, ScoredDoc, Success, calc_aggregate, nDCG
    except ImportError as error:
        raise FootnoteError(
            "Evaluation needs ir-measures, which is not installed. Install it: "
            + install_command("eval")
        ) from error
    if not outcomes:
        return {}
    # Not by id, since two questions may have the same.
    numbered = [(str(number), outcome) for number, outcome in enumerate(outcomes)]
    qrels = [Qrel(number, d, 1) for number, o in numbered for d in o.question.gold_docs]
    run = [
        ScoredDoc(number, document, -float(rank))
        for number, o in numbered
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
