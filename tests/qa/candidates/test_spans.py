"""The features of spans, and their probabilities."""

import math

import numpy as np
import pytest
from makings import WordEncoder

from index.extract.document import Document
from index.text.chunk import Chunk
from qa.candidates.sentences import rank_sentences
from qa.candidates.spans import (
    NO_ANSWER,
    SPAN_FEATURES,
    SPAN_WEIGHTS,
    UNKNOWN_WORD,
    find_candidates,
    span_features,
)
from qa.reader.decode import Proposal, Reading
from qa.retrieval.hybrid import KNOWN_LANGUAGE
from qa.retrieval.query import Query
from qa.retrieval.rerank import Passage, rank, rank_features

ENCODER = WordEncoder()
PIER = "The northern pier was opened in 1987 by Ida Holm."
ROAD = "The road to Oslo is closed in winter."


def passage(text, *proposals, answers=2.0, familiarity=1.0):
    """Return a passage with a reading; a proposal is (words, score)."""
    document = Document(text[:8], "Harbour", "\n" + text, "/a.txt", "text/plain", (), "0")
    found = [
        Proposal(text.index(words), text.index(words) + len(words), score)
        for words, score in proposals
    ]
    mass = float(np.logaddexp.reduce([score for _, score in proposals])) if proposals else 0.0
    reading = Reading(answers, mass, tuple(found), familiarity)
    scores = {"dense": 0.5, "lexical": 0.4, "fused": 0.45}
    return Passage(Chunk(document.id, 1, 1 + len(text)), document, text, 0.5, scores, reading)


def features_of(question, *passages):
    found, features = span_features(Query.of(question), passages, ENCODER)
    return {
        p.document.text[start:end]: dict(zip(SPAN_FEATURES, row, strict=True))
        for (p, start, end), row in zip(found, features.tolist(), strict=True)
    }


def test_passages_that_say_the_same_support_each_other():
    question = "When was the northern pier opened?"
    copies = [passage(PIER, ("1987", 6.0)), passage(f"{PIER} It rained.", ("1987", 6.0))]
    other = passage(ROAD, ("Oslo", 1.0), answers=-3.0)
    alone = features_of(question, copies[0], other)["1987"]
    together = features_of(question, *copies, other)["1987"]
    # Each of the two alone would have half of the odds: log 0.5.
    assert together["share"] == pytest.approx(alone["share"], abs=0.02)
    one = find_candidates(Query.of(question), [copies[0], other], ENCODER).candidates[0]
    two = find_candidates(Query.of(question), [*copies, other], ENCODER).candidates[0]
    assert two.probability == pytest.approx(one.probability, abs=0.01)


def test_passages_that_choose_the_same_of_two_support_each_other():
    place = "The fair is held in Oslo every year."
    one, two = passage(place, ("Oslo", 6.0)), passage(f"{place} It rained.", ("Oslo", 6.0))
    found = features_of("Is the fair held in Oslo or Bergen?", one, two)
    assert found["Oslo"]["share"] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("asked", ["{}", "**{}**", "“{}”", "## {}", "*{}*"])
def test_a_question_in_a_document_answers_nothing_however_it_is_set(asked):
    asked = asked.format("Do you ship to Norway?")
    text = f"{asked}\nWe ship to Sweden only."
    found = passage(text, ("Norway", 6.0), ("Sweden", 5.0))
    best = find_candidates(Query.of("Where do you ship to?"), [found], ENCODER).candidates[0]
    assert best.text == "Sweden"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2.5%", "25%", False),
        ("2,100 euros", "2100 Euros", True),
        ("vitamin A", "vitamin B", False),
    ],
)
def test_only_the_same_numbers_and_letters_are_the_same_answer(one, other, same):
    texts = (f"The rate of the loan is {one} today.", f"The rate of a loan is {other} now.")
    found = [passage(text, (words, 6.0)) for text, words in zip(texts, (one, other), strict=True)]
    share = features_of("What is the rate?", *found)[one]["share"]
    assert (share > math.log(0.9)) == same


def test_words_of_the_question_are_no_answer_to_agree_on():
    question = "Is the northern pier open?"
    one = passage(PIER, ("northern pier", 6.0), ("1987", 1.0))
    two = passage(f"{PIER} It rained.", ("northern pier", 6.0), ("1987", 1.0))
    found = features_of(question, one, two)
    assert found["northern pier"]["share"] == pytest.approx(math.log(0.5), abs=0.05)


