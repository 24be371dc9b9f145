"""Starts the real server; constants for driving the system's Chromium."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
"""The browser's program; the first one draws no window around a page, which takes a third less."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW_TO = "the browser tests need Chromium: apt-get install -y chromium"


@contextlib.contextmanager
def chat(home, *options, environment=None):
    """Start `python app.py` over the index in a folder; yield its address."""
    with serving(home, *options, environment=environment) as (address, _):
        yield address


@contextlib.contextmanager
def serving(home, *options, environment=None):
    """Start the same server; yield its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "app.py", "--port", str(port), "--index", str(home), *options]
    log = Path(f"{home}.log")
    with (
        log.open("w") as stream,
        subprocess.Popen(
            command, cwd=ROOT, stdout=stream, stderr=stream, env=os.environ | (environment or {})
        ) as server,
    ):
        try:
            wait_for(address, server, log)
            yield address, server
        finally:
            server.terminate()


def wait_for(address, server, log, seconds=300):
    """Wait until the page responds; fail with the server's log if it stops."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            pytest.fail(f"the server stopped: {log.read_text()}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"no page at {address} after {seconds} s: {log.read_text()}")
