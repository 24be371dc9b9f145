"""Tables over HTTP: asked line by line, kept with their conversation, drawn and downloaded."""

import csv
import io
import json
import threading
import time

import openpyxl
import pytest
from contracts import CONTRACTS
from fastapi import FastAPI
from makings import write_files
from starlette.testclient import TestClient

import index
from qa.chat.ask.chat import Chat
from qa.chat.ask.page_state import PageState
from qa.chat.each import routes
from qa.chat.routes.errors import add_error_handler
from qa.history.conversations import Conversations
from qa.history.tables import Tables

RENT, END = "What is the monthly rent?", "When does the lease end?"
NAMES = sorted(CONTRACTS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("tables")
    sources = write_files(folder / "sources", CONTRACTS)
    index.build([sources], index=folder / "index", encoder=encoder)
    return folder / "index"


@pytest.fixture
def chat(folder):
    return Chat(str(folder), Conversations(folder))


@pytest.fixture
def client(chat, folder):
    return make_client(chat, folder)


def make_client(chat, folder, owner="ann"):
    server = FastAPI()
    add_error_handler(server, folder)
    server.include_router(routes.router(chat, Tables(folder), lambda _: owner))
    return TestClient(server, raise_server_exceptions=False)


def ask(client, *questions, documents=(), conversation="", **more):
    body = {"questions": questions, "documents": documents, "conversation": conversation} | more
    reply = client.post("/footnote/tables", json=body)
    assert reply.status_code == 200, reply.text
    return [json.loads(line) for line in reply.text.splitlines()]


def test_a_line_for_each_answer_between_the_table_and_its_pictures(client):
    begun, *answers, drawn = ask(client, RENT)
    assert (begun["total"], begun["questions"]) == (10, [RENT])
    cells = [line["answer"] for line in answers]
    assert [cell["document"]["id"] for cell in cells] == NAMES
    first = cells[0]
    assert first["document"] == {
        "id": NAMES[0],
        "name": "Lease of Quay 4 (01-quay.md)",
        "date": "2019-03-01",
    }
    (part,) = first["parts"]
    assert part["text"] == "1,450 euros"
    start = CONTRACTS[NAMES[0]].index("1,450 euros")
    assert f":{start}:{start + len('1,450 euros')}:" in part["link"]
    assert first["percent"].endswith("%")
    assert cells[-1]["parts"] == []
    assert cells[-1]["remark"] == "Not in the documents."
    assert drawn["charts"][0]["question"] == RENT
    assert "1,450 euros" in drawn["charts"][0]["svg"]


def test_it_is_kept_with_its_conversation(client, chat):
    begun, *answers, drawn = ask(client, RENT, END, documents=NAMES[:2])
    kept = client.get(f"/footnote/tables/{begun['turn']}").json()
    assert kept["answers"] == [line["answer"] for line in answers]
    assert (kept["charts"], kept["total"]) == (drawn["charts"], 4)
    question, place = chat.messages("ann", PageState(begun["conversation"]))
    assert f"#each={begun['turn']}" in place["content"]
    assert "rent&#63;<br>When" in question["content"]
    again, *_ = ask(client, END, documents=NAMES[:1], conversation=begun["conversation"])
    assert again["conversation"] == begun["conversation"]
    other, *_ = ask(client, END, documents=NAMES[:1], conversation="gone")
    assert other["conversation"] not in ("gone", begun["conversation"])


def test_it_can_be_downloaded_and_no_formula_is_in_it(chat, folder, client):
    begun, *_ = ask(client, RENT, "=1+1", documents=NAMES[:2])
    path = f"/footnote/tables/{begun['turn']}"
    reply = client.get(f"{path}.csv")
    assert reply.headers["content-disposition"] == 'attachment; filename="answers.csv"'
    header, *rows = csv.reader(io.StringIO(reply.content.decode("utf-8-sig")))
    assert header[3] == RENT
    assert not [cell for row in (header, *rows) for cell in row if cell.startswith("=")]
    assert rows[0][3] == "1,450 euros"
    assert rows[0][8].startswith("footnote://")
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{path}.xlsx").content)).active
    assert [cell.value for cell in sheet["D"]] == [RENT, "1,450 euros", "2,300 euros"]
    assert {cell.data_type for cell in sheet["J"]} <= {"s", "n"}
    markdown = client.get(f"{path}.md").text
    assert "| leases/01" in markdown
    assert "footnote://" in markdown


def test_nobody_else_sees_it(client, chat, folder):
    begun, *_ = ask(client, END, documents=NAMES[:1])
    other = make_client(chat, folder, owner="ben")
    for suffix in ("", ".csv", ".xlsx", ".md"):
        assert other.get(f"/footnote/tables/{begun['turn']}{suffix}").status_code == 404
    nameless = make_client(chat, folder, owner="")
    body = {"questions": [END], "documents": [], "conversation": ""}
    refused = nameless.post("/footnote/tables", json=body)
    assert refused.status_code == 400
    assert "programs call ask_each" in refused.json()["error"]


def test_before_very_many_answers_it_says_how_long_they_take(client, chat, monkeypatch):
    monkeypatch.setattr(routes, "MAX_UNCONFIRMED", 9)
    monkeypatch.setattr(chat.queue, "_seconds", 30.0)
    (asked,) = ask(client, END)
    assert asked == {"confirm": {"answers": 10, "seconds": 300}}
    assert not [one for one in threading.enumerate() if one.name.startswith("each")]
    assert len(ask(client, END, confirmed=True)) == 12
    assert len(ask(client, END, documents=NAMES[:9])) == 11


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"questions": []}, "There is no question"),
        ({"questions": [" "]}, "The question is empty"),
        ({"questions": [f"Who is {n}?" for n in range(21)]}, "at most 20"),
        ({"questions": "Who?"}, "questions is not a list"),
        ({"documents": [5]}, "documents is not a list"),
        ({"documents": ["x"] * 1001}, "choose at most 1,000"),
        ({"documents": ["gone.md"]}, "None of the chosen documents is there any more"),
        ({"conversation": None}, "Reload it"),
    ],
)
def test_what_cannot_be_asked_is_refused(client, change, says):
    body = {"questions": [END], "documents": [], "conversation": ""} | change
    reply = client.post("/footnote/tables", json=body)
    assert reply.status_code == 400
    assert says in reply.json()["error"]


