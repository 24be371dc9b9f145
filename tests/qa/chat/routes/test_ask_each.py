"""Every document asked over HTTP, line by line, and over Gradio's API; giving it up."""

import asyncio
import json
import threading
import time

import pytest
from contracts import CONTRACTS
from fastapi import FastAPI
from makings import write_files
from starlette.testclient import TestClient

import index
import qa
from qa.chat.app import build_app
from qa.chat.ask.chat import Chat
from qa.chat.ask.every import EveryDocument
from qa.chat.ask.queue import Busy, Client
from qa.chat.routes import api
from qa.chat.routes.errors import add_error_handler
from qa.history.conversations import Conversations

# Gradio leaves loops of its own open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

RENT, END = "What is the monthly rent?", "When does the lease end?"
NAMES = sorted(CONTRACTS)[:5]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("every")
    sources = write_files(folder / "sources", {name: CONTRACTS[name] for name in NAMES})
    index.build([sources], index=folder / "index", encoder=encoder)
    return folder / "index"


@pytest.fixture(scope="module")
def client(folder):
    server = FastAPI()
    add_error_handler(server, folder)
    server.include_router(api.router(Chat(str(folder), Conversations(folder))))
    return TestClient(server, raise_server_exceptions=False)


@pytest.fixture
def chat(folder):
    return Chat(str(folder), Conversations(folder))


def ask_each(client, **body):
    reply = client.post("/footnote/ask_each", json=body)
    return reply.status_code, [json.loads(line) for line in reply.text.splitlines()]


def test_each_line_is_an_answer(client):
    status, lines = ask_each(client, question=RENT)
    assert status == 200
    assert [(line["done"], line["total"]) for line in lines] == [(n, 5) for n in range(1, 6)]
    assert [line["answer"]["document"]["document_id"] for line in lines] == NAMES
    assert "1,450 euros" in lines[0]["answer"]["text"]
    assert "source" not in lines[0]["answer"]["citations"][0]


def test_several_questions_of_some_documents(client):
    asked = {"question": [RENT, END], "where": {"document": "leases/0[12]*"}}
    _, lines = ask_each(client, **asked)
    found = [(one["answer"]["document"]["document_id"], one["answer"]["question"]) for one in lines]
    assert found == [(name, question) for name in NAMES[:2] for question in (RENT, END)]
    _, lines = ask_each(client, question=END, documents=[NAMES[3]], threshold=0)
    assert [line["answer"]["text"] for line in lines] == ["1 May 2028"]


def wait_for_threads():
    """Return the threads that still answer after a while."""
    until = time.monotonic() + 20
    while running := [one for one in threading.enumerate() if one.name.startswith("each")]:
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    return running


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"question": ""}, "The question is empty"),
        ({"question": []}, "There is no question"),
        ({"question": [RENT, 5]}, "not a string"),
        ({"question": RENT, "documents": []}, "documents is an empty list"),
        ({"question": RENT, "documents": ["no.md"]}, "None of the 5 documents"),
        ({"question": RENT, "where": {"size": 1}}, "not a condition"),
        ({"question": RENT, "threshold": 2}, "threshold is 2"),
        ({"question": RENT, "history": []}, "optionally documents, threshold, where"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_the_first_line(client, body, says):
    status, (reply,) = ask_each(client, **body)
    assert status == 400
    assert says in reply["error"]


def test_only_post_is_answered(client):
    assert client.get("/footnote/ask_each").status_code == 405


def test_gradio_and_mcp_return_a_list(folder, monkeypatch):
    with TestClient(build_app(str(folder)), raise_server_exceptions=False) as client:

        def call(documents):
            data = {"data": [END, documents, None, None]}
            return client.post("/gradio_api/run/ask_each", json=data)

        answers = call(NAMES[:2]).json()["data"][0]
        assert [answer["document"]["document_id"] for answer in answers] == NAMES[:2]
        monkeypatch.setattr(api, "MAX_LISTED_ANSWERS", 4)
        assert "5 documents would be asked; at most 4" in call(None).text


def test_it_gives_way_while_the_queue_is_full(chat, monkeypatch):
    run, refused = chat.queue.run, []

    async def full_at_first(client, call):
        if len(refused) < 2:
            refused.append(client)
            raise Busy("The server is busy.", 0)
        return await run(client, call)

    async def collect():
        return [answer async for answer in EveryDocument(chat, END).stream(Client("ida"))]

    monkeypatch.setattr(chat.queue, "run", full_at_first)
    assert [answer.document.document_id for answer in asyncio.run(collect())] == NAMES
    assert refused == [Client("ida")] * 2


def test_giving_it_up_leaves_nothing_running(chat):
    async def give_up():
        answers = EveryDocument(chat, END).stream(Client())
        await anext(answers)
        await answers.aclose()

    asyncio.run(give_up())
    assert wait_for_threads() == []


def test_each_answer_is_recorded_as_a_question(chat):
    every = EveryDocument(chat, [RENT, END], [NAMES[0]])
    asked = [every.make(number).question for number in range(every.total)]
    assert asked == [RENT, END]
    assert wait_for_threads() == []
    counted = chat.event_log.metrics.questions.collect()[0].samples
    assert sum(one.value for one in counted if one.name.endswith("_total")) == 2


def test_the_answers_are_those_of_ask_each(chat, folder):
    every = EveryDocument(chat, END)
    texts = [every.make(number).text for number in range(every.total)]
    assert texts == [answer.text for answer in qa.ask_each(END, index=folder)]
