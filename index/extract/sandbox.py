"""Files are read in a process of their own, with a limit on its time and memory.

A file can be made, or damaged, so that the parser of its format never ends, eats all memory or
brings its process down. Then that process ends, the file is skipped with the reason, and the build
goes on. A short plain text is read in place. Which reader a format has is left to
`documents`.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from index.errors import UnreadableFile
from index.extract.document import PLAIN, SUFFIXES, Extract, extract
from index.extract.pdf.ocr import can_recognise

TIME_LIMIT = 120
"""Seconds that reading one file may take."""

RECOGNITION_LIMIT = 1800
"""The same for a PDF whose pictures are recognised: some seconds a page."""

MEMORY_LIMIT = 4 << 30
"""Bytes of memory that reading may take, the program's own included."""

IN_PLACE = 1 << 16
"""Bytes of plain text up to which it is read in place: no text of this length takes long."""

TICK = 0.5
"""Seconds between two calls of what is called while a file is read."""

_PROGRAM = "from index.extract.sandbox import serve; serve()"


class Worker:
    """A process that reads one file after the other; it starts with the first that needs it.

    While it reads, `waiting` is called now and then; what that raises ends the wait.
    """

    def __init__(self, waiting: Callable[[], None] = lambda: None) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting = waiting
        self._pool = ThreadPoolExecutor(1)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error: object) -> None:
        if self._process:
            self._process.kill()
        self._pool.shutdown()
        if self._process:
            self._process.communicate()

    def extract(self, path: Path, data: bytes) -> Extract:
        """Return the text of a file, as `documents.extract` does, within the limits."""
        plain = path.suffix.lower() in PLAIN or path.suffix.lower() not in SUFFIXES
        if (plain and len(data) <= IN_PLACE) or not data:
            return extract(path, data)
        if self._process is None:
            self._process = start(_PROGRAM)
        process = self._process
        recognised = path.suffix.lower() == ".pdf" and can_recognise()
        limit = RECOGNITION_LIMIT if recognised else TIME_LIMIT
        wanted = json.dumps({"suffix": path.suffix, "size": len(data), "limit": limit})
        answering = self._pool.submit(_ask, process, wanted.encode() + b"\n" + data)
        while not wait([answering], timeout=TICK).done:
            self._waiting()
        answer = answering.result()
        if not answer.endswith(b"\n"):
            self._process = None
            process.communicate()
            raise UnreadableFile(_ending(process.returncode, limit))
        found = json.loads(answer)
        if reason := found.get("reason"):
            raise UnreadableFile(reason)
        return Extract(**{**found, "page_starts": tuple(found["page_starts"])})


def serve() -> None:
    """Read files as they come, each a line of JSON and its bytes, until there are no more."""
    source, target = begin_serving()
    while line := source.readline():
        wanted = json.loads(line)
        data = source.read(wanted["size"])
        if hasattr(signal, "alarm"):  # It ends the process, whatever that is doing.
            signal.alarm(wanted["limit"])
        try:
            found: dict[str, object] = asdict(extract(Path(f"file{wanted['suffix']}"), data))
        except UnreadableFile as reason:
            found = {"reason": str(reason)}
        except MemoryError:
            found = {"reason": _too_much_memory()}
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        target.write(json.dumps(found).encode() + b"\n")
        target.flush()


def start(program: str) -> subprocess.Popen[bytes]:
    """Return a process of our own that runs a program, and talks through its input and output."""
    # Nothing that happens to lie in the working directory is imported (-P).
    home = str(Path(__file__).parents[2])
    paths = [path for path in (*sys.path, home) if path]
    settings = {"PYTHONPATH": os.pathsep.join(paths), "MALLOC_ARENA_MAX": "2"}
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # Each reserves memory.
    return subprocess.Popen(
        [sys.executable, "-P", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | settings | threads,
    )


def _ask(process: "subprocess.Popen[bytes]", data: bytes) -> bytes:
    """Return the line that the process answers; of one that ended, what there is of it."""
    try:
        send(process, data)
        return process.stdout.readline() if process.stdout else b""
    except BrokenPipeError:
        return b""


def send(process: "subprocess.Popen[bytes]", data: bytes) -> None:
    """Write to the input of a process; raises BrokenPipeError where it has ended."""
    if process.stdin:
        process.stdin.write(data)
        process.stdin.flush()


def begin_serving() -> tuple[BinaryIO, BinaryIO]:
    """Limit the memory of this process; return where requests come from and answers go to."""
    _limit_memory()
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a parser prints must not be taken for an answer.
    return sys.stdin.buffer, target


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits.
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT if most == resource.RLIM_INFINITY else min(MEMORY_LIMIT, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def _too_much_memory() -> str:
    return f"reading it takes more than {MEMORY_LIMIT >> 30} GiB of memory"


def _ending(code: int, limit: int) -> str:
    """Return why the process ended in the middle of a file."""
    if hasattr(signal, "SIGALRM") and code == -signal.SIGALRM:
        return f"reading it takes longer than {limit} seconds"
    if hasattr(signal, "SIGKILL") and code == -signal.SIGKILL:
        return "reading it was ended by the system, which was short of memory"
    return "the program that reads its format broke down on it; the file may be damaged"
