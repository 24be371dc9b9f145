"""Extract files in a child process with limits on time and memory.

A damaged or malicious file can make a parser loop forever, exhaust memory or crash. Then only the
child process ends; the file is skipped with the reason and the build continues. Short plain text
is read in this process. Choosing the reader of a format is left to `document`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from index.environment import NO_TELEMETRY
from index.errors import UnreadableFile, UnreadableForNow
from index.extract.document import PLAIN_SUFFIXES, SUFFIXES, extract
from index.extract.pdf.ocr import is_ocr_installed
from index.text.canonical import Extract

TIME_LIMIT = 120
"""Maximum time to read one file, in seconds."""

OCR_TIME_LIMIT = 1800
"""Maximum time to read a PDF with text recognition, in seconds; a page takes some seconds."""

MEMORY_LIMIT = 4 << 30
"""Maximum address space of the child process in bytes, the interpreter included."""

START_TIME_LIMIT = 60
"""Maximum time for the child process to start, in seconds."""

IN_PROCESS_BYTES = 1 << 16
"""Maximum size of plain text that is read in this process: it cannot take long to read."""

POLL_INTERVAL = 0.5
"""Seconds between two calls of `on_wait` while a file is being read."""

_ENDING_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT", "SIGXCPU")
    if hasattr(signal, name)
]
"""Signals that somebody or a limit of the system sends, and no parser causes."""

_SHORTAGE_SIGNALS = [
    getattr(signal, name) for name in ("SIGABRT", "SIGBUS") if hasattr(signal, name)
]
"""Signals by which libraries in C end a process also where memory or a disk is short."""

OUT_OF_MEMORY = 12
"""The exit status of a child process that has no memory left to answer."""

READY = b"ready\n"
"""The first line that the child process writes."""

_EXTRACT_PROGRAM = "from index.extract.sandbox import serve_extractions; serve_extractions()"


class Sandbox:
    """A child process that reads one file at a time; it is started when first needed.

    While it reads, `on_wait` is called every `POLL_INTERVAL` seconds; an exception that it raises
    ends the wait.
    """

    def __init__(self, on_wait: Callable[[], None] = lambda: None) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._start_failure = ""
        self._on_wait = on_wait
        self._pool = ThreadPoolExecutor(1)

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *error: object) -> None:
        if self._process:
            self._process.kill()
        self._pool.shutdown()
        if self._process:
            self._process.communicate()

    def extract(self, path: Path, data: bytes) -> Extract:
        """Extract a file as `document.extract` does, within the limits.

        Raises `UnreadableFile` also if the parser crashes, and `UnreadableForNow` if a limit is
        exceeded or the child process is ended or cannot be started.
        """
        suffix = path.suffix.lower()
        needs_no_parser = suffix in PLAIN_SUFFIXES or suffix not in SUFFIXES
        if (needs_no_parser and len(data) <= IN_PROCESS_BYTES) or not data:
            return extract(path, data)
        process = self._process or self._start()
        limit = OCR_TIME_LIMIT if suffix == ".pdf" and is_ocr_installed() else TIME_LIMIT
        request = json.dumps({"suffix": path.suffix, "size": len(data), "limit": limit})
        pending = self._pool.submit(_exchange, process, request.encode() + b"\n" + data)
        while not wait([pending], timeout=POLL_INTERVAL).done:
            self._on_wait()
        answer = pending.result()
        if not answer.endswith(b"\n"):
            self._process = None
            process.communicate()
            raise _exit_error(process.returncode, limit)
        fields = json.loads(answer)
        if reason := fields.get("reason"):
            raise UnreadableForNow(reason) if fields["for_now"] else UnreadableFile(reason)
        return Extract(**{**fields, "page_starts": tuple(fields["page_starts"])})

    def _start(self) -> "subprocess.Popen[bytes]":
        """Return a child process that is ready. Raises `UnreadableForNow` if none can be had.

        After a failure it is not tried again: the other files of this build would wait as long.
        """
        if self._start_failure:
            raise UnreadableForNow(self._start_failure)
        python = sys.executable or "sys.executable, which is empty"
        self._start_failure = f"the process that reads it cannot be started by {python}"
        try:
            process = start_child(_EXTRACT_PROGRAM)
        except OSError as error:
            self._start_failure += f": {error.strerror or error}"
            raise UnreadableForNow(self._start_failure) from error
        self._process = process  # From here on it is ended with the sandbox.
        stdout = process.stdout
        ready = self._pool.submit(lambda: stdout.readline() if stdout else b"")
        deadline = time.monotonic() + START_TIME_LIMIT
        while not wait([ready], timeout=POLL_INTERVAL).done:
            if time.monotonic() > deadline:
                process.kill()
            self._on_wait()
        if ready.result() != READY:
            self._process = None
            process.kill()
            process.communicate()
            self._start_failure += "; a Python with Footnote installed was expected"
            raise UnreadableForNow(self._start_failure)
        self._start_failure = ""
        return process


def serve_extractions() -> None:
    """Serve requests until the input ends: each a line of JSON followed by the file's bytes."""
    source, target = prepare_child()
    target.write(READY)
    target.flush()
    try:
        while line := source.readline():
            _serve_extraction(json.loads(line), source, target)
    except MemoryError:  # While the file was passed to the parser, or its text from there.
        os._exit(OUT_OF_MEMORY)


