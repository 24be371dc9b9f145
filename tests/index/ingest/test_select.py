"""Documents are found by their names as people type them."""

import unicodedata

import pytest

from index.ingest.select import (
    describe_nearest,
    select_as_typed,
    select_by_names,
    select_folded,
    select_matching,
)
from index.manifest import Entry


def entries(*names, place="/srv"):
    return [Entry(name, "", f"{place}/{name}", "text/plain", (), "", "", 0) for name in names]


DECOMPOSED = unicodedata.normalize("NFD", "Müller/Übersicht.md")
DOCUMENTS = entries("Handbook.pdf", DECOMPOSED, "rates.csv", "rates.xlsx", "a/Plan.txt")


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("handbook.pdf", {0}),
        ("HANDBOOK", {0}),
        ("Müller/Übersicht.md", {1}),
        ("müller/übersicht", {1}),
        ("müller", {1}),
        ("./Rates", {2, 3}),
        ("RATES.*", {2, 3}),
        ("A/plan", {4}),
        ("plan", set()),
        ("hand", set()),
        ("", set()),
    ],
)
def test_a_name_is_matched_as_typed(typed, numbers):
    assert select_as_typed(typed, DOCUMENTS) == numbers


def test_an_exact_name_comes_before_any_other_spelling():
    names = ("plan", "Plan", "plan.txt", "PLAN.TXT")
    documents = entries(*names)
    for number, name in enumerate(names):
        assert select_as_typed(name, documents) == {number}
        assert select_by_names([name], documents) == {number}
    assert select_as_typed("pLAN", documents) == {0, 1}
    assert select_by_names(["Plan.txt"], documents) == {2, 3}


def test_a_suffix_is_only_missing_in_the_name_of_a_document():
    documents = entries("notes.d/a.txt", "notes.txt")
    assert select_as_typed("notes", documents) == {1}
    assert select_folded("Notes.D", documents) == {0}
    assert select_folded("notes", documents) == set()


def test_names_as_typed_are_no_patterns_where_ids_are_given():
    assert select_by_names(["rates.*", "Handbook.PDF", "gone"], DOCUMENTS) == {0}


def test_paths_of_this_machine_are_not_compared_unless_wanted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    documents = entries("a.txt", place=str(tmp_path.resolve() / "kept"))
    for pattern in ("kept", "KEPT/*", str(tmp_path / "kept" / "a.txt")):
        assert select_as_typed(pattern, documents) == {0}
        assert select_as_typed(pattern, documents, on_disk=False) == set()
        assert select_matching(pattern, documents, on_disk=False) == set()


def test_a_name_without_wildcards_is_no_pattern_whatever_the_folder_is_called(
    tmp_path, monkeypatch
):
    (tmp_path / "[ab]").mkdir()
    monkeypatch.chdir(tmp_path / "[ab]")
    documents = entries("x.txt", place=str(tmp_path.resolve() / "a"))
    assert select_as_typed("y", documents) == set()
    assert select_as_typed("kept/x.txt", entries("x.txt", place=str(tmp_path / "a/kept"))) == set()


def test_the_nearest_names_are_offered():
    names = ("reports/2024/handbook.pdf", "minutes.txt", "handbag.txt", "x.md", "hanbuk.doc")
    nearest = "'reports/2024/handbook.pdf', 'hanbuk.doc', 'handbag.txt'"
    assert describe_nearest("handbok.pdf", entries(*names)) == f"The nearest names are {nearest}."
    assert describe_nearest("zebra", entries("a.txt")) == "The nearest name is 'a.txt'."
    assert describe_nearest("zebra", []) == ""
