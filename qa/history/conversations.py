"""The store of conversations: what was asked, what was answered, and what people made of it.

Everything belongs to an owner, a random string that a browser keeps; only its hash is written
here. What another owner has is to each as if it were not there. Each call is one transaction, and
may come from any thread; how the file is opened is left to `database`. The statements stay together
with the store, which makes this a long module.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.errors import FootnoteError
from index.text.canonical import shorten
from qa.answer import THRESHOLD, Answer
from qa.history.database import FILE_NAME, reading, writing
from qa.llm.phrase import Phrased
from qa.rendering.serialize import answer_record, phrased_record
from qa.retrieval.rerank import MAX_QUESTION

MOST_TURNS = 1000
"""Questions of a conversation at most."""

MOST_CONVERSATIONS = 500
"""Conversations of an owner at most; a new one pushes out the oldest."""

MOST_UNUSED = 100
"""Conversations of an owner without a question at most."""

MOST_NOTE = 2000
"""Characters of a note beside a vote at most."""

MOST_ANSWER = 1 << 20
"""Characters of an answer as JSON at most."""

TITLE_LENGTH = 80
"""Characters of a title at most."""

_CONVERSATION = "SELECT id, title, created, changed FROM conversations"
_TURN = (
    "SELECT turns.id, conversations.id, question, asked, answer, searched_in, vote, note "
    "FROM turns JOIN conversations ON conversations.number = conversation"
)
_USED = "EXISTS (SELECT 1 FROM turns WHERE conversation = conversations.number)"
_NEWEST = "ORDER BY changed DESC, number DESC"


class NoSuchConversation(FootnoteError):
    """A conversation, or a turn of one, that is not there or is another owner's."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation; its times are in ISO 8601, UTC."""

    id: str
    title: str
    created: str
    changed: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer, in the conversation of this id.

    `answer` is what `record.answer_record` makes of an answer, with the "threshold" from which
    one was shown. `searched_in` says of which documents alone it was asked. `vote` is 1, 0 or -1.
    """

    id: str
    conversation: str
    question: str
    asked: str
    answer: dict[str, Any]
    searched_in: tuple[str, ...]
    vote: int
    note: str


class Conversations:
    """The conversations that are kept in a folder.

    Every method may raise `FootnoteError`, for a file that cannot be read or written, and where
    it is given an id, `NoSuchConversation`.
    """

    def __init__(self, folder: Path):
        self._path = folder / FILE_NAME

    def new(self, owner: str) -> Conversation:
        """Begin a conversation; it is listed once something was asked in it."""
        key, now = _hashed(owner), _now()
        found = Conversation(secrets.token_urlsafe(16), "", now, now)
        with writing(self._path) as connection:
            connection.execute(
                "INSERT INTO conversations (id, owner, title, created, changed) "
                "VALUES (?, ?, ?, ?, ?)",
                (found.id, key, found.title, found.created, found.changed),
            )
            for used, most in ((_USED, MOST_CONVERSATIONS), (f"NOT {_USED}", MOST_UNUSED)):
                connection.execute(
                    "DELETE FROM conversations WHERE number IN (SELECT number FROM conversations "
                    f"WHERE owner = ? AND {used} {_NEWEST} LIMIT -1 OFFSET ?)",
                    (key, most),
                )
        return found

    def list_of(self, owner: str) -> list[Conversation]:
        """Return the conversations in which something was asked, the last changed first."""
        with reading(self._path) as connection:
            rows = connection.execute(
                f"{_CONVERSATION} WHERE owner = ? AND {_USED} {_NEWEST} LIMIT ?",
                (_hashed(owner), MOST_CONVERSATIONS),
            )
            return [Conversation(*row) for row in rows]

    def conversation(self, owner: str, conversation_id: str) -> Conversation:
        with reading(self._path) as connection:
            number = _number(connection, owner, conversation_id)
            return _conversation(connection, number)

    def turns(self, owner: str, conversation_id: str, last: int | None = None) -> list[Turn]:
        """Return the turns of a conversation in their order, all or the `last` so many."""
        with reading(self._path) as connection:
            number = _number(connection, owner, conversation_id)
            rows = connection.execute(
                f"{_TURN} WHERE conversation = ? ORDER BY turns.number DESC LIMIT ?",
                (number, -1 if last is None else last),
            )
            return [_turn(row) for row in reversed(rows.fetchall())]

    def turn(self, owner: str, turn_id: str) -> Turn:
        with reading(self._path) as connection:
            return _numbered(connection, _place(connection, owner, turn_id)[0])

    def add(
        self,
        owner: str,
        conversation_id: str,
        question: str,
        answer: Answer,
        searched_in: Sequence[str] = (),
        *,
        threshold: float = THRESHOLD,
    ) -> Turn:
        """Keep a question and its answer; the first question becomes the conversation's title."""
        question, kept, now = _text(question, MAX_QUESTION), _kept(answer, threshold), _now()
        with writing(self._path) as connection:
            number = _number(connection, owner, conversation_id)
            (count,) = connection.execute(
                "SELECT count(*) FROM turns WHERE conversation = ?", (number,)
            ).fetchone()
            if count >= MOST_TURNS:
                raise FootnoteError(
                    f"This conversation has {count:,} questions, the most that are kept in one. "
                    "Begin a new one."
                )
            added = connection.execute(
                "INSERT INTO turns (id, conversation, question, asked, answer, searched_in) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (secrets.token_urlsafe(16), number, question, now, kept, _listed(searched_in)),
            )
            connection.execute(
                "UPDATE conversations SET changed = ?, "
                "title = CASE WHEN title = '' THEN ? ELSE title END WHERE number = ?",
                (now, shorten(question, TITLE_LENGTH), number),
            )
            return _numbered(connection, added.lastrowid or 0)

    def replace(
        self,
        owner: str,
        turn_id: str,
        question: str,
        answer: Answer,
        searched_in: Sequence[str] | None = None,
        *,
        threshold: float = THRESHOLD,
    ) -> Turn:
        """Keep another answer to a turn, or another question.

        With another question the later turns are dropped, for they came after what is no longer
        said. A vote was about the old answer, and is dropped. Without `searched_in`, the documents
        stay those that were asked.
        """
        question, kept, now = _text(question, MAX_QUESTION), _kept(answer, threshold), _now()
        with writing(self._path) as connection:
            turn, number = _place(connection, owner, turn_id)
            before = _numbered(connection, turn)
            places = before.searched_in if searched_in is None else searched_in
            connection.execute(
                "UPDATE turns SET question = ?, asked = ?, answer = ?, searched_in = ?, vote = 0, "
                "note = '' WHERE number = ?",
                (question, now, kept, _listed(places), turn),
            )
            if question != before.question:
                connection.execute(
                    "DELETE FROM turns WHERE conversation = ? AND number > ?", (number, turn)
                )
                # A title that a person gave stays.
                connection.execute(
                    "UPDATE conversations SET title = ? WHERE number = ? AND title = ? "
                    "AND NOT EXISTS (SELECT 1 FROM turns WHERE conversation = ? AND number < ?)",
                    (
                        shorten(question, TITLE_LENGTH),
                        number,
                        shorten(before.question, TITLE_LENGTH),
                        number,
                        turn,
                    ),
                )
            connection.execute(
                "UPDATE conversations SET changed = ? WHERE number = ?", (now, number)
            )
            return _numbered(connection, turn)

    def phrase(self, turn: Turn, owner: str, phrased: Phrased) -> None:
        """Keep what a language model said to a turn; dropped where it was answered anew since."""
        with writing(self._path) as connection:
            number, _ = _place(connection, owner, turn.id)
            if _numbered(connection, number).asked != turn.asked:
                return
            kept = json.dumps(
                turn.answer | {"phrased": phrased_record(phrased)}, ensure_ascii=False
            )
            if len(kept) <= MOST_ANSWER:
                connection.execute(
                    "UPDATE turns SET answer = ? WHERE number = ?", (_text(kept), number)
                )

    def rename(self, owner: str, conversation_id: str, title: str) -> Conversation:
        """Give a conversation a title, shortened where it is long."""
        title = shorten(_text(title), TITLE_LENGTH)
        if not title:
            raise FootnoteError("The title is empty. Give the conversation a name.")
        with writing(self._path) as connection:
            number = _number(connection, owner, conversation_id)
            connection.execute(
                "UPDATE conversations SET title = ? WHERE number = ?", (title, number)
            )
            return _conversation(connection, number)

    def delete(self, owner: str, conversation_id: str) -> None:
        """Forget a conversation with all its turns; its place on the disk is written over."""
        with writing(self._path) as connection:
            number = _number(connection, owner, conversation_id)
            connection.execute("DELETE FROM conversations WHERE number = ?", (number,))

    def vote(self, owner: str, turn_id: str, value: int, note: str = "") -> None:
        """Say that an answer was good (1) or was not (-1), or take that back (0)."""
        if value not in (-1, 0, 1):
            raise FootnoteError(f"A vote is 1, 0 or -1, not {value}.")
        if len(note) > MOST_NOTE:
            raise FootnoteError(
                f"The note has {len(note):,} characters; at most {MOST_NOTE:,} are kept. Shorten "
                "it."
            )
        with writing(self._path) as connection:
            turn, _ = _place(connection, owner, turn_id)
            connection.execute(
                "UPDATE turns SET vote = ?, note = ? WHERE number = ?",
                (value, _text(note) if value else "", turn),
            )

    def voted(self) -> list[Turn]:
        """Return the turns of all owners that have a vote, the first asked first."""
        with reading(self._path) as connection:
            rows = connection.execute(f"{_TURN} WHERE vote != 0 ORDER BY asked, turns.number")
            return [_turn(row) for row in rows]


