"""An upload that a rollback took back stays out, until somebody returns to its generation."""

import pytest
from makings import WordEncoder, write_files

import index
from index.store.generation import open_index
from qa.chat.documents.manage import DocumentStore

GARDEN, POND, WELL = "The garden is watered at dawn.", "The pond holds carp.", "The well is deep."


@pytest.fixture
def home(tmp_path):
    """An index of a file that lies elsewhere, and then of one that was uploaded."""
    home = tmp_path / "index"
    docs = write_files(tmp_path / "docs", {"garden.txt": GARDEN})
    index.build([docs], index=home, encoder=WordEncoder())
    write_files(home / "uploads", {"pond.txt": POND})
    build(home, home / "uploads" / "pond.txt")
    return home


def build(home, *paths):
    return index.build(paths, index=home, encoder=WordEncoder())


def ids(home):
    return [entry.id for entry in open_index(home).manifest.documents]


def uploads(home):
    return sorted(path.name for path in (home / "uploads").iterdir() if path.is_file())


def test_the_next_start_does_not_index_it_again(home):
    assert index.rollback(index=home) == "000001"
    assert DocumentStore(home, encoder=WordEncoder()).resume() is None
    assert (ids(home), uploads(home)) == (["garden.txt"], [])


def test_one_that_was_never_indexed_still_is(home):
    write_files(home / "uploads", {"well.txt": WELL})
    index.rollback(index=home)
    assert uploads(home) == ["well.txt"]
    job = DocumentStore(home, encoder=WordEncoder()).resume()
    assert [file.name for file in job.files] == ["well.txt"]


def test_its_file_is_back_with_its_generation(home):
    index.rollback(index=home)
    index.rollback(index=home, to="000002")
    assert (ids(home), uploads(home)) == (["garden.txt", "pond.txt"], ["pond.txt"])
    assert (home / "uploads" / "pond.txt").read_text() == POND
    assert DocumentStore(home, encoder=WordEncoder()).resume() is None


def test_its_file_is_deleted_with_its_generation(home, tmp_path):
    index.rollback(index=home)
    build(home, write_files(tmp_path / "docs", {"garden.txt": GARDEN + " And at dusk."}))
    assert [path.name for path in (home / "uploads").iterdir()] == []
    assert ids(home) == ["garden.txt"]


def test_a_file_of_a_folder_goes_and_comes_back_with_its_path(home):
    place = write_files(home / "uploads", {"pools/deep/well.txt": WELL}) / "pools"
    build(home, place / "deep" / "well.txt")
    assert ids(home) == ["garden.txt", "pond.txt", "pools/deep/well.txt"]
    index.rollback(index=home)
    assert DocumentStore(home, encoder=WordEncoder()).resume() is None
    assert not place.exists()
    index.rollback(index=home, to="000003")
    assert (place / "deep" / "well.txt").read_text() == WELL
    assert not (home / "uploads" / ".taken-back" / "pools").exists()
    index.rollback(index=home)
    index.remove(["pond.txt"], index=home, encoder=WordEncoder())
    assert list((home / "uploads").iterdir()) == []


def test_uploading_it_again_indexes_it(home):
    index.rollback(index=home)
    write_files(home / "uploads", {"pond.txt": POND})
    build(home, home / "uploads" / "pond.txt")
    assert (ids(home), uploads(home)) == (["garden.txt", "pond.txt"], ["pond.txt"])
    assert [path.name for path in (home / "uploads").iterdir()] == ["pond.txt"]
