"""Importing qa: what is loaded, what stands in its way, and processes that import it anew."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from makings import write_files

import index
import qa

ROOT = Path(__file__).parents[2]

TIME_LIMIT = 240
"""Seconds that a process may take to start and to answer."""


def run_python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )


@pytest.mark.parametrize(
    ("files", "arguments", "found"),
    [
        ({"index.py": "PAGES = 3"}, ["-c", "import qa"], "index.py"),
        ({"index/__init__.py": ""}, ["-c", "import qa"], "index"),
        ({"index/__init__.py": "", "run.py": "import qa"}, ["run.py"], "index"),
        ({"index.py": "import qa\nqa.ask('Who?')"}, ["index.py"], "index.py"),
        ({"index.py": "from qa import ask"}, ["index.py"], "index.py"),
    ],
)
def test_another_index_in_the_way_is_named(tmp_path, files, arguments, found):
    write_files(tmp_path, files)
    done = run_python(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ImportError: Footnote's package index was expected, but Python finds "
        f"{tmp_path / found} under this name. Rename that, or start Python in another folder."
    )


def test_a_folder_of_data_with_that_name_is_not_in_the_way(tmp_path):
    write_files(tmp_path, {"index/notes.txt": "The crane."})
    done = run_python("-c", "import qa", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_large_is_loaded_at_import(tmp_path):
    names = {"torch", "gradio", "sentence_transformers", "transformers"}
    done = run_python("-c", "import sys, qa; print(*sys.modules)", cwd=tmp_path)
    loaded = set(done.stdout.split())
    assert "qa.handle" in loaded
    assert loaded & names == set()


def test_a_spawned_process_answers_as_this_one_does(tmp_path):
    docs = write_files(tmp_path / "docs", {"lock.txt": "The lock keeper opens the gate at six."})
    index.build([docs], index=tmp_path / "index")
    question = "When does the lock keeper open the gate?"
    expected = qa.ask(question, index=tmp_path / "index")
    assert "six" in expected.text
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        found = pool.submit(qa.ask, question, index=tmp_path / "index").result(TIME_LIMIT)
    assert found.to_dict() == expected.to_dict()
