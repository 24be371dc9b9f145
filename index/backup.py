"""back_up() and restore(): a whole index as one file, while questions are answered.

A plain copy of the folder may contain a partly deleted generation, or a database without the
transactions in its log. So builds wait for a backup, and SQLite copies its databases itself.
"""

import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import BinaryIO

from index.errors import FootnoteError, IndexDamaged, IndexNotFound
from index.ingest.scan import UPLOADS_FOLDER
from index.manifest import MANIFEST_FILE, Manifest, read_manifest, write_manifest
from index.progress import ignore_progress
from index.store.generation import index_folder, load_generation, read_live_name
from index.store.library import Library
from index.store.lock import explain_disk_errors, hold_lock
from index.store.write import make_live

LOCK_TIMEOUT = 300
"""Seconds to wait for a running build to end."""


def back_up(file: str | Path, *, index: str | Path | None = None) -> str:
    """Write the live generation, the databases and the uploads of an index to a tar archive.

    Returns the name of the generation. Questions are answered meanwhile, builds wait. Raises
    `FootnoteError` if the file exists or the index is damaged; no file is left behind then.
    """
    folder, file = index_folder(index).resolve(), Path(file)
    if read_live_name(folder) is None:
        raise IndexNotFound(f"There is no index in {folder}; nothing was written.")
    if file.exists():
        raise FootnoteError(f"{file} already exists. Move it away, or name another file.")
    with explain_disk_errors(file.parent), hold_lock(folder, LOCK_TIMEOUT, ignore_progress):
        name = read_live_name(folder) or ""  # A build may have ended since.
        manifest = _verify_generation(folder, name)
        with (
            _create_file(file) as stream,
            tarfile.open(fileobj=stream, mode="w") as archive,
            TemporaryDirectory(dir=file.parent, prefix=".footnote-") as temporary,
        ):
            for path, member in _list_members(folder, name, manifest, Path(temporary)):
                with suppress(FileNotFoundError):  # An unreadable upload may be deleted meanwhile.
                    archive.add(path, member, recursive=False)
    return name


def restore(file: str | Path, *, index: str | Path | None = None) -> str:
    """Unpack a backup into a folder that is empty or does not exist, and verify all of it.

    Returns the name of the generation. Raises `FootnoteError` if the folder is not empty or the
    backup is damaged; the folder is left empty in the latter case.
    """
    folder, file = index_folder(index).resolve(), Path(file)
    if folder.is_dir() and any(folder.iterdir()):
        raise FootnoteError(
            f"The folder {folder} is not empty. Stop the programs that use it and move it away, or "
            "name another folder with --index."
        )
    with explain_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            name = _unpack(file, folder)
            _verify_generation(folder, name)
            make_live(folder, name)
        except BaseException:
            for path in folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            raise
    return name


def _verify_generation(folder: Path, name: str) -> Manifest:
    """Return the manifest of a generation, after verifying all its files and texts.

    Rows on a server are not verified and need not exist.
    """
    manifest = read_manifest(folder, name)
    if manifest.engine is None:
        load_generation(folder, name)
    with closing(Library.open(folder)) as library:
        for entry in manifest.documents:
            library.text(entry.sha256)
    return manifest


def _list_members(
    folder: Path, name: str, manifest: Manifest, temporary: Path
) -> Iterator[tuple[Path, str]]:
    """Yield the files of a backup with their paths in it. Copies are made in `temporary`."""
    home = folder / "generations" / name
    write_manifest(temporary / MANIFEST_FILE, manifest, folder)
    yield temporary / MANIFEST_FILE, f"generations/{name}/{MANIFEST_FILE}"
    for inner in manifest.files:
        yield home / inner, f"generations/{name}/{inner}"
    for database in sorted(folder.glob("*.sqlite")):
        yield _copy_database(database, temporary / database.name), database.name
    for upload in sorted((folder / UPLOADS_FOLDER).glob("[!.]*")):
        yield upload, f"{UPLOADS_FOLDER}/{upload.name}"
    yield folder / "CURRENT", "CURRENT"


def _copy_database(database: Path, target: Path) -> Path:
    """Copy a database with everything that is committed, and return `target`."""
    try:
        with (
            closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise IndexDamaged(
            f"{database} cannot be read ({error}). Move it away, then try again."
        ) from error
    target.chmod(0o600)
    return target


@contextmanager
def _create_file(file: Path) -> Iterator[BinaryIO]:
    """Open a file that only its owner can read. It gets its name once it is on disk."""
    part = file.with_name(f".{file.name}.part")
    try:
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY
        with os.fdopen(os.open(part, flags, 0o600), "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)


def _unpack(file: Path, folder: Path) -> str:
    """Write the files of a backup to `folder`, and return the name of its live generation."""
    live = None
    try:
        with tarfile.open(file) as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                source = archive.extractfile(member) if member.isreg() else None
                if source is None or path.is_absolute() or ".." in path.parts:
                    raise _invalid_backup(file, f"it contains {member.name[:80]!r}")
                if member.name == "CURRENT":
                    live = source.read(20).decode("ascii").strip()
                    continue
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
                with os.fdopen(os.open(target, flags, member.mode & 0o666), "wb") as stream:
                    shutil.copyfileobj(source, stream)
    except (tarfile.TarError, UnicodeDecodeError, FileExistsError) as error:
        raise _invalid_backup(file, str(error)) from error
    if live is None or not live.isdigit():
        raise _invalid_backup(file, "its end is missing")
    return live


def _invalid_backup(file: Path, reason: str) -> IndexDamaged:
    return IndexDamaged(
        f"{file} is not a complete backup ({reason}). Give a file that footnote backup wrote."
    )
