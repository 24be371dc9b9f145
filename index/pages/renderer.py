"""Draws pages of a PDF in a child process with limits on time and memory.

A PDF can be crafted so that drawing it never ends or exhausts memory. In that case the process is
killed, the page is refused with a message, and the next page is drawn by a new process. The
process keeps recent documents open, so a file is sent once, not for every page. A file is drawn
only if it is unchanged since it was indexed. The process's own code is in `process`; starting it
is left to `extract.sandbox`.
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
from index.extract.sandbox import start_child, write_request
from index.extract.source import member_name, read_source
from index.extract.unzip import unpack_member
from index.manifest import Entry
from index.pages.page import Box

PAGE_TIME_LIMIT = 20
"""Maximum time for one request about a page, in seconds."""

MIN_WIDTH, MAX_WIDTH = 200, 2000
"""Limits on the width of a picture, in pixels."""

MAX_SEARCHED_PAGES = 20
"""Maximum number of pages on which the words of one range are located."""

MAX_FAILED_PAGES = 5
"""Number of a document's pages that may end the process before the document is given up."""

FILE_CHANGED = (
    "The file of this document was moved or changed after it was indexed; its text is shown "
    "instead."
)

_RENDER_PROGRAM = "from index.pages.process import serve_pages; serve_pages()"


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle around words on a page; `page` counts from 1, `box` is as in `page.Box`."""

    page: int
    box: Box


class PageRenderer:
    """Draws pages in a process that starts with the first request. Safe to use from threads."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._verified_stamps: dict[tuple[str, str], tuple[int, ...]] = {}
        self._failed_pages: dict[str, set[int]] = {}

    def __enter__(self) -> "PageRenderer":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next request starts another."""
        with self._lock:
            self._stop_process()
        atexit.unregister(self.close)

    def page_sizes(self, entry: Entry) -> list[tuple[float, float]]:
        """Return the width and height in points of each page of a document, as shown.

        Raises `FootnoteError` if its pages cannot be shown, as the other methods do.
        """
        _check_type(entry)
        sizes = self._request(entry, {"operation": "sizes"})[0]["sizes"]
        return [(width, height) for width, height in sizes]

    def render_page(self, entry: Entry, number: int, width: int) -> bytes:
        """Return a page (from 1) as a PNG that is `width` pixels wide."""
        self.check_request(entry, number, width)
        return self._request(entry, {"operation": "picture", "page": number, "width": width})[1]

    def check_request(self, entry: Entry, number: int, width: int) -> None:
        """Raise `FootnoteError` unless `render_page` can draw this page at this width."""
        _check_type(entry)
        if not 1 <= number <= len(entry.page_starts):
            raise FootnoteError(
                f"There is no page {number}; this document has {len(entry.page_starts)}."
            )
        if not MIN_WIDTH <= width <= MAX_WIDTH:
            raise FootnoteError(
                f"A page can be shown {MIN_WIDTH} to {MAX_WIDTH} pixels wide, not {width}."
            )
        with self._lock:
            self._check_file(entry)

    def find_on_pages(self, entry: Entry, document: Document, start: int, end: int) -> list[Mark]:
        """Return rectangles around the words of a range of a document's text."""
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
        for number, first, last in pages[:MAX_SEARCHED_PAGES]:
            request = {
                "operation": "boxes",
                "page": number,
                "text": document.text[first:last],
                "start": max(start, first) - first,
                "end": min(end, last) - first,
            }
            boxes = self._request(entry, request)[0]["boxes"]
            found += [Mark(number, (x, y, w, h)) for x, y, w, h in boxes]
        return found

    def _request(self, entry: Entry, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return the process's answer and the bytes that follow it, sending the PDF if needed."""
        with self._lock:
            data = self._check_file(entry)
            failed = self._failed_pages.get(entry.file_sha256, set())
            if request.get("page", 0) in failed or len(failed) >= MAX_FAILED_PAGES:
                raise FootnoteError(_refusal("drawing it failed before"))
            answer, body = self._exchange(entry, request, b"")
            if "missing" in answer:
                data = data or _read_unchanged_file(entry)
                answer, body = self._exchange(entry, request, data)
        if "reason" in answer:
            raise FootnoteError(_refusal(answer["reason"]))
        return answer, body

    def _exchange(
        self, entry: Entry, request: dict[str, Any], data: bytes
    ) -> tuple[dict[str, Any], bytes]:
        """Send one request to the process and wait for its answer, within the time limit."""
        if self._process is None or self._process.poll() is not None:
            self._stop_process()
            self._process = start_child(_RENDER_PROGRAM)
            atexit.unregister(self.close)
            atexit.register(self.close)
            if self._process.stdout:
                self._process.stdout.readline()
        process, late = self._process, threading.Event()
        line = json.dumps({**request, "sha256": entry.file_sha256, "size": len(data)})

        def kill_late_process() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(PAGE_TIME_LIMIT, kill_late_process)
        timer.daemon = True
        timer.start()
        body = b""
        try:
            write_request(process, line.encode() + b"\n" + data)
            reply = process.stdout.readline() if process.stdout else b""
            answer = json.loads(reply) if reply.endswith(b"\n") else None
            size = answer.get("size", 0) if answer else 0
            body = process.stdout.read(size) if process.stdout and size else b""
        except BrokenPipeError:
            answer, size = None, 0
        finally:
            timer.cancel()
        if answer is None or len(body) < size:
            self._failed_pages.setdefault(entry.file_sha256, set()).add(request.get("page", 0))
            self._stop_process()
            reason = (
                f"drawing it takes longer than {PAGE_TIME_LIMIT} seconds"
                if late.is_set()
                else "the program that draws it crashed"
            )
            raise FootnoteError(_refusal(reason))
        return answer, body

    def _check_file(self, entry: Entry) -> bytes:
        """Raise `FootnoteError` if the file is not as indexed; return its bytes if it was read."""
        try:
            now = os.lstat(entry.source)
        except (OSError, ValueError) as error:
            raise FootnoteError(FILE_CHANGED) from error
        stamp = (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino)
        if self._verified_stamps.get((entry.id, entry.file_sha256)) == stamp:
            return b""
        data = _read_unchanged_file(entry)
        self._verified_stamps[entry.id, entry.file_sha256] = stamp
        return data

    def _stop_process(self) -> None:
        if self._process:
            self._process.kill()
            try:
                self._process.communicate()
            except BrokenPipeError:  # Part of a request was still buffered.
                self._process.wait()
            self._process = None


def _check_type(entry: Entry) -> None:
    if entry.media_type != "application/pdf":
        raise FootnoteError("Only the pages of a PDF can be shown; this document is not a PDF.")


def _read_unchanged_file(entry: Entry) -> bytes:
    """Return the bytes of a document's file. Raises `FootnoteError` if it is not as indexed."""
    try:
        data = read_source(Path(entry.source))
        if member := member_name(entry.source, entry.id):
            data = unpack_member(data, member)
    except UnreadableFile as error:
        raise FootnoteError(FILE_CHANGED) from error
    if hashlib.sha256(data).hexdigest() != entry.file_sha256:
        raise FootnoteError(FILE_CHANGED)
    return data


def _refusal(reason: str) -> str:
    return f"This page cannot be shown: {reason}. The text is shown instead."
