"""Store tables: the answers of every document, kept with the turn of a conversation that asked.

The turn's own answer says in a sentence what was asked, so that conversations list, show and export
it like any other; under "each" its record also holds the questions and the number of answers. The
answers themselves are rows of a table of their own, which is created when the first one is stored:
files without tables keep their format. `conversations` stores everything else.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import FootnoteError
from index.text.plural import count_noun
from qa.answer import THRESHOLD, Answer
from qa.history.conversations import Conversations
from qa.history.database import CONVERSATIONS_FILE, open_for_reading, open_for_writing
from qa.history.records import Turn, find_turn, read_turn, storable_text
from qa.rendering.serialize import answer_from_record

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS table_answers (number INTEGER PRIMARY KEY, "
    "turn INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE, answer TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS of_turn ON table_answers (turn)",
)
_KEY = "each"
"""The field of a turn's record that says that it has a table."""


@dataclass(frozen=True, slots=True)
class Table:
    """The answers that were kept of `total` ones, in the order in which they were made.

    Each holds its question and its document, but neither passages nor nearest sentences.
    """

    questions: tuple[str, ...]
    total: int
    answers: tuple[Answer, ...] = ()


class Tables:
    """The tables stored in a folder; every method raises `FootnoteError` as `Conversations` do."""

    def __init__(self, folder: Path):
        self._path = folder / CONVERSATIONS_FILE
        self._conversations = Conversations(folder)

    def begin(
        self,
        owner: str,
        conversation_id: str,
        questions: Sequence[str],
        total: int,
        searched_in: Sequence[str] = (),
        *,
        threshold: float = THRESHOLD,
    ) -> Turn:
        """Add a turn to a conversation for a table that is to hold `total` answers."""
        question = "\n".join(questions)
        turn = self._conversations.add(
            owner,
            conversation_id,
            question,
            _describe(question, len(questions), total),
            searched_in,
            threshold=threshold,
        )
        record = turn.answer | {_KEY: {"questions": list(questions), "total": total}}
        with open_for_writing(self._path) as connection:
            number, _ = find_turn(connection, owner, turn.id)
            connection.execute(
                "UPDATE turns SET answer = ? WHERE number = ?",
                (storable_text(json.dumps(record, ensure_ascii=False)), number),
            )
            return read_turn(connection, number)

    def append(self, owner: str, turn_id: str, answer: Answer) -> None:
        """Store the next answer of a table."""
        record = replace(answer, near=()).to_dict()
        with open_for_writing(self._path) as connection:
            number, _ = find_turn(connection, owner, turn_id)
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute(
                "INSERT INTO table_answers (turn, answer) VALUES (?, ?)",
                (number, storable_text(json.dumps(record, ensure_ascii=False))),
            )

    def table(self, owner: str, turn_id: str) -> Table:
        """Return the table of a turn. Raises `FootnoteError` where it has none."""
        with open_for_reading(self._path) as connection:
            number, _ = find_turn(connection, owner, turn_id)
            described = describe_table(read_turn(connection, number))
            if described is None:
                raise FootnoteError("This question was not put to every document on its own.")
            return replace(described, answers=_read_answers(connection, number))

    def answers_of(self, owner: str, turns: Sequence[Turn]) -> dict[str, tuple[Answer, ...]]:
        """Return the answers in the tables of some turns, by the turns' ids."""
        return {
            turn.id: self.table(owner, turn.id).answers for turn in turns if _KEY in turn.answer
        }


def describe_table(turn: Turn) -> Table | None:
    """Return the table that belongs to a turn, without its answers; None where it has none."""
    found = turn.answer.get(_KEY)
    if found is None:
        return None
    try:
        return Table(tuple(map(str, found["questions"])), int(found["total"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FootnoteError(
            f"A stored table is damaged ({error}). Delete its conversation."
        ) from error


def _read_answers(connection: sqlite3.Connection, number: int) -> tuple[Answer, ...]:
    exists = "SELECT 1 FROM sqlite_master WHERE name = 'table_answers'"
    if not connection.execute(exists).fetchone():
        return ()
    rows = connection.execute(
        "SELECT answer FROM table_answers WHERE turn = ? ORDER BY number", (number,)
    )
    return tuple(answer_from_record(json.loads(record)) for (record,) in rows)


def _describe(question: str, questions: int, total: int) -> Answer:
    """Return the answer of the turn itself, one about the documents as such."""
    asked = count_noun(total // questions, "document")
    more = f" {count_noun(questions, 'question')}" if questions > 1 else ""
    text = f"Each of {asked} was asked{more}."
    return Answer.in_own_words(question, text, "collection", likely=1.0)
