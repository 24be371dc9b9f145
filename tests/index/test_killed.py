"""Builds killed at any instant: the index still answers, and nothing is lost or done twice.

Each build runs in a process forked from this one, so that it starts at once, and is killed
(SIGKILL) after a random fraction of the time that a build takes.
"""

import contextlib
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from makings import VOCABULARY, WordEncoder, write_files

import index
from index.store.generation import list_generations, load_generation, open_index, read_live_name
from qa.reader.load import NONE
from qa.retrieval.rerank import retrieve

KILLS = 200

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


def texts_of(version: int) -> dict[str, str]:
    """Return the files of a version: some stay, some change, one is added and one removed."""
    chance = random.Random(version)
    files = {f"stays{n}.txt": f"{VOCABULARY[n]} stays" for n in range(4)}
    for n in range(6):
        words = [chance.choice(VOCABULARY) for _ in range(40)]
        files[f"x/changes{n}.md"] = f"# Version {version}\n\n" + " ".join(words)
    files[f"comes{version}.txt"] = f"bridge {version}"
    return files


def lay_out(docs: Path, version: int) -> None:
    wanted = texts_of(version)
    write_files(docs, wanted)
    for path in docs.rglob("*.*"):
        if path.relative_to(docs).as_posix() not in wanted:
            path.unlink()


def build_and_kill(docs: Path, home: Path, after: float | None) -> tuple[bool, float]:
    """Build in another process; return whether it was killed, and how long it ran."""
    return run_and_kill(lambda: index.build([docs], index=home, encoder=WordEncoder()), after)


def run_and_kill(action: Callable[[], object], after: float | None) -> tuple[bool, float]:
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        with contextlib.suppress(BaseException):
            action()
            os._exit(0)
        os._exit(1)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL if killed else os.WEXITSTATUS(status) == 0
    return killed, time.perf_counter() - start


def check(home: Path, versions: set[int | None]) -> int | None:
    """Check that the index is whole, is of one of the versions, and answers; return which.

    None stands for an index that does not exist yet.
    """
    if None in versions and read_live_name(home) is None:
        return None
    opened = open_index(home)
    for name in list_generations(home):
        load_generation(home, name)
    held = {e.id: opened.document_by_id(e.id).text for e in opened.manifest.documents}
    (version,) = [v for v in versions if v is not None and texts_of(v) == held]
    (passage, *_) = retrieve(f"bridge {version}", index=opened, encoder=WordEncoder(), reader=NONE)
    assert passage.document.id == f"comes{version}.txt"
    return version


def stored(home: Path) -> tuple[set[str], int, int]:
    """Return the texts in the library, and its numbers of extracts and embeddings."""
    with contextlib.closing(sqlite3.connect(home / "library.sqlite")) as library:
        assert library.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = library.execute("SELECT sha256, text FROM texts").fetchall()
        assert all(hashlib.sha256(text.encode()).hexdigest() == key for key, text in rows)
        extracts, embeddings = (
            library.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("extracts", "embeddings")
        )
    return {text for _, text in rows}, extracts, embeddings


def test_two_hundred_kills(tmp_path):
    docs, home, chance = tmp_path / "docs", tmp_path / "index", random.Random(4)
    lay_out(docs, 0)
    _, length = build_and_kill(docs, tmp_path / "timed", None)
    live, version, killed, moved_on = None, 0, 0, 0
    while killed < KILLS:
        if chance.random() < 0.3:
            version += 1
            lay_out(docs, version)
        was_killed, _ = build_and_kill(docs, home, chance.random() * 1.1 * length)
        killed += was_killed
        # What a build takes changes with what else the machine does.
        length *= 1.04 if was_killed else 0.93
        now = check(home, {live, version})
        moved_on += now != live
        live = now
    build_and_kill(docs, home, None)
    assert check(home, {version}) == version
    assert moved_on > 10
    assert set(os.listdir(home / "generations")) == set(list_generations(home))
    assert len(list_generations(home)) == 2

    texts, extracts, embeddings = stored(home)
    every = {text for v in range(version + 1) for text in texts_of(v).values()}
    assert set(texts_of(version).values()) <= texts <= every
    assert len(texts) == extracts
    assert embeddings <= len(every)
    encoder = WordEncoder()
    index.build([docs], index=home, encoder=encoder)
    assert encoder.embedded == []


def held(home: Path) -> dict[str, str]:
    """Return the texts of the live index by id, after checking that it answers."""
    opened = open_index(home)
    found = {e.id: opened.document_by_id(e.id).text for e in opened.manifest.documents}
    assert retrieve("bridge", index=opened, encoder=WordEncoder(), reader=NONE)
    return found


def test_pruning_and_removing_are_killed(tmp_path):
    """With a format that is read in a child process, and with builds that remove documents."""
    docs, home, chance = tmp_path / "docs", tmp_path / "index", random.Random(5)

    def build(prune: bool) -> None:
        index.build([docs], index=home, encoder=WordEncoder(), prune=prune)

    def remove() -> None:
        index.remove(["x"], index=home, encoder=WordEncoder())

    lay_out(docs, 0)
    build(prune=False)
    killed = 0
    for version in range(1, 31):
        before = held(home)
        if version % 3:
            lay_out(docs, version)
            write_files(docs, {"page.html": f"<p>bridge {version}</p>"})
            wanted = texts_of(version) | {"page.html": f"bridge {version}\n"}
            was_killed, _ = run_and_kill(lambda: build(prune=True), chance.random() * 0.8)
        else:
            build(prune=False)
            before = held(home)
            wanted = {name: text for name, text in before.items() if name[0] != "x"}
            was_killed, _ = run_and_kill(remove, chance.random() * 0.2)
        killed += was_killed
        assert held(home) in (before, wanted)
    assert killed > 5
    build(prune=True)
    texts, _, _ = stored(home)
    assert texts == set(held(home).values())


def test_killed_command_resumes_where_it_stopped(tmp_path, encoder):
    """The real command with the real encoder, killed after it has stored the first embeddings."""
    docs = write_files(
        tmp_path / "docs",
        {
            f"{n}.txt": f"Report {n}. " + "The harbour was rebuilt after the storm. " * 40
            for n in range(120)
        },
    )
    home = tmp_path / "index"
    program = "import sys, app; sys.exit(app.main(sys.argv[1:], app.chat))"
    command = [sys.executable, "-c", program, "index", str(docs), "--index", str(home)]
    running = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
    kept = 0
    while kept == 0 and running.poll() is None:
        time.sleep(0.02)
        with contextlib.suppress(sqlite3.Error):
            kept = stored_embeddings(home)
    running.kill()
    running.wait()
    report = index.build([docs], index=home, encoder=encoder)
    assert (len(report.added), report.embedded) == (120, report.chunks - kept)
    assert stored_embeddings(home) == report.chunks


def stored_embeddings(home: Path) -> int:
    with contextlib.closing(sqlite3.connect(home / "library.sqlite")) as library:
        return library.execute("SELECT count(*) FROM embeddings").fetchone()[0]
