"""The routes of conversations: each owner reaches only their own."""

import json
from urllib.parse import unquote

import pytest
from conversing import ANSWER, start_conversation
from fastapi import FastAPI
from starlette.testclient import TestClient

from qa.chat.routes.conversations import MAX_JSON_BYTES, router
from qa.chat.routes.errors import add_error_handler
from qa.history import conversations
from qa.history.conversations import Conversations
from qa.history.tables import Tables

NONE = {"conversations": [], "limit": conversations.MAX_CONVERSATIONS, "shown": 100}


@pytest.fixture
def store(tmp_path):
    return Conversations(tmp_path)


@pytest.fixture
def client(store, tmp_path):
    """Return a client of the routes for each owner; a header stands for the cookie."""
    app = FastAPI()
    add_error_handler(app)
    app.include_router(
        router(store, Tables(tmp_path), lambda request: request.headers.get("x-owner", ""))
    )

    def of(owner):
        return TestClient(app, headers={"x-owner": owner} if owner else {})

    return of


@pytest.fixture
def talk(store):
    return start_conversation(store, "ann", "Where did the cat go?", "Two?")


def test_conversations_are_listed_renamed_and_deleted(client, store, talk):
    ann = client("ann")
    (listed,) = ann.get("/footnote/conversations").json()["conversations"]
    assert set(listed) == {"id", "title", "created", "changed", "turns"}
    assert listed["turns"] == 2
    assert (listed["id"], listed["title"]) == (talk, "Where did the cat go?")
    renamed = ann.patch(f"/footnote/conversations/{talk}", json={"title": " Cats \n"})
    assert renamed.json() == listed | {"title": "Cats"}
    assert store.conversation("ann", talk).title == "Cats"
    assert ann.delete(f"/footnote/conversations/{talk}").json() == {"deleted": talk}
    found = ann.get("/footnote/conversations")
    assert (found.json(), found.headers["cache-control"]) == (NONE, "no-store")


def test_conversations_are_found_by_words_of_their_titles_and_questions(client, store, talk):
    other = start_conversation(store, "ann", "Wie GROẞ ist die 'Straße'?")
    start_conversation(store, "bo", "Where did the cat go?")
    ann = client("ann")

    def found(words):
        listed = ann.get("/footnote/conversations", params={"words": words}).json()
        return [chat["id"] for chat in listed["conversations"]]

    assert found("") == found(" ") == [other, talk]
    assert found("CAT go") == found("two") == [talk]  # "Two?" is its second question.
    assert found("cat dog") == found("%") == found("_") == []
    assert found("gross") == found("'strasse'") == [other]
    store.rename("ann", talk, "Pets")
    assert found("pets cat") == [talk]


def test_votes(client, store, talk):
    turn = store.turns("ann", talk)[0].id
    for value, note in ((1, ""), (-1, "It was Paris. 日本"), (0, "")):
        sent = {"value": value, "note": note} if note else {"value": value}
        found = client("ann").post(f"/footnote/turns/{turn}/vote", json=sent)
        assert (found.status_code, found.json()) == (200, {"vote": value})
        assert (store.turn("ann", turn).vote, store.turn("ann", turn).note) == (value, note)


def test_files_and_text(client, store, talk):
    ann = client("ann")
    store.rename("ann", talk, 'Größe 日本 "../..\\x\r\nSet-Cookie: a=1;" -')
    markdown = ann.get(f"/footnote/conversations/{talk}.md")
    assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert markdown.text.startswith("# Größe 日本 ")
    disposition = markdown.headers["content-disposition"]
    plain, named = disposition.split("filename*=UTF-8''")
    assert plain == 'attachment; filename="conversation.md"; '
    assert unquote(named) == "Größe 日本 x Set-Cookie a 1.md"
    assert "set-cookie" not in markdown.headers
    found = ann.get(f"/footnote/conversations/{talk}.json")
    assert found.headers["content-type"] == "application/json"
    assert [turn["question"] for turn in found.json()["turns"]] == ["Where did the cat go?", "Two?"]
    store.rename("ann", talk, "???")
    assert ann.get(f"/footnote/conversations/{talk}.json").headers["content-disposition"] == (
        "attachment; filename=\"conversation.json\"; filename*=UTF-8''conversation.json"
    )
    turn = store.turns("ann", talk)[0].id
    text = ann.get(f"/footnote/turns/{turn}.txt")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.headers["x-content-type-options"] == "nosniff"
    assert text.text.splitlines()[:3] == ["Oslo", "", "“The cat visited Oslo.” [1]"]


