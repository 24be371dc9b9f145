"""One user builds, another asks: an index that root made, read by a user who may not write it."""

import multiprocessing
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from makings import write_files

import index
import qa

TIME_LIMIT = 120
"""Seconds for the other user's answer."""

OTHER = 65534
"""The number of the user nobody, and of its group."""

QUESTION = "Who painted the river?"

pytestmark = [
    pytest.mark.skipif(
        not hasattr(os, "fork") or os.geteuid() != 0, reason="only root becomes another user"
    ),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


@pytest.fixture
def home():
    """A folder that every user may read; pytest's own may be entered by its user only."""
    before = os.umask(0o022)
    home = Path(tempfile.mkdtemp())
    home.chmod(0o755)
    yield home
    os.umask(before)
    shutil.rmtree(home)


def build(home, keeper):
    docs = write_files(home / "docs", {"river.txt": f"{keeper} painted the river in Oslo."})
    return index.build([docs], index=home / "index").generation


def as_other_user(connection, work):
    os.setgroups([])
    os.setgid(OTHER)
    os.setuid(OTHER)
    try:
        work(connection)
    except Exception as error:
        connection.send(f"{type(error).__name__}: {error}")


@pytest.fixture
def other_user():
    """Return a function that runs another one as the other user, and returns a connection to it."""
    children = []

    def start(work):
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        child = context.Process(target=as_other_user, args=(theirs, work))
        child.start()
        children.append(child)
        return ours

    yield start
    for child in children:
        child.kill()
        child.join()


def receive(connection):
    assert connection.poll(TIME_LIMIT), "the other user got no answer"
    return connection.recv()


def answers_when_told(home):
    """Return a function that answers the question each time that it is told to."""

    def work(connection):
        with qa.open(home / "index") as library:
            while True:
                connection.send(library.ask(QUESTION).text)
                connection.recv()

    return work


def test_another_user_asks_and_follows_each_build(home, other_user, encoder):
    build(home, "Astrid")
    assert "Astrid" in qa.ask(QUESTION, index=home / "index").text  # All modules are loaded now.
    connection = other_user(answers_when_told(home))
    assert "Astrid" in receive(connection)
    build(home, "Birk")
    connection.send("again")
    assert "Birk" in receive(connection)
    name = build(home, "Signe")
    (home / "index" / "generations" / name).chmod(0o700)  # As a umask of 077 would have it.
    connection.send("again")
    assert "Birk" in receive(connection)
    (home / "index" / "generations" / name).chmod(0o755)


def test_another_user_is_told_why_nothing_can_be_read_or_written(home, other_user, encoder):
    build(home, "Astrid")
    qa.ask(QUESTION, index=home / "index")

    def add(connection):
        index.add({"note": "A cat."}, index=home / "index")

    said = receive(other_user(add))
    assert "Permission denied" in said
    assert not said.startswith("PermissionError")
    shutil.copytree(home / "index", home / "unopened")
    (home / "unopened" / "CURRENT").chmod(0o600)

    def ask(connection):
        connection.send(qa.ask(QUESTION, index=home / "unopened").text)

    said = receive(other_user(ask))
    assert said.startswith("IndexDamaged: ")
    assert "Permission denied" in said
