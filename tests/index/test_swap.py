"""Readers keep answering while builds replace the index: each answer is of one version."""

import subprocess
import sys
import threading
from pathlib import Path

from makings import WordEncoder, write_files

import index
from index.store.generation import open_index
from qa.handle import ask
from qa.reader.load import NONE

REBUILDS = 20
WORDS = ("apple", "banana", "cherry", "cat", "dog")

READER = """
import sys
from makings import WordEncoder
from index.store.generation import open_index
from qa.retrieval.rerank import retrieve

options = {"index": sys.argv[1], "top_k": 20, "encoder": WordEncoder(), "reader": "none"}
seen, asked = [], 0
while True:
    found = retrieve("Which version has the bridge?", **options)
    texts = {passage.text.split()[-1] for passage in found}
    assert len(found) == 10 and len(texts) == 1, (len(found), texts)
    asked += 1
    if texts != set(seen[-1:]):
        seen += texts
    if "v20" in texts:
        break
print(asked, *seen)
"""


def write_version(docs: Path, version: int) -> Path:
    """Write ten documents that name the version, so that an answer from two versions is noticed."""
    return write_files(docs, {f"{n}.txt": f"bridge ship{n} has v{version}" for n in range(10)})


def test_reader_in_another_process_moves_on_by_itself(tmp_path):
    docs, home = tmp_path / "docs", tmp_path / "index"
    index.build([write_version(docs, 0)], index=home, encoder=WordEncoder())
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(home)],
        cwd=Path(__file__).parents[1] / "support",
        env={"PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for version in range(1, REBUILDS + 1):
        index.build([write_version(docs, version)], index=home, encoder=WordEncoder())
    output, errors = reader.communicate(timeout=60)
    assert (reader.returncode, errors) == (0, "")
    asked, *seen = output.split()
    versions = [int(name[1:]) for name in seen]
    assert versions == sorted(versions)
    assert (versions[-1], int(asked) > len(versions) > 1) == (REBUILDS, True)


def test_threads_of_this_process_get_whole_answers(tmp_path):
    docs, home = tmp_path / "docs", tmp_path / "index"
    index.build([write_version(docs, 0)], index=home, encoder=WordEncoder())
    stop, problems, asked = threading.Event(), [], []

    def read() -> None:
        options = {"threshold": 0, "encoder": WordEncoder(), "reader": NONE}
        while not stop.is_set():
            try:
                answer = ask("bridge ship3 has", index=home, **options)
                versions = {passage.text.split()[-1] for passage in answer.passages}
                versions |= {citation.quote.split()[-1] for citation in answer.citations}
                if len(versions) != 1:
                    problems.append(versions)
                asked.extend(versions)
            except Exception as error:  # Reported by the assertion below.
                problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(1, REBUILDS + 1):
        index.build([write_version(docs, version)], index=home, encoder=WordEncoder())
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(set(asked)) > 1
    assert open_index(home).name == f"{REBUILDS + 1:06d}"


def test_an_opened_generation_answers_after_it_was_swept(tmp_path):
    docs, home = tmp_path / "docs", tmp_path / "index"
    index.build([write_version(docs, 0)], index=home, encoder=WordEncoder())
    opened = open_index(home)
    for version in (1, 2, 3):
        index.build([write_version(docs, version)], index=home, encoder=WordEncoder())
    assert not opened.folder.exists()
    answer = ask("bridge ship3 has", index=opened, threshold=0, encoder=WordEncoder(), reader=NONE)
    assert answer.citations[0].quote == "bridge ship3 has v0"


def test_threads_that_ask_at_once_open_it_once(tmp_path):
    docs, home = tmp_path / "docs", tmp_path / "index"
    for version in range(5):
        index.build([write_version(docs, version)], index=home, encoder=WordEncoder())
        together, opened = threading.Barrier(8), []

        def read(together=together, opened=opened) -> None:
            together.wait()
            opened.append(open_index(home))

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(opened) == 8
        assert len({id(generation) for generation in opened}) == 1
