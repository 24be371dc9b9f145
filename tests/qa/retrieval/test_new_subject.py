"""Questions that ask the last one again about something else."""

import pytest

from qa.retrieval.new_subject import (
    ask_about,
    find_new_subject,
    names_something,
    put_for_pronoun,
)


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("And Sweden?", "Sweden"),
        ("And in 2022?", "in 2022"),
        ("What about the 210?", "the 210"),
        ("no, I meant Germany", "Germany"),
        ("no, 2023", "2023"),
        ("No, in Bergen!", "in Bergen"),
        ("And when?", ""),
        ("And what is it?", ""),
        ("And that?", ""),
        ("What about it?", ""),
        ("Who about town?", ""),
        ("I mean it", ""),
        ("And diesel?", "diesel"),
        ("And Ella?", "Ella"),
        ("Und diese?", ""),
        ("Und die Miete?", ""),
        ("Und welche Frist gilt?", ""),
        ("¿Y quién lo firmó?", ""),
    ],
)
def test_a_new_subject_is_recognised(question, subject):
    assert find_new_subject(question) == subject


@pytest.mark.parametrize(
    ("previous", "subject", "question"),
    [
        ("Do you ship to Norway?", "Sweden", "Do you ship to Sweden?"),
        (
            "Is it shipped from New York to Oslo?",
            "Los Angeles",
            "Is it shipped from New York to Los Angeles?",
        ),
        ("How much was it in 2023?", "in 2022", "How much was it in 2022?"),
        (
            "How many of the 40 rooms had a bath in 2023?",
            "2022",
            "How many of the 40 rooms had a bath in 2022?",
        ),
        ("What does the Kestrel 200 hold?", "the 210", "What does the Kestrel 210 hold?"),
        ("What does the Kestrel 200 hold?", "the Heron 12", "What does the Heron 12 hold?"),
        ("Who spoke on 3 April 2024?", "on 5 May 2024", "Who spoke on 5 May 2024?"),
        ("Who spoke on 3 April 2024?", "May", "Who spoke on May 2024?"),
        ("Who spoke on 3 April 2024?", "2022", "Who spoke on 3 April 2022?"),
        ("Who spoke on April 3, 2024?", "May 5", "Who spoke on May 5, 2024?"),
        ("What were sales in March in Oslo?", "April", "What were sales in April in Oslo?"),
        ("What was it in Bergen in 2021?", "in Oslo in 2022", "What was it in Oslo in 2022?"),
        ("What is the rent in Bergen?", "in Oslo in 2022", "What is the rent in Oslo in 2022?"),
        ("Do you ship to Norway?", "Sweden and Denmark", "Do you ship to Sweden and Denmark?"),
        ("Who is the CFO of Nordlys?", "the CEO", "Who is the CEO of Nordlys?"),
        ("Who is the head of Nordlys?", "ABB", "Who is the head of ABB?"),
        ("What does the Kestrel 200 hold?", "Sweden", ""),
        ("What were sales in Oslo?", "April", ""),
        ("How do I reset it?", "Sweden", ""),
        ("How much was it in 2023?", "the 210", ""),
        ("Who designed the northern pier?", "the southern bridge", ""),
        ("Sweden is where?", "Norway", ""),
    ],
)
def test_a_subject_of_the_same_kind_takes_the_place_of_the_last_one(previous, subject, question):
    assert ask_about(previous, subject) == question


@pytest.mark.parametrize(
    ("previous", "subject", "question"),
    [
        ("What is her extension?", "Anna Kowalski", "What is Anna Kowalski's extension?"),
        ("What is her extension?", "Bruno Meier's", "What is Bruno Meier's extension?"),
        ("Who hired her?", "Bruno Meier", "Who hired Bruno Meier?"),
        ("Where is it stored?", "HX-1002", "Where is HX-1002 stored?"),
        ("Did he say when it is due?", "the late fee", "Did he say when the late fee is due?"),
        ("Where is Ida?", "Ola", ""),
        ("Was there rain then?", "Ola", ""),
    ],
)
def test_a_subject_takes_the_place_of_the_last_pronoun(previous, subject, question):
    assert put_for_pronoun(previous, subject) == question


@pytest.mark.parametrize(
    ("subject", "names"),
    [("Anna Kowalski", True), ("2.9.0", True), ("the 210", False), ("May", False), ("lid", False)],
)
def test_names_and_numbers_alone_name_something(subject, names):
    assert names_something(subject) is names
