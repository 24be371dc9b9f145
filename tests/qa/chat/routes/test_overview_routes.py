"""The routes of the start page and of a document's particulars."""

import time

import pytest
from fastapi import FastAPI
from makings import write_files
from starlette.testclient import TestClient

import index
from qa.chat.ask.chat import Chat
from qa.chat.documents.manage import DocumentStore
from qa.chat.routes.errors import add_error_handler
from qa.chat.routes.overview import router
from qa.history.conversations import Conversations

LEDGER = (
    "# Ledger\n\nMr Holm visited Bergen Harbour on Tuesday.\n\n## Dues ##\n\n# Ropes\n\nNone.\n"
)


@pytest.fixture(scope="module")
def client(tmp_path_factory, encoder):
    home = tmp_path_factory.mktemp("overview")
    files = {
        "ledger.md": LEDGER,
        "goats.txt": "Mrs Berg opened Goat Farm on Friday.\n",
        "no.pdf": b"",
    }
    index.build([write_files(home / "docs", files)], index=home / "i", encoder=encoder)
    app = FastAPI()
    add_error_handler(app)
    store = DocumentStore(home / "i", encoder=encoder)
    app.include_router(router(Chat(str(home / "i"), Conversations(home)), store))
    with TestClient(app) as opened:
        yield opened
    store.close()


def test_the_overview_counts_and_has_questions_once_they_are_made(client):
    end = time.monotonic() + 60
    found = client.get("/footnote/overview").json()
    assert (found["documents"], found["skipped"], found["making"]) == (2, 1, True)
    assert [count for _, count in found["reasons"]] == [1]
    while found["making"] and time.monotonic() < end:
        time.sleep(0.05)
        found = client.get("/footnote/overview").json()
    assert {group["name"]: len(group["questions"]) for group in found["groups"]} == {
        "md": 1,
        "txt": 1,
    }


def test_a_document_is_described_with_the_places_of_its_headings(client):
    found = client.get("/footnote/about", params={"document": "ledger.md"}).json()
    places = [(h["depth"], LEDGER[h["start"] : h["end"]]) for h in found["headings"]]
    assert places == [(1, "Ledger"), (2, "Dues"), (1, "Ropes")]
    assert (found["language"], found["words"], found["more"]) == ("en", 15, 0)
    asked = client.get("/footnote/about/questions", params={"document": "ledger.md"}).json()
    assert asked == {"questions": ["When did Mr Holm visit Bergen Harbour?"]}


@pytest.mark.parametrize("path", ["about", "about/questions"])
@pytest.mark.parametrize(
    ("asked", "says"),
    [({"document": "none.md"}, "no longer in the index"), ({}, "'document': Field required.")],
)
def test_a_document_that_is_gone_is_named_as_such(client, path, asked, says):
    response = client.get(f"/footnote/{path}", params=asked)
    assert response.status_code == 400
    assert says in response.json()["error"]
