"""A command that changes the index waits for another one, and says for whom."""

import re
import threading

import pytest
from makings import write_files

from index.progress import ignore_progress
from index.store.lock import hold_lock
from qa.cli import main as cli


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Return a function that runs a command in an empty folder."""
    write_files(tmp_path / "docs", {"mill.txt": "The mill grinds rye."})
    monkeypatch.chdir(tmp_path)

    def run(*argv):
        code = cli.main([*map(str, argv)], chat=lambda arguments: None)
        return code, *capsys.readouterr()

    assert run("index", "docs")[0] == 0
    return run


COMMANDS = [
    ("index", "docs"),
    ("remove", "mill.txt"),
    ("rollback", "--to", "000001"),
    ("backup", "kept.tar"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_backup_is_waited_for(run, tmp_path, command):
    held, finished = threading.Event(), threading.Event()

    def hold():
        with hold_lock(tmp_path / ".footnote", 0, ignore_progress, work="backup"):
            held.set()
            finished.wait(2)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    code, _, said = run(*command)
    holder.join()
    assert code == 0
    assert re.fullmatch(
        r"footnote: A backup of the index in \S+\.footnote is running \(process \d+, since .*\)\. "
        r"Waiting for it, at most 300 seconds\.\n",
        said,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_zero_seconds_refuse_at_once(run, tmp_path, command):
    with hold_lock(tmp_path / ".footnote", 0, ignore_progress):
        code, printed, said = run(*command, "--wait", "0")
    assert (code, printed) == (1, "")
    assert re.match(r"footnote: Another build of the index in \S+ is running \(process \d+", said)


@pytest.mark.parametrize("seconds", ["-1", "1e9", "nan"])
def test_another_number_of_seconds_is_refused(run, seconds, capsys):
    with pytest.raises(SystemExit):
        cli.main(["index", "docs", f"--wait={seconds}"], chat=lambda arguments: None)
    assert "is not a number of seconds. Give one from 0 to 86,400" in capsys.readouterr().err
