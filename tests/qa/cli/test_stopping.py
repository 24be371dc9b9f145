"""SIGTERM ends a command as Ctrl-C does: what it had begun is cleaned up."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from makings import WordEncoder, write_files

import index
from index.backup import back_up
from qa.cli.stopping import Terminated, stop_at_sigterm

PROGRAM = """
import sys, time
import index.backup
from qa.cli.main import main

def stay(*_):
    print("begun", flush=True)
    time.sleep(60)

index.backup._copy_database = stay
sys.exit(main(sys.argv[1:], stay))
"""
"""A backup that has written some files and does not go on, and a server that is starting."""


def start(*argv, begun="begun\n"):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, argv)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C is ignored by what a shell starts in the background, and by its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout.readline() == begun
    return process


def end(process, number):
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


@pytest.fixture
def home(tmp_path):
    docs = write_files(tmp_path / "docs", {"keys.txt": "The keys lie under the third stone."})
    index.build([docs], index=tmp_path / "index", encoder=WordEncoder())
    return tmp_path / "index"


@pytest.fixture
def shelf(tmp_path):
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_backup_that_is_stopped_leaves_nothing(home, shelf, number, code):
    process = start("backup", shelf / "monday.tar", "--index", home)
    assert len(list(shelf.iterdir())) == 1
    assert end(process, number) == (code, "footnote: stopped\n")
    assert list(shelf.iterdir()) == []
    assert not (home / "build.holder").exists()
    assert back_up(shelf / "monday.tar", index=home) == "000001"


def test_what_a_killed_one_left_is_deleted_by_the_next(home, shelf):
    assert end(start("backup", shelf / "monday.tar", "--index", home), signal.SIGKILL)[0] < 0
    (leftover,) = shelf.iterdir()
    back_up(shelf / "tuesday.tar", index=home)
    assert leftover.exists()  # It could be one that has only just begun.
    os.utime(leftover, (1e9, 1e9))
    back_up(shelf / "wednesday.tar", index=home)
    assert sorted(path.name for path in shelf.iterdir()) == ["tuesday.tar", "wednesday.tar"]


def test_that_of_one_which_runs_stays(home, shelf, tmp_path):
    docs = write_files(tmp_path / "other docs", {"oars.txt": "The oars are in the shed."})
    index.build([docs], index=tmp_path / "other", encoder=WordEncoder())
    process = start("backup", shelf / "monday.tar", "--index", home)
    (used,) = shelf.iterdir()
    os.utime(used, (1e9, 1e9))
    back_up(shelf / "other.tar", index=tmp_path / "other")
    assert used.exists()
    end(process, signal.SIGTERM)


def test_a_server_that_is_told_to_stop_while_it_starts_has_not_failed():
    assert end(start("chat"), signal.SIGTERM) == (0, "footnote: stopped\n")


def test_a_second_signal_does_not_disturb_cleaning_up():
    def clean_up_late():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Terminated), stop_at_sigterm():
        clean_up_late()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_handler_of_somebody_else_stays():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with stop_at_sigterm():
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
