"""Labelled questions -> the weights that rank passages, the weights of the two probabilities (that
an answer is right, and that the documents answer at all), and the limit below which there is none.

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
from qa.evaluation.metrics import RIGHT_F1, calibration_error, count_overlap, token_f1
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
from qa.sigmoid import sigmoid
from qa.training.logistic import (
    Floats,
    Sample,
    fit_limit,
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

PROBABILITY_SETS = {
    "dev/squad2_dev": 3.0,
    "dev/clapnq_dev": 2.0,
    "dev/multihoprag_facts_news": 1.0,
    "dev/xquad_en": 1.0,
}
"""Sets for fitting the probabilities, and the weight of their own questions without an answer, many
of them written to deceive. Each set counts once more with the documents that answer taken out."""

TRUE_REFUSALS = 0.9
"""Share of true ones among the refusals, over all these sets together."""

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

    def is_right(self, passage: Passage, start: int, end: int) -> bool:
        """Whether a span that the reader found is right, as `evaluate` judges it."""
        if not self.question.exact_words:
            return self.is_answer(passage, start, end)
        words = passage.document.text[start:end]
        return any(token_f1(words, answer.text) >= RIGHT_F1 for answer in self.question.answers)


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


@dataclass(frozen=True, slots=True)
class Asked:
    """The best span of a question: is it right, and do the documents that were searched answer?"""

    features: Floats
    right: bool
    answerable: bool


def ask_questions(
    retrieved: Sequence[RetrievedQuestion],
    encoder: Encoder,
    ranking: Mapping[str, float],
    *,
    gold_taken_out: bool,
) -> list[Asked]:
    """Return the best span of each question, with passages ranked by the weights `ranking`.

    With `gold_taken_out`, the answerable questions are asked twice, once without their gold
    documents, and the others not at all.
    """
    asked = []
    for item in retrieved:
        answerable = item.question.answerable
        ways = [(item, answerable)]
        if gold_taken_out:
            ways = [(item, True), (item.without_gold(), False)] if answerable else []
        for way, holds in ways:
            found, features = spans.span_features(
                Query.of(item.question.question), way.passages_as_in_ask(), encoder, weights=ranking
            )
            if found:
                asked.append(Asked(features[0], holds and item.is_right(*found[0]), holds))
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
    for name in list(PROBABILITY_SETS)[:2]:
        held_out = make_sentence_samples(
            retrieve_for_questions(data / name, encoder, None, limit=limit), encoder
        )
        print(f"{name}: calibration error {calibration_error(*judge_best(held_out, weights)):.3f}")


def fit_spans(data: Path, encoder: Encoder, reader: Reader, limit: int) -> None:
    """Print the weights that rank passages, and those of the two probabilities with their limit."""
    sets = {}
    for name, count in CALIBRATION_SETS.items():
        sets[name] = retrieve_for_questions(data / name, encoder, reader, limit=min(count, limit))
        print(f"{name}: {len(sets[name])} questions", file=sys.stderr, flush=True)
    weights = fit_rank([make_rank_samples(found) for found in sets.values()])
    print_weights("ranking of passages", list(RANK_WEIGHTS), weights)
    ranking = dict(zip(RANK_WEIGHTS, weights.tolist(), strict=True))
    groups, shares = [], []
    for name, share in PROBABILITY_SETS.items():
        for taken_out in (False, True):
            asked = ask_questions(sets[name], encoder, ranking, gold_taken_out=taken_out)
            if any(one.answerable for one in asked) and not all(one.answerable for one in asked):
                groups.append(asked)
                shares.append(1.0 if taken_out else share)
    fitted = {}
    for label in ("right", "answerable"):
        samples = [
            [Sample(one.features[None], np.array([getattr(one, label)])) for one in group]
            for group in groups
        ]
        fitted[label] = fit_weights(samples, shares=shares)
        print_weights(label, spans.SPAN_FEATURES, fitted[label])
    everything = [one for group in groups for one in group]
    counts = np.concatenate(
        [np.full(len(g), s / len(g)) for g, s in zip(groups, shares, strict=True)]
    )
    probability = sigmoid(np.array([one.features for one in everything]) @ fitted["answerable"])
    answerable = np.array([one.answerable for one in everything])
    limit_of_none = fit_limit(probability, answerable, counts, true=TRUE_REFUSALS)
    print(f"{'none below':20s} {limit_of_none:6.2f}")


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
