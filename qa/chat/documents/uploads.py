"""A form that a browser sends -> files in the folder of the uploads, within limits.

What comes is written as it comes, aside and hidden, and gets its name once all of the request is
there: one that breaks off leaves nothing. What becomes of the files is left to `shelf`.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import uuid4

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from index.extract import unzip as unpack
from index.extract.document import SUFFIXES, most_bytes, too_large
from index.store.checksums import file_sha256
from qa.chat.documents.file_names import safe_name

TYPES = SUFFIXES | {unpack.SUFFIX}

MOST_FILES = 100
"""Files of a request at most."""

MOST_BYTES = 1 << 30
"""Bytes of a request at most."""

MOST_KEPT = 5_000
"""Files in the folder of the uploads at most."""

SPARE = 256 << 20
"""Bytes that are to stay free on the disk."""

_HEADERS = 1 << 14
"""Bytes of the headers of a file at most."""

_BROKEN_OFF = 3600
"""Seconds without a change after which a file that is not whole is no longer waited for."""


class Refused(Exception):
    """A request that is refused as a whole; the message is the reason."""


class Upload:
    """One file of a request: its name made safe, and either why it is refused or where it lies."""

    def __init__(self, name: str, reason: str = "") -> None:
        self.name = name
        self.reason = reason
        self.size = 0
        self.aside: Path | None = None
        self._digest = hashlib.sha256()
        self._stream: BinaryIO | None = None

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def open(self, folder: Path) -> None:
        self.aside = folder / f".{uuid4().hex}.part"
        self._stream = self.aside.open("xb")

    def write(self, data: bytes) -> None:
        most = most_bytes(PurePosixPath(self.name).suffix)
        if self._stream is None or self.aside is None:
            return
        if self.size + len(data) > most:
            self.refuse(too_large(most))
        elif shutil.disk_usage(self.aside.parent).free < SPARE + len(data):
            self.refuse("there is too little room on the disk")
        else:
            self._stream.write(data)
            self._digest.update(data)
            self.size += len(data)

    def close(self) -> None:
        """Wait until the file is on the disk: it may be the only copy."""
        if self._stream is not None:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            self._stream = None

    def refuse(self, reason: str) -> None:
        self.reason = reason
        self.discard()

    def discard(self) -> None:
        """Delete what lies aside."""
        if self._stream is not None:
            with suppress(OSError):  # What is not written yet finds no room.
                self._stream.close()
            self._stream = None
        if self.aside is not None:
            with suppress(OSError):  # A disk that refuses this as well; `sweep` tries again.
                self.aside.unlink(missing_ok=True)
            self.aside = None


class Receiver:
    """Takes the bytes of a form as they come, and writes the files in it to a folder."""

    def __init__(self, folder: Path, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise Refused("Files are sent as a form: multipart/form-data with a boundary.")
        folder.mkdir(parents=True, exist_ok=True)
        self.uploads: list[Upload] = []
        self._folder = folder
        self._room = MOST_KEPT - sum(not name.startswith(".") for name in os.listdir(folder))
        self._size = 0
        self._field = self._value = b""
        self._disposition = b""
        self._upload: Upload | None = None
        self._ended = False
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_field,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header,
                "on_headers_finished": self._open,
                "on_part_data": self._write,
                "on_part_end": self._close,
                "on_end": self._end,
            },
        )

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Raises `Refused` where this is no form, or too much of one."""
        self._size += len(data)
        if self._size > MOST_BYTES:
            raise Refused(too_much())
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise Refused("The form that was sent is damaged; send the files again.") from error

    def finish(self) -> list[Upload]:
        """Return the files once there are no more bytes."""
        if not self._ended:
            raise Refused("The form that was sent is not whole; send the files again.")
        return self.uploads

    def discard(self) -> None:
        """Delete what still lies aside."""
        for upload in self.uploads:
            upload.discard()

    def _begin(self) -> None:
        self._upload = None
        self._field = self._value = self._disposition = b""

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]
        self._check_headers()

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_headers()

    def _check_headers(self) -> None:
        if len(self._field) + len(self._value) > _HEADERS:
            raise Refused("The name of a file is longer than any file's; rename it.")

    def _on_header(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        if not options.get(b"filename"):  # A field, or a choice of files that was left empty.
            return
        name = safe_name(options[b"filename"].decode("utf-8", "replace"))
        taken = sum(not upload.reason for upload in self.uploads)
        self._upload = Upload(name, self._objection(name, taken))
        if len(self.uploads) >= 10 * MOST_FILES:
            raise Refused(f"At most {MOST_FILES} files are taken at a time; send them in parts.")
        self.uploads.append(self._upload)
        if not self._upload.reason:
            self._try(lambda upload: upload.open(self._folder))

    def _objection(self, name: str, taken: int) -> str:
        """Return why a file of this name is not taken; empty where it is."""
        suffix = PurePosixPath(name).suffix
        if suffix.lower() not in TYPES:
            kinds = ", ".join(sorted(TYPES))
            return f"the type {suffix or 'without a suffix'} is not read; Footnote reads {kinds}"
        if taken >= MOST_FILES:
            return f"at most {MOST_FILES} files are taken at a time; send it after the others"
        if taken >= self._room:
            return f"{MOST_KEPT:,} files are here already, and no more are kept; remove some first"
        return ""

    def _write(self, data: bytes, start: int, end: int) -> None:
        self._try(lambda upload: upload.write(data[start:end]))

    def _close(self) -> None:
        self._try(lambda upload: upload.close())

    def _try(self, action: Callable[[Upload], None]) -> None:
        if self._upload is None:
            return
        try:
            action(self._upload)
        except OSError as error:
            self._upload.refuse(refusal(error))

    def _end(self) -> None:
        self._ended = True


def refusal(error: OSError) -> str:
    """Return why the disk does not take a file, without its path."""
    return f"it cannot be kept: {error.strerror or 'the disk refuses'}"


def too_much() -> str:
    return (
        f"More than {MOST_BYTES / 1e9:,.0f} GB were sent at a time, and nothing was taken. "
        "Send the files in parts."
    )


def keep(upload: Upload, folder: Path) -> Path:
    """Give an upload its name, or a number after it where another file has that.

    Returns where it lies now; the same bytes under the same name are kept once. No two of these
    may run at a time.
    """
    if upload.aside is None:
        raise ValueError(f"{upload.name} does not lie aside")
    given, number = Path(upload.name), 1
    path = folder / given
    while os.path.lexists(path):
        if _holds(path, upload):
            upload.discard()
            return path
        number += 1
        path = folder / f"{given.stem} ({number}){given.suffix}"
    upload.aside.rename(path)
    upload.aside = None
    return path


def _holds(path: Path, upload: Upload) -> bool:
    """Whether a file has the bytes of an upload."""
    if not path.is_file() or path.stat().st_size != upload.size:
        return False
    return file_sha256(path) == upload.sha256


def sweep(folder: Path) -> None:
    """Delete what requests that broke off with their process have left."""
    for path in folder.glob(".*.part"):
        with suppress(FileNotFoundError):  # Another process may sweep too.
            if time.time() - path.stat().st_mtime > _BROKEN_OFF:
                path.unlink()
