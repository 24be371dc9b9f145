"""Conversations are kept, each for its owner alone, whatever happens on the disk."""

import json
import multiprocessing
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from conversing import ANN, ANSWER, BO, CITED, NOT_FOUND, start_conversation

from index.errors import FootnoteError
from qa.answer import Answer
from qa.citation import Citation
from qa.history import conversations, database
from qa.history.conversations import Conversations
from qa.history.records import NoSuchConversation
from qa.rendering.serialize import answer_from_record


@pytest.fixture
def store(tmp_path):
    return Conversations(tmp_path)


def test_a_record_is_the_answer_without_paths_and_passages():
    record = ANSWER.to_dict()
    assert "/home/ann" not in json.dumps(record)
    assert "passages" not in record
    again = answer_from_record(json.loads(json.dumps(record)))
    assert again.citations == (
        Citation("a.txt", "A", "", 2, 10, 31, CITED.quote, 26, 30, CITED.uri, ("b.txt",)),
    )
    assert (again.text, again.probability, again.outcome) == ("Oslo", 0.75, "answer")
    assert answer_from_record(record | {"later": 1}) == again


@pytest.mark.parametrize(("answered", "outcome"), [(True, "answer"), (False, "none")])
def test_an_answer_stored_when_there_were_two_outcomes_is_read(answered, outcome):
    record = {**ANSWER.to_dict(), "answered": answered}
    del record["outcome"], record["answerable"]
    again = answer_from_record(record)
    assert (again.outcome, again.answerable) == (outcome, ANSWER.probability)


def test_added_turns_can_be_read_back(store, tmp_path):
    begun = store.new(ANN)
    assert store.list_conversations(ANN) == []
    first = store.add(ANN, begun.id, "Where did the cat go?", ANSWER, ["a.txt"], threshold=0.3)
    second = store.add(ANN, begun.id, "Why?", NOT_FOUND)
    again = Conversations(tmp_path)
    assert again.turns(ANN, begun.id) == [first, second]
    assert again.turns(ANN, begun.id, 1) == [second]
    assert again.turns(ANN, begun.id, 5) == [first, second]
    assert again.turn(ANN, second.id) == second
    assert first.answer == json.loads(json.dumps(ANSWER.to_dict())) | {"threshold": 0.3}
    assert (first.searched_in, first.vote, first.note) == (("a.txt",), 0, "")
    (listed,) = again.list_conversations(ANN)
    assert listed.title == "Where did the cat go?"
    assert (listed.id, listed.created, listed.changed) == (begun.id, begun.created, second.asked)
    assert again.conversation(ANN, begun.id) == listed


def test_the_last_changed_is_listed_first_and_a_long_question_makes_a_short_title(store):
    one, two = start_conversation(store, ANN, "One?"), start_conversation(store, ANN, "word " * 100)
    assert [kept.id for kept in store.list_conversations(ANN)] == [two, one]
    assert store.list_conversations(ANN)[0].title == "word " * 15 + "word…"
    store.add(ANN, one, "And?", ANSWER)
    assert [kept.id for kept in store.list_conversations(ANN)] == [one, two]
    store.rename(ANN, two, "  Two\n words ")
    assert [kept.title for kept in store.list_conversations(ANN)] == ["One?", "Two words"]


@pytest.mark.parametrize(
    "act",
    [
        lambda store, talk, turn: store.turns(BO, talk),
        lambda store, talk, turn: store.conversation(BO, talk),
        lambda store, talk, turn: store.turn(BO, turn),
        lambda store, talk, turn: store.add(BO, talk, "Mine?", ANSWER),
        lambda store, talk, turn: store.replace(BO, turn, "Mine?", ANSWER),
        lambda store, talk, turn: store.rename(BO, talk, "Mine"),
        lambda store, talk, turn: store.delete(BO, talk),
        lambda store, talk, turn: store.vote(BO, turn, -1),
    ],
)
def test_conversations_of_another_owner_do_not_exist(store, act):
    talk = start_conversation(store, ANN, "One?", "Two?")
    turns = store.turns(ANN, talk)
    messages = set()
    for named in ((talk, turns[0].id), ("none", "none"), ("\ud800", "' OR 1 --")):
        with pytest.raises(NoSuchConversation) as error:
            act(store, *named)
        messages.add(str(error.value))
    assert len(messages) == 1
    assert store.list_conversations(BO) == []
    assert store.turns(ANN, talk) == turns
    assert store.conversation(ANN, talk).title == "One?"


