"""Too many ask at once: the page, programs and MCP are told so at once, in a sentence."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

import index
import qa
from index.cpu import processors
from qa.chat.access.guard import guarded
from qa.chat.app import build_app

# Gradio leaves loops of its own open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

WHO = "Who keeps the harbour?"
DESK = {"conversation": "", "documents": ["a.txt"], "editing": "t1", "alone": True}


@pytest.fixture(scope="module")
def client(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("busy")
    (folder / "a.txt").write_text("Ida Holm keeps the harbour.\n")
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    app = guarded(build_app(str(folder / ".footnote"), reader=qa.NONE))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        client.get("/")
        yield client


@pytest.fixture
def full(client, monkeypatch):
    """The chat where as many are being answered as can be, and nobody may wait."""
    monkeypatch.setattr("qa.chat.ask.queue.MOST", 0)
    gate, begun = threading.Event(), threading.Barrier(processors() + 1)
    ask = qa.ask

    def slow(*arguments, **named):
        begun.wait(10)
        assert gate.wait(30)
        return ask(*arguments, **named)

    monkeypatch.setattr("qa.chat.ask.chat.qa.ask", slow)
    with ThreadPoolExecutor(processors()) as pool:
        asked = [
            pool.submit(client.post, "/footnote/ask", json={"question": WHO})
            for _ in range(processors())
        ]
        begun.wait(10)
        yield client
        gate.set()
        for answer in asked:
            assert answer.result().status_code == 200


SAID = "More is asked than can be answered: 0 questions wait already. Ask again in 1 second."


@pytest.mark.parametrize("path", ["ask", "search"])
def test_a_program_is_told_when_to_come_again(full, path):
    answer = full.post(f"/footnote/{path}", json={"question": WHO})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json() == {"error": SAID}


def test_the_page_keeps_the_question_and_how_it_was_asked(full):
    body = {"data": [WHO, DESK], "fn_index": 0, "session_hash": "x"}
    answer = full.post("/gradio_api/run/predict", json=body)
    messages, desk = answer.json()["data"]
    assert messages == {"__type__": "update"}
    assert desk["busy"] == SAID
    assert desk["asked"] == WHO
    assert {name: desk[name] for name in DESK} == DESK


def test_gradios_client_is_told(full):
    answer = full.post("/gradio_api/run/ask", json={"data": [WHO, None]})
    assert answer.status_code == 500
    assert answer.json()["error"] == SAID


def test_a_language_models_program_is_told(full):
    call = {"name": "ask", "arguments": {"question": WHO}}
    answer = full.post(
        "/gradio_api/mcp/",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
        headers={"accept": "application/json, text/event-stream"},
    )
    line = next(line for line in answer.text.splitlines() if line.startswith("data: "))
    result = json.loads(line[6:])["result"]
    assert result["isError"]
    assert SAID in result["content"][0]["text"]


def test_nobody_waits_before_the_first(client):
    answer = client.get("/footnote/waiting")
    assert answer.json() == {"before": 0}
    assert answer.headers["cache-control"] == "no-store"
