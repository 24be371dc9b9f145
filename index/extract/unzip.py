"""A ZIP archive -> the files in it, within limits. What they say is left to `documents`."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from index.errors import UnreadableFile
from index.extract.document import most_bytes, too_large
from index.extract.zip_container import MOST_UNPACKED, open_archive

SUFFIX = ".zip"

MOST_FILES = 10_000
"""Files in an archive at most."""

_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(OSError, EOFError, NotImplementedError, ValueError, RuntimeError),
)
"""What unpacking raises where the bytes are not what they should be."""

DEEPEST = 20
"""Folders within folders of an archive at most."""


def unpack(
    data: bytes, *, suffixes: frozenset[str]
) -> Iterator[tuple[str, bytes | UnreadableFile]]:
    """Return an iterator over the files: their names with their bytes, or with why not.

    Hidden files and symbolic links are left out, as in folders; of a suffix that is not in
    `suffixes` no bytes are unpacked. Raises `UnreadableFile` where it is all of the archive that
    cannot be read.
    """
    archive = open_archive(data, "archive", most_markup=MOST_UNPACKED)
    named = [part for part in archive.infolist() if part.filename and not part.is_dir()]
    parts = {part.filename: part for part in named}
    if len(parts) > MOST_FILES:
        raise UnreadableFile(
            f"the archive holds {len(parts):,} files, of which {MOST_FILES:,} are read at most"
        )
    names = [name for name in sorted(parts) if not stat.S_ISLNK(parts[name].external_attr >> 16)]
    return ((name.strip("/"), part) for name in names for part in _file(archive, name, suffixes))


def unpack_one(data: bytes, name: str) -> bytes:
    """Return the bytes of one file of an archive, named as `unpack` does.

    Raises `UnreadableFile` where it cannot be had.
    """
    archive = open_archive(data, "archive", most_markup=MOST_UNPACKED)
    suffixes = frozenset({PurePosixPath(name).suffix.lower()})
    named = (part for part in archive.namelist() if part.strip("/") == name)
    for found in (file for part in named for file in _file(archive, part, suffixes)):
        if isinstance(found, bytes):
            return found
        raise found
    raise UnreadableFile("the archive does not hold it")


def _file(
    archive: zipfile.ZipFile, name: str, suffixes: frozenset[str]
) -> Iterator[bytes | UnreadableFile]:
    """Yield the bytes of a file or why not; nothing for one that is hidden."""
    folders = name.split("/")
    if _leads_out(name):
        yield UnreadableFile("its name leads out of the archive")
    elif any(folder.startswith(".") or folder == "__MACOSX" for folder in folders):
        return
    elif len(folders) > DEEPEST:
        yield UnreadableFile(f"it lies more than {DEEPEST} folders deep in the archive")
    elif name.lower().endswith(SUFFIX):
        yield UnreadableFile("an archive within an archive is not read")
    elif PurePosixPath(name).suffix.lower() not in suffixes:
        yield b""
    else:
        yield _read(archive, name, most_bytes(PurePosixPath(name).suffix))


def _leads_out(name: str) -> bool:
    """Whether a name is no plain path below the archive."""
    folders = name.split("/")
    return ".." in folders or "" in folders or "." in folders or "\\" in name or ":" in folders[0]


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes | UnreadableFile:
    try:
        with archive.open(name) as stream:  # Its size may be another than the archive says.
            data = stream.read(most + 1)
        return data if len(data) <= most else UnreadableFile(too_large(most))
    except _DAMAGED:
        return UnreadableFile("it cannot be unpacked: the archive is damaged where it lies")
