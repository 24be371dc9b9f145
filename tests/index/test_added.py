"""Documents added from memory: their texts, their metadata, and what is refused."""

from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from makings import write_files

import index
import qa
from index.errors import FootnoteError, InvalidArgument, NoMatch, UnreadableFile
from index.manifest import read_manifest
from index.store.generation import open_index


@pytest.fixture
def library(tmp_path, word_encoder):
    with qa.open(tmp_path / "index", encoder=word_encoder, reader="none") as opened:
        yield opened


def texts(library):
    opened = open_index(library.folder)
    return {entry.id: opened.document_by_id(entry.id).text.strip() for entry in library.documents()}


def files(library):
    return sorted(path for path in (library.folder / "uploads").rglob("*") if path.is_file())


def found(library, **where):
    return [passage.document_id for passage in library.retrieve("cat", where=where)]


def test_texts_bytes_and_files_are_added_and_replaced(tmp_path, library):
    path = write_files(tmp_path / "docs", {"b.md": "# Dogs\n\ndog"}) / "b.md"
    report = library.add({"ticket 12": "cat", "page.html": b"<p>bird</p>", "c/b": path})
    assert report.added == ("c/b", "page.html", "ticket 12")
    assert texts(library) == {"ticket 12": "cat", "page.html": "bird", "c/b": "# Dogs\n\ndog"}
    assert [entry.title for entry in library.documents()] == ["Dogs", "bird", "cat"]
    path.unlink()
    again = library.add({"ticket 12": "ship", "page.html": b"<p>bird</p>"})
    assert (again.changed, again.unchanged) == (("ticket 12",), ("c/b", "page.html"))
    assert texts(library)["ticket 12"] == "ship"
    assert len(files(library)) == 3
    assert library.remove(["ticket 12"], exact=True).removed == ("ticket 12",)
    assert len(files(library)) == 2


def test_they_stay_whatever_is_built(tmp_path, library, word_encoder):
    docs = write_files(tmp_path / "docs", {"a.txt": "dog"})
    library.add({"note": "cat"}, metadata={"team": "legal", "title": "A note"})
    options = {"index": library.folder, "encoder": word_encoder}
    for more in ({}, {"prune": True}):
        index.build([docs], **options, **more)
        assert texts(library) == {"a.txt": "dog", "note": "cat"}
    for part in library.folder.glob("library.sqlite*"):
        part.unlink()  # Every text is then read again.
    index.build([docs], **options)
    (note,) = [entry for entry in library.documents() if entry.id == "note"]
    assert (note.title, note.metadata) == ("A note", {"team": "legal", "title": "A note"})
    assert found(library, team="legal") == ["note"]


def test_metadata_restricts_a_question_and_is_listed(library):
    library.add(
        {"a": "cat one", "b": "cat two", "c": "cat three"},
        metadata={
            "a": {"team": "Legal", "due": date(2024, 5, 31), "price": 12.5, "open": True},
            "b": {"team": ["sales", "legal"], "due": datetime(2025, 1, 2, 3), "price": 7},
        },
    )
    for where, expected in (
        ({"team": "legal"}, ["a", "b"]),
        ({"team": ["SALES", "none"]}, ["b"]),
        ({"due": "2024"}, ["a"]),
        ({"due": date(2025, 1, 2)}, ["b"]),
        ({"due": "2024-06.."}, ["b"]),
        ({"price": "7..12.5"}, ["a", "b"]),
        ({"price": 7.0}, ["b"]),
        ({"price": 12.5, "team": "legal"}, ["a"]),
        ({"open": True}, ["a"]),
    ):
        assert sorted(found(library, **where)) == expected, where
    with pytest.raises(NoMatch, match="None of the 3 documents has price 8"):
        found(library, price=8)
    with pytest.raises(InvalidArgument, match="author, due, open, price, team"):
        found(library, size=1)
    (passage,) = library.retrieve("cat", where={"open": True})
    kept = {"team": "Legal", "due": "2024-05-31", "price": 12.5, "open": True}
    assert passage.to_dict()["metadata"] == passage.citation.to_dict()["metadata"] == kept
    (other,) = library.retrieve("cat", where={"id": "c"})
    assert "metadata" not in other.to_dict() | other.citation.to_dict()


def test_the_metadata_of_all_gives_title_author_and_date(library):
    given = {"title": "Cats", "author": "Ida Holm", "date": "2024-05", "note": None}
    library.add({"a": "cat", "b": "dog"}, metadata=given)
    for entry in library.documents():
        assert (entry.title, entry.author, entry.date) == ("Cats", "Ida Holm", "2024-05")
        assert "note" not in entry.metadata
    assert sorted(found(library, author="holm", date="2024")) == ["a", "b"]
    library.add({"a": "cat", "t/harbours.csv": "port,days\nOslo,3\n"})
    kept = [(entry.title, entry.metadata) for entry in library.documents() if entry.id != "b"]
    assert kept == [("cat", {}), ("harbours", {})]


