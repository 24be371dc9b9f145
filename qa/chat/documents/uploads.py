"""Uploads: the files of a multipart form are written to the uploads folder, within limits.

Each file is written under a hidden temporary name, and gets its own name once the request is
complete, so an interrupted request leaves nothing behind. Indexing the files is left to
`qa.chat.documents.manage`.
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

from index.extract.document import (
    SUFFIXES,
    max_file_bytes,
    too_large_reason,
    unsupported_type_reason,
)
from index.extract.unzip import ARCHIVE_SUFFIX
from index.ingest.uploads import list_uploads
from index.store.checksums import hash_file
from qa.chat.documents.file_names import refuse_path, safe_path

ACCEPTED_SUFFIXES = SUFFIXES | {ARCHIVE_SUFFIX}

MAX_FILES_PER_REQUEST = 100

MAX_REQUEST_BYTES = 1 << 30

MAX_STORED_FILES = 5_000
"""Files in the uploads folder."""

MIN_FREE_BYTES = 256 << 20
"""Disk space that uploads must leave free."""

_MAX_HEADER_BYTES = 1 << 14
"""Length of the headers of one file in a form."""

_STALE_SECONDS = 3600
"""Age of the last change after which an incomplete file is given up."""


class UploadRefused(Exception):
    """A whole request is refused; the message is shown to the user."""


class UploadTooLarge(UploadRefused):
    """A request is larger than MAX_REQUEST_BYTES."""

    def __init__(self) -> None:
        super().__init__(
            f"The upload is larger than {MAX_REQUEST_BYTES / 1e9:,.0f} GB, and nothing was added. "
            "Send fewer files at a time."
        )


class Upload:
    """One file of a request: either refused for a `reason`, or written to a temporary file.

    Its `name` is safe, with the folders in which it was sent.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        self.size = 0
        self.temporary: Path | None = None
        self._digest = hashlib.sha256()
        self._stream: BinaryIO | None = None

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def open(self, folder: Path) -> None:
        self.temporary = folder / f".{uuid4().hex}.part"
        self._stream = self.temporary.open("xb")

    def write(self, data: bytes) -> None:
        limit = max_file_bytes(PurePosixPath(self.name).suffix)
        if self._stream is None or self.temporary is None:
            return
        if self.size + len(data) > limit:
            self.refuse(too_large_reason(limit))
        elif shutil.disk_usage(self.temporary.parent).free < MIN_FREE_BYTES + len(data):
            self.refuse("there is not enough free disk space")
        else:
            self._stream.write(data)
            self._digest.update(data)
            self.size += len(data)

    def close(self) -> None:
        """Flush the file to the disk: it may be the only copy."""
        if self._stream is not None:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            self._stream = None

    def refuse(self, reason: str) -> None:
        self.reason = reason
        self.discard()

    def discard(self) -> None:
        """Delete the temporary file."""
        if self._stream is not None:
            with suppress(OSError):  # Flushing fails on a full disk.
                self._stream.close()
            self._stream = None
        if self.temporary is not None:
            with suppress(OSError):  # `delete_stale_files` tries again later.
                self.temporary.unlink(missing_ok=True)
            self.temporary = None


