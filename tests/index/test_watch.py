"""watch() builds once, and again after each change of the files."""

import contextlib
import importlib
import threading
import time
from pathlib import Path
from queue import Queue

import pytest
from filelock import FileLock
from makings import WordEncoder, write_files

import index
from index.errors import FootnoteError

module = importlib.import_module("index.watch")


@pytest.fixture
def watching(tmp_path, monkeypatch):
    """Return a function that starts watching and yields the result of each build."""
    monkeypatch.setattr(module, "DEBOUNCE_MS", 80)
    monkeypatch.setattr(module, "POLL_MS", 100)
    ended = threading.Event()

    def start(*paths):
        found: Queue = Queue()

        def run() -> None:
            reports = module.watch(paths, index=tmp_path / "index", encoder=WordEncoder())
            with contextlib.closing(reports):
                for report in reports:
                    found.put(report)
                    if ended.is_set():
                        return

        threading.Thread(target=run, daemon=True).start()
        return lambda: found.get(timeout=20)

    yield start
    ended.set()


def test_each_change_is_built(tmp_path, watching):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})
    following = watching(docs)
    assert following().added == ("a.txt",)
    time.sleep(0.3)
    write_files(docs, {"sub/b.txt": "dog", ".hidden/c.txt": "bird", ".d.txt": "ship"})
    assert following().added == ("sub/b.txt",)
    (docs / "a.txt").rename(docs / "e.txt")
    assert following().moved == (("a.txt", "e.txt"),)
    (docs / "e.txt").unlink()
    assert following().removed == ("e.txt",)


def test_one_file_is_watched_though_another_takes_its_place(tmp_path, watching):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat", "b.txt": "dog"})
    following = watching(docs / "a.txt")
    assert following().added == ("a.txt",)
    time.sleep(0.3)
    write_files(docs, {"b.txt": "bird"})
    write_files(docs, {"new": "ship"})
    (docs / "new").rename(docs / "a.txt")
    assert following().changed == ("a.txt",)


def test_the_folder_of_one_file_is_not_watched_beneath(tmp_path, watching):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat", "sub/b.txt": "dog"})
    notes = write_files(tmp_path / "notes", {"c.txt": "bird", "d.txt": "ship"})
    for number in range(30):
        (notes / "deep" / f"{number}").mkdir(parents=True)
    before = watches()
    following = watching(docs, docs / "a.txt", notes / "c.txt")
    assert following().added == ("a.txt", "c.txt", "sub/b.txt")
    assert watches() - before in ([3] if Path("/proc").is_dir() else [0])  # docs, sub and notes
    write_files(notes, {"d.txt": "dog", "deep/0/e.txt": "dog"})
    write_files(notes, {"c.txt": "whale"})
    assert following().changed == ("c.txt",)
    write_files(docs, {"sub/b.txt": "whale"})
    assert following().changed == ("sub/b.txt",)


def watches() -> int:
    """Return how many folders this process watches, according to Linux."""
    count = 0
    for file in Path("/proc/self/fdinfo").glob("*"):
        with contextlib.suppress(OSError):
            count += file.read_text().count("inotify wd:")
    return count


def test_a_failed_build_is_reported_once_and_retried(tmp_path, watching):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})
    (tmp_path / "index").mkdir()
    with FileLock(tmp_path / "index" / "build.lock"):
        following = watching(docs)
        refused = following()
        assert isinstance(refused, FootnoteError)
        assert str(refused).startswith("Another build of the index")
        time.sleep(0.5)
    assert isinstance(report := following(), index.BuildReport)
    assert report.added == ("a.txt",)


def test_a_folder_that_is_replaced_is_still_watched(tmp_path, watching):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})
    following = watching(docs)
    assert following().added == ("a.txt",)
    time.sleep(0.3)
    docs.rename(tmp_path / "old")
    write_files(docs, {"a.txt": "dog"})
    assert isinstance(following(), index.BuildReport | FootnoteError)
    time.sleep(0.5)
    write_files(docs, {"b.txt": "bird"})
    while "b.txt" not in getattr(report := following(), "added", ()):
        assert report


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FootnoteError, match="so it cannot be watched"):
        next(module.watch([tmp_path / "nowhere"], index=tmp_path / "index"))


def test_uploads_in_an_index_within_stay_and_start_no_build(tmp_path, watching):
    write_files(tmp_path, {"a.txt": "cat"})
    following = watching(tmp_path)
    assert following().added == ("a.txt",)
    home = tmp_path / "index"
    write_files(home / "uploads", {"b.txt": "dog"})
    index.build([home / "uploads" / "b.txt"], index=home, encoder=WordEncoder())
    time.sleep(0.5)
    write_files(tmp_path, {"c.txt": "bird"})
    report = following()
    assert (report.added, report.unchanged) == (("c.txt",), ("a.txt", "b.txt"))
    time.sleep(0.5)
    assert index.open_index(home).name == report.generation


@pytest.mark.parametrize("gone", [False, True])
def test_it_ends_once_it_is_stopped(tmp_path, gone):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})
    stop = threading.Event()
    found = []

    def run():
        for report in module.watch(
            [docs], index=tmp_path / "index", encoder=WordEncoder(), stop=stop
        ):
            found.append(report)
            if gone:
                docs.rename(tmp_path / "elsewhere")
            threading.Timer(0.3, stop.set).start()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert found[0].added == ("a.txt",)


def test_stopping_gives_up_a_build(tmp_path):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})
    stop = threading.Event()

    def progress(stage, done, total):
        stop.set()

    options = {"index": tmp_path / "index", "encoder": WordEncoder()}
    assert list(module.watch([docs], progress=progress, stop=stop, **options)) == []
    with pytest.raises(index.IndexNotFound):
        index.open_index(tmp_path / "index")


def test_who_cancels_a_build_handles_it(tmp_path):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})

    def progress(stage, done, total):
        raise index.Cancelled

    watching = module.watch(
        [docs], index=tmp_path / "index", encoder=WordEncoder(), progress=progress
    )
    with pytest.raises(index.Cancelled):
        next(watching)