def test_an_index_without_metadata_is_written_as_before(library):
    library.add({"a": "cat"})
    (manifest,) = library.folder.glob("generations/*/manifest.json")
    assert "metadata" not in manifest.read_text("utf-8")
    assert read_manifest(library.folder, "000001").documents[0].metadata == {}


def test_what_cannot_be_read_is_skipped_and_replaces_nothing(library):
    library.add({"a.pdf": b"%PDF-1.4 no pdf", "b": "cat"})
    assert list(texts(library)) == ["b"]
    report = library.add({"b": b"\x00\x01\x02\x00", "c": "dog"})
    assert [file.path for file in report.skipped] == ["b"]
    assert texts(library) == {"b": "cat", "c": "dog"}
    missing = library.folder / "missing.pdf"
    report = library.add({"e": missing, "c": "bird"})
    reason = f"{missing}: it cannot be opened: No such file or directory"
    assert [(file.path, file.reason) for file in report.skipped] == [("e", reason)]
    before = files(library)
    with pytest.raises(
        UnreadableFile, match=r"Nothing was added(.|\n)*e: .*missing\.pdf: it cannot"
    ):
        library.add({"e": missing})
    with pytest.raises(UnreadableFile, match=r"None of the documents can be read(.|\n)*d\.pdf: "):
        library.add({"d.pdf": b"%PDF-1.4 no pdf"})
    assert files(library) == before


def test_a_failed_build_leaves_no_files(library, word_encoder):
    library.add({"a": "cat"})
    before = files(library)
    word_encoder.fails_at = "ship"
    with pytest.raises(RuntimeError):
        library.add({"a": "ship"})
    assert (files(library), texts(library)) == (before, {"a": "cat"})


@pytest.mark.parametrize(
    ("documents", "metadata", "message"),
    [
        ({}, None, "documents is not a mapping"),
        (["cat"], None, "documents is not a mapping"),
        ({"": "cat"}, None, "'' is not an id"),
        ({5: "cat"}, None, "5 is not an id"),
        ({".": "cat"}, None, "'.' is not an id"),
        ({"a\nb": "cat"}, None, "is not an id; give a string of printable"),
        ({" a": "cat"}, None, "is not an id; give at most 500"),
        ({"a" * 501: "cat"}, None, "is not an id; give at most 500"),
        ({"a": 5}, None, "The content of 'a' is a int; give a string, bytes or a Path"),
        ({"a": "\ud800"}, None, "The text of 'a' is not valid Unicode"),
        ({"a": Path("a\0b.txt")}, None, "cannot be the path of a file"),
        ({"a.zip": b"PK"}, None, "'a.zip' is an archive; index its file"),
        ({"a": Path(__file__).parent}, None, "is of no type of a single document"),
        ({"a": "cat"}, {"team": "\ud800"}, "'team' is '\\ud800' in metadata"),
        ({"a": "cat"}, {"\ud800": "x"}, "'\\ud800' cannot be a name of metadata"),
        ({"a": "cat"}, "legal", "metadata is 'legal'"),
        ({"a": "cat"}, {"b": {"team": "x"}}, "names the document 'b', which is not among"),
        ({"a": "cat"}, {"type": "x"}, "'type' cannot be a name of metadata"),
        ({"a": "cat"}, {5: "x"}, "5 cannot be a name of metadata"),
        ({"a": "cat"}, {"team": b"x"}, "'team' is b'x' in metadata; give a string"),
        ({"a": "cat"}, {"team": [["x"]]}, "'team' is ['x'] in metadata"),
        ({"a": "cat"}, {"price": float("nan")}, "'price' is nan in metadata"),
        ({"a": "cat"}, {"title": 5}, "The title of a document is 5; give a string"),
        ({"a": "cat"}, {"date": "May"}, "The date of a document is 'May'"),
        ({"a": "cat"}, {"date": "2024-13"}, "The date of a document is '2024-13'"),
    ],
)
def test_wrong_arguments_are_refused(library, documents, metadata, message):
    with pytest.raises(InvalidArgument) as refused:
        library.add(documents, metadata=metadata)
    assert message in str(refused.value)
    assert not library.folder.exists()


def test_files_of_others_are_not_replaced(tmp_path, library, word_encoder):
    docs = write_files(tmp_path / "docs", {"a.txt": "dog", "all.zip": b"PK"})
    index.build([docs / "a.txt"], index=library.folder, encoder=word_encoder)
    with pytest.raises(InvalidArgument, match=r"'a\.txt' is the id of the file .*; nothing"):
        library.add({"a.txt": "cat"})
    with pytest.raises(InvalidArgument, match="Index an archive or a folder"):
        library.add({"b": docs / "all.zip"})
    with pytest.raises(FootnoteError, match="it cannot be opened"):
        library.add({"b": docs / "gone.txt"})
    assert texts(library) == {"a.txt": "dog"}
    assert library.add({"b": "cat"}, metadata={"share": Fraction(1, 4)}).added == ("b",)
    assert found(library, share=0.25) == ["b"]
