"""How many rows hold each word: what this machine knows of texts that a server searches.

From it come the highest score that a question can have, and the word that a misspelt one means. A
SQLite file, written once. The search itself is left to `collection`.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock

from index.errors import IndexDamaged
from index.search.lexical import LONG, MISSPELT, most_of

_SCHEMA = """
CREATE TABLE words (word TEXT PRIMARY KEY, backwards TEXT, rows INTEGER NOT NULL);
CREATE INDEX endings ON words (backwards) WHERE backwards IS NOT NULL;
CREATE TABLE total (rows INTEGER NOT NULL);
"""
_LAST = "\U0010ffff"


class Frequencies:
    """The words of a generation, each with the number of rows that hold it."""

    def __init__(self, connection: sqlite3.Connection, rows: int):
        self._connection, self._rows, self._lock = connection, rows, Lock()

    @staticmethod
    def write(texts: Iterable[Sequence[str]], path: Path) -> None:
        """Count the words of texts, each given as its words, and write them to a new file."""
        found: Counter[str] = Counter()
        rows = 0
        for words in texts:
            found.update(set(words))
            rows += 1
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(_SCHEMA)
            connection.executemany(
                "INSERT INTO words VALUES (?, ?, ?)",
                (
                    (word, word[::-1] if len(word) >= LONG - 1 else None, count)
                    for word, count in sorted(found.items())
                ),
            )
            connection.execute("INSERT INTO total VALUES (?)", (rows,))

    @classmethod
    def load(cls, path: Path) -> "Frequencies":
        """Open a written file. Raises `IndexDamaged`."""
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        try:
            (rows,) = connection.execute("SELECT rows FROM total").fetchone()
        except (sqlite3.DatabaseError, TypeError) as error:
            connection.close()
            raise IndexDamaged(f"{path.name} is not a list of words: {error}") from error
        return cls(connection, int(rows))

    def __del__(self) -> None:
        self._connection.close()

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._rows

    def holding(self, word: str) -> int:
        """Return how many rows hold a word, which is as `lexical.terms` gives it."""
        found = self._select("SELECT rows FROM words WHERE word = ?", word)
        return int(found[0][0]) if found else 0

    def meant(self, stems: Sequence[str]) -> str | None:
        """Return the word, of those one letter away from these, that most rows hold, or None.

        None also where one of them is in the texts, or is too short to be told by a letter.
        """
        if not self.may_be_misspelt(stems):
            return None
        near: dict[str, int] = {}
        for stem in stems:
            # A word that differs by a letter has the same beginning or the same end.
            half = len(stem) // 2
            start, end = stem[: half - 1], stem[half + 1 :][::-1]
            for column, part in (("word", start), ("backwards", end)):
                near |= {
                    word: rows
                    for word, rows in self._select(
                        f"SELECT word, rows FROM words WHERE {column} >= ? AND {column} < ?",
                        part,
                        part + _LAST,
                    )
                    if one_letter_apart(stem, word)
                }
        return min(near, key=lambda word: (-near[word], word), default=None)

    def may_be_misspelt(self, stems: Sequence[str]) -> bool:
        """Whether a word that no text holds is long enough to be told from others by a letter."""
        return len(stems[0]) >= LONG and not any(map(self.holding, stems))

    def most_possible(self, words: Sequence[Sequence[str]]) -> float:
        """Return the BM25 score that no text can pass: each word of the question without end.

        `words` are as `lexical.question_words` gives them; one that is misspelt counts as
        the word it means, at a part of its weight.
        """
        most = 0.0
        for stems in words:
            if self.may_be_misspelt(stems):
                most += MISSPELT * self._most_of(self.meant(stems) or stems[0])
            elif any(map(self.holding, stems)):
                most += max(map(self._most_of, stems))
        return most

    def _most_of(self, word: str) -> float:
        return most_of(self._rows, self.holding(word))

    def _select(self, query: str, *values: str) -> list[tuple[str, int]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()


def one_letter_apart(one: str, other: str) -> bool:
    """Whether a letter that is added, left out, another, or changes places with its neighbour
    makes one word of the other.

    >>> one_letter_apart("harbour", "harbor"), one_letter_apart("harbour", "hrabour")
    (True, True)
    >>> one_letter_apart("harbour", "harbours"), one_letter_apart("harbour", "herbor")
    (True, False)
    """
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    a, b = one[same:], other[same:]
    return a[1:] in (b, b[1:]) or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
