"""Searches restricted to some documents."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from makings import WordEncoder, write_files

import index
from index.errors import FootnoteError, NoMatch
from index.ingest.select import select_matching
from index.manifest import Entry
from qa.handle import ask
from qa.reader.load import NONE
from qa.retrieval.filters import of_documents, select_documents
from qa.retrieval.rerank import retrieve


def entry(name, **about):
    return Entry(
        name, "", f"/{name}", about.pop("media_type", "text/plain"), (), "", "", 0, **about
    )


DOCUMENTS = [
    entry("2023/a.pdf", media_type="application/pdf", author="Ida Holm", date="2023-11-30"),
    entry("2024/b.txt", author="Bo Ek", date="2024-02-01"),
    entry("2024/may/c.PDF", media_type="application/pdf", date="2024-05-31"),
    entry("notes [old].txt"),
]


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ({"document": "2024"}, [1, 2]),
        ({"document": "2024/*.txt"}, [1]),
        ({"document": "*.pdf"}, [0]),
        ({"document": ["2023/a.pdf", "notes [old].txt"]}, [0, 3]),
        ({"folder": "2024/"}, [1, 2]),
        ({"type": "pdf"}, [0, 2]),
        ({"type": ".PDF"}, [0, 2]),
        ({"type": "text/plain"}, [1, 3]),
        ({"author": "holm"}, [0]),
        ({"date": "2024"}, [1, 2]),
        ({"document": "C.pdf"}, [2]),  # In any folder.
        ({"date": "2024-05"}, [2]),
        ({"date": "2024-05-31"}, [2]),
        ({"date": "..2024-02"}, [0, 1]),
        ({"date": "2024-02-02.."}, [2]),
        ({"date": "2023-12..2024-04"}, [1]),
        ({"date": "2024", "type": "pdf"}, [2]),
        ({"document": "2023/A"}, [0]),
        ({"document": "NOTES [old]"}, [3]),
        ({"document": "2024/B.TXT"}, [1]),
        ({"document": ["2023/A", "2024/b"]}, [0, 1]),
        ({"folder": "2024/MAY"}, [2]),
        ({"id": ["2024/B", "2024/may/c.pdf"]}, [1, 2]),
        ({"date": 2024}, [1, 2]),
        ({"date": date(2024, 5, 31)}, [2]),
        ({"date": datetime(2024, 5, 31, 9, 30)}, [2]),
        ({"date": [2023, date(2024, 2, 1)]}, [0, 1]),
        ({"folder": Path("2024") / "may"}, [2]),
        ({"folder": 2023}, [0]),
        ({"document": {Path("2024/b.txt"), "2023/a.pdf"}}, [0, 1]),
        ({"type": (one for one in ("pdf",))}, [0, 2]),
    ],
)
def test_conditions_choose_documents(where, numbers):
    assert select_documents(where, DOCUMENTS) == numbers


@pytest.mark.parametrize(
    ("day", "numbers"),
    [
        ("2023", [0, 1]),
        ("2023-05", [0, 1]),
        ("2023-05-31", [0, 1]),
        ("2023-06", [0]),
        ("2023-04-30", [0]),
        ("..2023-05-01", [0, 1]),
        ("..2023-04", [0]),
        ("2023-05-31..", [0, 1, 2, 3]),
        ("2023-06..2023-07", [0]),
        ("2022-12-31..2023-01-01", [0]),
        ("2023-12-31..2024-01", [0, 2]),
        ("2024-01-01..2024-11-30", [2]),
        ("2024-12", [2, 3]),
    ],
)
def test_a_year_or_month_alone_is_of_every_range_that_it_may_lie_in(day, numbers):
    dates = ("2023", "2023-05", "2024", "2024-12-31", "")
    documents = [entry(f"{number}.txt", date=told) for number, told in enumerate(dates)]
    assert select_documents({"date": day}, documents) == numbers


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"size": "1"}, "'size' is not a condition on documents. Use one of id, document,"),
        ({5: "1"}, "5 is not a condition on documents. Use one of id, document,"),
        ("2024", "where is '2024'; give conditions by name, such as"),
        ([("date", "2024")], "where is [('date', '2024')]; give conditions"),
        ({"date": None}, "where has None as date; give a string, a number, a date"),
        ({"date": 2024.5}, "where has 2024.5 as date"),
        ({"type": True}, "where has True as type"),
        ({"folder": b"2024"}, "where has b'2024' as folder"),
        ({"folder": ["2024", {"a": 1}]}, "where has {'a': 1} as folder"),
        ({"date": 5}, "'5' is not a date. Give a year"),
        ({"date": "yesterday"}, "'yesterday' is not a date. Give a year"),
        ({"date": ".."}, "'..' is not a date"),
        ({"date": "2024-13"}, "'2024-13' is no date of the calendar"),
        ({"date": "2023..2023-02-29"}, "'2023..2023-02-29' is no date of the calendar"),
        ({"date": "2024..2023"}, "'2024..2023' is no date of the calendar, or ends before"),
        ({"folder": "2023/a.pdf"}, "None of the 4 documents has folder 2023/a.pdf."),
        ({"folder": "2025", "type": "pdf"}, "None of the 4 documents has folder 2025, type pdf."),
        ({"folder": "2023/A.pdf"}, "None of the 4 documents has folder 2023/A.pdf. List them:"),
        (
            {"document": "2023/d.pdf"},
            "None of the 4 documents has document 2023/d.pdf. List them: footnote status. "
            "The nearest names are '2023/a.pdf', '2024/may/c.PDF', '2024/b.txt'.",
        ),
        (
            {"id": ["p", "q", "r", "s"], "type": "pdf"},
            "None of the 4 documents has id p or q or r or 1 other, type pdf. List them: footnote "
            "status. The nearest names are ",
        ),
    ],
)
def test_conditions_that_cannot_be_met_are_refused(where, message):
    with pytest.raises(FootnoteError) as caught:
        select_documents(where, DOCUMENTS)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("name", ["document", "id", "folder", "type", "date", "author"])
def test_an_empty_list_is_met_by_no_document(name):
    with pytest.raises(NoMatch, match=f"The list of {name} is empty, so no document meets it"):
        select_documents({name: []}, DOCUMENTS)
    with pytest.raises(NoMatch, match=f"The list of {name} is empty"):
        select_documents({"type": "pdf", name: ()}, DOCUMENTS)


def test_a_name_with_brackets_is_no_pattern():
    documents = [entry("report [1].txt"), entry("report 1.txt"), entry("report 2.txt")]
    assert select_matching("report [1].txt", documents) == {0}
    assert select_matching("report [12].txt", documents) == {1, 2}


def test_chosen_ids_are_never_patterns():
    names = ["[a] *.pdf", "a 1.pdf", "[[]a[]] [*].pdf", "*", "sub/a.txt", "./x.txt", "sub"]
    documents = [entry(name) for name in names]
    for number, name in enumerate(names):
        assert select_documents(of_documents([name]), documents) == [number]
    assert select_documents(of_documents(["*", "gone.pdf", "sub"]), documents) == [3, 6]
    with pytest.raises(FootnoteError, match=r"None of the 6 documents has id \*\. List them"):
        select_documents(of_documents(["*"]), [one for one in documents if one.id != "*"])


def test_an_id_comes_before_a_path_and_nothing_matches_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = replace(entry("x/a.txt"), source=str(tmp_path.resolve() / "a.txt"))
    assert select_matching("a.txt", [here]) == {0}
    assert select_matching("a.txt", [here, entry("a.txt")]) == {1}
    for nothing in ("", "./", "2024", "a\0"):
        assert select_matching(nothing, [here, entry("2024b/a.txt")]) == set()


def test_documents_are_named_by_where_their_files_lie(tmp_path, monkeypatch):
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    found = replace(entry("a.pdf"), source=str(tmp_path.resolve() / "reports" / "a.pdf"))
    named = ("reports", "./reports/", "reports/*.pdf", "reports/a.pdf", str(tmp_path), "*.pdf")
    assert [select_matching(name, [found]) for name in named] == [{0}] * 6
    assert select_matching("report", [found]) == set()


@pytest.fixture
def library(tmp_path):
    files = {
        "a/one.txt": "The cat visited Oslo.",
        "a/two.txt": "The cat visited Paris.",
        "b/one.txt": "The cat visited Oslo.",
        "b/three.txt": "The dog painted a bridge.",
        "c/four.txt": "The cat visited Tokyo.",
    }
    write_files(tmp_path / "docs", files)
    index.build([tmp_path / "docs"], index=tmp_path / "index", encoder=WordEncoder())
    return {"index": tmp_path / "index", "encoder": WordEncoder(), "reader": NONE}


def found(library, **options):
    return [passage.document.id for passage in retrieve("the cat visited", **options, **library)]


def test_only_the_chosen_documents_are_searched(library):
    everything = found(library)
    assert sorted(everything) == ["a/one.txt", "a/two.txt", "b/three.txt", "c/four.txt"]
    assert found(library, where={"folder": "c"}) == ["c/four.txt"]
    some = found(library, where={"document": ["a", "c"]})
    assert some == [name for name in everything if name[0] in "ac"]


@pytest.mark.parametrize("call", [ask, retrieve])
@pytest.mark.parametrize("where", ["", [], 0, "a", {"size": 1}, {"date": None}])
def test_conditions_that_cannot_be_used_are_refused_at_the_door(library, call, where):
    with pytest.raises(index.InvalidArgument):
        call("the cat visited", where=where, **library)
    with pytest.raises(index.NoMatch, match="The list of document is empty"):
        call("the cat visited", where={"document": []}, **library)


def test_no_conditions_are_all_documents(library):
    assert found(library, where={}) == found(library, where=None) == found(library)


def test_scores_do_not_depend_on_what_is_chosen(library):
    whole = {p.document.id: p.scores for p in retrieve("the cat visited", **library)}
    for passage in retrieve("the cat visited", where={"document": ["a", "c"]}, **library):
        assert passage.scores == pytest.approx(whole[passage.document.id])


def test_a_copy_is_found_under_the_name_that_was_chosen(library):
    assert found(library, where={"folder": "b"}) == ["b/one.txt", "b/three.txt"]
    answer = ask("Who visited Oslo?", where={"folder": "b"}, threshold=0, **library)
    assert answer.citations[0].document_id == "b/one.txt"
    assert answer.citations[0].also == ("a/one.txt",)
