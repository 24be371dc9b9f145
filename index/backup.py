"""back_up() and restore(): all of an index in one file, and back, while questions are answered.

A copy of the folder that is made by other means may hold a generation of which a part is deleted,
or a database without what stands in its log. Here no build runs meanwhile, and SQLite itself copies
its databases.
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
from index.ingest.scan import UPLOADS
from index.manifest import FILE_NAME as MANIFEST
from index.manifest import Manifest, read_manifest, write_manifest
from index.progress import ignore_progress
from index.store.generation import current, index_folder, load_generation, swap
from index.store.library import Library
from index.store.lock import explain_disk_errors, hold_lock

PATIENCE = 300
"""Seconds that a build which runs is waited for."""


def back_up(file: str | Path, *, index: str | Path | None = None) -> str:
    """Write the live generation, the databases and the uploads of an index into a tar archive.

    Returns the generation's name. Questions are answered meanwhile, builds wait. Raises
    `FootnoteError` where the file is there already, or the index is not sound; of the file nothing
    is left then.
    """
    folder, file = index_folder(index).resolve(), Path(file)
    if current(folder) is None:
        raise IndexNotFound(f"There is no index in {folder}; nothing was written.")
    if file.exists():
        raise FootnoteError(f"{file} is there already. Move it away, or name another file.")
    with explain_disk_errors(file.parent), hold_lock(folder, PATIENCE, ignore_progress):
        name = current(folder) or ""  # A build may have ended since.
        manifest = _checked(folder, name)
        with (
            _written(file) as stream,
            tarfile.open(fileobj=stream, mode="w") as archive,
            TemporaryDirectory(dir=file.parent, prefix=".footnote-") as aside,
        ):
            for path, kept_as in _parts(folder, name, manifest, Path(aside)):
                with suppress(FileNotFoundError):  # An upload that could not be read is deleted.
                    archive.add(path, kept_as, recursive=False)
    return name


def restore(file: str | Path, *, index: str | Path | None = None) -> str:
    """Write what `back_up` wrote into a folder that is empty or not there, and check all of it.

    Returns the generation's name. Raises `FootnoteError` where there is something in the folder, or
    where the file is no sound backup; the folder is left empty then.
    """
    folder, file = index_folder(index).resolve(), Path(file)
    if folder.is_dir() and any(folder.iterdir()):
        raise FootnoteError(
            f"There is something in {folder}, expected nothing. Stop what uses it and move it "
            "away, or name another folder with --index."
        )
    with explain_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            name = _extract(file, folder)
            _checked(folder, name)
            swap(folder, name)
        except BaseException:
            for path in folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            raise
    return name


def _checked(folder: Path, name: str) -> Manifest:
    """Return what a generation says of itself, all its files and texts checked.

    What a server holds of it is left to that, and need not be there.
    """
    manifest = read_manifest(folder, name)
    if manifest.engine is None:
        load_generation(folder, name)
    with closing(Library.open(folder)) as library:
        for entry in manifest.documents:
            library.text(entry.sha256)
    return manifest


def _parts(folder: Path, name: str, manifest: Manifest, aside: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of a backup, each with its path in it; some are made `aside`."""
    home = folder / "generations" / name
    write_manifest(aside / MANIFEST, manifest, folder)
    yield aside / MANIFEST, f"generations/{name}/{MANIFEST}"
    for inner in manifest.files:
        yield home / inner, f"generations/{name}/{inner}"
    for database in sorted(folder.glob("*.sqlite")):
        yield _copied(database, aside / database.name), database.name
    for upload in sorted((folder / UPLOADS).glob("[!.]*")):
        yield upload, f"{UPLOADS}/{upload.name}"
    yield folder / "CURRENT", "CURRENT"


def _copied(database: Path, target: Path) -> Path:
    """Return a copy of a database, with all that was committed by now."""
    try:
        with (
            closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise IndexDamaged(
            f"{database} cannot be read ({error}). Move it away, and try again."
        ) from error
    target.chmod(0o600)
    return target


@contextmanager
def _written(file: Path) -> Iterator[BinaryIO]:
    """Open a file that only its owner can read, and that gets its name once it is on the disk."""
    aside = file.with_name(f".{file.name}.part")
    try:
        new = os.O_CREAT | os.O_TRUNC | os.O_WRONLY
        with os.fdopen(os.open(aside, new, 0o600), "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        aside.rename(file)
    finally:
        aside.unlink(missing_ok=True)


def _extract(file: Path, folder: Path) -> str:
    """Write the files of a backup, but for the pointer to the generation, which is returned."""
    live = None
    try:
        with tarfile.open(file) as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                source = archive.extractfile(member) if member.isreg() else None
                if source is None or path.is_absolute() or ".." in path.parts:
                    raise IndexDamaged(_no_backup(file, f"it holds {member.name[:80]!r}"))
                if member.name == "CURRENT":
                    live = source.read(20).decode("ascii").strip()
                    continue
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                new = os.O_CREAT | os.O_EXCL | os.O_WRONLY
                with os.fdopen(os.open(target, new, member.mode & 0o666), "wb") as stream:
                    shutil.copyfileobj(source, stream)
    except (tarfile.TarError, UnicodeDecodeError, FileExistsError) as error:
        raise IndexDamaged(_no_backup(file, str(error))) from error
    if live is None or not live.isdigit():
        raise IndexDamaged(_no_backup(file, "its end is missing"))
    return live


def _no_backup(file: Path, why: str) -> str:
    return f"{file} is no whole backup ({why}). Give a file that footnote backup wrote."
