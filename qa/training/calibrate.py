"""Labelled questions -> the weights that rank passages, the weights of the two probabilities (that
an answer is right, and that the documents answer at all), the limit below which there is none, and
the weights of the cells of tables.

    python -m qa.training.calibrate DATA [--reader FOLDER] [--keep FOLDER]

DATA is a folder of question sets, each with `corpus.jsonl` ({"id", "text"}) and `questions.jsonl`
({"question", "answers": [{"doc_id", "start", "end"}], "gold_docs"}). Each
set is indexed and its questions are asked, some of them again without the documents that answer,
so that unanswerable questions are part of the data. With `--reader` the weights of that reader are
fitted, on sets that it was not trained on, those of cells on made-up tables (`written`); otherwise
those of the sentences that answer without a reader.
"""

import argparse
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.encode.encoder import Encoder, load_encoder
from qa.candidates import sentences, spans
from qa.evaluation.metrics import calibration_error
from qa.reader.load import NONE, load_reader
from qa.reader.reader import Reader
from qa.retrieval.query import Query
from qa.retrieval.rerank import RANK_WEIGHTS, rank_features
from qa.sigmoid import sigmoid
from qa.training.logistic import (
    ANSWERLESS_WEIGHT,
    Floats,
    Sample,
    fit_limit,
    fit_rank,
    fit_threshold,
    fit_weights,
    judge_best,
    print_weights,
)
from qa.training.retrieved import (
    RetrievedQuestion,
    retrieve_for_questions,
    retrieve_for_sets,
    ways_to_ask,
)
from qa.training.tables import fit_cells

CALIBRATION_SETS = {
    "dev/squad2_dev": 600,
    "dev/clapnq_dev": 300,
    "dev/squad2_dev, own words": 250,
    "dev/clapnq_dev, own words": 76,
    "dev/mtrag_un": 100,
    "dev/multihoprag_facts_news": 150,
    "dev/xquad_en": 100,
    "dev/xquad_de": 60,
    "dev/xquad_es": 60,
    "dev/xquad_zh": 60,
}
"""The sets, with the number of questions drawn from each: at most half of those of the first two,
so that the others can test the fit."""

PROBABILITY_SETS = (
    *("dev/squad2_dev", "dev/clapnq_dev"),
    *("dev/squad2_dev, own words", "dev/clapnq_dev, own words"),
    *("dev/multihoprag_facts_news", "dev/xquad_en"),
)
"""Sets for fitting the probabilities. Each counts once with its own questions without an answer,
many of them written to deceive, and once with the documents that answer taken out."""

TRUE_REFUSALS = 0.90
"""Share of true ones among the refusals, over all these sets together."""

SENTENCE_SETS = ("train/squad2_part", "train/nq_open_gold", "train/squad11_extra13")
"""Sets for fitting the sentences that answer without a reader: questions on Wikipedia with and
without answers, and questions that people typed into a search engine."""


def make_rank_samples(retrieved: Sequence[RetrievedQuestion]) -> list[Sample]:
    """Return a sample for each question whose right passage is among those that are read."""
    samples = []
    for item in retrieved:
        passages = [passage for passage in item.passages if passage.reading]
        right = np.array(
            [
                item.label_of(p) in item.question.gold_docs
                and (not item.question.answers or item.is_answer(p, p.chunk.start, p.chunk.end))
                for p in passages
            ],
            dtype=bool,
        )
        if right.any() and not right.all():
            features = rank_features(item.question.question, passages)
            samples.append(Sample(features, right))
    return samples


@dataclass(frozen=True, slots=True)
class Asked:
    """The best span of a question: is it right, and do the documents that were searched answer?"""

    features: Floats
    right: bool
    answerable: bool

    def sample(self, label: str) -> Sample:
        """Return the sample for fitting the probability of a label, "right" or "answerable"."""
        weight = ANSWERLESS_WEIGHT if label == "right" and not self.answerable else 1.0
        return Sample(self.features[None], np.array([getattr(self, label)]), weight)


def ask_questions(
    retrieved: Sequence[RetrievedQuestion],
    encoder: Encoder,
    ranking: Mapping[str, float],
    *,
    gold_taken_out: bool,
) -> list[Asked]:
    """Return the best span of each question, with passages ranked by the weights `ranking`.

    `gold_taken_out` is as in `ways_to_ask`.
    """
    asked = []
    for way, holds in ways_to_ask(retrieved, gold_taken_out=gold_taken_out):
        found, features = spans.span_features(
            Query.of(way.question.question), way.passages, encoder, weights=ranking
        )
        if found:
            asked.append(Asked(features[0], holds and way.is_right(*found[0]), holds))
    return asked


