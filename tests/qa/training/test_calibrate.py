"""Fitting recovers known weights, and thresholds are respected."""

import numpy as np
import pytest
from makings import word_reader, write_files

import index
from qa.evaluation.labels import GoldSpan, Question
from qa.reader.load import NONE
from qa.retrieval.rerank import RANK_WEIGHTS, retrieve
from qa.training.calibrate import ask_questions
from qa.training.logistic import (
    Sample,
    fit_limit,
    fit_rank,
    fit_threshold,
    fit_weights,
    judge_best,
)
from qa.training.retrieved import RetrievedQuestion


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


def test_groups_count_the_same_however_large():
    one = [Sample(np.ones((1, 1)), np.array([True]))] * 10
    other = [Sample(np.ones((1, 1)), np.array([False]))] * 1000
    (even,) = fit_weights([one, other])
    assert even == pytest.approx(0.0, abs=0.01)


def test_below_the_limit_refusals_are_true():
    probability, answerable = np.array([0.4, 0.1, 0.3, 0.2]), np.array([False, False, True, False])
    even = np.ones(4)
    assert fit_limit(probability, answerable, even, true=1.0) == 0.3
    assert fit_limit(probability, answerable, even, true=0.75) == 1.0
    assert fit_limit(probability, answerable, np.array([1, 1, 9, 1]), true=0.75) == 0.3
    assert fit_limit(np.array([0.1, 0.2]), np.array([True, False]), even[:2], true=0.9) == 0.0


def test_a_question_is_asked_with_and_without_its_documents(tmp_path, encoder):
    texts = {"a.txt": "The pier was opened in 1987.", "b.txt": "The library was built in 1950."}
    folder = write_files(tmp_path / "docs", texts)
    index.build([folder], index=tmp_path / "index", encoder=encoder)
    reader = word_reader({"1987": 5.0, "1950": 3.0}, {"1987": 5.0, "1950": 3.0})
    when = "When was the pier opened?"
    passages = retrieve(when, index=tmp_path / "index", encoder=encoder, reader=reader)
    gold = GoldSpan("a.txt", 23, 27, "1987")
    there = RetrievedQuestion.of(
        Question("1", when, (gold,), True, frozenset({"a.txt"})), passages, {}
    )
    gone = RetrievedQuestion.of(Question("2", when, (), False, frozenset()), passages, {})

    def asked(*items, gold_taken_out):
        found = ask_questions(items, encoder, RANK_WEIGHTS, gold_taken_out=gold_taken_out)
        return [(one.right, one.answerable) for one in found]

    assert asked(there, gone, gold_taken_out=False) == [(True, True), (False, False)]
    assert asked(there, gone, gold_taken_out=True) == [(True, True), (False, False)]
    assert asked(gone, gold_taken_out=True) == []


def test_without_the_documents_that_answer(tmp_path, word_encoder):
    folder = write_files(tmp_path / "docs", {"a.txt": "cat dog", "b.txt": "dog bird"})
    index.build([folder], index=tmp_path / "index", encoder=word_encoder)
    passages = retrieve("dog", index=tmp_path / "index", encoder=word_encoder, reader=NONE)
    question = Question("1", "dog?", (GoldSpan("A", 4, 7, "dog"),), True, frozenset({"A"}))
    found = RetrievedQuestion.of(question, passages, {"a.txt": "A", "b.txt": "B"})
    (left,) = found.without_gold().passages
    assert left.document.id == "b.txt"
    first = next(passage for passage in passages if passage.document.id == "a.txt")
    assert found.is_answer(first, 4, 7)
    assert not found.is_answer(first, 0, 3)
    assert not found.is_answer(left, 4, 7)
