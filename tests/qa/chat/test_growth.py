"""Memory: it does not grow with the number of questions, in the server or while reading."""

import gc
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import index
import qa
from qa.chat.access.guard import guard_app
from qa.chat.app import build_app

# Gradio leaves loops of its own open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

MORE = "the old harbour of the town behind the hills beside the long river in the north"
STRETCH = 40
"""Questions asked in each way in one stretch, of which the least memory held counts."""

ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("growth")
    for name in ("Ida Holm", "Ola Berg", "Nora Vale"):
        (folder / f"{name}.txt").write_text(f"{name} keeps the harbour of the town. " * 3)
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    return str(folder / ".footnote")


@pytest.fixture(scope="module")
def client(folder):
    app = guard_app(build_app(folder, reader=qa.NONE))  # Reading takes long, and is tried below.
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def ask_in_each_way(client, numbers):
    """Ask in the chat, over HTTP and MCP, each time as a new browser with a new question."""
    for number in numbers:
        question = f"Who keeps lamp {number} of {MORE[: 5 * number % len(MORE)]}?"
        client.cookies.clear()
        client.get("/")
        body = {"data": [question, {}], "fn_index": 0, "session_hash": f"page {number}"}
        messages, _ = client.post("/gradio_api/run/predict", json=body).json()["data"]
        assert "Ida" in messages[1]["content"][0]["text"]
        found = client.post("/footnote/ask", json={"question": f"{question} Is it Ida?"}).json()
        assert found["near"] or found["citations"]
        call = {"name": "ask", "arguments": {"question": f"{question} Is it Ola?"}}
        sent = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": call}
        assert "citations" in client.post("/gradio_api/mcp/", json=sent, headers=ACCEPT).text


def held():
    """Return the allocated blocks of Python and, where known, the megabytes of the process."""
    gc.collect()
    status = Path("/proc/self/status")
    kilobytes = status.read_text().partition("VmRSS:")[2].split()[0] if status.exists() else 0
    return sys.getallocatedblocks(), int(kilobytes) / 1024


def least_held(ask, stretch):
    """Return the least memory held during one stretch of questions."""
    looks = []
    for first in range(stretch * STRETCH, (stretch + 1) * STRETCH, STRETCH // 4):
        ask(range(first, first + STRETCH // 4))
        looks.append(held())
    return [min(found) for found in zip(*looks, strict=True)]


def check_growth(ask):
    # Caches are full after the first stretch. Objects that are loaded once or collected late may
    # appear in one of the others, but objects that every question leaves appear in all of them.
    blocks, megabytes = zip(*(least_held(ask, stretch) for stretch in range(4)), strict=True)
    assert min(more - fewer for fewer, more in pairwise(blocks)) < 3 * STRETCH, blocks
    assert min(more - fewer for fewer, more in pairwise(megabytes)) < 0.3 * STRETCH, megabytes


def test_no_question_to_the_server_leaves_anything_in_memory(client):
    check_growth(lambda numbers: ask_in_each_way(client, numbers))


def test_no_question_that_is_read_leaves_anything_in_memory(folder):
    def ask(numbers):
        for number in numbers:
            question = f"Who keeps lamp {number} of {MORE[: 5 * number % len(MORE)]}?"
            assert any(passage.reading for passage in qa.ask(question, index=folder).passages)

    check_growth(ask)
