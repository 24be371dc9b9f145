"""The routes by which the page reads a document; nothing that a browser sends is trusted."""

import pytest
from makings import WordEncoder, write_files

import index
from index.errors import IndexNotFound
from ui.reading import router

LOG = "# Log\n\nIt **froze** in May.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("reading")
    files = {"log.md": LOG, "a/long #1?&.txt": "The ship left.\n\n" * 5_000}
    index.build([write_files(home / "docs", files)], index=home / "i", encoder=WordEncoder())
    return home / "i"


def client_of(open_generation):
    from fastapi import FastAPI
    from starlette.testclient import TestClient

    server = FastAPI()
    server.include_router(router(open_generation))
    return TestClient(server)


@pytest.fixture(scope="module")
def client(folder):
    with client_of(lambda: index.open_index(folder)) as opened:
        yield opened


def test_the_view_of_a_document(client):
    asked = {"document": "log.md", "start": 7, "end": 26, "answer_start": 12, "answer_end": 17}
    response = client.get("/footnote/source", params=asked)
    assert response.status_code == 200
    view = response.json()
    assert (view["title"], view["from"], view["to"], view["length"]) == ("Log", 0, 28, 28)
    assert [part["mark"] for part in view["blocks"][1]["parts"]] == [
        *("cited", "answer", "cited", None)
    ]


def test_more_of_a_document(client):
    asked = {"document": "a/long #1?&.txt", "start": 16, "end": 20}
    view = client.get("/footnote/source", params=asked).json()
    below = client.get("/footnote/source/blocks", params={**asked, "from": view["to"]}).json()
    assert below["from"] == view["to"] < below["to"]
    above = client.get("/footnote/source/blocks", params={**asked, "to": view["to"]}).json()
    assert (above["from"], above["to"]) == (0, view["to"])
    assert above["blocks"][1]["parts"][0] == {"text": "The ", "start": 16, "mark": "cited"}
    between = client.get("/footnote/source/blocks", params={**asked, "from": 32, "to": 48}).json()
    assert (between["from"], between["to"], len(between["blocks"])) == (32, 48, 1)
    near = client.get("/footnote/source/blocks", params={**asked, "near": 60_000}).json()
    assert 40_000 < near["from"] < 60_000 < near["to"] < 80_000


def test_words_are_found(client):
    found = client.get("/footnote/source/find", params={"document": "log.md", "query": "FROZE"})
    assert found.json() == {"found": [[12, 17]], "more": False}
    asked = {"document": "a/long #1?&.txt", "query": "ship\u00a0left"}
    found = client.get("/footnote/source/find", params=asked).json()
    assert (len(found["found"]), found["found"][1], found["more"]) == (1000, [20, 29], True)
    asked["query"] = ""
    assert client.get("/footnote/source/find", params=asked).json() == {"found": [], "more": False}


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("source", {}, '"start" is missing'),
        ("source", {"document": "log.md", "start": 0}, '"end" is missing'),
        ("source", {"document": "log.md", "start": "x", "end": 5}, '"start" is no whole number'),
        ("source", {"document": "log.md", "start": -1, "end": 5}, '"start" is no whole number'),
        (
            "source",
            {"document": "log.md", "start": "\uff11", "end": 5},
            '"start" is no whole number',
        ),
        ("source", {"document": "log.md", "start": 0, "end": 10**12}, '"end" is no whole'),
        ("source", {"document": "log.md", "start": 0, "end": 29}, "This passage is no longer"),
        ("source", {"document": "/etc/passwd", "start": 0, "end": 5}, "This document is no longer"),
        (
            "source",
            {"document": "log.md", "start": 0, "end": 5, "answer_start": 1},
            '"answer_end" is missing',
        ),
        (
            "source",
            {"document": "log.md", "start": 0, "end": 5, "answer_start": 1, "answer_end": 6},
            "The words that answer do not lie in this passage",
        ),
        ("source/blocks", {"document": "log.md"}, "Which text is wanted was not said"),
        ("source/blocks", {"document": "log.md", "from": "1e3"}, '"from" is no whole number'),
        ("source/blocks", {"document": "log.md", "from": 0, "start": 3}, '"end" is missing'),
        ("source/find", {"document": "log.md"}, '"query" is missing'),
        ("source/find", {"document": "log.md", "query": "x" * 201}, "Look for 200 characters"),
        ("source/find", {"document": "\0", "query": "x"}, "This document is no longer"),
    ],
)
def test_what_cannot_be_answered_is_said(client, path, asked, said):
    response = client.get(f"/footnote/{path}", params=asked)
    assert response.status_code == 400
    assert list(response.json()) == ["error"]
    assert response.json()["error"].startswith(said)


def test_no_path_is_told_where_there_is_no_index(tmp_path):
    def closed():
        raise IndexNotFound(f"There is no index in {tmp_path}.")

    with client_of(closed) as opened:
        response = opened.get("/footnote/source", params={"document": "a", "start": 0, "end": 5})
    assert response.status_code == 400
    assert str(tmp_path) not in response.text
    assert response.json()["error"].startswith("The index cannot be opened.")
