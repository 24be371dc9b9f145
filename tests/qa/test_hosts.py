"""Programs that host others: gunicorn, Celery, Dask and Jupyter ask in processes of theirs."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pytest
from makings import write_files

import index
import qa

ROOT = Path(__file__).parents[2]

TIME_LIMIT = 240
"""Seconds that a host may take to start and to answer; a process that hangs takes for ever."""

QUESTION = "What does the night ferry carry?"
FERRY = "The night ferry carries timber to Oslo. It leaves at nine."

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

GUNICORN = """
import json, os, urllib.parse
import qa

library = qa.open("index")
library.ask("When does it leave?")  # Everything is loaded before the workers are forked.


def application(environ, start_response):
    question = urllib.parse.unquote(environ["QUERY_STRING"])
    found = {"text": library.ask(question).text, "process": os.getpid()}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(found).encode()]
"""

CELERY = """
import os
from celery import Celery
import qa

folders = {name: "queue" for name in ("data_folder_in", "data_folder_out")}
app = Celery("application", broker="filesystem://", backend="file://" + os.path.abspath("results"))
app.conf.broker_transport_options = folders
library = qa.open("index")
library.ask("When does it leave?")


@app.task
def ask(question):
    return library.ask(question).text
"""

CELERY_ASK = """
from application import ask
print(ask.delay({question!r}).get(timeout={limit}))
"""

DASK = """
from distributed import Client
import qa


def ask(folder, question):
    return qa.ask(question, index=folder).text


if __name__ == "__main__":
    with Client(n_workers=2, threads_per_worker=2, dashboard_address=None) as client:
        print(*set(client.gather(client.map(ask, ["index"] * 4, [{question!r}] * 4, pure=False))))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with an index."""
    home = tmp_path_factory.mktemp("hosts")
    index.build([write_files(home / "docs", {"ferry.txt": FERRY})], index=home / "index")
    (home / "queue").mkdir()
    (home / "results").mkdir()
    return home


@pytest.fixture(scope="module")
def expected(home):
    text = qa.ask(QUESTION, index=home / "index").text
    assert "timber" in text
    return text


def start(home, *command):
    """Start a command of Python's in a folder, whose programs find the packages."""
    with (home / "log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=home,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(home), str(ROOT)])},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


def run(home, *command):
    """Return what a command prints."""
    process = start(home, *command)
    try:
        printed, _ = process.communicate(timeout=TIME_LIMIT)
    finally:
        process.kill()
    assert process.returncode == 0, (home / "log").read_text()
    return printed.strip()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url):
    with urllib.request.urlopen(url, timeout=TIME_LIMIT) as reply:
        return json.loads(reply.read())


def wait_for_port(port, process, home):
    for _ in range(10 * TIME_LIMIT):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError((home / "log").read_text())


def test_workers_that_gunicorn_forks_after_loading_answer(home, expected):
    if not find_spec("gunicorn"):
        pytest.skip("needs gunicorn: pip install gunicorn")
    write_files(home, {"application.py": GUNICORN})
    port = free_port()
    address = f"127.0.0.1:{port}"
    server = start(
        home, "-m", "gunicorn", "--preload", "-w", "2", "-b", address, "application:application"
    )
    try:
        wait_for_port(port, server, home)
        url, found, deadline = f"http://{address}/?{quote(QUESTION)}", [], time.time() + TIME_LIMIT
        while len({one["process"] for one in found}) < 2 and time.time() < deadline:
            with ThreadPoolExecutor(4) as threads:
                found += threads.map(fetch, [url] * 4)
    finally:
        server.terminate()
        server.communicate(timeout=60)
    assert {one["text"] for one in found} == {expected}
    assert len({one["process"] for one in found} - {server.pid}) == 2


def test_workers_that_celery_forks_answer(home, expected):
    if not find_spec("celery"):
        pytest.skip("needs Celery: pip install celery")
    write_files(home, {"application.py": CELERY})
    worker = start(home, "-m", "celery", "-A", "application", "worker", "-P", "prefork", "-c", "2")
    try:
        asked = CELERY_ASK.format(question=QUESTION, limit=TIME_LIMIT)
        assert run(home, "-c", asked) == expected
    finally:
        worker.terminate()
        worker.communicate(timeout=60)


def test_workers_of_dask_answer(home, expected):
    if not find_spec("distributed"):
        pytest.skip("needs Dask: pip install distributed")
    write_files(home, {"asking.py": DASK.format(question=QUESTION)})
    assert run(home, "asking.py") == expected


def test_a_cell_of_a_notebook_answers(home, expected):
    if not find_spec("nbclient") or not find_spec("ipykernel"):
        pytest.skip("needs Jupyter's kernel: pip install nbclient ipykernel")
    cells = ["import qa\nlibrary = qa.open('index')", f"print(library.ask({QUESTION!r}).text)"]
    program = (
        "import nbformat.v4 as v4, nbclient\n"
        f"book = v4.new_notebook(cells=[v4.new_code_cell(one) for one in {cells!r}])\n"
        f"nbclient.NotebookClient(book, timeout={TIME_LIMIT}).execute()\n"
        "print(book.cells[-1].outputs[0].text)"
    )
    assert run(home, "-c", program) == expected
