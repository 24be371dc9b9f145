"""A question that fails is no answer: the page gets the reason, and keeps what was asked."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from qa.chat.access.guard import guard_app
from qa.chat.ask.chat import Chat
from qa.chat.page import mount_page
from qa.history.conversations import Conversations

# Gradio leaves loops of its own open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

WHO = "Who keeps the harbour?"
STATE = {"conversation": "c1", "documents": ["a.txt"], "editing": "t1", "alone": True}
TYPED = {"data": [WHO, STATE], "fn_index": 0}
OFFERED = {"data": [STATE], "event_data": {"value": {"text": WHO}}, "fn_index": 1}
AGAIN = {"data": [STATE], "event_data": {"turn": "t1"}, "fn_index": 3}
CLOSED = "The index cannot be opened."


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failing")
    chat = Chat(str(folder / "none"), Conversations(folder))
    app = mount_page(FastAPI(), chat, can_log_out=False, prefix="")
    with TestClient(guard_app(app), base_url="http://127.0.0.1:7860") as client:
        client.get("/")
        yield client


@pytest.mark.parametrize(
    ("sent", "reason", "asked"),
    [(TYPED, CLOSED, WHO), (OFFERED, CLOSED, WHO), (AGAIN, "There is no such question.", "")],
    ids=["typed", "offered", "again"],
)
def test_the_page_gets_the_reason_and_keeps_the_question(client, sent, reason, asked):
    answer = client.post("/gradio_api/run/predict", json=sent | {"session_hash": "x"})
    messages, state = answer.json()["data"]
    assert messages == {"__type__": "update"}
    assert state["failed"].startswith(reason)
    assert "failing" not in state["failed"]
    assert (state["asked"], "answered" in state) == (asked, False)
    assert {name: state[name] for name in STATE} == STATE
