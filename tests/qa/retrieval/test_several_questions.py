"""Two questions in one are told from one question with an "and"."""

import pytest

from qa.retrieval.several_questions import MAX_WORDS, split_questions


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who is it? Where does he live?", ["Who is it?", "Where does he live?"]),
        ("What is it, and how does it work?", ["What is it?", "how does it work?"]),
        ("Is it open and can I swim there?", ["Is it open?", "can I swim there?"]),
        ("Who sails and is also accused of fraud?", ["Who sails and is also accused of fraud?"]),
        ("What do they sell and buy?", ["What do they sell and buy?"]),
        ("When was it opened, and why?", ["When was it opened, and why?"]),
        ("The pier and when it was opened", ["The pier and when it was opened"]),
        ("Who is it? He lives here.", ["Who is it? He lives here."]),
        (" Who is it? ", ["Who is it?"]),
    ],
)
def test_questions_are_taken_apart_where_each_is_whole(question, parts):
    assert split_questions(question) == parts


def test_a_long_question_and_many_are_left_as_they_are():
    long = f"Who is the one that {'really ' * MAX_WORDS} sails and where is the harbour?"
    assert split_questions(long) == [long]
    many = "Who is it? " * 4
    assert split_questions(many) == [many.strip()]
