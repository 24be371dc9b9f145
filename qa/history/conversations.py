"""Store conversations: their questions, their answers, and the votes on these.

Every conversation belongs to an owner, a random string that a browser keeps; conversations of other
owners do not exist for a caller. Each call is one transaction and may come from any thread.
`database` opens the file, and `records` finds and parses its rows.
"""

import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from index.errors import FootnoteError
from index.text.canonical import shorten
from qa.answer import THRESHOLD, Answer
from qa.history.database import CONVERSATIONS_FILE, open_for_reading, open_for_writing
from qa.history.records import (
    SELECT_CONVERSATIONS,
    SELECT_TURNS,
    Conversation,
    Turn,
    find_conversation,
    find_turn,
    hash_owner,
    parse_turn,
    read_conversation,
    read_turn,
    storable_text,
)
from qa.llm.phrase import Phrased
from qa.retrieval.arguments import MAX_QUESTION

MAX_TURNS = 1000
"""Questions of a conversation at most."""

MAX_CONVERSATIONS = 500
"""Conversations of an owner at most; a new one replaces the oldest."""

MAX_UNUSED = 100
"""Conversations of an owner without a question at most."""

MAX_NOTE_LENGTH = 2000
"""Characters of a note beside a vote at most."""

MAX_ANSWER_LENGTH = 1 << 20
"""Characters of an answer as JSON at most."""

MAX_CONVERSATION_TITLE_LENGTH = 80
"""Characters of a title at most."""

MAX_SEARCH_WORDS = 10
"""Words that conversations are searched for; more are ignored."""

_USED = "EXISTS (SELECT 1 FROM turns WHERE conversation = conversations.number)"
_HAS_WORD = (
    "AND (instr(casefold(title), ?) OR EXISTS (SELECT 1 FROM turns "
    "WHERE conversation = conversations.number AND instr(casefold(question), ?))) "
)
_NEWEST = "ORDER BY changed DESC, number DESC"