def test_answers_of_which_one_holds_the_other_support_each_other():
    short = passage("No. We do not ship to Oslo.", ("No", 6.0))
    long = passage("No. We do not ship to Oslo or Bergen.", ("No. We do not ship to Oslo", 6.0))
    found = features_of("Do you ship to Oslo or elsewhere?", short, long)
    assert [f["share"] for f in found.values()] == pytest.approx([0.0, 0.0], abs=0.01)


def test_a_question_in_a_document_answers_nothing():
    text = "## Who opened Ida's pier?\nHolm opened it."
    asked = "Who opened the pier?"
    assert list(features_of(asked, passage(text, ("Ida", 6.0), ("Holm", 4.0)))) == ["Holm"]
    assert list(features_of(asked, passage(text, ("pier?\nHolm", 6.0)))) == ["Holm"]
    only = features_of(asked, passage(text, ("Ida", 6.0), answers=2.0))
    assert only["Ida"]["answers"] == 2.0 - NO_ANSWER


def test_a_span_is_taken_to_the_bounds_of_its_number():
    price = "A coffee costs 4,20 € at the pier."
    found = find_candidates(
        Query.of("What does it cost?"), [passage(price, ("20", 6.0))], ENCODER
    ).candidates[0]
    assert found.text == "4,20 €"


def test_one_weight_for_each_feature():
    assert len(SPAN_WEIGHTS) == len(SPAN_FEATURES)


def test_features_by_hand():
    read_first = passage(PIER, ("1987", 6.0), ("Ida Holm", 4.0))
    other = passage(ROAD, ("Oslo", 1.0), answers=-3.0)
    question = "When was the northern pier opened?"
    found = features_of(question, read_first, other)
    assert list(found) == ["1987", "Ida Holm", "Oslo"]
    year, holm, oslo = found.values()
    one, two = rank(question, [read_first, other])
    total = math.log(math.exp(one) + math.exp(two))
    assert year["answers"] == holm["answers"] == 2.0
    assert oslo["answers"] == -3.0
    assert year["share"] == pytest.approx(one - total)
    assert oslo["share"] == pytest.approx(two - total)
    # Two spans with the scores 6 and 4: the first has 1 / (1 + e^-2) of the passage.
    assert year["span"] == pytest.approx(-math.log(1 + math.exp(-2)))
    assert holm["span"] == pytest.approx(year["span"] - 2)
    ranked = rank_sentences(Query.of(question), [read_first, other], ENCODER)
    odds = [math.log(p / (1 - p)) for *_, p in ranked]
    assert year["sentence"] == holm["sentence"] == pytest.approx(odds[0])
    assert oslo["sentence"] == pytest.approx(odds[1])


def test_evidence_of_the_sentence_decides_between_spans_that_are_alike():
    text = "The road was opened in 1900. The northern pier was opened in 1987."
    found = features_of(
        "When was the northern pier opened?", passage(text, ("1900", 5), ("1987", 5))
    )
    assert list(found) == ["1987", "1900"]


def test_what_orders_passages_by_hand():
    sure = passage(PIER, ("1987", 6.0), answers=2.0)
    other = passage(ROAD, ("Oslo", 1.0), answers=-3.0, familiarity=KNOWN_LANGUAGE / 2)
    features = rank_features("When was it opened?", [sure, other])
    total = math.log(math.exp(6) + math.exp(1))
    assert features[0] == pytest.approx([1, 0.5, 0.4, 0.45, 2.0, 6 - total])
    # The language of the second is half known: it comes half-way to the mean of both.
    mean, share = (2.0 - 3.0) / 2, (6 + 1) / 2 - total
    half = [(mean - 3.0) / 2, (share + 1 - total) / 2]
    assert features[1] == pytest.approx([1, 0.5, 0.4, 0.45, *half])
    twice = rank_features("When was it opened, and by whom was it opened after the war?", [sure])
    assert twice[0, 4] == pytest.approx(2.0 * (8 / 13) ** 2)


def test_spans_that_overlap_a_better_one_are_left_out():
    found = features_of(
        "Who opened it?",
        passage(PIER, ("Ida Holm", 5.0), ("by Ida Holm", 4.0), ("Holm", 3.0), ("1987", 2.0)),
    )
    assert list(found) == ["Ida Holm", "1987"]


