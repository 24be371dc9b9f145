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
from index.extract.zip_names import list_files, normalize_path

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
    parts = _find_files(archive)
    if len(parts) > MAX_ARCHIVE_FILES:
        raise UnreadableFile(
            f"the archive contains {len(parts):,} files, more than the limit of "
            f"{MAX_ARCHIVE_FILES:,}; split it into several archives"
        )
    return (
        (name, member)
        for name, part in sorted(parts.items(), key=lambda item: item[0])
        if part is None or not stat.S_ISLNK(part.external_attr >> 16)
        for member in _read_member(archive, name, part, suffixes)
    )


def unpack_member(data: bytes, name: str) -> bytes:
    """Return the bytes of one file in an archive, by its name from `unpack_archive`.

    Raises `UnreadableFile` if the file is missing or cannot be unpacked.
    """
    archive = open_archive(data, "archive", max_markup=MAX_UNPACKED_BYTES)
    suffixes = frozenset({PurePosixPath(name).suffix.lower()})
    files = _find_files(archive)
    for member in _read_member(archive, name, files[name], suffixes) if name in files else ():
        if isinstance(member, UnreadableFile):
            raise member
        return member
    raise UnreadableFile("the archive does not contain this file")


def _find_files(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo | None]:
    """Return the files in an archive by their paths; None for a name that leads out of it.

    Of several with the same path the last is meant, as where they are unpacked one by one.
    """
    files: dict[str, zipfile.ZipInfo | None] = {}
    for name, part in list_files(archive):
        if path := normalize_path(name):
            files[path] = part
        elif refused := name.strip("/"):
            files.setdefault(refused, None)
    return files


def _read_member(
    archive: zipfile.ZipFile, name: str, part: zipfile.ZipInfo | None, suffixes: frozenset[str]
) -> Iterator[bytes | UnreadableFile]:
    """Yield the bytes of a file or the error; nothing for a hidden file."""
    folders = name.split("/")
    if part is None:
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
        yield _read_bytes(archive, part, max_file_bytes(PurePosixPath(name).suffix))


def _read_bytes(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, limit: int
) -> bytes | UnreadableFile:
    try:
        with archive.open(part) as stream:  # The size declared in the archive may be wrong.
            data = stream.read(limit + 1)
        return data if len(data) <= limit else UnreadableFile(too_large_reason(limit))
    except _UNPACK_ERRORS:
        return UnreadableFile("it cannot be unpacked: this part of the archive is damaged")
