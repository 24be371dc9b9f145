"""The collection at a glance: counted from the manifest, grouped by folder or by kind."""

import pytest

from index.manifest import Entry
from qa.chat.documents.overview import count_years, describe_overview, group_documents


def entry(name, date=""):
    return Entry(name, name.upper(), f"/x/{name}", "text/plain", (), "", "", 1, date=date)


def grouped(*names):
    return [(group.name, group.numbers) for group in group_documents([*map(entry, names)])]


def test_documents_are_grouped_by_the_first_folder_in_which_they_differ():
    assert grouped("a/x/1.txt", "a/y/2.txt", "a/y/z/3.pdf", "a/4.txt") == [
        ("y/", (1, 2)),
        ("x/", (0,)),
        ("", (3,)),
    ]


def test_documents_of_one_folder_are_grouped_by_kind():
    assert grouped("a/1.txt", "a/2.PDF", "a/3.pdf", "a/none") == [
        ("pdf", (1, 2)),
        ("txt", (0,)),
        ("", (3,)),
    ]


def test_names_of_groups_show_what_would_turn_them_around():
    assert grouped("a\u202e/1.txt", "b/2.txt") == [("a\ufffd/", (0,)), ("b/", (1,))]
    assert grouped("1.t\x1bt", "2.txt") == [("t\ufffdt", (0,)), ("txt", (1,))]


def test_the_six_largest_groups_are_shown_and_a_single_one_is_none():
    assert len(grouped(*(f"{n}/a.txt" for n in range(9)))) == 6
    assert grouped("a.txt", "b.txt") == grouped() == []


def test_counts_kinds_dates_and_reasons():
    entries = [entry("a.txt", "2019-05"), entry("b.pdf", "2021"), entry("c.txt")]
    assert describe_overview(entries, ["it is empty", "it is damaged", "it is empty"]) == {
        "documents": 3,
        "kinds": [("txt", 2), ("pdf", 1)],
        "years": [("2019", 1), ("2020", 0), ("2021", 1)],
        "undated": 1,
        "newest": [
            {"id": "b.pdf", "title": "B.PDF", "date": "2021"},
            {"id": "a.txt", "title": "A.TXT", "date": "2019-05"},
        ],
        "skipped": 3,
        "reasons": [("it is empty", 2), ("it is damaged", 1)],
    }


@pytest.mark.parametrize("last", [1900, 1923, 1924, 1999, 2026, 2999])
def test_bars_of_years_are_few_and_count_all(last):
    bars = count_years([1900, last, last])
    assert len(bars) <= 24
    assert sum(count for _, count in bars) == 3
    assert bars[-1][1] == (3 if last == 1900 else 2)
