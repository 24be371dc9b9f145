"""What a question leaves in the server's memory: nothing, however many are asked."""

import gc
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import index
from ui.guard import guarded
from ui.server import build_app

# Gradio leaves loops of its own open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

MORE = "the old harbour of the town behind the hills beside the long river in the north"
STRETCH = 20
"""Times that it is asked in each way between two looks at the memory."""

ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def client(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("growth")
    for name in ("Ida Holm", "Ola Berg", "Nora Vale"):
        (folder / f"{name}.txt").write_text(f"{name} keeps the harbour of the town. " * 3)
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    app = guarded(build_app(str(folder / ".footnote")))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def ask_in_each_way(client, numbers):
    """Ask in the chat, by HTTP and over MCP, each time as another browser and another question."""
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
    """Return the blocks that Python holds, and the megabytes that the process does, if told."""
    gc.collect()
    status = Path("/proc/self/status")
    kilobytes = status.read_text().partition("VmRSS:")[2].split()[0] if status.exists() else 0
    return sys.getallocatedblocks(), int(kilobytes) / 1024


def test_no_question_leaves_anything_in_memory(client):
    ask_in_each_way(client, range(STRETCH))  # What is remembered is full then.
    grown, before = [], held()
    for number in (1, 2, 3):
        ask_in_each_way(client, range(number * STRETCH, (number + 1) * STRETCH))
        after = held()
        grown.append((after[0] - before[0], after[1] - before[1]))
        before = after
    # What is loaded once, or swept late, may come in between; what each question leaves is in all.
    assert min(blocks for blocks, _ in grown) < 3 * STRETCH, grown
    assert min(megabytes for _, megabytes in grown) < 0.3 * STRETCH, grown