@pytest.mark.parametrize("owner", ["bo", ""])
def test_conversations_of_another_owner_do_not_exist(client, store, talk, owner):
    turn = store.turns("ann", talk)[0].id
    other = client(owner)
    for talk_id, turn_id in ((talk, turn), ("none", "none")):
        replies = [
            other.get(f"/footnote/conversations/{talk_id}.md"),
            other.get(f"/footnote/conversations/{talk_id}.json"),
            other.patch(f"/footnote/conversations/{talk_id}", json={"title": "Mine"}),
            other.delete(f"/footnote/conversations/{talk_id}"),
            other.get(f"/footnote/turns/{turn_id}.txt"),
            other.post(f"/footnote/turns/{turn_id}/vote", json={"value": -1}),
        ]
        thing = ["conversation"] * 4 + ["question"] * 2
        assert [(reply.status_code, reply.json()) for reply in replies] == [
            (404, {"error": f"There is no such {what}. It may have been deleted."})
            for what in thing
        ]
    assert other.get("/footnote/conversations").json() == NONE
    assert store.turn("ann", turn).vote == 0
    assert store.conversation("ann", talk).title == "Where did the cat go?"


def test_clients_without_a_name_share_nothing(client, store):
    talk = start_conversation(store, "", "One?")
    assert client("").get("/footnote/conversations").json() == NONE
    assert client("").delete(f"/footnote/conversations/{talk}").status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        *("", "{", "[]", "1", '"x"', "null", "{}", "\ud800".encode("utf-8", "surrogatepass")),
        *('{"value": true}', '{"value": "1"}', '{"value": 1.0}', '{"value": null}'),
        *('{"value": 2}', '{"value": -2}', '{"value": 1, "note": 5}', '{"value": 1, "note": null}'),
        *('{"title": 5}', '{"title": ""}', '{"title": " "}', '{"title": ["x"]}'),
        json.dumps({"value": 1, "note": "x" * 2001}),
        json.dumps({"value": 1, "title": "x", "more": "x" * MAX_JSON_BYTES}),
        "[" * 10_000,
        '{"value": ' + "9" * 5000 + "}",
    ],
)
def test_what_is_sent_is_checked(client, store, talk, sent):
    before = store.turns("ann", talk)
    headers = {"content-type": "application/json"}
    ann = client("ann")
    found = ann.post(f"/footnote/turns/{before[0].id}/vote", content=sent, headers=headers)
    assert (found.status_code, list(found.json())) == (400, ["error"])
    if "title" not in str(sent) or len(sent) > MAX_JSON_BYTES or '"title": "x"' not in str(sent):
        found = ann.patch(f"/footnote/conversations/{talk}", content=sent, headers=headers)
        assert (found.status_code, list(found.json())) == (400, ["error"])
    assert store.turns("ann", talk) == before
    assert store.conversation("ann", talk).title == "Where did the cat go?"


def test_a_form_of_another_site_cannot_vote(client, store, talk):
    turn = store.turns("ann", talk)[0].id
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        found = client("ann").post(
            f"/footnote/turns/{turn}/vote", content='{"value": 1}', headers={"content-type": kind}
        )
        assert found.status_code == 400
    assert store.turn("ann", turn).vote == 0


def test_a_title_with_half_a_character_and_a_long_one_are_kept(client, store, talk):
    ann, path = client("ann"), f"/footnote/conversations/{talk}"
    headers = {"content-type": "application/json; charset=utf-8"}
    found = ann.patch(path, content='{"title": "a \\ud800"}', headers=headers)
    assert found.json()["title"] == "a ?"
    found = ann.patch(path, json={"title": "word " * 1000})
    assert len(found.json()["title"]) <= conversations.MAX_CONVERSATION_TITLE_LENGTH


def test_disk_errors_are_messages_without_a_path(client, tmp_path, talk):
    (tmp_path / "conversations.sqlite").write_text("no database " * 1000)
    found = client("ann").get("/footnote/conversations")
    assert found.status_code == 503
    assert int(found.headers["retry-after"]) > 0
    assert "conversations.sqlite cannot be read" in found.json()["error"]
    assert str(tmp_path) not in found.text


def test_many_requests_at_once(client, store, talk):
    from concurrent.futures import ThreadPoolExecutor

    turns = [store.add("ann", talk, f"{number}?", ANSWER).id for number in range(8)]
    ann = client("ann")

    def vote(turn):
        return ann.post(f"/footnote/turns/{turn}/vote", json={"value": 1}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(vote, turns)) == [200] * 8
    assert [turn.vote for turn in store.turns("ann", talk)] == [0, 0] + [1] * 8
