"""Labelled questions -> the weights that rank passages, the weights that give the probability of an
answer, and the threshold above which it is shown.

    python -m qa.training.calibrate DATA [--reader FOLDER]

DATA is a folder of question sets, each with `corpus.jsonl` ({"id", "text"}) and `questions.jsonl`
({"question", "answers": [{"doc_id", "start", "end"}], "gold_docs"}). Each
set is indexed and its questions are asked, some of them again without the documents that answer,
so that unanswerable questions are part of the data. With `--reader` the weights of that reader are
fitted, on sets that it was not trained on; otherwise those of the sentences that answer without a
reader.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.encode.encoder import Encoder, load_encoder
from qa.candidates import sentences, spans
from qa.evaluation.labels import Question, find_label, index_corpus, read_questions
from qa.evaluation.metrics import calibration_error, count_overlap
from qa.reader.load import NONE, load_reader
from qa.reader.reader import Reader
from qa.retrieval.query import Query
from qa.retrieval.rerank import (
    MAX_READ,
    RANK_WEIGHTS,
    Passage,
    choose_to_read,
    rank_features,
    read_passages,
    retrieve,
)
from qa.training.logistic import (
    Floats,
    Sample,
    fit_rank,
    fit_threshold,
    fit_weights,
    judge_best,
)

CALIBRATION_SETS = {
    "dev/squad2_dev": 965,
    "dev/clapnq_dev": 300,
    "dev/mtrag_un": 150,
    "dev/multihoprag_facts_news": 150,
    "dev/xquad_en": 100,
    "dev/xquad_de": 100,
    "dev/xquad_es": 100,
    "dev/xquad_zh": 100,
}
"""The sets, with the number of questions drawn from each: half of those of the first two, so that
the other half can test the fit."""

PROBABILITY_SETS = ("dev/squad2_dev", "dev/clapnq_dev")
"""Sets for fitting the probability and the threshold: half of their questions have no answer, many
of them adversarial."""

SENTENCE_SETS = ("train/squad2_part", "train/nq_open_gold", "train/squad11_extra13")
"""Sets for fitting the sentences that answer without a reader: questions on Wikipedia with and
without answers, and questions that people typed into a search engine."""


@dataclass(frozen=True, slots=True)
class RetrievedQuestion:
    """A question and its passages; `names` are the labels' ids of documents by their ids."""

    question: Question
    passages: tuple[Passage, ...]
    names: dict[str, str]

    def without_gold(self) -> "RetrievedQuestion":
        """Return the question with the passages of documents that do not answer."""
        gold = self.question.gold_docs
        left = tuple(p for p in self.passages if self.label_of(p) not in gold)
        return RetrievedQuestion(self.question, left, self.names)

    def read_by(self, reader: Reader) -> "RetrievedQuestion":
        """Return the question with the passages read that `ask` reads, with gold and without."""
        chosen = choose_to_read(self.passages)
        chosen += [p for p in choose_to_read(self.without_gold().passages) if p not in chosen]
        read = read_passages(self.question.question, self.passages, reader, chosen)
        read.sort(key=lambda passage: -passage.scores["fused"])
        return RetrievedQuestion(self.question, tuple(read), self.names)

    def passages_as_in_ask(self) -> list[Passage]:
        """Return the passages as in `ask`, with readings only of those that it would read."""
        read = choose_to_read(self.passages)
        return [*read, *(replace(p, reading=None) for p in self.passages if p not in read)]

    def label_of(self, passage: Passage) -> str:
        """Return the labels' id of a passage's document."""
        ids = (passage.document.id, *passage.document.also)
        return find_label(self.question, ids, self.names)

    def is_answer(self, passage: Passage, start: int, end: int) -> bool:
        """Whether a range of a passage's document overlaps a gold span."""
        place = (self.label_of(passage), start, end)
        return any(count_overlap(place, (a.doc_id, a.start, a.end)) for a in self.question.answers)


def retrieve_for_questions(
    folder: Path, encoder: Encoder, reader: Reader | None, *, limit: int
) -> list[RetrievedQuestion]:
    """Return up to `limit` questions of a set, drawn at random, with their passages."""
    with tempfile.TemporaryDirectory() as target:
        generation, names = index_corpus(folder / "corpus.jsonl", Path(target), encoder=encoder)
        questions = read_questions(folder)
        random.Random(0).shuffle(questions)
        retrieved = []
        for question in questions[:limit]:
            # More than are read, so that enough are left without those of the gold documents.
            passages = retrieve(
                question.question, index=generation, top_k=MAX_READ + 2, reader=NONE
            )
            item = RetrievedQuestion(question, tuple(passages), names)
            if reader is not None:
                item = item.read_by(reader)
            retrieved.append(item)
        return retrieved


