"""The content-addressed SQLite store of texts, chunkings and embeddings.

What is expensive to make is kept here under the hash of what it was made from, so nothing is
made twice, whatever the file is called now. Every write is one transaction: a process that is
killed leaves either all of it or nothing. What the index consists of is `generation`'s business.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from index.errors import FootnoteError, IndexDamaged
from index.extract.document import EXTRACTOR_VERSION, Extract
from index.extract.pdf.ocr import can_recognise
from index.text.chunk import Span

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
_KEYS_A_QUERY = 500


def content_key(*parts: str) -> str:
    """Return the sha256 of several texts; their limits count: ("ab", "c") is not ("a", "bc")."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Chunking:
    """A text's chunks as ranges, its language, and how well the encoder knows that."""

    spans: list[Span]
    familiarity: float
    language: str


class Library:
    """An open library. Usable from several threads, one at a time."""

    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection
        self._lock = Lock()

    @classmethod
    def open(cls, folder: Path, *, writable: bool = False) -> "Library":
        path = folder / FILE_NAME
        if not writable and not path.is_file():
            raise IndexDamaged(f"{FILE_NAME} is missing from {folder}; run: footnote index PATH")
        # A folder that cannot be written, and so has no write-ahead log, is read as it stands.
        read = "ro" if os.access(folder, os.W_OK) else "ro&immutable=1"
        mode = "rwc" if writable else read
        try:
            connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode={mode}",
                uri=True,
                timeout=30,
                check_same_thread=False,
            )
            if writable:
                connection.execute("PRAGMA journal_mode = WAL")
                # The log waits for the disk when it is settled, not for each row.
                connection.execute("PRAGMA synchronous = NORMAL")
                _drop_outdated(connection)
                connection.executescript(_SCHEMA)
            else:
                connection.execute("SELECT 1 FROM texts LIMIT 1")
        except sqlite3.DatabaseError as error:
            if writable and isinstance(error, sqlite3.OperationalError):
                raise FootnoteError(
                    f"Cannot write {path} ({error}). Check the permissions and the free space, "
                    "or put the index elsewhere with --index."
                ) from error
            raise IndexDamaged(
                f"{path} is not a readable SQLite database ({error}). Move it away and run: "
                "footnote index PATH"
            ) from error
        return cls(connection)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection and commit at the end; what SQLite cannot do becomes a message."""
        with self._lock:
            try:
                with self._connection:
                    yield self._connection
            except sqlite3.OperationalError as error:
                raise FootnoteError(
                    f"{FILE_NAME} cannot be used ({error}). Check the permissions and the free "
                    "space, then run: footnote index PATH"
                ) from error
            except sqlite3.DatabaseError as error:
                raise IndexDamaged(
                    f"{FILE_NAME} cannot be read ({error}). Move it away and run: "
                    "footnote index PATH"
                ) from error

    def close(self) -> None:
        self._connection.close()

    def settle(self) -> None:
        """Write what is in the log into the file itself, which is read alone where nothing can be
        written."""
        with self._transaction() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def __del__(self) -> None:
        # An old generation is let go of by its last reader, whoever that is.
        self.close()

    def text(self, sha256: str) -> str:
        """Return a kept text. Raises `IndexDamaged` where it is missing or altered."""
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT text FROM texts WHERE sha256 = ?", (sha256,)
            ).fetchone()
        if row is None or hashlib.sha256(row[0].encode()).hexdigest() != sha256:
            found = "no text" if row is None else "another text"
            raise IndexDamaged(
                f"{FILE_NAME} holds {found} under {sha256[:12]}…. Move it away and run: "
                "footnote index PATH"
            )
        return str(row[0])

    def texts_with(self, quote: str) -> list[str]:
        """Return the sha256 of every kept text that holds these very characters."""
        with self._transaction() as connection:
            rows = connection.execute("SELECT sha256 FROM texts WHERE instr(text, ?)", (quote,))
            return [sha256 for (sha256,) in rows]

    def has_text(self, sha256: str) -> bool:
        """Whether a text is kept, and as it was."""
        try:
            return bool(self.text(sha256))
        except IndexDamaged:
            return False

    def extract(self, file_sha256: str, suffix: str) -> Extract | None:
        """Return what was once extracted from a file of these bytes and this suffix."""
        key = _extract_key(file_sha256, suffix)
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT title, text, media_type, page_starts, author, date, note FROM extracts "
                "JOIN texts ON sha256 = text_sha256 WHERE key = ?",
                (key,),
            ).fetchone()
        if row is None:
            return None
        title, text, media_type, page_starts, *about = row
        try:
            return Extract(title, text, media_type, tuple(json.loads(page_starts)), *about)
        except ValueError:
            return None  # An altered row is as good as none: it is made again.

    def keep_extract(self, file_sha256: str, suffix: str, extract: Extract) -> None:
        text_sha256 = extract.sha256
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO texts VALUES (?, ?)", (text_sha256, extract.text)
            )
            connection.execute(
                "INSERT OR REPLACE INTO extracts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    _extract_key(file_sha256, suffix),
                    text_sha256,
                    extract.title,
                    extract.media_type,
                    json.dumps(extract.page_starts),
                    extract.author,
                    extract.date,
                    extract.note,
                ),
            )

    def refusal(self, file_sha256: str, suffix: str) -> str | None:
        """Return why a file of these bytes and this suffix could not be read."""
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT reason FROM refusals WHERE key = ?", (_extract_key(file_sha256, suffix),)
            ).fetchone()
        return str(row[0]) if row else None

    def keep_refusal(self, file_sha256: str, suffix: str, reason: str) -> None:
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO refusals VALUES (?, ?)",
                (_extract_key(file_sha256, suffix), reason),
            )

    def chunking(self, key: str) -> Chunking | None:
        """Return what is kept of how a text was cut."""
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT spans, familiarity, language FROM chunkings WHERE key = ?", (key,)
            ).fetchone()
        if row is None or len(row[0]) % 16:
            return None
        spans = np.frombuffer(row[0], dtype="<i8").reshape(-1, 2)
        ranges = [(int(start), int(end)) for start, end in spans]
        return Chunking(ranges, float(row[1]), str(row[2]))

    def keep_chunking(self, key: str, kept: Chunking) -> None:
        spans = np.array(kept.spans, dtype="<i8").tobytes()
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO chunkings VALUES (?, ?, ?, ?)",
                (key, spans, kept.familiarity, kept.language),
            )

    def vectors(self, keys: Iterable[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Return those of the embeddings that are kept, each of shape (dimension,), float32."""
        wanted, found = list(dict.fromkeys(keys)), {}
        for first in range(0, len(wanted), _KEYS_A_QUERY):
            some = wanted[first : first + _KEYS_A_QUERY]
            marks = ",".join("?" * len(some))
            with self._transaction() as connection:
                rows = connection.execute(
                    f"SELECT key, vector FROM embeddings WHERE key IN ({marks})", some
                ).fetchall()
            found.update(
                {key: np.frombuffer(data, dtype="<f4") for key, data in rows if not len(data) % 4}
            )
        return found

    def keep_vectors(self, vectors: Mapping[str, npt.NDArray[np.float32]]) -> None:
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?)",
                [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()],
            )

    def keep_only(
        self, *, texts: Iterable[str], chunkings: Iterable[str], vectors: Iterable[str]
    ) -> None:
        """Forget everything but these, for good: its place on the disk is written over."""
        kept = (("texts", "sha256", texts), ("chunkings", "key", chunkings))
        with self._transaction() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("CREATE TEMP TABLE kept (name TEXT PRIMARY KEY)")
            for table, key, names in (*kept, ("embeddings", "key", vectors)):
                rows = ((name,) for name in dict.fromkeys(names))
                connection.executemany("INSERT INTO kept VALUES (?)", rows)
                connection.execute(f"DELETE FROM {table} WHERE {key} NOT IN kept")
                connection.execute("DELETE FROM kept")
            connection.execute(
                "DELETE FROM extracts WHERE text_sha256 NOT IN (SELECT sha256 FROM texts)"
            )
            connection.execute("DROP TABLE kept")
            connection.execute("DELETE FROM refusals")
        with self._transaction() as connection:
            connection.execute("VACUUM")


def _drop_outdated(connection: sqlite3.Connection) -> None:
    """Drop the tables of versions that kept less in them; what they hold is soon made again."""
    for table, added in (("chunkings", "language"), ("extracts", "note")):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        if columns and added not in columns:
            connection.execute(f"DROP TABLE {table}")


def _extract_key(file_sha256: str, suffix: str) -> str:
    # Where text recognition was installed since, the pages of a PDF are looked at again.
    recognised = str(suffix == ".pdf" and can_recognise())
    return content_key(file_sha256, suffix, str(EXTRACTOR_VERSION), recognised)
