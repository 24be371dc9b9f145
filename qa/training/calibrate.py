"""Labelled questions -> the few numbers that decide: the order of passages, the probability of an
answer, and the threshold from which it is shown.

    python -m qa.training.calibrate DATA [--reader FOLDER]

DATA is a folder of question sets, each with `corpus.jsonl` ({"id", "text"}) and `questions.jsonl`
({"question", "answers": [{"doc_id", "start", "end"}], "gold_docs"}). A set is indexed as documents
of its own and its questions are asked, some once more with the documents that answer taken out, so
that "not in the documents" is learnt too. With `--reader` all is fitted for that reader, on sets
that it was not trained on; without, the sentences are that `evidence` weighs.
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
from qa.evaluation.labels import Question, index_corpus, find_label, read_questions
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
from qa.training.logistic import Floats, Sample, fit_rank, fit_threshold, fit_weights, judge

SETS = {
    "dev/squad2_dev": 965,
    "dev/clapnq_dev": 300,
    "dev/mtrag_un": 150,
    "dev/multihoprag_facts_news": 150,
    "dev/xquad_en": 100,
    "dev/xquad_de": 100,
    "dev/xquad_es": 100,
    "dev/xquad_zh": 100,
}
"""The sets, and how many questions of each are drawn: half of the first two, so that the others
show whether what is fitted holds."""

JUDGED = ("dev/squad2_dev", "dev/clapnq_dev")
"""Sets from which the probability and the threshold are fitted: half of their questions have no
answer, many of them written to deceive."""

SENTENCE_SETS = ("train/squad2_part", "train/nq_open_gold", "train/squad11_extra13")
"""Sets from which sentences are judged, for asking without a reader: Wikipedia with and without
answers, and questions that people typed into a search box."""


@dataclass(frozen=True, slots=True)
class RetrievedQuestion:
    """A question and the passages found for it; `names` is the labels' id of each document."""

    question: Question
    passages: tuple[Passage, ...]
    names: dict[str, str]

    def without_gold(self) -> "RetrievedQuestion":
        """Return the same question asked of the other documents only."""
        gold = self.question.gold_docs
        left = tuple(p for p in self.passages if self.name(p) not in gold)
        return RetrievedQuestion(self.question, left, self.names)

    def read_by(self, reader: Reader) -> "RetrievedQuestion":
        """Return the same with all passages read that are worth it, with and without the gold."""
        chosen = choose_to_read(self.passages)
        chosen += [p for p in choose_to_read(self.without_gold().passages) if p not in chosen]
        read = read_passages(self.question.question, self.passages, reader, chosen)
        read.sort(key=lambda passage: -passage.scores["fused"])
        return RetrievedQuestion(self.question, tuple(read), self.names)

    def as_asked(self) -> list[Passage]:
        """Return the passages as `ask` sees them: of those that were read, the worthy ones."""
        read = choose_to_read(self.passages)
        return [*read, *(replace(p, reading=None) for p in self.passages if p not in read)]

    def name(self, passage: Passage) -> str:
        """Return the labels' id of a passage's document."""
        ids = (passage.document.id, *passage.document.also)
        return find_label(self.question, ids, self.names)

    def answers(self, passage: Passage, start: int, end: int) -> bool:
        """Whether a range of a document touches one that answers."""
        place = (self.name(passage), start, end)
        return any(count_overlap(place, (a.doc_id, a.start, a.end)) for a in self.question.answers)


def collect(
    folder: Path, encoder: Encoder, reader: Reader | None, *, limit: int, seed: int = 0
) -> list[RetrievedQuestion]:
    """Return what is found for up to `limit` questions of a set, drawn at random."""
    with tempfile.TemporaryDirectory() as target:
        generation, names = index_corpus(folder / "corpus.jsonl", Path(target), encoder=encoder)
        questions = read_questions(folder)
        random.Random(seed).shuffle(questions)
        found = []
        for question in questions[:limit]:
            # Some more than are read, so that enough are left without the right ones.
            passages = retrieve(
                question.question, index=generation, top_k=MAX_READ + 2, reader=NONE
            )
            asked = RetrievedQuestion(question, tuple(passages), names)
            if reader is not None:
                asked = asked.read_by(reader)
            found.append(asked)
        return found


