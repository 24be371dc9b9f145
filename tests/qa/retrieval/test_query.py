"""The analysis of questions."""

import pytest

from qa.retrieval.query import Query, find_quoted_phrases, negates


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which ministers did the Secretary General meet?", True),
        ("What are the key areas?", True),
        ("List the ports.", True),
        ("Which large cities were visited?", True),
        ("What does Texas export?", False),
        ("Which naval base did Mr Rutte visit?", False),
        ("How many ships are there?", False),
        ("What process was used?", False),
        ("What is Harris known for?", False),
        ("How many people who were aboard died?", False),
        ("Name of the tenant?", False),
        ("Name the tenants", True),
        ("List price of the lamp?", False),
    ],
)
def test_questions_for_several_things_are_recognised(question, several):
    assert Query.of(question).several is several


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Why was the pier closed?", True),
        ("How does the lamp work?", True),
        ("What did NATO and Japan agree on?", True),
        ("Do you ship to Iceland?", True),
        ("Is the pier open or closed?", False),
        ("How much does it cost?", False),
        ("How many ships are there?", False),
        ("Who closed the pier?", False),
    ],
)
def test_questions_for_a_sentence_are_recognised(question, sentence):
    assert Query.of(question).wants_sentence is sentence


@pytest.mark.parametrize(
    ("question", "yes_or_no"),
    [
        ("Was the pier closed?", True),
        ("Was kostet die Miete?", False),
        ("May I come in?", True),
        ("Is it open or closed?", False),
    ],
)
def test_questions_for_yes_or_no_are_recognised(question, yes_or_no):
    assert Query.of(question).yes_or_no is yes_or_no


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Do I pay if I don't come?", {"pay", "come"}),
        ("What'll they've built for us?", {"built"}),
        ("What is the fee in the US in May?", {"fee", "us", "may"}),
        ("WHAT IS THE FEE FOR US?", {"fee"}),
    ],
)
def test_function_words_are_no_topic(question, words):
    assert Query.of(question).words == words


def test_words_and_names_by_hand():
    asked = Query.of("Which air base did Mr Rutte visit in 2025?")
    assert asked.words == {"air", "base", "mr", "rutt", "visit", "2025"}
    assert asked.names == {"mr", "rutt", "2025"}


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        ("When was it opened?", "in 1987", True),
        ("When was it opened?", "by Ida Holm", False),
        ("Who opened it?", "by Ida Holm", True),
        ("Who is Ida Holm?", "Ida Holm", False),
        ("who is ida holm?", "Ida Holm", False),
        ("When does the office open?", "at 9 am", True),
        ("How old was she when she died?", "sixty", True),
        ("How many days is it?", "ninety", True),
        ("How many cranes were there in 2024?", "4", True),
        ("How many cranes were there in 2024?", "2024", False),
        ("How many piers are there?", "three piers", True),
        ("What is a pier?", "a pier", None),
    ],
)
def test_the_kind_of_answer_is_recognised(question, text, found):
    assert Query.of(question).has_kind(text) is found


def test_quotation_marks_of_several_languages():
    assert find_quoted_phrases("Who said “on war footing”, „zwei Wörter“ or «un mot»?") == [
        "on war footing",
        "zwei Wörter",
        "un mot",
    ]
    assert find_quoted_phrases("Who's the king's heir?") == []


@pytest.mark.parametrize(
    ("text", "negated"),
    [("What wasn't opened?", True), ("Who never came?", True), ("Who knows the knot?", False)],
)
def test_negations_are_recognised(text, negated):
    assert negates(text) is negated
