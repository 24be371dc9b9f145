"""Which answers contradict each other: by their numbers and dates, else by their words."""

import pytest

from qa.candidates.conflicts import Amount, contradict
from qa.retrieval.query import Query


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("40,000 euros", "65,000 euros", True),
        ("40,000 euros", "40000 euros", False),
        ("40,000 euros", "forty thousand euros", False),
        ("about 40,000 euros", "40,000 euros", False),
        ("€40k", "€40,000", False),
        ("€40k", "€45,000", True),
        ("2 million euros", "2.5 million euros", True),
        ("2.5 million", "2,500,000", False),
        ("1 234 567", "1.234.567", False),
        ("twenty-five days", "25 days", False),
        ("28 days", "28", False),
        ("28 days", "25", True),
        ("three months", "six weeks", True),
        ("40 crowns a day", "280 crowns a week", False),
        ("2 to 3 weeks", "3 weeks", False),
        ("most", "a few", True),
        ("a few crowns", "some crowns", False),
        ("40 crowns", "some crowns", False),
    ],
)
def test_amounts(one, other, expected):
    asked = Query.of("How much is it?")
    assert contradict(asked, one, other) is contradict(asked, other, one) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("4 May 1987", "4 May 1988", True),
        ("4 May 1987", "4 June 1987", True),
        ("5 May", "4 May", True),
        ("4 May 1987", "May 1987", False),
        ("4 May 1987", "in 1987", False),
        ("on May 4th, 1987", "1987-05-04", False),
        ("4.5.1987", "4 May 1987", False),
        ("9:00", "8:30", True),
        ("9:00", "10:00", True),
        ("9:30", "at 9:30.", False),
        ("Tuesday", "Wednesday", True),
        ("Tuesday", "on Tuesday", False),
    ],
)
def test_dates_and_times(one, other, expected):
    asked = Query.of("When was it opened?")
    assert contradict(asked, one, other) is contradict(asked, other, one) is expected


@pytest.mark.parametrize(
    ("question", "one", "other", "expected"),
    [
        ("Who is the master?", "Ida Holm", "Ola Berg", True),
        ("Who is the master?", "Ida Holm", "Mrs Holm", False),
        ("Where does it lie?", "at pier 4", "at pier 5", True),
        ("What is the budget?", "40,000 euros", "65,000 euros", True),
        ("What is the budget?", "$40,000", "$65,000", True),
        ("What is the budget?", "40,000 euros", "in 2024", False),
        ("What is the budget?", "40,000 euros", "article 5", False),
        ("What is the budget?", "secret", "unknown", False),
    ],
)
def test_the_kind_of_thing_that_is_asked_for_decides(question, one, other, expected):
    asked = Query.of(question)
    assert contradict(asked, one, other) is contradict(asked, other, one) is expected


def test_numbers_of_any_length_and_script_are_read():
    assert Amount.of("9" * 500).numbers == {float("inf"): 1}
    assert Amount.of("٤٠ ²").numbers == {40.0: 1}