def make_rank_samples(retrieved: Sequence[RetrievedQuestion]) -> list[Sample]:
    """Return a sample for each question whose right passage is among those that are read."""
    samples = []
    for item in retrieved:
        passages = choose_to_read(item.passages)
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


def add_unanswerable(retrieved: Sequence[RetrievedQuestion]) -> list[RetrievedQuestion]:
    """Return the questions; if all are answerable, also each without its gold documents."""
    if any(not item.question.answerable for item in retrieved):
        return list(retrieved)
    return [*retrieved, *(item.without_gold() for item in retrieved)]


def make_span_samples(
    questions: Sequence[RetrievedQuestion], encoder: Encoder, ranking: Mapping[str, float]
) -> list[Sample]:
    """Return a sample of each question's best span, with passages ranked by weights `ranking`."""
    samples = []
    for item in add_unanswerable(questions):
        found, features = spans.span_features(
            Query.of(item.question.question), item.passages_as_in_ask(), encoder, weights=ranking
        )
        if found:
            right = np.array([item.is_answer(*found[0])])
            samples.append(Sample(features[:1], right))
    return samples


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
    """Print the weights of sentences and their threshold."""
    chance, groups = random.Random(0), []
    for name in SENTENCE_SETS:
        found = retrieve_for_questions(data / name, encoder, None, limit=limit)
        again = [f.without_gold() for f in found if f.question.answerable and chance.random() < 0.5]
        groups += make_sentence_samples([*found, *again], encoder)
        print(f"{name}: {len(groups)} questions so far", file=sys.stderr, flush=True)
    weights = fit_weights([groups])
    print_weights("probability", sentences.SENTENCE_FEATURES, weights)
    print(f"{'threshold':20s} {fit_threshold(*judge_best(groups, weights), wrong=1 / 3):6.2f}")
    for name in PROBABILITY_SETS:
        held_out = make_sentence_samples(
            retrieve_for_questions(data / name, encoder, None, limit=limit), encoder
        )
        print(f"{name}: calibration error {calibration_error(*judge_best(held_out, weights)):.3f}")


def fit_spans(data: Path, encoder: Encoder, reader: Reader, limit: int) -> None:
    """Print the weights that rank passages, the weights of spans, and thresholds."""
    sets = {}
    for name, count in CALIBRATION_SETS.items():
        sets[name] = retrieve_for_questions(data / name, encoder, reader, limit=min(count, limit))
        print(f"{name}: {len(sets[name])} questions", file=sys.stderr, flush=True)
    weights = fit_rank([make_rank_samples(found) for found in sets.values()])
    print_weights("ranking of passages", list(RANK_WEIGHTS), weights)
    ranking = dict(zip(RANK_WEIGHTS, weights.tolist(), strict=True))
    groups = [make_span_samples(sets[name], encoder, ranking) for name in PROBABILITY_SETS]
    weights = fit_weights(groups)
    print_weights("probability", spans.SPAN_FEATURES, weights)
    for name, samples in zip(PROBABILITY_SETS, groups, strict=True):
        print(f"{name}: calibration error {calibration_error(*judge_best(samples, weights)):.3f}")
    both = judge_best([sample for group in groups for sample in group], weights)
    for wrong in (0.05, 0.1, 0.2, 1 / 3):
        print(f"threshold for {wrong:.0%} wrong {fit_threshold(*both, wrong=wrong):6.2f}")


def print_weights(title: str, names: Sequence[str], weights: Floats) -> None:
    print(title)
    for name, weight in zip(names, weights.tolist(), strict=True):
        print(f"  {name:20s} {weight:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m qa.training.calibrate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", type=Path, help="folder with the labelled question sets")
    parser.add_argument("--limit", type=int, default=2000, help="questions per set at most")
    parser.add_argument("--reader", default=NONE, help="as in footnote ask (default: none)")
    arguments = parser.parse_args()
    encoder, reader = load_encoder(), load_reader(arguments.reader)
    if reader is None:
        fit_sentences(arguments.data, encoder, arguments.limit)
    else:
        fit_spans(arguments.data, encoder, reader, arguments.limit)


if __name__ == "__main__":
    main()
