"""Opens library.sqlite: its tables, its write-ahead log, and errors that say what to do.

What is stored in it, and how it is read, is left to `library`.
"""

import os
import sqlite3
from pathlib import Path

from index.errors import IndexDamaged, StorageFailed

FILE_NAME = "library.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS texts (sha256 TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS extracts (
    key TEXT PRIMARY KEY, text_sha256 TEXT NOT NULL REFERENCES texts,
    title TEXT NOT NULL, media_type TEXT NOT NULL, page_starts TEXT NOT NULL,
    author TEXT NOT NULL, date TEXT NOT NULL, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refusals (key TEXT PRIMARY KEY, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS chunkings (
    key TEXT PRIMARY KEY, spans BLOB NOT NULL, familiarity REAL NOT NULL, language TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS embeddings (key TEXT PRIMARY KEY, vector BLOB NOT NULL);
"""

_NOT_OF_THE_FILE = (
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY),
)
"""Codes of errors for which the contents of the database are not to blame."""


def connect(folder: Path, *, writable: bool) -> sqlite3.Connection:
    """Open the database in a folder, creating it and its tables if `writable`.

    Raises `IndexDamaged` where it is missing or cannot be read, and `FootnoteError` where it cannot
    be written.
    """
    path = folder / FILE_NAME
    if not writable and not path.is_file():
        raise IndexDamaged(f"{FILE_NAME} is missing from {folder}; run: footnote index PATH")
    try:
        return _open_tables(path, writable=writable)
    except sqlite3.DatabaseError as error:
        if writable and isinstance(error, sqlite3.OperationalError):
            raise StorageFailed(
                f"Cannot write {path} ({error}). Check the permissions and the free space, "
                "or put the index elsewhere with --index."
            ) from error
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_OF_THE_FILE:
            raise IndexDamaged(
                f"{path} cannot be opened ({error}). Let this user read it and write in its "
                "folder, and check the free space; the file itself need not be damaged."
            ) from error
        raise IndexDamaged(
            f"{path} is not a readable SQLite database ({error}). Move it away and run: "
            "footnote index PATH"
        ) from error


def _open_tables(path: Path, *, writable: bool) -> sqlite3.Connection:
    """Open the database, and make its tables if `writable`."""
    # In a read-only folder SQLite cannot create the files of the write-ahead log.
    read = "ro" if os.access(path.parent, os.W_OK) else "ro&immutable=1"
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={'rwc' if writable else read}",
        uri=True,
        timeout=30,
        check_same_thread=False,
    )
    if writable:
        connection.execute("PRAGMA journal_mode = WAL")
        # The log is synced at checkpoints, not for each transaction.
        connection.execute("PRAGMA synchronous = NORMAL")
        _drop_outdated(connection)
        connection.executescript(_SCHEMA)
    else:
        connection.execute("SELECT 1 FROM texts LIMIT 1")
    return connection


def _drop_outdated(connection: sqlite3.Connection) -> None:
    """Drop tables with the columns of older versions; a build fills them again."""
    for table, added in (("chunkings", "language"), ("extracts", "note")):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        if columns and added not in columns:
            connection.execute(f"DROP TABLE {table}")
