"""The content-addressed SQLite store of texts, chunkings and embeddings.

Expensive results are stored under a hash of everything they depend on, so nothing is computed
twice, even if a file is renamed. Every write is one transaction: a killed process leaves all of it
or nothing. The files that make up an index are left to `generation`.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from index.errors import IndexDamaged, StorageFailed
from index.extract.document import EXTRACTOR_VERSION
from index.extract.pdf.ocr import is_ocr_installed
from index.per_process import PerProcess
from index.store.database import FILE_NAME, connect
from index.text.canonical import Extract
from index.text.sentence import Span

_KEYS_PER_QUERY = 500


def content_key(*parts: str) -> str:
    """Return the sha256 of several texts and their boundaries: ("ab", "c") is not ("a", "bc")."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Chunking:
    """The ranges of a text's chunks, its language, and how familiar the encoder is with that."""

    spans: list[Span]
    familiarity: float
    language: str


class Library:
    """An open library. May be shared by threads; a lock serialises their queries.

    `connect` opens the database, anew in a forked child process.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]):
        self._connection = PerProcess(connect)
        self._lock = PerProcess(Lock)
        self._connection.get()

    @classmethod
    def open(cls, folder: Path, *, writable: bool = False) -> "Library":
        """Open the library in a folder, creating it if `writable`."""
        return cls(partial(connect, folder.resolve(), writable=writable))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Lock the connection and commit at the end. Errors of SQLite become `FootnoteError`s."""
        with self._lock.get():
            try:
                with self._connection.get() as connection:
                    yield connection
            except sqlite3.OperationalError as error:
                raise StorageFailed(
                    f"{FILE_NAME} cannot be used ({error}). Check the permissions and the free "
                    "space, then run: footnote index PATH"
                ) from error
            except sqlite3.DatabaseError as error:
                raise IndexDamaged(
                    f"{FILE_NAME} cannot be read ({error}). Move it away and run: "
                    "footnote index PATH"
                ) from error

    def close(self) -> None:
        for connection in self._connection.made():
            connection.close()

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file: in a read-only folder only the file is read."""
        with self._transaction() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def __del__(self) -> None:
        # A replaced generation has no owner that could close it; its last reader drops it.
        self.close()

    def text(self, sha256: str) -> str:
        """Return a stored text. Raises `IndexDamaged` if it is missing or altered."""
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

    def texts_containing(self, quote: str) -> list[str]:
        """Return the sha256 of every stored text that contains a quote verbatim."""
        with self._transaction() as connection:
            rows = connection.execute("SELECT sha256 FROM texts WHERE instr(text, ?)", (quote,))
            return [sha256 for (sha256,) in rows]

    def has_text(self, sha256: str) -> bool:
        """Whether a text is stored unaltered."""
        try:
            return bool(self.text(sha256))
        except IndexDamaged:
            return False

    def extract(self, file_sha256: str, suffix: str) -> Extract | None:
        """Return the stored extract of a file with these bytes and this suffix, or None."""
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
            return None  # The row was altered: the caller extracts the file again.

    def save_extract(self, file_sha256: str, suffix: str, extract: Extract) -> None:
        """Store the extract of a file, and its text."""
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
        """Return the stored reason why a file with these bytes is unreadable, or None."""
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT reason FROM refusals WHERE key = ?", (_extract_key(file_sha256, suffix),)
            ).fetchone()
        return str(row[0]) if row else None

    def save_refusal(self, file_sha256: str, suffix: str, reason: str) -> None:
        """Store the reason why a file is unreadable."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO refusals VALUES (?, ?)",
                (_extract_key(file_sha256, suffix), reason),
            )

    def chunking(self, key: str) -> Chunking | None:
        """Return the chunking stored under a key, or None."""
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT spans, familiarity, language FROM chunkings WHERE key = ?", (key,)
            ).fetchone()
        if row is None or len(row[0]) % 16:
            return None
        spans = np.frombuffer(row[0], dtype="<i8").reshape(-1, 2)
        ranges = [(int(start), int(end)) for start, end in spans]
        return Chunking(ranges, float(row[1]), str(row[2]))

    def save_chunking(self, key: str, chunking: Chunking) -> None:
        """Store a chunking under a key of everything it depends on."""
        spans = np.array(chunking.spans, dtype="<i8").tobytes()
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO chunkings VALUES (?, ?, ?, ?)",
                (key, spans, chunking.familiarity, chunking.language),
            )

    def vectors(self, keys: Iterable[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Return the stored embeddings among these keys, each float32 of shape (dimension,)."""
        wanted, found = list(dict.fromkeys(keys)), {}
        for first in range(0, len(wanted), _KEYS_PER_QUERY):
            batch = wanted[first : first + _KEYS_PER_QUERY]
            marks = ",".join("?" * len(batch))
            with self._transaction() as connection:
                rows = connection.execute(
                    f"SELECT key, vector FROM embeddings WHERE key IN ({marks})", batch
                ).fetchall()
            found.update(
                {key: np.frombuffer(data, dtype="<f4") for key, data in rows if not len(data) % 4}
            )
        return found

    def save_vectors(self, vectors: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """Store embeddings by key."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?)",
                [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()],
            )

    def prune(
        self, *, texts: Iterable[str], chunkings: Iterable[str], vectors: Iterable[str]
    ) -> None:
        """Delete everything else, overwriting its place on the disk."""
        retained = (
            ("texts", "sha256", texts),
            ("chunkings", "key", chunkings),
            ("embeddings", "key", vectors),
        )
        with self._transaction() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("CREATE TEMP TABLE kept (name TEXT PRIMARY KEY)")
            for table, key, names in retained:
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


def _extract_key(file_sha256: str, suffix: str) -> str:
    # A PDF is read again once text recognition has been installed.
    recognised = str(suffix == ".pdf" and is_ocr_installed())
    return content_key(file_sha256, suffix, str(EXTRACTOR_VERSION), recognised)
