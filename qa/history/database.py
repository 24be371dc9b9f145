"""conversations.sqlite, opened for one change or to be read; what goes wrong becomes a sentence.

Each time it is opened anew and closed again, so threads and processes may share it, and the
index's folder may be deleted and built again under a running server. What is written in its tables
is `conversations`'s business.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock

from index.errors import FootnoteError

FILE_NAME = "conversations.sqlite"

VERSION = 1
"""Of the tables below, kept as SQLite's user_version."""

PATIENCE = 5.0
"""Seconds to wait for another program that writes."""

_making = Lock()
"""Held while the file or its tables are made, which SQLite lets only one do."""

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
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one change, made where it is missing."""
    with _told():
        with _making, suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(_connect(path, "rw")) as connection:
            with _making:
                _prepare(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")  # Closing takes back what did not come this far.


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as it stands; where there is none, one that is empty."""
    with _told():
        if not path.exists():
            with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
                _make(connection)
                yield connection
            return
        # A folder that cannot be written, and so has no write-ahead log, is read as it stands.
        mode = "rw" if os.access(path.parent, os.W_OK) else "ro&immutable=1"
        with closing(_connect(path, mode)) as connection:
            if mode == "rw":
                with _making:
                    _prepare(connection)
            _check_version(connection)
            connection.execute("BEGIN")
            yield connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None
    )


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables in a file that is new."""
    if _check_version(connection) == 0:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if _check_version(connection) == 0:  # Another process may have been quicker.
            _make(connection)
        connection.execute("COMMIT")


def _make(connection: sqlite3.Connection) -> None:
    for statement in _SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _check_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise FootnoteError(
            f"The conversations were written by a newer version of Footnote (format {version}; "
            f"this one reads format {VERSION}). Update Footnote, or move {FILE_NAME} out of the "
            "index's folder."
        )
    return int(version)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what SQLite or the disk cannot do into a sentence, without a path of this machine."""
    try:
        yield
    except sqlite3.OperationalError as error:
        busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        raise FootnoteError(
            f"The conversations are in use by another program ({error}). Try again."
            if busy
            else f"The conversations cannot be kept or read ({error}). Check the permissions of "
            "the index's folder and the free space."
        ) from error
    except sqlite3.DatabaseError as error:
        raise FootnoteError(
            f"{FILE_NAME} cannot be read ({error}). Move it out of the index's folder; "
            "conversations then begin anew."
        ) from error
    except OSError as error:
        raise FootnoteError(
            f"The conversations cannot be kept ({error.strerror}). Check the permissions of the "
            "index's folder and the free space."
        ) from error
