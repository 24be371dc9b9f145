"""The values of answers and their units."""

import pytest

from qa.chat.each.values import group_values, read_value

RENT = "What is the monthly rent?"


@pytest.mark.parametrize(
    ("words", "number", "label"),
    [
        ("1,450 euros", 1450, "euros"),
        ("€1,450 per month", 1450, "€ per month"),
        ("EUR 1.450,00", 1450, "EUR"),
        ("$1.2 million", 1_200_000, "$"),
        ("about 40 employees", 40, "employees"),
        ("12.5 %", 12.5, "%"),
        ("-5 °C", -5, "° C"),
        ("\u22123.5%", -3.5, "%"),
        ("forty-two days", 42, "days"),
        ("2027", 2027, ""),
    ],
)
def test_a_quantity_with_its_unit(words, number, label):
    value = read_value(words)
    assert (value.number, value.label, value.iso) == (number, label, "")


@pytest.mark.parametrize(
    "words",
    ["Ida Holm", "Flat 12", "10 to 20 euros", "5 years and 3 months", "B-12-7", "10:30", "0.125",
     "from 1 May 2020 to 2 May 2021", "the red one and the blue one"],
)  # fmt: skip
def test_what_is_not_one_value(words):
    assert read_value(words) is None


def test_signs_and_words_for_a_unit_are_the_same():
    assert read_value("€5").unit == read_value("5 euros").unit == {"euro"}
    assert read_value("5%").unit == read_value("5 percent").unit == {"percent"}
    assert read_value("$5").unit == read_value("5 dollars").unit
    assert read_value("$5").unit != read_value("€5").unit


def test_words_of_the_question_are_no_unit():
    assert read_value("1,450 euros per month", RENT).unit == read_value("€900", RENT).unit
    assert read_value("40 ships", "How many ships came?").unit == read_value("40").unit


def test_values_of_one_unit_are_a_group_and_others_apart():
    answers = ["1,450 euros", "", "€780", "1,020 dollars", "$900", "2,300 yen", "not yet set"]
    groups = group_values(answers, RENT)
    assert [(group.places, group.dates) for group in groups] == [((0, 2), False), ((3, 4), False)]
    assert groups[0].label in ("euros", "€")
    assert [value.number for value in groups[1].values] == [1020, 900]


def test_a_few_numbers_among_names_are_no_group():
    assert group_values(["Ida Holm", "Bruno Katz", "Chen Wei", "5 men", "6 men"], "Who?") == []
    assert group_values([], "Who?") == []
    assert group_values(["", ""], "Who?") == []


def test_dates_and_years():
    (group,) = group_values(["31 March 2027", "2026-06-30", "May 2025"], "When does it end?")
    assert group.dates
    assert [value.iso for value in group.values] == ["2027-03-31", "2026-06-30", "2025-05"]
    assert group.values[0].number - group.values[1].number == 274
    (years,) = group_values(["1987", "2004"], "When was it founded?")
    assert years.dates
    (amounts,) = group_values(["1987", "2004"], "How many ships came?")
    assert not amounts.dates
