"""back_up() and restore(): a whole index as one file, while questions are answered.

A plain copy of the folder may contain a partly deleted generation, or a database without the
transactions in its log. So builds wait for a backup, and SQLite copies its databases itself.
"""

import os
import shutil
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import BinaryIO

from filelock import FileLock, Timeout

from index.errors import FootnoteError, IndexDamaged, IndexNotFound
from index.ingest.scan import UPLOADS_FOLDER
from index.manifest import MANIFEST_FILE, Manifest, read_manifest, write_manifest
from index.progress import Progress, ignore_progress
from index.store.generation import index_folder, load_generation, read_live_name
from index.store.library import Library
from index.store.lock import HOLDER_FILE, LOCK_FILE, explain_disk_errors, hold_lock
from index.store.write import make_live

LOCK_TIMEOUT = 300
"""Seconds to wait for a running build to end."""

_WORKING = ".footnote-backup-"
"""How the folder begins in which a backup is made, beside its file."""

_UNLOCKED_SECONDS = 60.0
"""How old such a folder is at least that counts as left over; a new one is not locked yet."""

_ASIDE = ".restoring-"
"""How the folder begins in which a restore writes."""

_NOT_COUNTED = ("lost+found", LOCK_FILE, HOLDER_FILE)
"""What may lie in a folder that counts as empty."""


def back_up(
    file: str | Path,
    *,
    index: str | Path | None = None,
    patience: float = LOCK_TIMEOUT,
    progress: Progress = ignore_progress,
) -> str:
    """Write the live generation, the databases and the uploads of an index to a tar archive.

    Returns the name of the generation. Questions are answered meanwhile, builds wait; one that
    runs is waited for at most `patience` seconds, which `progress` is told. Raises `FootnoteError`
    if the file exists or the index is damaged; no file is left behind then.
    """
    folder, file = index_folder(index).resolve(), Path(file)
    if read_live_name(folder) is None:
        raise IndexNotFound(f"There is no index in {folder}; nothing was written.")
    if file.exists():
        raise FootnoteError(f"{file} already exists. Move it away, or name another file.")
    with (
        explain_disk_errors(file.parent),
        hold_lock(folder, patience, progress, work="backup"),
    ):
        name = read_live_name(folder) or ""  # A build may have ended since.
        manifest = _verify_generation(folder, name)
        with (
            _make_working_folder(file.parent) as work,
            _create_file(work / "archive.tar", file) as stream,
            tarfile.open(fileobj=stream, mode="w", dereference=True) as archive,
        ):
            for path, member in _list_members(folder, name, manifest, work):
                with suppress(FileNotFoundError):  # An unreadable upload may be deleted meanwhile.
                    archive.add(path, member, recursive=False)
    return name


def restore(file: str | Path, *, index: str | Path | None = None) -> str:
    """Unpack a backup into a folder that is empty or does not exist, and verify all of it.

    Returns the name of the generation. All is written aside in the folder, and moved to its place
    once it is verified; nothing else is deleted, whatever happens. Raises `FootnoteError` if the
    folder is not empty or the backup is damaged, and `IndexBusy` if another process builds there.
    """
    folder, file = index_folder(index).resolve(), Path(file)
    _check_empty(folder)
    with explain_disk_errors(folder), _hold_empty_folder(folder):
        for leftover in folder.glob(f"{_ASIDE}*"):  # Of a restore that was killed.
            shutil.rmtree(leftover, ignore_errors=True)
        with TemporaryDirectory(dir=folder, prefix=_ASIDE, ignore_cleanup_errors=True) as temporary:
            aside = Path(temporary)
            name = _unpack(file, aside)
            _verify_generation(aside, name)
            make_live(aside, name)
            _check_empty(folder)
            _move_contents(aside, folder)
    return name


def _check_empty(folder: Path) -> None:
    """Raise `FootnoteError` unless a folder is empty or missing.

    What a file system and restores of their own put there does not count.
    """
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    for name in names:
        if name not in _NOT_COUNTED and not name.startswith(_ASIDE):
            raise FootnoteError(
                f"The folder {folder} is not empty (it holds {name[:80]!r}). Stop the programs "
                "that use it and move it away, or name another folder with --index."
            )


@contextmanager
def _hold_empty_folder(folder: Path) -> Iterator[None]:
    """Hold the lock of an index that is to be made; a failure leaves no lock file behind."""
    lock = folder / LOCK_FILE
    is_new = not lock.exists()
    with hold_lock(folder, 0, ignore_progress, work="restore"):
        try:
            yield
        except BaseException:
            if is_new:
                lock.unlink(missing_ok=True)
            raise


def _move_contents(aside: Path, folder: Path) -> None:
    """Move everything into a folder, CURRENT last; if that fails, move it back."""
    moved = []
    try:
        for path in sorted(aside.iterdir(), key=lambda path: path.name == "CURRENT"):
            path.rename(folder / path.name)
            moved.append(path)
    except BaseException:
        for path in moved:
            (folder / path.name).rename(path)
        raise


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
    for upload in sorted((folder / UPLOADS_FOLDER).rglob("*")):
        place = upload.relative_to(folder)
        if upload.is_file() and not any(part.startswith(".") for part in place.parts):
            yield upload, place.as_posix()
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
    target.chmod(database.stat().st_mode & 0o666)  # In a folder that only its owner can open.
    return target


@contextmanager
def _make_working_folder(parent: Path) -> Iterator[Path]:
    """Make a folder that is deleted at the end, and delete those of backups that were killed.

    A backup that runs holds the lock of its folder, so that one without a holder is a leftover.
    """
    for leftover in parent.glob(f"{_WORKING}*"):
        with suppress(OSError, Timeout):
            if time.time() - leftover.stat().st_mtime > _UNLOCKED_SECONDS:
                with FileLock(leftover / "lock", timeout=0):
                    shutil.rmtree(leftover)
    with (
        TemporaryDirectory(dir=parent, prefix=_WORKING, ignore_cleanup_errors=True) as name,
        FileLock(Path(name) / "lock"),
    ):
        yield Path(name)


@contextmanager
def _create_file(part: Path, file: Path) -> Iterator[BinaryIO]:
    """Open a file that only its owner can read. It is moved to `file` once it is on disk."""
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(file)


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
                    stream.flush()
                    os.fsync(stream.fileno())
    except (tarfile.TarError, UnicodeDecodeError, FileExistsError) as error:
        raise _invalid_backup(file, str(error)) from error
    if live is None or not live.isdigit():
        raise _invalid_backup(file, "its end is missing")
    return live


def _invalid_backup(file: Path, reason: str) -> IndexDamaged:
    return IndexDamaged(
        f"{file} is not a complete backup ({reason}). Give a file that footnote backup wrote."
    )
