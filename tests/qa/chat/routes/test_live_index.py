"""The routes over an index whose newest generation cannot be opened, and over one that is gone."""

import pytest
from makings import write_files
from starlette.testclient import TestClient

import index
from index.store import live
from index.store.generation import DENSE_FILE
from qa.chat.app import build_app

KEEPER = "The lighthouse is kept by Nora Vale."
SOURCE = {"document": "keeper.txt", "start": 0, "end": len(KEEPER)}


@pytest.fixture
def folder(tmp_path, encoder, monkeypatch):
    monkeypatch.setattr(live, "RETRY_SECONDS", 0.0)
    docs = write_files(tmp_path / "docs", {"keeper.txt": KEEPER})
    index.build([docs], index=tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def client(folder):
    app = build_app(str(folder), reader="none", metrics=True)
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def search(client, **more):
    return client.post("/footnote/search", json={"question": "Who keeps the lighthouse?", **more})


def test_a_new_generation_that_cannot_be_opened_leaves_the_chat_answering(client, folder, tmp_path):
    assert client.get("/healthz").status_code == 200
    write_files(tmp_path / "docs", {"crane.txt": "The crane is repaired."})
    name = index.build([tmp_path / "docs"], index=folder).generation
    file = folder / "generations" / name / DENSE_FILE
    file.write_bytes(file.read_bytes()[:-1])
    assert client.get("/healthz").text == "Footnote answers.\n"
    assert client.get("/footnote/source", params=SOURCE).status_code == 200
    assert client.get("/footnote/about", params={"document": "keeper.txt"}).status_code == 200
    assert "footnote_generation 1.0" in client.get("/metrics").text
    listed = client.get("/footnote/documents")
    assert listed.status_code == 200
    assert [one["id"] for one in listed.json()["documents"]] == ["keeper.txt"]
    assert search(client, where={"id": "keeper.txt"}).json()[0]["document_id"] == "keeper.txt"


def test_without_an_index_the_server_is_at_fault_and_the_question_is_not(client, folder):
    (folder / "CURRENT").unlink()
    for reply in (
        search(client),
        search(client, where={"type": "txt"}),
        client.post("/footnote/ask", json={"question": "Who keeps the lighthouse?"}),
        client.post("/footnote/ask_each", json={"question": "Who keeps the lighthouse?"}),
        client.get("/footnote/source", params=SOURCE),
        client.get("/healthz"),
    ):
        assert reply.status_code == 503
        assert int(reply.headers["retry-after"]) > 0
        assert "The index cannot be opened." in reply.text
    assert search(client, top_k=0).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/healthz", "GET, HEAD"),
        ("DELETE", "/metrics", "GET"),
        ("PUT", "/footnote/documents", "GET, POST, DELETE"),
        ("HEAD", "/footnote/source", "GET"),
        ("GET", "/footnote/turns/x/vote", "POST"),
        ("POST", "/footnote/conversations/x.md", "GET, PATCH, DELETE"),
        ("OPTIONS", "/openapi.json", "GET"),
    ],
)
def test_another_method_is_not_allowed(client, method, path, allowed):
    reply = client.request(method, path)
    assert (reply.status_code, reply.headers["allow"]) == (405, allowed)
    if method != "HEAD":
        sentence = f"{method} is not allowed here; send {allowed.replace(', ', ' or ')}."
        assert reply.json() == {"error": sentence}


def test_an_address_of_nothing_is_not_found(client):
    reply = client.get("/footnote/nothing/here")
    assert (reply.status_code, list(reply.json())) == (404, ["error"])
    assert client.get("/footnote/static/none.js").status_code == 404
    assert client.get("/footnote/static/main.js").status_code == 200
