"""Measure follow-up questions: python tests/bench/follow_ups.py DATA [--fit] [--limit N]

Prints for each set the share of questions whose right document is found first: asked alone, always
with the context of the conversation, and as `ask` decides. Questions of squad2_dev need no context;
each is asked after an exchange about another article, which must not change its result. With
`--fit`, the weights of `qa.retrieval.follow_up` are fitted on half of the questions and evaluated
on the other half.
"""

import argparse
import json
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import qa
from qa.candidates.spans import find_candidates
from qa.evaluation.labels import find_label, index_corpus, read_questions
from qa.evaluation.metrics import auroc
from qa.reader.load import BUNDLED_READER, load_reader
from qa.retrieval.exchanges import Exchange
from qa.retrieval.follow_up import (
    STANDALONE_FEATURES,
    add_context,
    find_context,
    interpret,
    replace_subject,
    standalone_features,
)
from qa.retrieval.rerank import retrieve
from qa.training.logistic import Sample, fit_weights

SETS = ("abg_coqa", "mtrag_un", "squad2_dev")


@dataclass(frozen=True)
class FollowUpResult:
    question: str
    answerable: bool
    features: list[float]
    right: tuple[bool, bool]  # alone, dependent
    sure: tuple[float, float]  # logarithm of the odds that the answer is right
    chosen: bool
    probability: float


def make_exchanges(history):
    """Return a history as exchanges; a question without an answer counts as refused."""
    previous = []
    for turn in history:
        if turn["role"] == "user":
            previous.append(Exchange(turn["text"], "", answered=False))
        elif previous:
            text = f"{previous[-1].text} {turn['text']}".strip()
            previous[-1] = Exchange(previous[-1].question, text)
    return previous


def read_histories(folder):
    """Return the exchanges before each question, by the question's id."""
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    if any(record.get("history") for record in records):
        return {str(record["id"]): make_exchanges(record["history"]) for record in records}
    corpus = (folder / "corpus.jsonl").read_text("utf-8").splitlines()
    titles = {document["id"]: document["title"] for document in map(json.loads, corpus)}
    answerable = [record for record in records if record["answerable"]]
    drawn = random.Random(1)
    previous = {}
    for record in answerable:
        title = titles[record["gold_docs"][0]]
        other = drawn.choice([o for o in answerable if titles[o["gold_docs"][0]] != title])
        previous[str(record["id"])] = [Exchange(other["question"], other["answers"][0]["text"])]
    return previous


def ask_set(folder, limit):
    reader = load_reader(BUNDLED_READER)
    previous = read_histories(folder)
    questions = [question for question in read_questions(folder) if question.id in previous]
    random.Random(0).shuffle(questions)
    with tempfile.TemporaryDirectory() as target:
        generation, names = index_corpus(folder / "corpus.jsonl", Path(target))

        def right(question, passages):
            if not passages:
                return False
            ids = (passages[0].document.id, *passages[0].document.also)
            return find_label(question, ids, names) in question.gold_docs

        for question in questions[:limit]:
            history = previous[question.id]
            answer = qa.ask(question.question, history=history, index=generation, threshold=0)
            (alone,) = interpret(question.question, generation)
            ways = [alone]
            known = [1.0] + [0.0] * (len(STANDALONE_FEATURES) - 1)
            if context := find_context(question.question, history):
                dependent = replace_subject(alone, history)
                ways.append(dependent or add_context(alone, history, context))
                known = standalone_features(alone.result, ways[-1].result)
            rights, sure = [], []
            for way in ways:
                passages = retrieve(way, top_k=5, reader=reader)
                chance = find_candidates(alone.query, passages, generation.encoder).probability
                chance = min(max(chance, 1e-4), 1 - 1e-4)
                sure.append(float(np.log(chance / (1 - chance))))
                rights.append(right(question, passages))
            yield FollowUpResult(
                question.question,
                question.answerable,
                known,
                (rights[0], rights[-1]),
                (sure[0], sure[-1]),
                right(question, answer.passages),
                answer.probability,
            )


def chosen(asked, weights, doubt):
    """Return whether the right document is first for each question under these weights."""
    *known, surer = weights
    found = []
    for one in asked:
        odds = float(np.dot(known, one.features))
        if abs(odds) < doubt:
            odds += surer * (one.sure[0] - one.sure[1])
        found.append(one.right[0] if odds > 0 else one.right[1])
    return np.array(found)


def fit(groups):
    """Return weights fitted on the questions where context matters, with equal weight per set."""
    samples = []
    for asked in groups:
        matter = [one for one in asked if one.right[0] != one.right[1]]
        rows = [[*one.features, one.sure[0] - one.sure[1]] for one in matter]
        samples.append([Sample(np.array(rows), np.array([one.right[0] for one in matter]))])
    largest = max(len(group[0].right) for group in samples)
    groups = [group * round(largest / len(group[0].right)) for group in samples]
    return fit_weights([[sample for group in groups for sample in group]], ridge=1.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    sets = {}
    print(f"{'':12s} {'questions':>9s} {'alone':>7s} {'dependent':>9s} {'ask':>7s} {'AUROC':>7s}")
    for name in SETS:
        sets[name] = list(ask_set(arguments.data / "dev" / name, arguments.limit))
        there = [one for one in sets[name] if one.answerable]
        alone, dependent = np.mean([one.right for one in there], axis=0)
        ask = np.mean([one.chosen for one in there])
        likely = [
            [o.probability for o in sets[name] if o.answerable is is_] for is_ in (True, False)
        ]
        ranked = f"{auroc(*map(np.array, likely)):7.3f}" if all(likely) else ""
        print(
            f"{name:12s} {len(there):9d} {alone:7.3f} {dependent:9.3f} {ask:7.3f} {ranked}",
            flush=True,
        )
    if arguments.fit:
        answerable = {n: [o for o in asked if o.answerable] for n, asked in sets.items()}
        halves = [fit([asked[half::2] for asked in answerable.values()]) for half in (0, 1)]
        weights = fit(answerable.values())
        names = (*STANDALONE_FEATURES, "surer")
        print("weights", dict(zip(names, weights.round(2).tolist(), strict=True)))
        for doubt in (0, 1, 2, 3, 99):
            held = {
                name: np.mean(
                    [chosen(asked[1 - half :: 2], halves[half], doubt).mean() for half in (0, 1)]
                )
                for name, asked in answerable.items()
            }
            both = {
                name: chosen(asked, weights, doubt).mean() for name, asked in answerable.items()
            }
            print(f"doubt {doubt}:", *(f"{n} {held[n]:.3f} ({both[n]:.3f})" for n in held))


if __name__ == "__main__":
    main()