@pytest.mark.parametrize("answers", [-8.0, 0.0, 8.0])
def test_a_script_that_the_reader_does_not_know_never_raises_the_probability(answers):
    known, unknown = (
        find_candidates(
            Query.of("Who opened it?"),
            [passage(PIER, ("Ida Holm", 5.0), answers=answers, familiarity=f)],
            ENCODER,
        )
        for f in (1.0, 0.0)
    )
    assert unknown.probability <= known.probability
    assert answers <= 0 or unknown.probability < known.probability


def test_alone_leaves_the_other_passages_out_of_account():
    one = passage(PIER, ("1987", 6.0))
    same = passage("The northern pier was opened in 1988 by Ida Holm.", ("1988", 6.0))
    together = find_candidates(
        Query.of("When was the northern pier opened?"), [one, same], ENCODER
    ).candidates
    (single,) = find_candidates(
        Query.of("When was the northern pier opened?"), [one], ENCODER
    ).candidates
    assert together[0].alone == pytest.approx(single.probability)
    assert together[0].probability < single.probability
    assert together[1].probability < together[1].alone


def test_candidates_are_ranges_of_the_document_the_likeliest_first():
    pier = passage(PIER, ("Ida Holm", 4.0), ("1987", 6.0))
    found = find_candidates(Query.of("When?"), [pier], ENCODER).candidates
    assert [candidate.text for candidate in found] == ["1987", "Ida Holm"]
    assert found[0].start == 1 + PIER.index("1987")
    assert 0 < found[1].probability < found[0].probability < 1


def test_words_that_only_repeat_the_question_come_last():
    text = "The road is closed in winter, the one to Oslo."
    read = passage(text, ("road is closed", 6.0), ("the one to Oslo", 5.0), answers=2.0)
    found = features_of("Which road is closed in winter?", read)
    assert list(found) == ["the one to Oslo", "road is closed"]
    assert found["road is closed"]["answers"] == 2.0 - NO_ANSWER
    assert found["the one to Oslo"]["answers"] == 2.0


def test_yes_or_no_is_doubted_where_no_passage_holds_a_word_of_the_question():
    read = passage(PIER, ("opened", 5.0))
    known, unknown = (
        find_candidates(Query.of(f"Was the northern pier {word}?"), [read], ENCODER)
        for word in ("opened", "painted")
    )
    odds = [
        c.probability / (1 - c.probability) for c in (known.candidates[0], unknown.candidates[0])
    ]
    assert odds[0] > odds[1] * math.exp(UNKNOWN_WORD)


SHIPS = "| Ship | Berth | Dues |\n| --- | --- | --- |\n| Aurora | A4 | 40 |\n| Borealis | B7 | 30 |"


def ask_ships(question, *proposals, answers=2.0):
    read = passage(SHIPS, *proposals, answers=answers)
    found = find_candidates(Query.of(question), [read], WordEncoder(("ship", "berth", "dues")))
    return [candidate.text for candidate in found.candidates], found


def test_a_cell_that_is_named_comes_first_whatever_the_reader_likes():
    texts, found = ask_ships("What are the dues of the Aurora?", ("A4", 6.0), ("40", 5.0))
    assert texts[:2] == ["40", "A4"]
    assert found.candidates[0].probability > found.candidates[1].probability
    # It need not even be among what the reader proposes.
    texts, _ = ask_ships("What are the dues of the Aurora?", ("Aurora", 3.0))
    assert "40" in texts


def test_a_cell_that_the_reader_likes_counts_where_none_is_named():
    texts, found = ask_ships("Where does the Aurora lie?", ("A4", 6.0), ("40", 1.0))
    assert texts[0] == "A4"
    _, doubted = ask_ships("Where does the Aurora lie?", ("A4", 6.0), ("40", 6.0))
    assert doubted.probability < found.probability
    _, other_name = ask_ships("Where does the Aurora XL lie?", ("A4", 6.0), ("40", 1.0))
    assert other_name.probability < found.probability
    assert other_name.answerable < found.answerable


def test_cells_that_are_less_likely_than_the_text_come_behind_it():
    text = SHIPS + "\n\nThe dues of the Aurora were lowered to 20 in May."
    read = passage(text, ("20", 8.0), ("B7", 1.0), answers=4.0)
    found = find_candidates(
        Query.of("To what were the dues of the Aurora lowered?"), [read], ENCODER
    )
    texts = [candidate.text for candidate in found.candidates]
    assert texts.index("20") < texts.index("B7")
