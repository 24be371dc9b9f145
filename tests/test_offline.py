"""With the network cut, the chat starts and a question is answered."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OFFLINE = [sys.executable, str(ROOT / "tests" / "offline.py")]

IN_THE_CUT_NETWORK = """
import socket, subprocess, sys, time, urllib.request
from pathlib import Path
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as error:
    print("outside:", error.strerror)
port, folder = sys.argv[1:]
server = subprocess.Popen([sys.executable, "app.py", "--port", port, "--index", folder])
try:
    for _ in range(600):
        assert server.poll() is None
        try:
            page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
            break
        except OSError:
            time.sleep(0.2)
    print("page:", b"Footnote" in page)
    footnote = Path(sys.executable).with_name("footnote")
    question = "Which naval base did Mr Rutte visit?"
    subprocess.run([footnote, "ask", "--index", folder, question], check=True)
finally:
    server.terminate()
    server.wait()
"""


@pytest.fixture
def offline():
    tried = subprocess.run([*OFFLINE, "true"], capture_output=True, text=True)
    if tried.returncode != 0 and not os.environ.get("CI"):
        pytest.skip(f"no network namespace can be made here: {tried.stderr.strip()}")
    return OFFLINE


def test_the_chat_starts_and_answers_with_the_network_cut(offline, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = subprocess.run(
        [*offline, sys.executable, "-c", IN_THE_CUT_NETWORK, str(port), str(tmp_path / "index")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert "outside: Network is unreachable" in done.stdout
    assert "page: True" in done.stdout
    assert "Mr Rutte visited Yokosuka Naval Base on Tuesday" in done.stdout
    assert "Traceback" not in done.stderr


LOADING = "from qa.reader.load import BUNDLED_READER, load_reader; load_reader(BUNDLED_READER)"


def test_what_runs_the_reader_neither_names_this_machine_nor_looks_for_its_makers(tmp_path):
    """Its library keeps a name of the machine in the user's folder before it sends anything."""
    environment = {name: value for name, value in os.environ.items() if name[:4] != "XDG_"}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    command = [sys.executable, "-c", LOADING]
    subprocess.run(command, cwd=ROOT, env=environment | {"HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.rglob("*")) == []