def rank_samples(found: Sequence[RetrievedQuestion]) -> list[Sample]:
    """Return a sample for each question whose right passage is among those that were read."""
    samples = []
    for asked in found:
        passages = choose_to_read(asked.passages)
        right = np.array(
            [
                asked.name(p) in asked.question.gold_docs
                and (not asked.question.answers or asked.answers(p, p.chunk.start, p.chunk.end))
                for p in passages
            ],
            dtype=bool,
        )
        if right.any() and not right.all():
            features = rank_features(asked.question.question, passages)
            samples.append(Sample(features, right))
    return samples


def with_unanswerable(found: Sequence[RetrievedQuestion]) -> list[RetrievedQuestion]:
    """Return the questions, and where all have an answer also the same without its documents."""
    if any(not asked.question.answerable for asked in found):
        return list(found)
    return [*found, *(asked.without_gold() for asked in found)]


def span_samples(
    questions: Sequence[RetrievedQuestion], encoder: Encoder, ranking: Mapping[str, float]
) -> list[Sample]:
    """Return a sample of each question's best span, of the passages ordered by `ranking`."""
    samples = []
    for asked in with_unanswerable(questions):
        found, features = spans.span_features(
            Query.of(asked.question.question), asked.as_asked(), encoder, weights=ranking
        )
        if found:
            right = np.array([asked.answers(*found[0])])
            samples.append(Sample(features[:1], right))
    return samples


def sentence_samples(questions: Sequence[RetrievedQuestion], encoder: Encoder) -> list[Sample]:
    """Return a sample of each question's sentences, all that are weighed without a reader."""
    samples = []
    for asked in questions:
        found, features = sentences.sentence_features(
            Query.of(asked.question.question), asked.passages, encoder
        )
        if found:
            right = [asked.answers(*sentence) for sentence in found]
            samples.append(Sample(features, np.array(right, dtype=bool)))
    return samples


def fit_sentences(data: Path, encoder: Encoder, limit: int) -> None:
    """Print the weights of `evidence` and its threshold."""
    chance, groups = random.Random(0), []
    for name in SENTENCE_SETS:
        found = collect(data / name, encoder, None, limit=limit)
        again = [f.without_gold() for f in found if f.question.answerable and chance.random() < 0.5]
        groups += sentence_samples([*found, *again], encoder)
        print(f"{name}: {len(groups)} questions so far", file=sys.stderr, flush=True)
    weights = fit_weights([groups])
    print_weights("probability", sentences.FEATURES, weights)
    print(f"{'threshold':20s} {fit_threshold(*judge(groups, weights), wrong=1 / 3):6.2f}")
    for name in JUDGED:
        held_out = sentence_samples(collect(data / name, encoder, None, limit=limit), encoder)
        print(f"{name}: calibration error {calibration_error(*judge(held_out, weights)):.3f}")


def fit_spans(data: Path, encoder: Encoder, reader: Reader, limit: int) -> None:
    """Print the order of passages, the weights of `read`, and thresholds."""
    sets = {}
    for name, count in SETS.items():
        sets[name] = collect(data / name, encoder, reader, limit=min(count, limit))
        print(f"{name}: {len(sets[name])} questions", file=sys.stderr, flush=True)
    weights = fit_rank([rank_samples(found) for found in sets.values()])
    print_weights("order of passages", list(RANK_WEIGHTS), weights)
    ranking = dict(zip(RANK_WEIGHTS, weights.tolist(), strict=True))
    groups = [span_samples(sets[name], encoder, ranking) for name in JUDGED]
    weights = fit_weights(groups)
    print_weights("probability", spans.FEATURES, weights)
    for name, samples in zip(JUDGED, groups, strict=True):
        print(f"{name}: calibration error {calibration_error(*judge(samples, weights)):.3f}")
    both = judge([sample for group in groups for sample in group], weights)
    for wrong in (0.05, 0.1, 0.2, 1 / 3):
        print(f"threshold for {wrong:.0%} wrong {fit_threshold(*both, wrong=wrong):6.2f}")


def print_weights(title: str, names: Sequence[str], weights: Floats) -> None:
    print(title)
    for name, weight in zip(names, weights.tolist(), strict=True):
        print(f"  {name:20s} {weight:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m qa.training.calibrate", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of question sets")
    parser.add_argument("--limit", type=int, default=2000, help="questions of each set at most")
    parser.add_argument("--reader", default=NONE, help="as in footnote ask (default: none)")
    arguments = parser.parse_args()
    encoder, reader = load_encoder(), load_reader(arguments.reader)
    if reader is None:
        fit_sentences(arguments.data, encoder, arguments.limit)
    else:
        fit_spans(arguments.data, encoder, reader, arguments.limit)


if __name__ == "__main__":
    main()
