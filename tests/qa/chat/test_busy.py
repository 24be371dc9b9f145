"""A full queue is reported at once to the page, to programs and over MCP."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

import index
import qa
from index.cpu import available_cpus
from qa.chat.access.guard import guard_app
from qa.chat.app import build_app
from qa.chat.observe.events import EventLog

# Gradio leaves loops of its own open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

WHO = "Who keeps the harbour?"
STATE = {"conversation": "", "documents": ["a.txt"], "editing": "t1", "alone": True}


@pytest.fixture(scope="module")
def client(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("busy")
    (folder / "a.txt").write_text("Ida Holm keeps the harbour.\n")
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    home = str(folder / ".footnote")
    app = guard_app(build_app(home, reader=qa.NONE, event_log=EventLog(home, questions=True)))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        client.get("/")
        yield client


@pytest.fixture
def full(client, monkeypatch):
    """The chat with every answering thread occupied and no room to wait."""
    monkeypatch.setattr("qa.chat.ask.queue.MAX_QUEUE_LENGTH", 0)
    gate, begun = threading.Event(), threading.Barrier(available_cpus() + 1)
    ask = qa.ask

    def slow(*arguments, **named):
        begun.wait(10)
        assert gate.wait(30)
        return ask(*arguments, **named)

    monkeypatch.setattr("qa.chat.ask.chat.qa.ask", slow)
    with ThreadPoolExecutor(available_cpus()) as pool:
        asked = [
            pool.submit(client.post, "/footnote/ask", json={"question": WHO})
            for _ in range(available_cpus())
        ]
        begun.wait(10)
        yield client
        gate.set()
        for answer in asked:
            assert answer.result().status_code == 200


BUSY = "The server is busy: 0 questions are waiting. Try again in 1 second."


@pytest.mark.parametrize("path", ["ask", "search"])
def test_a_program_learns_when_to_retry(full, path):
    answer = full.post(f"/footnote/{path}", json={"question": WHO})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json() == {"error": BUSY}


def test_the_page_keeps_the_question_and_its_options(full):
    body = {"data": [WHO, STATE], "fn_index": 0, "session_hash": "x"}
    answer = full.post("/gradio_api/run/predict", json=body)
    messages, state = answer.json()["data"]
    assert messages == {"__type__": "update"}
    assert state["failed"] == BUSY
    assert state["asked"] == WHO
    assert {name: state[name] for name in STATE} == STATE


def test_gradios_client_gets_the_message(full):
    answer = full.post("/gradio_api/run/ask", json={"data": [WHO, None, None, None, None]})
    assert answer.status_code == 500
    assert answer.json()["error"] == BUSY


def test_an_mcp_client_gets_the_message(full):
    call = {"name": "ask", "arguments": {"question": WHO}}
    answer = full.post(
        "/gradio_api/mcp/",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
        headers={"accept": "application/json, text/event-stream"},
    )
    line = next(line for line in answer.text.splitlines() if line.startswith("data: "))
    result = json.loads(line[6:])["result"]
    assert result["isError"]
    assert BUSY in result["content"][0]["text"]


def test_no_question_is_ahead_of_the_first(client):
    answer = client.get("/footnote/waiting")
    assert answer.json() == {"before": 0}
    assert answer.headers["cache-control"] == "no-store"


@pytest.fixture
def turn(client):
    """The id of a turn whose question was answered before the queue was full."""
    body = {"data": [WHO, {}], "fn_index": 0, "session_hash": "x"}
    messages, _ = client.post("/gradio_api/run/predict", json=body).json()["data"]
    return re.search(r"#turn=([\w-]+)", json.dumps(messages))[1]


def test_a_refused_question_is_logged_from_every_entry_point(turn, full, lines):
    logged = lines("json", json.loads)
    page, mcp = "/gradio_api/run/predict", "/gradio_api/mcp/"
    call = {"name": "search", "arguments": {"question": WHO}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    full.post("/footnote/ask", json={"question": WHO})
    full.post("/footnote/search", json={"question": WHO})
    full.post("/footnote/ask", json={"question": [WHO]})
    full.post("/gradio_api/run/ask", json={"data": [WHO, None, None, None, None]})
    full.post(mcp, json=message, headers={"accept": "application/json, text/event-stream"})
    full.post(page, json={"data": [WHO, STATE], "fn_index": 0, "session_hash": "x"})
    example = {"value": {"text": WHO}}
    full.post(
        page, json={"data": [STATE], "event_data": example, "fn_index": 1, "session_hash": "x"}
    )
    again = {"data": [STATE], "event_data": {"turn": turn}, "fn_index": 3, "session_hash": "x"}
    state = full.post(page, json=again).json()["data"][1]
    assert (state["failed"], state["asked"]) == (BUSY, "")
    assert {line["outcome"] for line in logged} == {"busy"}
    # A question that is no text is not logged.
    assert [line.get("question") for line in logged] == [WHO] * 2 + [None] + [WHO] * 5
