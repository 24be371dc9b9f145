"""Tables of numbers whose rows are plain lines."""

import time

import pytest

from index.text.number_lines import find_number_rows, number_header
from index.text.table import find_rows, table_header

COUNTS = """Cells
Farm March April
Alder Farm 182,000 -176.5
Dunmere 226,000 \u2013
Farm 7 301,000 (12)%
All are counts."""


def read(text, start=0, end=None):
    rows = find_number_rows(text, start, len(text) if end is None else end)
    return [[text[slice(*cell)] for cell in row.cells] for row in rows]


def test_labels_have_several_words_and_columns_one():
    assert read(COUNTS) == [
        ["Alder Farm", "182,000", "-176.5"],
        ["Dunmere", "226,000", "\u2013"],
    ]
    (row, _) = find_number_rows(COUNTS, 0, len(COUNTS))
    assert COUNTS[row.start : row.end] == "Alder Farm 182,000 -176.5"
    assert row.names == ("Farm", "March", "April")
    assert COUNTS[slice(*row.header)] == "Farm March April"


def test_years_are_a_header_unless_all_rows_have_years():
    assert read("Item 2023 2024\nMilk 2,610 2,890\nWages 1,480 1,610") == [
        ["Milk", "2,610", "2,890"],
        ["Wages", "1,480", "1,610"],
    ]
    opened = "Ship Built Sold\nFram 1892 1935\nGjoa 1872 1972"
    assert read(opened) == [["Fram", "1892", "1935"], ["Gjoa", "1872", "1972"]]
    unnamed = "2023 2024\nMilk 2,610 2,890\nWages 1,480 1,610"
    assert [row.names for row in find_number_rows(unnamed, 0, 99)] == [("", "2023", "2024")] * 2


@pytest.mark.parametrize(
    "text",
    [
        "Farm March April\nDunmere 226 219",  # A single row.
        "Spent by June Planned Left\nDunmere 226 219\nAlder 1 2",  # Which words belong together?
        "Paid in May.\nDunmere 226 219\nAlder 1 2",
        "as in March April\nDunmere 226 219\nAlder 1 2",
        "Farm March April\n\nDunmere 226 219\nAlder 1 2",
        "Dunmere 226 219\nAlder 1 2",
        "Farm March April\n226 219 3\n1 2 3",  # No labels.
        "Farm March April\nDunmere 226\nAlder 1",
    ],
)
def test_lines_without_a_header_whose_words_fit_are_no_rows(text):
    assert read(text) == []


def test_rows_of_a_range_and_their_header():
    dunmere = COUNTS.index("Dunmere")
    assert read(COUNTS, dunmere) == [["Dunmere", "226,000", "\u2013"]]
    assert read(COUNTS, dunmere + 1) == []
    assert read(COUNTS, 0, dunmere) == [["Alder Farm", "182,000", "-176.5"]]
    assert number_header(COUNTS, dunmere - 3) == "Farm March April"
    assert table_header(COUNTS, dunmere - 3) == "Farm March April"
    assert number_header(COUNTS, 0) == number_header(COUNTS, len(COUNTS) - 1) == ""


def test_lines_of_numbers_follow_the_rows_of_tables():
    text = f"{COUNTS}\n\n| Port | Days |\n| --- | --- |\n| Oslo | 3 |"
    rows = find_rows(text, 0, len(text))
    assert [text[slice(*row.cells[0])] for row in rows] == ["Oslo", "Alder Farm", "Dunmere"]


def test_long_lines_and_many_rows_take_little_time():
    long = "1" * 1_000_000 + " 2" * 1_000_000
    many = "Farm March April\n" + "Dunmere 226 219\n" * 100_000
    start = time.perf_counter()
    assert number_header(long, 5) == ""
    assert find_number_rows(long, 0, len(long)) == []
    assert len(find_number_rows(many, 0, 1_617)) == 100
    assert find_number_rows(many, len(many) - 1_600, len(many)) == []  # Far from its header.
    assert time.perf_counter() - start < 5