class Receiver:
    """Parses the bytes of a form as they arrive, and writes its files to a folder."""

    def __init__(self, folder: Path, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise UploadRefused(
                "The request is not a file upload; send multipart/form-data with a boundary."
            )
        folder.mkdir(parents=True, exist_ok=True)
        self.uploads: list[Upload] = []
        self._folder = folder
        self._free_places = MAX_STORED_FILES - sum(1 for _ in list_uploads(folder))
        self._size = 0
        self._field = self._value = b""
        self._disposition = b""
        self._upload: Upload | None = None
        self._complete = False
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
        """Parse the next bytes. Raises `UploadRefused` if the form is invalid or too large."""
        self._size += len(data)
        if self._size > MAX_REQUEST_BYTES:
            raise UploadTooLarge
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise UploadRefused("The upload is damaged. Send the files again.") from error

    def finish(self) -> list[Upload]:
        """Return the files after the last bytes. Raises `UploadRefused` if the form is cut off."""
        if not self._complete:
            raise UploadRefused("The upload is incomplete. Send the files again.")
        return self.uploads

    def discard(self) -> None:
        """Delete the remaining temporary files."""
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
        if len(self._field) + len(self._value) > _MAX_HEADER_BYTES:
            raise UploadRefused("The name of a file is too long. Rename the file and try again.")

    def _on_header(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        if not options.get(b"filename"):  # A plain field, or a file input that was left empty.
            return
        sent = options[b"filename"].decode("utf-8", "replace")
        name = safe_path(sent)
        accepted = sum(not upload.reason for upload in self.uploads)
        self._upload = Upload(name, refuse_path(sent) or self._check_name(name, accepted))
        if len(self.uploads) >= 10 * MAX_FILES_PER_REQUEST:
            raise UploadRefused(
                f"Too many files. Add at most {MAX_FILES_PER_REQUEST} files at a time."
            )
        self.uploads.append(self._upload)
        if not self._upload.reason:
            self._apply(lambda upload: upload.open(self._folder))

    def _check_name(self, name: str, accepted: int) -> str:
        """Return why a file of this name is refused, or an empty string."""
        suffix = PurePosixPath(name).suffix
        if suffix.lower() not in ACCEPTED_SUFFIXES:
            return unsupported_type_reason(suffix, ACCEPTED_SUFFIXES)
        if accepted >= MAX_FILES_PER_REQUEST:
            return (
                f"only {MAX_FILES_PER_REQUEST} files can be added at a time; "
                "add this one after the others"
            )
        if accepted >= self._free_places:
            return (
                f"{MAX_STORED_FILES:,} uploaded files are stored already, which is the limit; "
                "remove some first"
            )
        return ""

    def _write(self, data: bytes, start: int, end: int) -> None:
        self._apply(lambda upload: upload.write(data[start:end]))

    def _close(self) -> None:
        self._apply(lambda upload: upload.close())

    def _apply(self, action: Callable[[Upload], None]) -> None:
        """Apply an action to the current file; a disk error refuses only this file."""
        if self._upload is None:
            return
        try:
            action(self._upload)
        except OSError as error:
            self._upload.refuse(disk_error_reason(error))

    def _end(self) -> None:
        self._complete = True


def disk_error_reason(error: OSError) -> str:
    """Return why a file could not be written, without its path."""
    return f"it could not be saved: {error.strerror or 'the disk reported an error'}"


def store_upload(upload: Upload, folder: Path) -> Path:
    """Move an upload to its path, numbered if another file has it, and return that path.

    A file with the same path and the same bytes is reused. Calls must not overlap.
    """
    if upload.temporary is None:
        raise ValueError(f"{upload.name} has no temporary file")
    given, number = Path(upload.name), 1
    path = folder / given
    while os.path.lexists(path):
        if _has_content(path, upload):
            upload.discard()
            return path
        number += 1
        path = folder / given.with_name(f"{given.stem} ({number}){given.suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        upload.temporary.rename(path)
    except FileNotFoundError:  # A build has just deleted the folder, which was empty.
        path.parent.mkdir(parents=True, exist_ok=True)
        upload.temporary.rename(path)
    upload.temporary = None
    return path


def _has_content(path: Path, upload: Upload) -> bool:
    """Whether a file has the bytes of an upload."""
    if not path.is_file() or path.stat().st_size != upload.size:
        return False
    return hash_file(path) == upload.sha256


def delete_stale_files(folder: Path) -> None:
    """Delete temporary files left by requests whose process ended."""
    for path in folder.glob(".*.part"):
        with suppress(FileNotFoundError):  # Another process may delete them too.
            if time.time() - path.stat().st_mtime > _STALE_SECONDS:
                path.unlink()
