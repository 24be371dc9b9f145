"""Files of an index that are shortened, deleted or replaced while it is in use."""

import subprocess
import sys
from pathlib import Path

import pytest
from makings import WordEncoder, write_files

import index
from index.errors import IndexDamaged
from index.search.dense import DenseIndex
from index.store.checksums import check_files, hash_file
from index.store.generation import open_index

PROGRAM = """
import os, sys
from pathlib import Path
from makings import WordEncoder
from index.errors import IndexDamaged
from qa.retrieval.rerank import retrieve

home, pattern = Path(sys.argv[1]), sys.argv[2]
options = {"index": home, "encoder": WordEncoder(), "reader": "none", "top_k": 3}
assert len(retrieve("bridge opened 700", **options)) == 3
for path in (home / "generations" / "000001").glob(pattern):
    os.truncate(path, 0)
try:
    retrieve("minister visited 800 harbour", **options)
except IndexDamaged as error:
    print(error)
"""


@pytest.mark.parametrize("pattern", ["dense.faiss", "chunks.npy", "lexical/*.*"])
def test_a_file_shortened_in_use_ends_in_a_sentence(tmp_path, pattern):
    words = ("bridge opened", "minister visited", "harbour ship")
    files = {f"{n}.txt": f"{words[n % 3]} {n} and {n + 1}" for n in range(1200)}
    docs = write_files(tmp_path / "docs", files)
    index.build([docs], index=tmp_path / "index", encoder=WordEncoder())
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "index"), pattern],
        cwd=Path(__file__).parents[2] / "support",
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "was shortened while it was in use: it has 0 bytes, expected " in done.stdout


@pytest.fixture
def checked(tmp_path):
    """A file of three bytes, and the check of the folder that holds it."""
    file = tmp_path / "three"
    file.write_bytes(b"abc")
    return file, check_files(tmp_path, {"three": hash_file(file)}, wait=False)


def test_the_sizes_are_said(checked):
    file, check = checked
    check.raise_damage()
    file.write_bytes(b"a")
    with pytest.raises(IndexDamaged, match=r"three was shortened .* 1 bytes, expected 3\."):
        check.raise_damage()


@pytest.mark.parametrize("replace", [False, True])
def test_a_deleted_or_replaced_file_stays_as_it_was_for_its_readers(checked, replace):
    file, check = checked
    if replace:
        (file.parent / "new").write_bytes(b"")
        (file.parent / "new").replace(file)
    else:
        file.unlink()
    check.raise_damage()


def test_small_vectors_are_read_and_large_ones_mapped(tmp_path, monkeypatch, word_encoder):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat", "b.txt": "dog"})
    index.build([docs], index=tmp_path / "index", encoder=word_encoder)
    path = open_index(tmp_path / "index").folder / "dense.faiss"
    vector, found = word_encoder.embed_question("dog"), []
    for limit, is_mapped in ((10**6, False), (0, True)):
        monkeypatch.setattr("index.search.dense.MAX_READ_BYTES", limit)
        dense = DenseIndex.load(path)
        assert (str(path) in Path("/proc/self/maps").read_text()) is is_mapped
        found.append(dense.search(vector, 2))
    assert found[0] == found[1] == {1: 1.0, 0: 0.0}
