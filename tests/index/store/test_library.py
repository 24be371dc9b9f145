"""The library returns what was stored, detects alterations, and never holds half a write."""

import contextlib
import os
import resource
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import IndexDamaged
from index.store.library import FILE_NAME, Chunking, Library, content_key
from index.text.canonical import Extract

EXTRACT = Extract("Title", "Text é 😀\nof two lines.", "application/pdf", (0, 9))


@pytest.fixture
def library(tmp_path):
    library = Library.open(tmp_path, writable=True)
    yield library
    library.close()


def alter(folder: Path, statement: str, *values: str) -> None:
    """Change the database behind the library's back."""
    with sqlite3.connect(folder / FILE_NAME) as connection:
        connection.execute(statement, values)
    connection.close()


# --- keys ---------------------------------------------------------------------------------------


def test_content_key_is_the_hash_of_lengths_and_parts():
    """sha256 of 00 00 00 00 00 00 00 01 61, the length of "a" and "a"."""
    assert content_key("a") == "3b196fd4907bedf51c3090e9835f2f7cb61e7ee1b2299ea3b8fed9b4183a822a"


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_content_keys_are_equal_only_for_equal_parts(parts, others):
    assert (content_key(*parts) == content_key(*others)) == (parts == others)


def test_content_key_delimits_its_parts():
    keys = {content_key(*parts) for parts in [("ab", "c"), ("a", "bc"), ("abc",), ("abc", "")]}
    assert len(keys) == 4


def test_the_log_is_synced_at_checkpoints_and_not_for_each_row(library):
    connection = library._connection.get()
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (1,)


# --- round trips --------------------------------------------------------------------------------


def test_extract_is_returned_as_stored(library):
    library.save_extract("f" * 64, ".pdf", EXTRACT)
    assert library.extract("f" * 64, ".pdf") == EXTRACT
    assert library.text(EXTRACT.sha256) == EXTRACT.text


def test_extract_is_stored_by_bytes_and_suffix(library):
    library.save_extract("f" * 64, ".pdf", EXTRACT)
    assert library.extract("f" * 64, ".txt") is None
    assert library.extract("e" * 64, ".pdf") is None


def test_extract_stored_again_is_replaced(library):
    library.save_extract("f" * 64, ".txt", EXTRACT)
    other = Extract("Other", "Other text.", "text/plain")
    library.save_extract("f" * 64, ".txt", other)
    assert library.extract("f" * 64, ".txt") == other


@pytest.mark.parametrize("spans", [[(0, 5), (6, 2**40)], []])
def test_chunking_is_returned_as_stored(library, spans):
    kept = Chunking(spans, 0.25, "de")
    assert library.chunking("key") is None
    library.save_chunking("key", kept)
    assert library.chunking("key") == kept


def test_vectors_are_returned_exactly(library):
    rows = np.random.default_rng(0).standard_normal((1200, 3), dtype=np.float32)
    kept = {f"key{number}": row for number, row in enumerate(rows)}
    library.save_vectors(kept)
    found = library.vectors([*kept, "key7", "not kept"])
    assert found.keys() == kept.keys()
    for key, row in kept.items():
        np.testing.assert_array_equal(found[key], row)


def test_no_keys_are_no_vectors(library):
    assert library.vectors([]) == {}


def test_library_outlives_the_process_that_wrote_it(library, tmp_path):
    library.save_extract("f" * 64, ".pdf", EXTRACT)
    library.close()
    reader = Library.open(tmp_path)
    assert reader.text(EXTRACT.sha256) == EXTRACT.text
    reader.close()


def test_reader_sees_what_is_written_while_it_is_open(library, tmp_path):
    reader = Library.open(tmp_path)
    library.save_extract("f" * 64, ".pdf", EXTRACT)
    assert reader.text(EXTRACT.sha256) == EXTRACT.text
    reader.close()


# --- what is altered, missing or unfinished -----------------------------------------------------


