"""The answers of every document, stored with the turn that asked."""

import json
import sqlite3
from dataclasses import replace

import pytest

from index.errors import FootnoteError
from qa.answer import Answer, AskedDocument
from qa.citation import Citation
from qa.history.conversations import Conversations
from qa.history.export import conversation_json, conversation_markdown
from qa.history.records import NoSuchConversation
from qa.history.tables import Tables, describe_table

ANN, BEN = "ann", "ben"
RENT, END = "What is the rent?", "When does it end?"


def answer(name, question=RENT, words="1,450 euros"):
    quote = f"The rent is {words}."
    cited = Citation(
        name, name, "", None, 0, len(quote), quote, 12, 12 + len(words), "footnote://x"
    )
    found = Answer(question, question, words, (cited,), (), 0.9, 0.95, "answer", (cited,), ())
    return replace(found, document=AskedDocument(name, name, "2024"))


@pytest.fixture
def begun(tmp_path):
    store, tables = Conversations(tmp_path), Tables(tmp_path)
    talk = store.new(ANN).id
    return store, tables, tables.begin(ANN, talk, [RENT, END], 4, ["a.md", "b.md"])


def count_answers(folder):
    with sqlite3.connect(folder / "conversations.sqlite") as connection:
        (number,) = connection.execute("SELECT count(*) FROM table_answers").fetchone()
    connection.close()
    return number


def test_answers_are_kept_in_their_order_and_without_what_no_table_shows(begun):
    _, tables, turn = begun
    for name in ("a.md", "b.md"):
        for question in (RENT, END):
            tables.append(ANN, turn.id, answer(name, question))
    table = tables.table(ANN, turn.id)
    assert (table.questions, table.total) == ((RENT, END), 4)
    assert [(one.document.document_id, one.question) for one in table.answers] == [
        *(("a.md", RENT), ("a.md", END), ("b.md", RENT), ("b.md", END))
    ]
    assert table.answers[0].citations[0].words == "1,450 euros"
    assert {one.near for one in table.answers} == {()}


def test_the_turn_says_what_was_asked(begun):
    store, _, turn = begun
    (kept,) = store.turns(ANN, turn.conversation)
    assert kept == turn
    assert kept.question == f"{RENT}\n{END}"
    assert kept.answer["text"] == "Each of 2 documents was asked 2 questions."
    assert kept.searched_in == ("a.md", "b.md")
    assert describe_table(kept).total == 4
    plain = store.add(ANN, turn.conversation, "Who?", answer("a.md"))
    assert describe_table(plain) is None


def test_a_table_without_answers_is_empty(begun):
    _, tables, turn = begun
    assert tables.table(ANN, turn.id).answers == ()


def test_nobody_else_reads_or_writes_a_table(begun):
    store, tables, turn = begun
    with pytest.raises(NoSuchConversation):
        tables.table(BEN, turn.id)
    with pytest.raises(NoSuchConversation):
        tables.append(BEN, turn.id, answer("a.md"))
    with pytest.raises(NoSuchConversation):
        tables.begin(BEN, turn.conversation, [RENT], 1)
    other = store.add(ANN, turn.conversation, "Who?", answer("a.md"))
    with pytest.raises(FootnoteError, match="not put to every document"):
        tables.table(ANN, other.id)


def test_the_answers_go_with_their_conversation(begun, tmp_path):
    store, tables, turn = begun
    tables.append(ANN, turn.id, answer("a.md"))
    assert count_answers(tmp_path) == 1
    store.delete(ANN, turn.conversation)
    assert count_answers(tmp_path) == 0
    with pytest.raises(NoSuchConversation):  # It is deleted while its documents are being asked.
        tables.append(ANN, turn.id, answer("b.md"))


def test_a_table_that_cannot_be_read_is_a_sentence(begun, tmp_path):
    store, tables, turn = begun
    with sqlite3.connect(tmp_path / "conversations.sqlite") as connection:
        connection.execute("""UPDATE turns SET answer = '{"each": {"questions": 3}}'""")
    connection.close()
    with pytest.raises(FootnoteError, match="A stored table is damaged"):
        tables.table(ANN, turn.id)
    assert len(store.turns(ANN, turn.conversation)) == 1


def test_the_rows_are_in_the_exported_conversation(begun):
    store, tables, turn = begun
    for name in ("a.md", "b.md"):
        for question in (RENT, END):
            tables.append(ANN, turn.id, answer(name, question))
    store.add(ANN, turn.conversation, "Who?", answer("a.md"))
    talk, turns = store.conversation(ANN, turn.conversation), store.turns(ANN, turn.conversation)
    of_turns = tables.answers_of(ANN, turns)
    assert list(of_turns) == [turn.id]
    written = conversation_markdown(talk, turns, of_turns)
    assert f"| Document | Date | {RENT} | {END} |" in written
    assert "| a.md | 2024 | 1,450 euros (" in written
    asked, plain = json.loads(conversation_json(talk, turns, of_turns))["turns"]
    assert [one["document"]["document_id"] for one in asked["answers"]] == [
        *("a.md", "a.md", "b.md", "b.md")
    ]
    assert "answers" not in plain
