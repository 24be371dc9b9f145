"""Where the system's limit of watched folders is reached, the files are looked through."""

import importlib
import sys

import pytest
from makings import write_files
from mounting import in_namespace

from index.errors import FootnoteError

module = importlib.import_module("index.watch")

PROGRAM = """
import importlib, sys, threading
from pathlib import Path
from makings import WordEncoder
module = importlib.import_module("index.watch")
module.POLL_MS = module.LOOK_MS = 100
module.DEBOUNCE_MS = 80
stop = threading.Event()
timer = threading.Timer(60, stop.set)
timer.daemon = True  # Else the program waits for it at its end.
timer.start()
docs = Path(sys.argv[1])
options = {"index": sys.argv[2], "encoder": WordEncoder(), "stop": stop}
for report in module.watch([docs, docs / "a.txt"], **options):
    print(*report.added)
    if (docs / "sub" / "b.txt").exists():
        stop.set()
    else:
        (docs / "sub").mkdir()
        (docs / "sub" / "b.txt").write_text("dog")
"""


@pytest.mark.parametrize("limit", ["max_inotify_watches", "max_inotify_instances"])
def test_it_is_said_and_changes_are_found_all_the_same(tmp_path, limit):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})
    (tmp_path / "program.py").write_text(PROGRAM)
    script = """
        echo 0 > /proc/sys/user/"$1" || exit 77
        "$2" "$3" "$4" "$5"
    """
    found = in_namespace(
        script, limit, sys.executable, tmp_path / "program.py", docs, tmp_path / "index"
    )
    assert found.stdout.splitlines() == ["a.txt", "sub/b.txt"], found.stderr
    assert found.stderr.startswith(f"The system does not notify of changes in {docs} (")
    assert " looked through every 0.1 seconds. To be notified, raise fs.inotify." in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_looked_through_either_is_an_error(tmp_path, monkeypatch, caplog):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})

    def fail(*paths, **options):
        raise OSError("OS file watch limit reached.")

    monkeypatch.setattr("watchfiles.watch", fail)
    with pytest.raises(FootnoteError, match="Index from time to time instead"):
        next(module.watch([docs], index=tmp_path / "index"))
    assert "OS file watch limit reached." in caplog.text
