"""What counts as evidence for a sentence, and that probabilities behave."""

from dataclasses import replace

import pytest

import index
from index.extract.document import Document
from index.text.chunk import Chunk
from qa.candidates.sentences import (
    SENTENCE_FEATURES,
    SENTENCE_WEIGHTS,
    rank_sentences,
    sentence_features,
)
from qa.retrieval.query import Query
from qa.retrieval.rerank import Passage

TEXT = (
    "The lamp of the lighthouse was replaced in March 2019. "
    "Salt is removed from the lens with distilled water only. "
    "Anna Berg keeps the light, because the owner lives in Oslo."
)


@pytest.fixture
def passage():
    document = Document("a.txt", "Lighthouse manual", TEXT, "/a.txt", "text/plain", (), "0")
    chunk = Chunk("a.txt", 0, len(TEXT))
    return Passage(chunk, document, TEXT, 0.5, {"dense": 0.5, "lexical": 0.5})


def features_of(question, passage, encoder):
    found, features = sentence_features(Query.of(question), [passage], encoder)
    return [
        (passage.document.text[start:end], dict(zip(SENTENCE_FEATURES, row, strict=True)))
        for (passage, start, end), row in zip(found, features.tolist(), strict=True)
    ]


def test_one_weight_for_each_feature():
    assert len(SENTENCE_WEIGHTS) == len(SENTENCE_FEATURES)


def test_word_evidence_by_hand(passage, word_encoder):
    lamp, salt, anna = features_of("How is salt taken off the lens?", passage, word_encoder)
    # Of "salt", "taken" and "lens", two stand in the second sentence and none in the others.
    assert lamp[1]["words in sentence"] == 0
    assert salt[1]["words in sentence"] == pytest.approx(2 / 3)
    assert anna[1]["words in sentence"] == 0
    assert [row["words in passage"] for _, row in (lamp, salt, anna)] == [2 / 3] * 3
    assert [row["opens passage"] for _, row in (lamp, salt, anna)] == [1, 0, 0]
    assert [row["name missing"] for _, row in (lamp, salt, anna)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("When did Anna Berg visit Bergen?", 1.0),
        ("When did Anna Berg come?", 0.0),
        ("What was replaced in 2018?", 1.0),
        ("What was replaced in 2019?", 0.0),
    ],
)
def test_a_name_or_number_that_the_passage_lacks_is_noticed(
    question, missing, passage, word_encoder
):
    assert features_of(question, passage, word_encoder)[0][1]["name missing"] == missing


@pytest.mark.parametrize(
    ("question", "holding"),
    [
        ("When was the lamp replaced?", 0),
        ("Who keeps the light?", 2),
        ("Why does Anna keep it?", 2),
        ("How many lamps are there?", 0),
    ],
)
def test_the_kind_asked_for_is_found_in_the_right_sentence(
    question, holding, passage, word_encoder
):
    found = [row["kind found"] for _, row in features_of(question, passage, word_encoder)]
    assert found[holding] == 1.0
    assert [1 - value for value in found] == [
        row["kind missing"] for _, row in features_of(question, passage, word_encoder)
    ]


def test_sentences_are_ranges_in_order_of_probability(passage, encoder):
    moved = replace(passage, document=replace(passage.document, text="Title\n\n" + TEXT))
    moved = replace(moved, chunk=Chunk("a.txt", 7, 7 + len(TEXT)))
    found = rank_sentences(Query.of("How is salt removed from the lens?"), [moved], encoder)
    best, start, end, _ = found[0]
    assert best.document.text[start:end] == (
        "Salt is removed from the lens with distilled water only."
    )
    probabilities = [probability for _, _, _, probability in found]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 < probability < 1 for probability in probabilities)
    assert sorted(start for _, start, _, _ in found) == [7, 62, 119]


def test_no_passages_no_readings(encoder):
    assert rank_sentences(Query.of("Anything?"), [], encoder) == []


def test_a_question_of_function_words_only_is_read_without_failing(passage, encoder):
    assert len(rank_sentences(Query.of("What is it?"), [passage], encoder)) == 3


def test_public_types_are_exported():
    assert index.Document is Document
