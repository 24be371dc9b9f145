"""Conversations and turns as records, and how their rows are found in the database.

A row has a number, known only here and to `conversations`, and a random id for everybody else. Only
the hash of an owner's name is stored.
"""

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from index.errors import FootnoteError
from qa.history.database import CONVERSATIONS_FILE

SELECT_CONVERSATIONS = (
    "SELECT id, title, created, changed, (SELECT count(*) FROM turns "
    "WHERE conversation = conversations.number) FROM conversations"
)
SELECT_TURNS = (
    "SELECT turns.id, conversations.id, question, asked, answer, searched_in, vote, note "
    "FROM turns JOIN conversations ON conversations.number = conversation"
)


class NoSuchConversation(FootnoteError):
    """A conversation or a turn does not exist, or belongs to another owner."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation and the number of its turns; its times are in ISO 8601, UTC."""

    id: str
    title: str
    created: str
    changed: str
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer, in the conversation with the id `conversation`.

    `asked` is a time in ISO 8601, UTC. `answer` is `Answer.to_dict()` and the "threshold" that
    applied. `searched_in` names the only documents that were searched, if any. `vote` is 1, 0 or
    -1.
    """

    id: str
    conversation: str
    question: str
    asked: str
    answer: dict[str, Any]
    searched_in: tuple[str, ...]
    vote: int
    note: str


def find_conversation(connection: sqlite3.Connection, owner: str, conversation_id: str) -> int:
    """Return the number of an owner's conversation. Raises `NoSuchConversation`."""
    row = connection.execute(
        "SELECT number FROM conversations WHERE id = ? AND owner = ?",
        (storable_text(conversation_id), hash_owner(owner)),
    ).fetchone()
    if row is None:
        raise NoSuchConversation("There is no such conversation. It may have been deleted.")
    return int(row[0])


def find_turn(connection: sqlite3.Connection, owner: str, turn_id: str) -> tuple[int, int]:
    """Return the numbers of an owner's turn and its conversation. Raises `NoSuchConversation`."""
    row = connection.execute(
        "SELECT turns.number, conversation FROM turns JOIN conversations "
        "ON conversations.number = conversation WHERE turns.id = ? AND owner = ?",
        (storable_text(turn_id), hash_owner(owner)),
    ).fetchone()
    if row is None:
        raise NoSuchConversation("There is no such question. It may have been deleted.")
    return int(row[0]), int(row[1])


def read_conversation(connection: sqlite3.Connection, number: int) -> Conversation:
    """Return the conversation of a number."""
    rows = connection.execute(f"{SELECT_CONVERSATIONS} WHERE number = ?", (number,))
    return Conversation(*rows.fetchone())


def read_turn(connection: sqlite3.Connection, number: int) -> Turn:
    """Return the turn of a number."""
    rows = connection.execute(f"{SELECT_TURNS} WHERE turns.number = ?", (number,))
    return parse_turn(rows.fetchone())


def parse_turn(row: tuple[Any, ...]) -> Turn:
    """Return the turn in a row of SELECT_TURNS."""
    turn_id, conversation, question, asked, answer, searched_in, vote, note = row
    try:
        record, documents = json.loads(answer), tuple(json.loads(searched_in))
    except ValueError as error:
        raise FootnoteError(
            f"{CONVERSATIONS_FILE} is damaged. Move it out of the index's folder; a new one is "
            "then created."
        ) from error
    return Turn(turn_id, conversation, question, asked, record, documents, vote, note)


def storable_text(text: str, length: int | None = None) -> str:
    """Return text cut to a length, lone surrogates replaced, as SQLite can store it."""
    return text[:length].encode("utf-8", "replace").decode()


def hash_owner(owner: str) -> str:
    """Return the SHA-256 of an owner's name, in hexadecimal digits."""
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()
