"""Reads the bytes of a source file, and names the member of an archive that a document comes from.

Extracting the text is left to `document`, unpacking archives to `unzip`.
"""

import stat
from pathlib import Path

from index.errors import UnreadableFile, UnreadableForNow
from index.extract.document import SUFFIXES, extract, max_file_bytes, too_large_reason
from index.extract.unzip import ARCHIVE_SUFFIX
from index.text.canonical import is_unicode


def read_source(path: Path) -> bytes:
    """Return the bytes of a file. Raises `UnreadableFile` with the reason if that is impossible.

    It is `UnreadableForNow` for a file or folder that is there and cannot be opened.
    """
    if not is_unicode(str(path)):
        raise UnreadableFile("its name is not in UTF-8; rename it")
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise UnreadableFile(f"it cannot be opened: {error.strerror}") from error
    except OSError as error:
        raise UnreadableForNow(f"it cannot be opened: {error.strerror}") from error
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableForNow("the folder cannot be opened; check its permissions")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFile("it is not a regular file but a pipe, a socket or a device")
    if path.suffix.lower() not in SUFFIXES | {ARCHIVE_SUFFIX}:
        extract(path, b"")  # Raises the reason without reading a file that may be large.
    limit = max_file_bytes(path.suffix)
    if status.st_size > limit:
        raise UnreadableFile(too_large_reason(limit))
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableForNow(f"it cannot be opened: {error.strerror}") from error


def member_name(source: str, document_id: str) -> str:
    """Return the name of a document within its archive, "" if `source` is not an archive.

    >>> member_name("/ida/all.zip", "all.zip/in/log.pdf"), member_name("/ida/a.pdf", "a.pdf")
    ('in/log.pdf', '')
    """
    if not source.lower().endswith(ARCHIVE_SUFFIX):
        return ""
    return document_id.partition(f"{Path(source).name}/")[2]