def test_the_file_holds_no_cookie_and_is_its_owners_alone(store, tmp_path):
    start_conversation(store, ANN, "One?")
    file = tmp_path / "conversations.sqlite"
    with store_open(file) as connection:  # So that the log is there too.
        connection.execute("BEGIN IMMEDIATE")
        store.list_conversations(ANN)
        for kept in tmp_path.iterdir():
            assert stat.S_IMODE(kept.stat().st_mode) == 0o600
            assert ANN.encode() not in kept.read_bytes()
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        connection.rollback()
    connection.close()
    assert mode == "wal"


def store_open(file):
    return sqlite3.connect(file, isolation_level=None)


def test_a_new_answer_keeps_later_turns_and_a_new_question_removes_them(store):
    talk = start_conversation(store, ANN, "One?", "Two?", "Three?")
    one, two, three = store.turns(ANN, talk)
    store.vote(ANN, two.id, -1, "no")
    again = store.replace(ANN, two.id, "Two?", NOT_FOUND)
    assert (again.id, again.vote, again.note) == (two.id, 0, "")
    assert again.answer["answered"] is False
    assert store.turns(ANN, talk) == [one, again, three]
    edited = store.replace(ANN, two.id, "Second?", ANSWER, ["b.txt"])
    assert (edited.question, edited.searched_in) == ("Second?", ("b.txt",))
    assert store.turns(ANN, talk) == [one, edited]
    assert store.conversation(ANN, talk).title == "One?"
    store.replace(ANN, one.id, "First?", ANSWER)
    assert [turn.question for turn in store.turns(ANN, talk)] == ["First?"]
    assert store.conversation(ANN, talk).title == "First?"
    store.rename(ANN, talk, "Mine")
    store.replace(ANN, one.id, "Begin?", ANSWER)
    assert store.conversation(ANN, talk).title == "Mine"


def test_votes_are_kept_changed_and_taken_back(store):
    talk = start_conversation(store, ANN, "One?", "Two?")
    one, two = (turn.id for turn in store.turns(ANN, talk))
    other = store.turns(BO, start_conversation(store, BO, "Three?"))[0].id
    store.vote(ANN, two, 1)
    store.vote(ANN, one, -1, "It was Paris.")
    store.vote(BO, other, 1)
    found = [(turn.question, turn.vote, turn.note) for turn in store.voted_turns()]
    assert found == [("One?", -1, "It was Paris."), ("Two?", 1, ""), ("Three?", 1, "")]
    store.vote(ANN, one, 0, "never mind")
    assert (store.turn(ANN, one).vote, store.turn(ANN, one).note) == (0, "")
    assert [turn.question for turn in store.voted_turns()] == ["Two?", "Three?"]


def test_deleted_conversations_are_overwritten_on_disk(store, tmp_path):
    kept, gone = (
        start_conversation(store, ANN, "Kept?"),
        start_conversation(store, ANN, "Xylophone?"),
    )
    assert b"Xylophone" in (tmp_path / "conversations.sqlite").read_bytes()
    store.delete(ANN, gone)
    assert [found.id for found in store.list_conversations(ANN)] == [kept]
    for file in tmp_path.iterdir():
        assert b"Xylophone" not in file.read_bytes()
    with pytest.raises(NoSuchConversation):
        store.turns(ANN, gone)


def test_limits(store, monkeypatch):
    monkeypatch.setattr(conversations, "MAX_TURNS", 2)
    monkeypatch.setattr(conversations, "MAX_CONVERSATIONS", 2)
    monkeypatch.setattr(conversations, "MAX_UNUSED", 1)
    monkeypatch.setattr(conversations, "MAX_ANSWER_LENGTH", 2000)
    talk = start_conversation(store, ANN, "One?", "Two?")
    with pytest.raises(FootnoteError, match=r"has 2 questions, the most that one can have"):
        store.add(ANN, talk, "Three?", ANSWER)
    with pytest.raises(FootnoteError, match=r"The title is empty"):
        store.rename(ANN, talk, " \n")
    turn = store.turns(ANN, talk)[0].id
    with pytest.raises(FootnoteError, match=r"The note has 2,001 characters; at most 2,000"):
        store.vote(ANN, turn, 1, "x" * 2001)
    with pytest.raises(FootnoteError, match=r"A vote is 1, 0 or -1, not 2"):
        store.vote(ANN, turn, 2)
    long = Answer("Where?", "Where?", "x" * 2000, (), (), 0.75, 0.75, "answer", (), ())
    with pytest.raises(FootnoteError, match=r"The answer has 2,\d+ characters"):
        store.replace(ANN, turn, "One?", long)
    assert store.turn(ANN, turn).answer["text"] == "Oslo"
    others = [start_conversation(store, ANN, question) for question in ("A?", "B?")]
    unused = [store.new(ANN).id for _ in range(3)]
    bos = start_conversation(store, BO, "Mine?")
    assert [kept.id for kept in store.list_conversations(ANN)] == others[::-1]
    assert [kept.id for kept in store.list_conversations(BO)] == [bos]
    for gone in (talk, *unused[:2]):
        with pytest.raises(NoSuchConversation):
            store.turns(ANN, gone)
    assert store.turns(ANN, unused[2]) == []


