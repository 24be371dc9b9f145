"""Checks of stored citations: valid, moved or stale."""

import json
import shutil

import pytest
from makings import WordEncoder, write_files

import index
import qa
from index.errors import FootnoteError
from index.store.generation import open_index
from qa.citation import cite

ENCODER = WordEncoder()


@pytest.fixture
def docs(tmp_path):
    return write_files(
        tmp_path / "docs", {"a.txt": "It rained. The cat\nvisited Oslo.", "b.txt": "dog"}
    )


@pytest.fixture
def build(tmp_path, docs):
    def run(**options):
        return index.build([docs], index=tmp_path / "index", encoder=ENCODER, **options)

    return run


@pytest.fixture
def kept(tmp_path, build):
    build()
    document = open_index(tmp_path / "index").document_by_id("a.txt")
    return cite(document, 11, 32)


def test_uri_names_the_text_and_the_range(kept, tmp_path):
    sha256 = open_index(tmp_path / "index").document_by_id("a.txt").sha256
    assert kept.uri == f"footnote://{sha256}/11-32"
    assert kept.quote == "The cat\nvisited Oslo."


def test_a_citation_as_plain_data_has_no_path_of_this_machine(kept, tmp_path):
    record = kept.to_dict()
    assert json.loads(json.dumps(record)) == record
    assert str(tmp_path) not in json.dumps(record)
    assert (record["document_id"], record["quote"], record["page"]) == ("a.txt", kept.quote, None)
    assert (record["uri"], record["answer_end"], record["also"]) == (kept.uri, 32, [])


def test_a_citation_shows_the_date_of_its_document(tmp_path, docs, build, kept):
    assert "date" not in kept.to_dict()
    assert kept.place == ""
    (docs / "a.txt").write_text("Notes\n\nDate: 9 June 2015\n\nIt rained.", "utf-8")
    (docs / "log 2015-06-09.txt").write_text("cat", "utf-8")
    build()
    opened = open_index(tmp_path / "index")
    dated = cite(opened.document_by_id("a.txt"), 0, 5)
    assert dated.to_dict()["date"] == dated.date == "2015-06-09"
    assert dated.place == ", 2015-06-09"
    named = cite(opened.document_by_id("log 2015-06-09.txt"), 0, 3)
    assert (named.date, named.place) == ("2015-06-09", "")


def test_citation_is_valid_while_the_text_is_there(kept, tmp_path, docs, build):
    (docs / "a.txt").rename(docs / "moved.txt")
    build()
    found = qa.check(kept.uri, index=tmp_path / "index")
    assert (found.status, found.quote) == ("valid", kept.quote)
    assert [citation.document_id for citation in found.citations] == ["moved.txt"]


@pytest.mark.parametrize("text", ["New. The cat\nvisited Oslo.", "New. The cat visited  Oslo."])
def test_citation_is_moved_where_another_text_has_its_words(kept, tmp_path, docs, build, text):
    write_files(docs, {"a.txt": text})
    build()
    found = qa.check(kept.uri, index=tmp_path / "index")
    assert (found.status, found.quote) == ("moved", kept.quote)
    (citation,) = found.citations
    assert (citation.document_id, citation.start, citation.end) == ("a.txt", 5, len(text))
    assert citation.quote == text[5:]


def test_citation_is_stale_if_no_document_contains_it(kept, tmp_path, docs, build):
    write_files(docs, {"a.txt": "The cat visited Paris."})
    build()
    found = qa.check(kept.uri, index=tmp_path / "index")
    assert (found.status, found.quote, found.citations) == ("stale", kept.quote, ())


def test_pruned_text_is_not_known_any_more(kept, tmp_path, docs, build):
    write_files(docs, {"a.txt": "The cat visited Paris."})
    build(prune=True)
    with pytest.raises(FootnoteError, match=r"The text [0-9a-f]{12}… is not stored in"):
        qa.check(kept.uri, index=tmp_path / "index")


@pytest.mark.parametrize("wrong", ["", "footnote://12/1-2", "http://example.org", "footnote://"])
def test_an_invalid_citation_is_refused(kept, tmp_path, wrong):
    with pytest.raises(
        FootnoteError, match=r"is not a citation\. Give one as --json prints it: footnote://"
    ):
        qa.check(wrong, index=tmp_path / "index")


def test_range_beyond_the_text_is_refused(kept, tmp_path):
    with pytest.raises(FootnoteError, match="is not a range of its text, which has 32 characters"):
        qa.check(kept.uri.replace("11-32", "11-33"), index=tmp_path / "index")


def test_copies_are_named(kept, tmp_path, docs, build):
    shutil.copy(docs / "a.txt", docs / "c.txt")
    build()
    (citation,) = qa.check(kept.uri, index=tmp_path / "index").citations
    assert (citation.document_id, citation.also) == ("a.txt", ("c.txt",))
