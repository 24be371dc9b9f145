"""The pages of a PDF as pictures, drawn in a process of their own, with limits.

A PDF can be made so that drawing it never ends or eats all memory. Then that process ends, the
page is refused with a sentence, and the next one is drawn by another process. It keeps the last
documents open, so that a file is read once and not for every page. A file must still be what was
indexed. What the process does is left to `draw`, starting it to `worker`.
"""

import atexit
import hashlib
import json
import os
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import FootnoteError, UnreadableFile
from index.extract.document import Document
from index.extract.sandbox import send, start
from index.extract.unzip import unpack_one
from index.ingest.scan import inner_name, read_bytes
from index.manifest import Entry
from index.pages.page import Box

TIME_LIMIT = 20
"""Seconds that one page may take."""

NARROWEST, WIDEST = 200, 2000
"""Pixels that a picture of a page may be wide."""

MOST_PAGES_FOUND = 20
"""Pages on which a range is looked for at most."""

PATIENCE = 5
"""Pages of a document that may bring the process down before no more of it is tried."""

GONE = "The file of this document is no longer there as it was indexed; its text is shown instead."

_PROGRAM = "from index.pages.process import serve; serve()"


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle around words on a page, which counts from 1; `box` is as in `formats.page`."""

    page: int
    box: Box


class Pages:
    """Draws pages; its process starts with the first of them. May be used by several threads."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._checked: dict[tuple[str, str], tuple[int, ...]] = {}
        self._ended: dict[str, set[int]] = {}

    def __enter__(self) -> "Pages":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next page starts another."""
        with self._lock:
            self._end()
        atexit.unregister(self.close)

    def page_sizes(self, entry: Entry) -> list[tuple[float, float]]:
        """Return the width and height in points of each page of a document, as it is shown.

        Raises `FootnoteError` where its pages cannot be shown, as all of these do.
        """
        _check_type(entry)
        sizes = self._ask(entry, {"wanted": "sizes"})[0]["sizes"]
        return [(width, height) for width, height in sizes]

    def render_page(self, entry: Entry, number: int, width: int) -> bytes:
        """Return a page (from 1) as a PNG that is `width` pixels wide."""
        self.check(entry, number, width)
        return self._ask(entry, {"wanted": "picture", "page": number, "width": width})[1]

    def check(self, entry: Entry, number: int, width: int) -> None:
        """Raise `FootnoteError` unless such a picture can be asked for of a file as it is now."""
        _check_type(entry)
        if not 1 <= number <= len(entry.page_starts):
            raise FootnoteError(
                f"There is no page {number}; this document has {len(entry.page_starts)}."
            )
        if not NARROWEST <= width <= WIDEST:
            raise FootnoteError(
                f"A page can be shown {NARROWEST} to {WIDEST} pixels wide, not {width}."
            )
        with self._lock:
            self._check_file(entry)

    def find_on_pages(self, entry: Entry, document: Document, start: int, end: int) -> list[Mark]:
        """Return where the words of a range of a document's text stand on its pages."""
        _check_type(entry)
        found = []
        limits = [*document.page_starts[1:], len(document.text)]
        pages = [
            (number, first, last)
            for number, (first, last) in enumerate(
                zip(document.page_starts, limits, strict=True), 1
            )
            if first < end and start < last
        ]
        for number, first, last in pages[:MOST_PAGES_FOUND]:
            asked = {
                "wanted": "boxes",
                "page": number,
                "text": document.text[first:last],
                "start": max(start, first) - first,
                "end": min(end, last) - first,
            }
            boxes = self._ask(entry, asked)[0]["boxes"]
            found += [Mark(number, (x, y, w, h)) for x, y, w, h in boxes]
        return found

    def _ask(self, entry: Entry, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return what the process answers, and the bytes that come with it."""
        with self._lock:
            data = self._check_file(entry)
            ended = self._ended.get(entry.file_sha256, set())
            if asked.get("page", 0) in ended or len(ended) >= PATIENCE:
                raise FootnoteError(_refused("the program that draws it broke down on it before"))
            answer, more = self._tell(entry, asked, b"")
            if "missing" in answer:
                answer, more = self._tell(entry, asked, data or _read_file(entry))
        if "reason" in answer:
            raise FootnoteError(_refused(answer["reason"]))
        return answer, more

    def _tell(
        self, entry: Entry, asked: dict[str, Any], data: bytes
    ) -> tuple[dict[str, Any], bytes]:
        """Send one request to the process, and wait for its answer as long as it may take."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = start(_PROGRAM)
            atexit.unregister(self.close)
            atexit.register(self.close)
            if self._process.stdout:
                self._process.stdout.readline()
        process, late = self._process, threading.Event()
        line = json.dumps({**asked, "sha256": entry.file_sha256, "size": len(data)})

        def end_late() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(TIME_LIMIT, end_late)
        timer.daemon = True
        timer.start()
        more = b""
        try:
            send(process, line.encode() + b"\n" + data)
            answer = process.stdout.readline() if process.stdout else b""
            found = json.loads(answer) if answer.endswith(b"\n") else None
            size = found.get("size", 0) if found else 0
            more = process.stdout.read(size) if process.stdout and size else b""
        except BrokenPipeError:
            found, size = None, 0
        finally:
            timer.cancel()
        if found is None or len(more) < size:
            self._ended.setdefault(entry.file_sha256, set()).add(asked.get("page", 0))
            self._end()
            reason = (
                f"it takes longer than {TIME_LIMIT} seconds"
                if late.is_set()
                else "the program that draws it broke down on it"
            )
            raise FootnoteError(_refused(reason))
        return found, more

    def _check_file(self, entry: Entry) -> bytes:
        """Raise `FootnoteError` unless the file is as it was indexed; return it if it was read."""
        try:
            now = os.lstat(entry.source)
        except (OSError, ValueError) as error:
            raise FootnoteError(GONE) from error
        stamp = (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino)
        if self._checked.get((entry.id, entry.file_sha256)) == stamp:
            return b""
        data = _read_file(entry)
        self._checked[entry.id, entry.file_sha256] = stamp
        return data

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            try:
                self._process.communicate()
            except BrokenPipeError:  # What it was being sent.
                self._process.wait()
            self._process = None


def _check_type(entry: Entry) -> None:
    if entry.media_type != "application/pdf":
        raise FootnoteError("The pages of this document are not shown; only those of a PDF are.")


def _read_file(entry: Entry) -> bytes:
    """Return the bytes of the file that a document was read from, unchanged since."""
    try:
        data = read_bytes(Path(entry.source))
        if inner := inner_name(entry):
            data = unpack_one(data, inner)
    except UnreadableFile as error:
        raise FootnoteError(GONE) from error
    if hashlib.sha256(data).hexdigest() != entry.file_sha256:
        raise FootnoteError(GONE)
    return data


def _refused(reason: str) -> str:
    return f"This page cannot be shown: {reason}. The text is shown instead."