def test_altered_text_is_noticed(library, tmp_path):
    library.save_extract("f" * 64, ".pdf", EXTRACT)
    alter(tmp_path, "UPDATE texts SET text = ?", EXTRACT.text.replace("two", "ten"))
    with pytest.raises(IndexDamaged) as caught:
        library.text(EXTRACT.sha256)
    assert str(caught.value) == (
        f"library.sqlite holds another text under {EXTRACT.sha256[:12]}…. "
        "Move it away and run: footnote index PATH"
    )


def test_missing_text_is_noticed(library):
    with pytest.raises(IndexDamaged, match=r"^library\.sqlite holds no text under 000000000000…"):
        library.text("0" * 64)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(IndexDamaged) as caught:
        Library.open(tmp_path)
    assert str(caught.value) == (
        f"library.sqlite is missing from {tmp_path}; run: footnote index PATH"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("writable", [False, True])
def test_file_that_is_not_sqlite_is_named_and_left_alone(tmp_path, writable):
    path = tmp_path / FILE_NAME
    path.write_bytes(b"My notes, not a database. " * 50)
    with pytest.raises(IndexDamaged, match="is not a readable SQLite database") as caught:
        Library.open(tmp_path, writable=writable)
    assert str(path) in str(caught.value)
    assert "footnote index PATH" in str(caught.value)
    assert path.read_bytes() == b"My notes, not a database. " * 50


def test_database_of_something_else_is_named(tmp_path):
    alter(tmp_path, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(IndexDamaged, match="no such table: texts"):
        Library.open(tmp_path)


def test_damage_inside_the_file_is_a_message(library, tmp_path):
    """All but the first page, which names the tables, is overwritten."""
    library.save_vectors({f"key{i}": np.full(100, i, dtype=np.float32) for i in range(200)})
    library.save_extract("f" * 64, ".txt", Extract("T", "word " * 20_000, "text/plain"))
    library.close()
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xaa" * (len(whole) - 4096))
    reader = Library.open(tmp_path, writable=True)
    for read in (
        lambda: reader.text("0" * 64),
        lambda: reader.extract("f" * 64, ".txt"),
        lambda: reader.vectors(["key1"]),
        lambda: reader.chunking("key"),
        lambda: reader.save_chunking("key", Chunking([(0, 1)], 1.0, "en")),
    ):
        with pytest.raises(IndexDamaged, match=r"^library\.sqlite cannot be read .*malformed"):
            read()
    reader.close()


def test_uncommitted_work_is_not_seen(library, tmp_path):
    writer = sqlite3.connect(tmp_path / FILE_NAME)
    writer.execute("INSERT INTO texts VALUES (?, ?)", (EXTRACT.sha256, EXTRACT.text))
    with pytest.raises(IndexDamaged, match="holds no text"):
        library.text(EXTRACT.sha256)
    writer.commit()
    assert library.text(EXTRACT.sha256) == EXTRACT.text
    writer.close()


def test_write_that_fails_halfway_leaves_nothing(library):
    """The text is written first; its record, which has no title, is then refused."""
    untitled = Extract(None, "Text.", "text/plain")
    with pytest.raises(IndexDamaged, match="NOT NULL constraint failed"):
        library.save_extract("f" * 64, ".txt", untitled)
    with pytest.raises(IndexDamaged, match="holds no text"):
        library.text(untitled.sha256)


def test_a_database_that_cannot_be_opened_is_not_called_damaged(tmp_path):
    Library.open(tmp_path, writable=True).close()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.ExitStack() as held:
        held.callback(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/dev/fd"))), limits[1])
        )
        with contextlib.suppress(OSError):
            while True:
                held.callback(os.close, os.dup(2))
        with pytest.raises(
            IndexDamaged, match=r"cannot be opened .* need not be damaged"
        ) as caught:
            Library.open(tmp_path)
    assert "Move it away" not in str(caught.value)
