"""The number of rows that contain each term, kept on this machine for texts on a server.

It gives the upper limit of a question's score and the correction of a misspelt word. Stored as a
SQLite file, written once. The search is left to `collection`.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock

from index.errors import IndexDamaged
from index.search.lexical import FUZZY_WEIGHT, bm25_term_limit
from index.search.terms import MIN_FUZZY_LENGTH, QuestionTerm, is_one_edit_apart

_SCHEMA = """
CREATE TABLE words (word TEXT PRIMARY KEY, backwards TEXT, rows INTEGER NOT NULL);
CREATE INDEX endings ON words (backwards) WHERE backwards IS NOT NULL;
CREATE TABLE total (rows INTEGER NOT NULL);
"""
_LAST_CHARACTER = "\U0010ffff"


class TermStats:
    """The terms of a generation, each with the number of rows that contain it."""

    def __init__(self, connection: sqlite3.Connection, rows: int):
        self._connection, self._rows, self._lock = connection, rows, Lock()

    @staticmethod
    def write(texts: Iterable[Sequence[str]], path: Path) -> None:
        """Count the terms of texts, each given as its terms, and write the counts to a new file."""
        frequencies: Counter[str] = Counter()
        rows = 0
        for terms in texts:
            frequencies.update(set(terms))
            rows += 1
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(_SCHEMA)
            connection.executemany(
                "INSERT INTO words VALUES (?, ?, ?)",
                (
                    (term, term[::-1] if len(term) >= MIN_FUZZY_LENGTH - 1 else None, count)
                    for term, count in sorted(frequencies.items())
                ),
            )
            connection.execute("INSERT INTO total VALUES (?)", (rows,))

    @classmethod
    def load(cls, path: Path) -> "TermStats":
        """Open a written file. Raises `IndexDamaged`."""
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        try:
            (rows,) = connection.execute("SELECT rows FROM total").fetchone()
        except (sqlite3.DatabaseError, TypeError) as error:
            connection.close()
            raise IndexDamaged(f"{path.name} is not a term file: {error}") from error
        return cls(connection, int(rows))

    def __del__(self) -> None:
        self._connection.close()

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._rows

    def document_frequency(self, term: str) -> int:
        """Return how many rows contain a term, as returned by `terms.index_terms`."""
        counts = self._select("SELECT rows FROM words WHERE word = ?", term)
        return int(counts[0][0]) if counts else 0

    def correct(self, term: QuestionTerm) -> str | None:
        """Return the most frequent term that is one edit away from a question's, or None.

        None also if one of the stems is in the texts, or if the word is too short to be misspelt.
        """
        if not term.may_be_misspelt(self.document_frequency):
            return None
        near: dict[str, int] = {}
        for stem in term.spellings:
            # A term that is one edit away has the same beginning or the same end.
            half = len(stem) // 2
            start, end = stem[: half - 1], stem[half + 1 :][::-1]
            for column, part in (("word", start), ("backwards", end)):
                near |= {
                    word: rows
                    for word, rows in self._select(
                        f"SELECT word, rows FROM words WHERE {column} >= ? AND {column} < ?",
                        part,
                        part + _LAST_CHARACTER,
                    )
                    if is_one_edit_apart(stem, word)
                }
        return min(near, key=lambda word: (-near[word], word), default=None)

    def score_limit(self, terms: Sequence[QuestionTerm]) -> float:
        """Return the upper limit of the BM25 score of any text for a question of these terms.

        A misspelt word counts as its correction, times `FUZZY_WEIGHT`.
        """
        limit = 0.0
        for term in terms:
            if term.may_be_misspelt(self.document_frequency):
                limit += FUZZY_WEIGHT * self._term_limit(self.correct(term) or term.word)
            elif any(map(self.document_frequency, term.stems)):
                limit += max(map(self._term_limit, term.stems))
        return limit

    def _term_limit(self, term: str) -> float:
        return bm25_term_limit(self._rows, self.document_frequency(term))

    def _select(self, query: str, *values: str) -> list[tuple[str, int]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()