def test_no_document_and_no_json_are_sentences(tmp_path, encoder):
    write_files(tmp_path / "sources", {"a.md": "# A\n\nThe rent is 5 euros.\n"})
    index.build([tmp_path / "sources"], index=tmp_path / "index", encoder=encoder)
    index.remove(["a.md"], index=tmp_path / "index", encoder=encoder)
    chat = Chat(str(tmp_path / "index"), Conversations(tmp_path / "index"))
    client = make_client(chat, tmp_path / "index")
    body = {"questions": [END], "documents": [], "conversation": ""}
    reply = client.post("/footnote/tables", json=body)
    assert reply.json() == {"error": "There are no documents to ask yet. Add some, then ask again."}
    assert "Reload it" in client.post("/footnote/tables", content=b"{").json()["error"]


def test_a_document_removed_meanwhile_says_so_and_what_was_answered_stays(tmp_path, encoder):
    write_files(tmp_path / "sources", {f"{n}.md": f"The rent is {n} euros." for n in range(1, 7)})
    index.build([tmp_path / "sources"], index=tmp_path / "index", encoder=encoder)
    chat = Chat(str(tmp_path / "index"), Conversations(tmp_path / "index"))
    run, ran = chat.queue.run, []

    async def remove_after_two(client, call):
        ran.append(call)
        if len(ran) == 3:  # The selection of the documents is the first.
            index.remove(["6.md"], index=tmp_path / "index", encoder=encoder)
        return await run(client, call)

    chat.queue.run = remove_after_two
    _, *answers, _ = ask(make_client(chat, tmp_path / "index"), "What is the rent?")
    assert answers[-1]["answer"]["remark"] == "The document was removed meanwhile."
    assert "1 euros" in answers[0]["answer"]["parts"][0]["text"]


def test_who_deletes_the_conversation_ends_the_asking(client, chat):
    append, seen = Tables.append, []

    def delete_then_append(self, owner, turn, answer):
        if not seen:
            seen.append(chat.conversations.turn(owner, turn).conversation)
            chat.conversations.delete(owner, seen[0])
        return append(self, owner, turn, answer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tables, "append", delete_then_append)
        *_, last = ask(client, END)
    assert "no such question" in last["error"]
    until = time.monotonic() + 20
    while [one for one in threading.enumerate() if one.name.startswith("each")]:
        assert time.monotonic() < until
        time.sleep(0.05)
