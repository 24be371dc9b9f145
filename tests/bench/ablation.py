"""What each feature and rule of deciding brings: python tests/bench/ablation.py DATA [READER]

Questions are retrieved and read once (kept with --keep FOLDER). Then each feature or rule is taken
out in turn, the weights are fitted anew on the first part of each set, and the rest is judged: the
share of questions whose best words are right, and how well the two probabilities tell.
"""

import argparse
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

import qa
from index.encode.encoder import load_encoder
from qa.candidates import spans
from qa.evaluation.metrics import auroc
from qa.reader.load import load_reader
from qa.retrieval.query import Query
from qa.retrieval.rerank import RANK_WEIGHTS
from qa.sigmoid import sigmoid
from qa.training.calibrate import (
    CALIBRATION_SETS,
    PROBABILITY_SETS,
    ask_questions,
    make_rank_samples,
)
from qa.training.logistic import fit_rank, fit_weights
from qa.training.retrieved import retrieve_for_sets

HELD_OUT = 0.5
"""Questions that are held out, as a share of those that are fitted on."""


def never(*arguments):
    return False


RULES = {
    "repeats the question": [patch.object(Query, "repeats", never)],
    "a question answers nothing": [patch.object(spans, "_asks", never)],
    "shortness": [
        patch("qa.retrieval.rerank.shortness", lambda question: 1.0),
        patch("qa.candidates.spans.shortness", lambda question: 1.0),
    ],
    "order by sentences": [patch.object(spans, "SENTENCE_SHARE", 0.0)],
    "agreement": [patch.object(spans, "best_words", lambda *arguments: "")],
    "whole numbers, addresses, codes": [
        patch.object(spans, "whole_span", lambda text, start, end: (start, end))
    ],
}
"""Rules by what switches them off."""

FEATURES = [name for name in spans.SPAN_FEATURES if name != "constant"]


def ask_sets(sets, encoder):
    """Return the questions to fit on and the held-out ones, by set and by gold taken out."""
    fitted = {name: CALIBRATION_SETS[name] for name in sets}
    ranks = [make_rank_samples(found[: fitted[name]]) for name, found in sets.items()]
    ranking = dict(zip(RANK_WEIGHTS, fit_rank(ranks).tolist(), strict=True))
    asked = {}
    for name, found in sets.items():
        for taken_out in (False, True):
            first, rest = (
                ask_questions(part, encoder, ranking, gold_taken_out=taken_out)
                for part in (found[: fitted[name]], found[fitted[name] :])
            )
            if len({one.answerable for one in first}) == 2:
                asked[name, taken_out] = first, rest
    return asked


def judge(asked, dropped=()):
    """Return three numbers for each set's held-out questions, after fitting on the others."""
    kept = [i for i, name in enumerate(spans.SPAN_FEATURES) if name not in dropped]
    weights = {
        label: fit_weights(
            [
                [replace(one, features=one.features[kept]).sample(label) for one in first]
                for first, _ in asked.values()
            ],
        )
        for label in ("right", "answerable")
    }
    table = {}
    for key, (_, held) in asked.items():
        features = np.array([one.features[kept] for one in held])
        right = np.array([one.right for one in held])
        there = np.array([one.answerable for one in held])
        claimed, answerable = (sigmoid(features @ weights[n]) for n in ("right", "answerable"))
        table[key] = (
            right[there].mean(),
            auroc(answerable[there], answerable[~there]),
            np.mean((claimed - right) ** 2),
        )
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("reader", nargs="?", default=qa.EMBEDDED, help="as in footnote ask")
    parser.add_argument("--keep", type=Path, help="a folder for the questions that were read")
    arguments = parser.parse_args()
    encoder = load_encoder()
    counts = {name: int((1 + HELD_OUT) * CALIBRATION_SETS[name]) for name in PROBABILITY_SETS}
    reader = load_reader(arguments.reader)
    sets = retrieve_for_sets(arguments.data, counts, encoder, reader, keep=arguments.keep)
    everything = ask_sets(sets, encoder)
    trials = {"all": ((), [])}
    trials |= {name: ((name,), []) for name in FEATURES}
    trials |= {name: ((), patches) for name, patches in RULES.items()}
    whole = None
    for name, (dropped, patches) in trials.items():
        with ExitStack() as stack:
            for one in patches:
                stack.enter_context(one)
            table = judge(ask_sets(sets, encoder) if patches else everything, dropped)
        whole = whole or table
        cells = []
        for key, (right, known, error) in table.items():
            base = whole[key]
            cells.append(f"{right - base[0]:+.3f} {known - base[1]:+.3f} {error - base[2]:+.4f}")
        if name == "all":
            for (set_name, taken_out), (right, known, error) in table.items():
                kind = "gold taken out" if taken_out else "its own"
                print(f"{set_name}, {kind}: {right:.3f} {known:.3f} {error:.4f}")
            print("without: right words, AUROC answerable, Brier of right, in the same order")
        else:
            mean = np.mean([np.array(table[key]) - np.array(whole[key]) for key in table], axis=0)
            means = " ".join(f"{value:+.4f}" for value in mean)
            print(f"{name:28s} mean {means} | {' | '.join(cells)}", flush=True)


if __name__ == "__main__":
    main()
