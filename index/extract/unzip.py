"""Unpack the files of a ZIP archive, within limits; extracting their text is left to `document`."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from index.errors import UnreadableFile
from index.extract.document import max_file_bytes, too_large_reason
from index.extract.zip_container import MAX_UNPACKED_BYTES, open_archive

ARCHIVE_SUFFIX = ".zip"

MAX_ARCHIVE_FILES = 10_000
"""Maximum number of files in an archive."""

_UNPACK_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(OSError, EOFError, NotImplementedError, ValueError, RuntimeError),
)
"""Exceptions that `zipfile` and its decompressors raise on damaged data."""

MAX_FOLDER_DEPTH = 20
"""Maximum number of parts in the path of a file in an archive."""


def unpack_archive(
    data: bytes, *, suffixes: frozenset[str]
) -> Iterator[tuple[str, bytes | UnreadableFile]]:
    """Iterate over the files in an archive: the name of each with its bytes, or the error.

    Hidden files and symbolic links are left out, as in folders. A file whose suffix is not in
    `suffixes` is not unpacked and yields b"". Raises `UnreadableFile` if the archive as a whole
    cannot be read.
    """
    archive = open_archive(data, "archive", max_markup=MAX_UNPACKED_BYTES)
    named = [part for part in archive.infolist() if part.filename and not part.is_dir()]
    parts = {part.filename: part for part in named}
    if len(parts) > MAX_ARCHIVE_FILES:
        raise UnreadableFile(
            f"the archive contains {len(parts):,} files, more than the limit of "
            f"{MAX_ARCHIVE_FILES:,}; split it into several archives"
        )
    names = [name for name in sorted(parts) if not stat.S_ISLNK(parts[name].external_attr >> 16)]
    return (
        (name.strip("/"), part) for name in names for part in _read_member(archive, name, suffixes)
    )


def unpack_member(data: bytes, name: str) -> bytes:
    """Return the bytes of one file in an archive, by its name from `unpack_archive`.

    Raises `UnreadableFile` if the file is missing or cannot be unpacked.
    """
    archive = open_archive(data, "archive", max_markup=MAX_UNPACKED_BYTES)
    suffixes = frozenset({PurePosixPath(name).suffix.lower()})
    named = (part for part in archive.namelist() if part.strip("/") == name)
    for member in (file for part in named for file in _read_member(archive, part, suffixes)):
        if isinstance(member, UnreadableFile):
            raise member
        return member
    raise UnreadableFile("the archive does not contain this file")


def _read_member(
    archive: zipfile.ZipFile, name: str, suffixes: frozenset[str]
) -> Iterator[bytes | UnreadableFile]:
    """Yield the bytes of a file or the error; nothing for a hidden file."""
    folders = name.split("/")
    if _escapes_archive(name):
        yield UnreadableFile("its path points outside the archive")
    elif any(folder.startswith(".") or folder == "__MACOSX" for folder in folders):
        return
    elif len(folders) > MAX_FOLDER_DEPTH:
        yield UnreadableFile(f"it is more than {MAX_FOLDER_DEPTH} folders deep in the archive")
    elif name.lower().endswith(ARCHIVE_SUFFIX):
        yield UnreadableFile("archives inside archives are not read; unpack it first")
    elif PurePosixPath(name).suffix.lower() not in suffixes:
        yield b""
    else:
        yield _read_bytes(archive, name, max_file_bytes(PurePosixPath(name).suffix))


def _escapes_archive(name: str) -> bool:
    """Return whether a name is anything but a plain relative path."""
    folders = name.split("/")
    return ".." in folders or "" in folders or "." in folders or "\\" in name or ":" in folders[0]


def _read_bytes(archive: zipfile.ZipFile, name: str, limit: int) -> bytes | UnreadableFile:
    try:
        with archive.open(name) as stream:  # The size declared in the archive may be wrong.
            data = stream.read(limit + 1)
        return data if len(data) <= limit else UnreadableFile(too_large_reason(limit))
    except _UNPACK_ERRORS:
        return UnreadableFile("it cannot be unpacked: this part of the archive is damaged")