def test_text_that_is_not_quite_text_is_kept(store):
    talk = start_conversation(store, ANN, "half \ud800 a\0b 👩🏽‍🚀")
    (turn,) = store.turns(ANN, talk)
    assert turn.question == "half ? a\0b 👩🏽‍🚀"
    assert store.rename(ANN, talk, "\udfff 日本").title == "? 日本"


def test_many_threads_at_once_lose_nothing(tmp_path):
    def talk(number):
        store = Conversations(tmp_path)
        begun = start_conversation(store, ANN, *(f"{number} {turn}?" for turn in range(5)))
        return begun, [turn.question for turn in store.turns(ANN, begun)]

    with ThreadPoolExecutor(8) as threads:
        found = dict(threads.map(talk, range(16)))
    assert sorted(found.values()) == sorted([f"{n} {t}?" for t in range(5)] for n in range(16))
    assert {kept.id for kept in Conversations(tmp_path).list_conversations(ANN)} == set(found)


def ask_in_process(folder):
    return start_conversation(Conversations(folder), ANN, "One?", "Two?")


def test_several_processes_may_begin_the_file(tmp_path):
    context = multiprocessing.get_context("forkserver")
    with context.Pool(4) as pool:
        talks = pool.map(ask_in_process, [tmp_path] * 8, chunksize=1)
    assert {kept.id for kept in Conversations(tmp_path).list_conversations(ANN)} == set(talks)


def test_a_recreated_folder_has_no_conversations(store, tmp_path):
    start_conversation(store, ANN, "One?")
    for file in tmp_path.iterdir():
        file.unlink()
    assert store.list_conversations(ANN) == []
    talk = start_conversation(store, ANN, "Two?")
    assert [kept.id for kept in store.list_conversations(ANN)] == [talk]


def test_a_locked_file_is_a_sentence_and_can_be_read(store, tmp_path, monkeypatch):
    talk = start_conversation(store, ANN, "One?")
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.05)
    other = store_open(tmp_path / "conversations.sqlite")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(FootnoteError, match=r"in use by another program \(database is locked\)"):
        store.add(ANN, talk, "Two?", ANSWER)
    assert [turn.question for turn in store.turns(ANN, talk)] == ["One?"]
    other.rollback()
    other.close()
    store.add(ANN, talk, "Two?", ANSWER)


def test_a_newer_version_a_damaged_file_and_no_folder_are_sentences(tmp_path):
    def sentence(folder):
        messages = []
        for act in (lambda s: s.new(ANN), lambda s: s.list_conversations(ANN)):
            with pytest.raises(FootnoteError) as error:
                act(Conversations(folder))
            messages.append(str(error.value))
        assert str(folder) not in messages[0]
        assert messages[0] == messages[1]
        return messages[0]

    for name in ("newer", "damaged", "folder"):
        (tmp_path / name).mkdir()
    with store_open(tmp_path / "newer" / "conversations.sqlite") as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    assert sentence(tmp_path / "newer") == (
        "The conversations were written by a newer version of Footnote (format 7; this one reads "
        "format 1). Update Footnote, or move conversations.sqlite out of the index's folder."
    )
    (tmp_path / "damaged" / "conversations.sqlite").write_text("no database " * 1000)
    assert sentence(tmp_path / "damaged") == (
        "conversations.sqlite cannot be read (file is not a database). Move it out of the "
        "index's folder; a new one is then created."
    )
    (tmp_path / "folder" / "conversations.sqlite").mkdir()
    assert sentence(tmp_path / "folder").startswith("The conversations cannot be stored or read (")
    assert Conversations(tmp_path / "none").list_conversations(ANN) == []
    with pytest.raises(FootnoteError, match=r"cannot be stored \(No such file or directory\)"):
        Conversations(tmp_path / "none").new(ANN)
