"""Lets one process at a time change an index. Readers take no lock."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from math import ceil
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import FootnoteError, IndexBusy
from index.progress import Progress

LOCK_FILE, HOLDER_FILE = "build.lock", "build.holder"


@contextmanager
def hold_lock(
    folder: Path, patience: float, report: Progress, *, work: str = "build"
) -> Iterator[None]:
    """Hold the lock of the index, waiting at most `patience` seconds for another holder.

    `work` is what is done with it: "build", "backup" or "restore". Raises `IndexBusy`, naming the
    holder, if it is not released by then.
    """
    holder = folder / HOLDER_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK_FILE)
        _acquire(lock, patience, report)
    except Timeout as error:
        raise IndexBusy(
            f"{describe_holder(folder)}. Wait for it to end; until then the live index keeps "
            "answering."
        ) from error
    except OSError as error:
        raise FootnoteError(
            f"Cannot write to {folder} ({error.strerror}). Make it writable, or put the index "
            "elsewhere with --index."
        ) from error
    try:
        since = datetime.now().astimezone().isoformat(" ", timespec="seconds")
        kind = "" if work == "build" else f"{work}: "
        holder.write_text(f"{kind}process {os.getpid()}, since {since}\n", "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def describe_holder(folder: Path) -> str:
    """Return a sentence, without its full stop, that says who holds the lock of an index."""
    text = ""
    with suppress(OSError, UnicodeDecodeError):
        text = (folder / HOLDER_FILE).read_text("utf-8").strip()
    kind, _, owner = text.rpartition(": ")
    work = f"A {kind}" if kind else "Another build"
    return f"{work} of the index in {folder} is running{f' ({owner})' if owner else ''}"


def _acquire(lock: FileLock, patience: float, report: Progress) -> None:
    """Take the lock, reporting each second of waiting. Raises `Timeout`."""
    for waited in range(ceil(patience)):
        try:
            lock.acquire(timeout=min(1, waited))
            return
        except Timeout:
            report("waiting", waited, ceil(patience))
    lock.acquire(timeout=0)


@contextmanager
def explain_disk_errors(folder: Path) -> Iterator[None]:
    """Raise a `FootnoteError` for an `OSError` during work on the index in `folder`."""
    try:
        yield
    except OSError as error:
        raise FootnoteError(
            f"Cannot read or write {error.filename or folder} ({error.strerror or error}). Check "
            "the permissions and the free space; the live index is unchanged."
        ) from error