def make_sentence_samples(questions: Sequence[RetrievedQuestion], encoder: Encoder) -> list[Sample]:
    """Return a sample of the sentences that are candidates for each question without a reader."""
    samples = []
    for item in questions:
        found, features = sentences.sentence_features(
            Query.of(item.question.question), item.passages, encoder
        )
        if found:
            right = [item.is_answer(*sentence) for sentence in found]
            samples.append(Sample(features, np.array(right, dtype=bool)))
    return samples


def fit_sentences(data: Path, encoder: Encoder, limit: int) -> None:
    """Print the weights of sentences, and those of the documents answering by the best one."""
    chance, groups = random.Random(0), []
    best, answerable = [], []
    for name in SENTENCE_SETS:
        found = retrieve_for_questions(data / name, encoder, None, limit=limit)
        again = [f.without_gold() for f in found if f.question.answerable and chance.random() < 0.5]
        for items, there in ((found, True), (again, False)):
            samples = make_sentence_samples(items, encoder)
            groups += samples
            answerable += [there and item.question.answerable for item in items]
        print(f"{name}: {len(groups)} questions so far", file=sys.stderr, flush=True)
    weights = fit_weights([groups])
    print_weights("probability", sentences.SENTENCE_FEATURES, weights)
    best = [float(np.max(sample.features @ weights)) for sample in groups]
    samples = [
        Sample(np.array([[1.0, odds]]), np.array([there]))
        for odds, there in zip(best, answerable, strict=True)
    ]
    print_weights("answerable, by the best", ("constant", "slope"), fit_weights([samples]))
    print(f"{'threshold':20s} {fit_threshold(*judge_best(groups, weights), wrong=1 / 3):6.2f}")
    for name in PROBABILITY_SETS[:2]:
        held_out = make_sentence_samples(
            retrieve_for_questions(data / name, encoder, None, limit=limit), encoder
        )
        print(f"{name}: calibration error {calibration_error(*judge_best(held_out, weights)):.3f}")


def fit_spans(
    data: Path, encoder: Encoder, reader: Reader, limit: int, *, keep: Path | None = None
) -> None:
    """Print the weights that rank passages, and those of the two probabilities with their limit."""
    counts = {name: min(count, limit) for name, count in CALIBRATION_SETS.items()}
    sets = retrieve_for_sets(data, counts, encoder, reader, keep=keep)
    weights = fit_rank([make_rank_samples(found) for found in sets.values()])
    print_weights("ranking of passages", list(RANK_WEIGHTS), weights)
    ranking = dict(zip(RANK_WEIGHTS, weights.tolist(), strict=True))
    groups = []
    for name in PROBABILITY_SETS:
        for taken_out in (False, True):
            asked = ask_questions(sets[name], encoder, ranking, gold_taken_out=taken_out)
            if any(one.answerable for one in asked) and not all(one.answerable for one in asked):
                groups.append(asked)
    fitted = {}
    for label in ("right", "answerable"):
        samples = [[one.sample(label) for one in group] for group in groups]
        fitted[label] = fit_weights(samples)
        print_weights(label, spans.SPAN_FEATURES, fitted[label])
    everything = [one for group in groups for one in group]
    weight = np.concatenate([np.full(len(group), 1 / len(group)) for group in groups])
    probability = sigmoid(np.array([one.features for one in everything]) @ fitted["answerable"])
    answerable = np.array([one.answerable for one in everything])
    limit_of_none = fit_limit(probability, answerable, weight, true=TRUE_REFUSALS)
    print(f"{'none below':20s} {limit_of_none:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m qa.training.calibrate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", type=Path, help="folder with the labelled question sets")
    parser.add_argument("--limit", type=int, default=2000, help="questions per set at most")
    parser.add_argument("--keep", type=Path, help="a folder for the questions that were read")
    parser.add_argument("--reader", default=NONE, help="as in footnote ask (default: none)")
    arguments = parser.parse_args()
    encoder, reader = load_encoder(), load_reader(arguments.reader)
    if reader is None:
        fit_sentences(arguments.data, encoder, arguments.limit)
    else:
        fit_spans(arguments.data, encoder, reader, arguments.limit, keep=arguments.keep)
        fit_cells(encoder, reader, arguments.limit, keep=arguments.keep)


if __name__ == "__main__":
    main()
