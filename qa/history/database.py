"""Open conversations.sqlite for one change or for reading, with readable errors.

Every call opens and closes the file, so threads and processes may share it, and the index's folder
may be deleted and rebuilt under a running server. `records` and `conversations` use the tables.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock

from index.errors import StorageFailed

CONVERSATIONS_FILE = "conversations.sqlite"

SCHEMA_VERSION = 1
"""The version of the tables below, stored as SQLite's user_version."""

BUSY_TIMEOUT = 5.0
"""Seconds to wait while another program writes."""

_creation_lock = Lock()
"""Held while the file or its tables are created, which SQLite allows one thread only."""

_SCHEMA = (
    "CREATE TABLE conversations (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
    "owner TEXT NOT NULL, title TEXT NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL)",
    "CREATE INDEX of_owner ON conversations (owner, changed)",
    "CREATE TABLE turns (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
    "conversation INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE, "
    "question TEXT NOT NULL, asked TEXT NOT NULL, answer TEXT NOT NULL, "
    "searched_in TEXT NOT NULL, vote INTEGER NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '')",
    "CREATE INDEX of_conversation ON turns (conversation)",
)


@contextmanager
def open_for_writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one change; create it where it is missing."""
    with _readable_errors():
        with _creation_lock, suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(_open_connection(path, "rw")) as connection:
            with _creation_lock:
                _initialise(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")  # Closing rolls back what was not committed.


@contextmanager
def open_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for reading; where there is none, an empty database in memory."""
    with _readable_errors():
        if not path.exists():
            with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
                _create_tables(connection)
                yield connection
            return
        # Without permission to write there is no write-ahead log, so the file cannot change.
        mode = "rw" if os.access(path.parent, os.W_OK) else "ro&immutable=1"
        with closing(_open_connection(path, mode)) as connection:
            if mode == "rw":
                with _creation_lock:
                    _initialise(connection)
            _check_version(connection)
            connection.execute("BEGIN")
            yield connection


def _open_connection(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,
    )


def _initialise(connection: sqlite3.Connection) -> None:
    """Create the tables in a new file."""
    if _check_version(connection) == 0:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if _check_version(connection) == 0:  # Another process may have created them.
            _create_tables(connection)
        connection.execute("COMMIT")


def _create_tables(connection: sqlite3.Connection) -> None:
    for statement in _SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _check_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise StorageFailed(
            f"The conversations were written by a newer version of Footnote (format {version}; "
            f"this one reads format {SCHEMA_VERSION}). Update Footnote, or move "
            f"{CONVERSATIONS_FILE} out of the index's folder."
        )
    return int(version)


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Turn errors of SQLite and the disk into `StorageFailed`, without paths of this machine."""
    try:
        yield
    except sqlite3.OperationalError as error:
        busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        raise StorageFailed(
            f"The conversations are in use by another program ({error}). Try again."
            if busy
            else f"The conversations cannot be stored or read ({error}). Check the permissions of "
            "the index's folder and the free disk space."
        ) from error
    except sqlite3.DatabaseError as error:
        raise StorageFailed(
            f"{CONVERSATIONS_FILE} cannot be read ({error}). Move it out of the index's folder; "
            "a new one is then created."
        ) from error
    except OSError as error:
        raise StorageFailed(
            f"The conversations cannot be stored ({error.strerror}). Check the permissions of the "
            "index's folder and the free disk space."
        ) from error
