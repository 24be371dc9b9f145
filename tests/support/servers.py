"""The Milvus servers that tests run against, each a separate process with its own folder.

$FOOTNOTE_MILVUS names a virtual environment with milvus==2.3.5, $FOOTNOTE_MILVUS_LITE one with
milvus-lite==2.5.1; .ci/run creates both. The first listens on every network interface, so it is
only started where the loopback is the only one, as under tests/offline.py.
"""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

PORT = 19530
SECRET = "pier-7Q"


class Server:
    """A server process with its child processes."""

    def __init__(
        self,
        command: list[str],
        port: int,
        health: str = "",
        *,
        env: dict | None = None,
        restart_command: list[str] | None = None,
        home: Path | None = None,
    ):
        self.uri = f"http://127.0.0.1:{port}"
        self._command, self._port, self._health = command, port, health
        self._env = os.environ | (env or {})
        self._restart_command, self._home = restart_command or command, home
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            env=self._env,
            cwd=self._home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(1200):
            if self._answers():
                return
            assert self._process.poll() is None, "the server ended"
            time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """Kill the server at once."""
        if self._process:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
            self._process.wait()
            self._process, self._command = None, self._restart_command

    def signal(self, number: int) -> None:
        """Send a signal to the process and its children."""
        os.killpg(self._process.pid, number)

    def _answers(self) -> bool:
        try:
            if self._health:
                urllib.request.urlopen(self._health, timeout=1).close()
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except (OSError, urllib.error.URLError):
            return False
        return True


def milvus(folder: Path) -> Server:
    """Return a server of Milvus 2.3.5, which requires a password."""
    place = Path(os.environ["FOOTNOTE_MILVUS"], "bin", "milvus-server")
    command = [str(place), "--data", str(folder), "--proxy-port", str(PORT)]
    # A restart bypasses the script, which refuses a port that was in use a minute ago.
    env = {"DEPLOY_MODE": "STANDALONE", "METRICS_PORT": "9091", "MILVUS_RUN_DIR": f"{folder}/run"}
    return Server(
        [*command, "--authorization-enabled", "true"],
        PORT,
        "http://127.0.0.1:9091/healthz",
        env=env | {"LD_LIBRARY_PATH": f"{folder}/bin"},
        restart_command=[f"{folder}/bin/milvus", "run", "standalone"],
        home=folder,
    )


def milvus_lite(folder: Path) -> Server:
    """Return a server of milvus-lite 2.5.1, which requires no password."""
    (home,) = Path(os.environ["FOOTNOTE_MILVUS_LITE"]).glob("lib/python*/site-packages/milvus_lite")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(home / "lib" / "milvus"), str(folder / "x.db"), f"127.0.0.1:{port}", "ERROR"]
    return Server(command, port, env={"LD_LIBRARY_PATH": str(home / "lib")})


def skip_reason(name: str) -> str:
    """Return why a server cannot be started here, or "" if it can."""
    variable = {"milvus": "FOOTNOTE_MILVUS", "milvus-lite": "FOOTNOTE_MILVUS_LITE"}[name]
    if variable not in os.environ:
        return f"${variable} does not name an environment with {name}"
    if name == "milvus" and [name for _, name in socket.if_nameindex()] != ["lo"]:
        return "milvus listens on every interface; run this with tests/offline.py"
    return ""