def _number(connection: sqlite3.Connection, owner: str, conversation_id: str) -> int:
    """Return the number of an owner's conversation. Raises `NoSuchConversation`."""
    row = connection.execute(
        "SELECT number FROM conversations WHERE id = ? AND owner = ?",
        (_text(conversation_id), _hashed(owner)),
    ).fetchone()
    if row is None:
        raise NoSuchConversation("There is no such conversation. It may have been deleted.")
    return int(row[0])


def _place(connection: sqlite3.Connection, owner: str, turn_id: str) -> tuple[int, int]:
    """Return the numbers of an owner's turn and its conversation. Raises `NoSuchConversation`."""
    row = connection.execute(
        "SELECT turns.number, conversation FROM turns JOIN conversations "
        "ON conversations.number = conversation WHERE turns.id = ? AND owner = ?",
        (_text(turn_id), _hashed(owner)),
    ).fetchone()
    if row is None:
        raise NoSuchConversation("There is no such question. It may have been deleted.")
    return int(row[0]), int(row[1])


def _conversation(connection: sqlite3.Connection, number: int) -> Conversation:
    return Conversation(
        *connection.execute(f"{_CONVERSATION} WHERE number = ?", (number,)).fetchone()
    )


def _numbered(connection: sqlite3.Connection, number: int) -> Turn:
    return _turn(connection.execute(f"{_TURN} WHERE turns.number = ?", (number,)).fetchone())


def _turn(row: tuple[Any, ...]) -> Turn:
    turn_id, conversation, question, asked, answer, searched_in, vote, note = row
    try:
        kept, places = json.loads(answer), tuple(json.loads(searched_in))
    except ValueError as error:
        raise FootnoteError(
            f"{FILE_NAME} is not as written. Move it out of the index's folder; conversations "
            "then begin anew."
        ) from error
    return Turn(turn_id, conversation, question, asked, kept, places, vote, note)


def _kept(answer: Answer, threshold: float) -> str:
    """Return an answer as the JSON that is kept of it."""
    record = answer_record(answer) | {"threshold": threshold}
    kept = json.dumps(record, ensure_ascii=False)
    if len(kept) > MOST_ANSWER:
        raise FootnoteError(
            f"The answer has {len(kept):,} characters with its quotations; at most "
            f"{MOST_ANSWER:,} are kept."
        )
    return _text(kept)


def _listed(places: Sequence[str]) -> str:
    return json.dumps(list(places))


def _text(text: str, length: int | None = None) -> str:
    """Return text that can be written: cut to a length, without halves of characters."""
    return text[:length].encode("utf-8", "replace").decode()


def _hashed(owner: str) -> str:
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
