"""The copy of a read-only index: where it cannot be made, that is said, and nothing is left."""

import errno
import os
import tempfile
from pathlib import Path

import pytest

from index.errors import FootnoteError, IndexDamaged
from index.search.lexical import LexicalIndex


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A written index in a folder that counts as read-only, and an empty temporary folder."""
    LexicalIndex.write(["the boat leaks", "the oar broke"], tmp_path / "lexical")
    monkeypatch.setattr("index.search.lexical.os.access", lambda path, mode: mode != os.W_OK)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return tmp_path / "lexical", tmp_path / "temporary"


def test_it_is_searched_and_deleted_with_the_index(written):
    folder, temporary = written
    lexical = LexicalIndex.load(folder)
    assert [*lexical.search("broke", 1)] == [1]
    assert len(list(temporary.iterdir())) == 1
    del lexical
    assert list(temporary.iterdir()) == []


def test_a_missing_temporary_folder_is_named(written):
    folder, temporary = written
    temporary.rmdir()
    with pytest.raises(FootnoteError, match=r"is read-only, so .* MB .*\$TMPDIR") as caught:
        LexicalIndex.load(folder)
    assert str(temporary) in str(caught.value)
    assert not isinstance(caught.value, IndexDamaged)


@pytest.mark.parametrize(
    "stopped_by", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()]
)
def test_a_copy_that_cannot_be_completed_is_deleted(written, monkeypatch, stopped_by):
    folder, temporary = written

    def fail(source, target):
        Path(target).write_bytes(b"half")
        raise stopped_by

    monkeypatch.setattr("index.search.lexical.shutil.copyfile", fail)
    with pytest.raises((FootnoteError, KeyboardInterrupt)) as caught:
        LexicalIndex.load(folder)
    if isinstance(stopped_by, OSError):
        assert "No space left" in str(caught.value)
        assert not isinstance(caught.value, IndexDamaged)
    assert list(temporary.iterdir()) == []


def test_a_copy_that_cannot_be_opened_is_deleted(written):
    folder, temporary = written
    (folder / "meta.json").write_text("{")
    with pytest.raises(IndexDamaged, match="is not a tantivy index"):
        LexicalIndex.load(folder)
    assert list(temporary.iterdir()) == []
