"""Fitting recovers known weights, and thresholds are respected."""

import numpy as np
import pytest
from makings import write_files

import index
from qa.evaluation.labels import GoldSpan, Question
from qa.reader.load import NONE
from qa.retrieval.rerank import RANK_WEIGHTS, retrieve
from qa.training.calibrate import RetrievedQuestion
from qa.training.logistic import Sample, fit_rank, fit_threshold, fit_weights, judge_best


def test_weights_that_made_the_labels_are_found_again():
    chance = np.random.default_rng(0)
    true = np.array([-1.0, 2.0, 0.5])
    samples = []
    for _ in range(4000):
        features = np.column_stack([np.ones(3), chance.normal(size=(3, 2))])
        right = chance.random(3) < 1 / (1 + np.exp(-(features @ true)))
        samples.append(Sample(features, right))
    assert fit_weights([samples]) == pytest.approx(true, abs=0.1)
    # A group that is smaller counts as much as the other.
    assert fit_weights([samples[:3000], samples[3000:]]) == pytest.approx(true, abs=0.15)


def test_the_order_that_made_the_labels_is_found_again():
    chance = np.random.default_rng(0)
    true = np.array([0.0, 1.0, 0.2, 3.0, -1.0, 0.5])
    samples = []
    for _ in range(3000):
        features = np.column_stack([np.ones(6), chance.normal(size=(6, len(RANK_WEIGHTS) - 1))])
        odds = np.exp(features @ true)
        right = np.arange(6) == chance.choice(6, p=odds / odds.sum())
        samples.append(Sample(features, right))
    weights = fit_rank([samples])
    assert weights[1:] == pytest.approx(true[1:], abs=0.15)
    # One of six is right, and the mean probability is the same.
    claimed = [1 / (1 + np.exp(-(sample.features @ weights))) for sample in samples]
    assert np.mean(claimed) == pytest.approx(1 / 6)


def test_the_best_candidate_is_judged():
    sample = Sample(np.array([[1.0, 0.0], [1.0, 2.0]]), np.array([True, False]))
    probability, right = judge_best([sample], np.array([0.0, 1.0]))
    assert probability == pytest.approx([1 / (1 + np.exp(-2))])
    assert right.tolist() == [False]


def test_a_threshold_keeps_to_its_share_of_wrong_answers():
    probability = np.array([0.95, 0.9, 0.8, 0.7, 0.6])
    right = np.array([True, True, False, True, False])
    assert fit_threshold(probability, right, wrong=0.0) == 0.9
    assert fit_threshold(probability, right, wrong=0.25) == 0.7
    assert fit_threshold(probability, ~right, wrong=0.0) == 1.0


def test_without_the_documents_that_answer(tmp_path, word_encoder):
    folder = write_files(tmp_path / "docs", {"a.txt": "cat dog", "b.txt": "dog bird"})
    index.build([folder], index=tmp_path / "index", encoder=word_encoder)
    passages = retrieve("dog", index=tmp_path / "index", encoder=word_encoder, reader=NONE)
    question = Question("1", "dog?", (GoldSpan("A", 4, 7, "dog"),), True, frozenset({"A"}))
    found = RetrievedQuestion(question, tuple(passages), {"a.txt": "A", "b.txt": "B"})
    (left,) = found.without_gold().passages
    assert left.document.id == "b.txt"
    first = next(passage for passage in passages if passage.document.id == "a.txt")
    assert found.is_answer(first, 4, 7)
    assert not found.is_answer(first, 0, 3)
    assert not found.is_answer(left, 4, 7)