def _serve_extraction(request: dict[str, Any], source: BinaryIO, target: BinaryIO) -> None:
    data = source.read(request["size"])
    if hasattr(signal, "alarm"):  # The signal ends the process, even inside a C library.
        signal.alarm(request["limit"])
    try:
        answer: dict[str, object] = asdict(extract(Path(f"file{request['suffix']}"), data))
    except UnreadableFile as error:
        answer = {"reason": str(error), "for_now": False}
    except MemoryError:
        answer = {"reason": _memory_reason(), "for_now": True}
    if hasattr(signal, "alarm"):
        signal.alarm(0)
    target.write(json.dumps(answer).encode() + b"\n")
    target.flush()


def start_child(program: str) -> subprocess.Popen[bytes]:
    """Start a child process that runs a Python program, with pipes as its input and output."""
    # -P keeps modules in the working directory from being imported.
    home = str(Path(__file__).parents[2])
    paths = [path for path in (*sys.path, home) if path]
    settings = {"PYTHONPATH": os.pathsep.join(paths), "MALLOC_ARENA_MAX": "2"}
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # Each thread reserves memory.
    return subprocess.Popen(
        [sys.executable, "-P", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | NO_TELEMETRY | settings | threads,  # Text recognition uses onnxruntime.
    )


def _exchange(process: "subprocess.Popen[bytes]", data: bytes) -> bytes:
    """Send a request and return the line answered; it is incomplete if the process ended."""
    try:
        write_request(process, data)
        return process.stdout.readline() if process.stdout else b""
    except BrokenPipeError:
        return b""


def write_request(process: "subprocess.Popen[bytes]", data: bytes) -> None:
    """Write to the input of a child process; raises BrokenPipeError if it has ended."""
    if process.stdin:
        process.stdin.write(data)
        process.stdin.flush()


def prepare_child() -> tuple[BinaryIO, BinaryIO]:
    """Limit the memory of this child process; return its request and answer streams."""
    _limit_memory()
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # A parser that prints must not corrupt the answers.
    return sys.stdin.buffer, target


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no resource limits.
        return
    _, hard_limit = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT if hard_limit == resource.RLIM_INFINITY else min(MEMORY_LIMIT, hard_limit)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard_limit))


def _memory_reason() -> str:
    return f"reading it takes more than {MEMORY_LIMIT >> 30} GiB of memory"


def _exit_error(code: int, limit: int) -> UnreadableFile:
    """Return why the process ended while it was reading a file."""
    if -code == getattr(signal, "SIGALRM", None):
        return UnreadableForNow(f"reading it takes longer than {limit} seconds")
    if -code == getattr(signal, "SIGKILL", None):
        return UnreadableForNow("the operating system stopped reading it because memory ran out")
    if -code in _ENDING_SIGNALS:
        return UnreadableForNow("the process that was reading it was ended")
    if -code in _SHORTAGE_SIGNALS:
        return UnreadableForNow("the parser of its format crashed, as where memory is short")
    if code == OUT_OF_MEMORY:
        return UnreadableForNow(_memory_reason())
    return UnreadableFile("the parser of its format crashed; the file may be damaged")