class Conversations:
    """The conversations stored in a folder.

    Every method may raise `FootnoteError` for a file that cannot be read or written, and those that
    take an id `NoSuchConversation`.
    """

    def __init__(self, folder: Path):
        self._path = folder / CONVERSATIONS_FILE

    def new(self, owner: str) -> Conversation:
        """Create a conversation; it is listed once it has a question."""
        key, now = hash_owner(owner), _now()
        found = Conversation(secrets.token_urlsafe(16), "", now, now)
        with open_for_writing(self._path) as connection:
            connection.execute(
                "INSERT INTO conversations (id, owner, title, created, changed) "
                "VALUES (?, ?, ?, ?, ?)",
                (found.id, key, found.title, found.created, found.changed),
            )
            for used, limit in ((_USED, MAX_CONVERSATIONS), (f"NOT {_USED}", MAX_UNUSED)):
                connection.execute(
                    "DELETE FROM conversations WHERE number IN (SELECT number FROM conversations "
                    f"WHERE owner = ? AND {used} {_NEWEST} LIMIT -1 OFFSET ?)",
                    (key, limit),
                )
        return found

    def list_conversations(self, owner: str, words: str = "") -> list[Conversation]:
        """Return the conversations that have a question, the last changed first.

        With `words`, only those that have each of them, in any case, in their title or a question.
        """
        sought = storable_text(words).casefold().split()[:MAX_SEARCH_WORDS]
        with open_for_reading(self._path) as connection:
            connection.create_function("casefold", 1, str.casefold, deterministic=True)
            rows = connection.execute(
                f"{SELECT_CONVERSATIONS} WHERE owner = ? AND {_USED} {_HAS_WORD * len(sought)} "
                f"{_NEWEST} LIMIT ?",
                (hash_owner(owner), *(word for word in sought for _ in "ab"), MAX_CONVERSATIONS),
            )
            return [Conversation(*row) for row in rows]

    def conversation(self, owner: str, conversation_id: str) -> Conversation:
        with open_for_reading(self._path) as connection:
            number = find_conversation(connection, owner, conversation_id)
            return read_conversation(connection, number)

    def turns(self, owner: str, conversation_id: str, last: int | None = None) -> list[Turn]:
        """Return the turns of a conversation in order, or only the `last` of them."""
        with open_for_reading(self._path) as connection:
            number = find_conversation(connection, owner, conversation_id)
            rows = connection.execute(
                f"{SELECT_TURNS} WHERE conversation = ? ORDER BY turns.number DESC LIMIT ?",
                (number, -1 if last is None else last),
            )
            return [parse_turn(row) for row in reversed(rows.fetchall())]

    def turn(self, owner: str, turn_id: str) -> Turn:
        with open_for_reading(self._path) as connection:
            return read_turn(connection, find_turn(connection, owner, turn_id)[0])

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
        """Store a question and its answer; the first question becomes the conversation's title."""
        question, record, now = (
            storable_text(question, MAX_QUESTION),
            _serialize_answer(answer, threshold),
            _now(),
        )
        with open_for_writing(self._path) as connection:
            number = find_conversation(connection, owner, conversation_id)
            (count,) = connection.execute(
                "SELECT count(*) FROM turns WHERE conversation = ?", (number,)
            ).fetchone()
            if count >= MAX_TURNS:
                raise FootnoteError(
                    f"This conversation has {count:,} questions, the most that one can have. Begin "
                    "a new one."
                )
            added = connection.execute(
                "INSERT INTO turns (id, conversation, question, asked, answer, searched_in) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    secrets.token_urlsafe(16),
                    number,
                    question,
                    now,
                    record,
                    _serialize_documents(searched_in),
                ),
            )
            connection.execute(
                "UPDATE conversations SET changed = ?, "
                "title = CASE WHEN title = '' THEN ? ELSE title END WHERE number = ?",
                (now, shorten(question, MAX_CONVERSATION_TITLE_LENGTH), number),
            )
            return read_turn(connection, added.lastrowid or 0)

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
        """Replace the answer of a turn, and its question where that differs.

        A different question removes the later turns, which followed from the old one. A vote on
        the old answer is removed. Without `searched_in`, the searched documents stay the same.
        """
        question, record, now = (
            storable_text(question, MAX_QUESTION),
            _serialize_answer(answer, threshold),
            _now(),
        )
        with open_for_writing(self._path) as connection:
            turn, number = find_turn(connection, owner, turn_id)
            before = read_turn(connection, turn)
            documents = before.searched_in if searched_in is None else searched_in
            connection.execute(
                "UPDATE turns SET question = ?, asked = ?, answer = ?, searched_in = ?, vote = 0, "
                "note = '' WHERE number = ?",
                (question, now, record, _serialize_documents(documents), turn),
            )
            if question != before.question:
                connection.execute(
                    "DELETE FROM turns WHERE conversation = ? AND number > ?", (number, turn)
                )
                # A title given by a person stays.
                connection.execute(
                    "UPDATE conversations SET title = ? WHERE number = ? AND title = ? "
                    "AND NOT EXISTS (SELECT 1 FROM turns WHERE conversation = ? AND number < ?)",
                    (
                        shorten(question, MAX_CONVERSATION_TITLE_LENGTH),
                        number,
                        shorten(before.question, MAX_CONVERSATION_TITLE_LENGTH),
                        number,
                        turn,
                    ),
                )
            connection.execute(
                "UPDATE conversations SET changed = ? WHERE number = ?", (now, number)
            )
            return read_turn(connection, turn)

    def add_phrasing(self, turn: Turn, owner: str, phrased: Phrased) -> None:
        """Store a language model's sentences with a turn, unless its answer was replaced since."""
        with open_for_writing(self._path) as connection:
            number, _ = find_turn(connection, owner, turn.id)
            if read_turn(connection, number).asked != turn.asked:
                return
            kept = json.dumps(turn.answer | {"phrased": phrased.to_dict()}, ensure_ascii=False)
            if len(kept) <= MAX_ANSWER_LENGTH:
                connection.execute(
                    "UPDATE turns SET answer = ? WHERE number = ?", (storable_text(kept), number)
                )

    def rename(self, owner: str, conversation_id: str, title: str) -> Conversation:
        """Set the title of a conversation; a long one is shortened."""
        title = shorten(storable_text(title), MAX_CONVERSATION_TITLE_LENGTH)
        if not title:
            raise FootnoteError("The title is empty. Give the conversation a name.")
        with open_for_writing(self._path) as connection:
            number = find_conversation(connection, owner, conversation_id)
            connection.execute(
                "UPDATE conversations SET title = ? WHERE number = ?", (title, number)
            )
            return read_conversation(connection, number)

    def delete(self, owner: str, conversation_id: str) -> None:
        """Delete a conversation with all its turns; its bytes on disk are overwritten."""
        with open_for_writing(self._path) as connection:
            number = find_conversation(connection, owner, conversation_id)
            connection.execute("DELETE FROM conversations WHERE number = ?", (number,))

    def vote(self, owner: str, turn_id: str, value: int, note: str = "") -> None:
        """Set the vote on an answer: good (1), bad (-1) or none (0), with a note."""
        if value not in (-1, 0, 1):
            raise FootnoteError(f"A vote is 1, 0 or -1, not {value}.")
        if len(note) > MAX_NOTE_LENGTH:
            raise FootnoteError(
                f"The note has {len(note):,} characters; at most {MAX_NOTE_LENGTH:,} are allowed. "
                "Shorten it."
            )
        with open_for_writing(self._path) as connection:
            turn, _ = find_turn(connection, owner, turn_id)
            connection.execute(
                "UPDATE turns SET vote = ?, note = ? WHERE number = ?",
                (value, storable_text(note) if value else "", turn),
            )

    def voted_turns(self) -> list[Turn]:
        """Return the turns of all owners that have a vote, in the order they were asked."""
        with open_for_reading(self._path) as connection:
            rows = connection.execute(
                f"{SELECT_TURNS} WHERE vote != 0 ORDER BY asked, turns.number"
            )
            return [parse_turn(row) for row in rows]


def _serialize_answer(answer: Answer, threshold: float) -> str:
    """Return an answer as JSON for the database."""
    record = answer.to_dict() | {"threshold": threshold}
    kept = json.dumps(record, ensure_ascii=False)
    if len(kept) > MAX_ANSWER_LENGTH:
        raise FootnoteError(
            f"The answer has {len(kept):,} characters with its quotations, which is too long to be "
            f"stored: at most {MAX_ANSWER_LENGTH:,} are allowed."
        )
    return storable_text(kept)


def _serialize_documents(documents: Sequence[str]) -> str:
    return json.dumps(list(documents))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
