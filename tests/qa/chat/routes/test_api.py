"""Arguments of programs are checked; they cannot make the server fetch or reveal anything."""

import json

import pytest
from starlette.testclient import TestClient

import index
import qa
from index.errors import EncoderMismatch, FootnoteError, IndexNotFound
from qa.chat.access.public_errors import public_message
from qa.chat.app import build_app

# Gradio leaves loops of its own open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

FILE = {
    "path": "http://example.com/beacon",
    "url": "http://example.com/beacon",
    "meta": {"_type": "gradio.FileData"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("programs")
    (folder / "a.txt").write_text("Ida Holm keeps the harbour.\n")
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    return folder


@pytest.fixture(scope="module")
def client(folder):
    app = build_app(str(folder / ".footnote"), reader=qa.NONE)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("run/ask", {"data": ["Who?", [FILE], None, None, None]}),
        ("run/ask", {"data": ["Who?", None, [FILE], FILE, None]}),
        ("run/ask", {"data": [FILE, None, None, None, None]}),
        ("run/predict", {"data": ["Who?", {"a": {"b": [FILE]}}], "fn_index": 0}),
        ("run/predict", {"data": [FILE, {}], "fn_index": 0}),
        ("call/v2/ask", {"question": "Who?", "documents": [FILE]}),
    ],
)
def test_no_request_makes_the_server_fetch_an_address(client, monkeypatch, path, body):
    fetched = []

    async def fetch(url, *more):
        fetched.append(url)
        raise OSError

    monkeypatch.setattr("gradio.processing_utils.async_ssrf_protected_download", fetch)
    answer = client.post(f"/gradio_api/{path}", json=body | {"session_hash": "x"})
    assert answer.status_code >= 400
    assert fetched == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"question":' + "[" * 100_000, "not JSON"),
        ("[1]", "JSON object"),
        (json.dumps({"question": "Who?", "documents": ["\ud800"]}), "not valid"),
        (json.dumps({"question": "Who?", "documents": [5]}), "list of strings"),
        (json.dumps({"question": "Who?", "documents": []}), "documents is an empty list"),
        (json.dumps({"question": "Who?", "documents": ["b.txt"]}), "nearest name is 'a.txt'"),
        (json.dumps({"question": "Who?", "documents": ["a\u00a0.txt"]}), "nearest name is"),
        (json.dumps({"question": "Who?", "history": "no"}), "history is not a list"),
        (json.dumps({"question": "Who?", "history": [{}]}), 'history[0] has no "question"'),
        (json.dumps({"question": "Who?", "history": False}), "history is not a list"),
        ('{"question": "Who?", "threshold": NaN}', "threshold is nan; give a number from 0 to 1"),
        (json.dumps({"question": "Who?", "threshold": "0.5"}), "threshold is '0.5'"),
        (json.dumps({"question": "Who?", "where": "a"}), "where is 'a'; give conditions"),
        (json.dumps({"question": "Who?", "where": {"size": 1}}), "Use one of id, document, folder"),
        (json.dumps({"question": "Who?", "where": {"id": []}}), "The list of id is empty"),
        (json.dumps({"question": "Who?", "where": {"id": ["\ud800"]}}), "not valid"),
        (json.dumps({"question": "Who?", "where": {"id": ["a"] * 101}}), "give at most 100"),
        (
            json.dumps({"question": "Who?", "documents": ["a"], "where": {"id": "a"}}),
            "Give one of them",
        ),
        (json.dumps({"question": "Who?", "top_k": 3}), "optionally documents, history"),
        (json.dumps({"question": "Who?", "top_k": 3}), "'top_k' is none of these."),
        (json.dumps({"question": ["/etc/passwd"]}), "not a string"),
    ],
)
def test_whatever_is_sent_is_answered_with_a_sentence(client, body, says):
    answer = client.post("/footnote/ask", content=body)
    assert answer.status_code == 400
    assert says in answer.json()["error"]


WHO = "Who keeps the harbour?"


def test_documents_left_out_are_all_and_an_empty_list_is_none(client):
    for path in ("/footnote/ask", "/footnote/search"):
        assert client.post(path, json={"question": WHO}).status_code == 200
        assert client.post(path, json={"question": WHO, "documents": None}).status_code == 200
        assert client.post(path, json={"question": WHO, "documents": ["A"]}).status_code == 200
        refused = client.post(path, json={"question": WHO, "documents": []})
        assert refused.status_code == 400
        assert "leave documents out" in refused.json()["error"]


def send_call(client, name, **arguments):
    """Return the result of a tool over MCP."""
    call = {"name": name, "arguments": arguments}
    headers = {"accept": "application/json, text/event-stream"}
    sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    answer = client.post("/gradio_api/mcp/", json=sent, headers=headers)
    line = next(line for line in answer.text.splitlines() if '"jsonrpc"' in line)
    return json.loads(line.removeprefix("data: "))["result"]


def call_tool(client, name, **arguments):
    """Return whether a tool failed over MCP, and its text."""
    result = send_call(client, name, **arguments)
    return result["isError"], "".join(part["text"] for part in result["content"])


def test_an_empty_list_is_refused_over_mcp_and_by_gradios_api(client):
    failed, text = call_tool(client, "ask", question=WHO)
    assert (failed, "Ida Holm" in text) == (False, True)
    for name in ("ask", "search"):
        failed, text = call_tool(client, name, question=WHO, documents=[])
        assert (failed, "documents is an empty list" in text) == (True, True)
    for documents, status in ((None, 200), (["A.TXT"], 200), ([], 500)):
        answer = client.post(
            "/gradio_api/run/ask", json={"data": [WHO, documents, None, None, None]}
        )
        assert answer.status_code == status


def test_results_over_mcp_are_json_and_structured(client):
    for name, path in (("ask", "/footnote/ask"), ("search", "/footnote/search")):
        sent = client.post(path, json={"question": WHO}).json()
        result = send_call(client, name, question=WHO)
        assert json.loads(result["content"][0]["text"]) == sent
        assert result["structuredContent"] == (sent if name == "ask" else {"result": sent})
    refused = send_call(client, "ask", question="")
    assert refused["isError"]
    assert "structuredContent" not in refused


def test_the_routes_for_programs_are_described(client):
    document = client.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {f"/footnote/{name}" for name in ("ask", "search", "ask_each")}
    for path, taken in (
        ("/footnote/ask", {"question", "documents", "history", "where", "threshold"}),
        ("/footnote/search", {"question", "documents", "history", "where", "top_k"}),
        ("/footnote/ask_each", {"question", "documents", "where", "threshold"}),
    ):
        route = document["paths"][path]["post"]
        schema = route["requestBody"]["content"]["application/json"]["schema"]
        assert set(schema["properties"]) == taken
        assert schema["required"] == ["question"]
        assert {"200", "400", "405", "503"} == set(route["responses"])
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "POST /footnote/ask" in page.text
    assert "<script" not in page.text


def test_the_description_of_ask_each_is_that_of_its_route(client):
    route = client.get("/openapi.json").json()["paths"]["/footnote/ask_each"]["post"]
    sent = route["requestBody"]["content"]["application/json"]["schema"]["properties"]["question"]
    assert [kind["type"] for kind in sent["anyOf"]] == ["string", "array"]
    ((kind, content),) = route["responses"]["200"]["content"].items()
    for question in (WHO, [WHO, "What does she keep?"]):
        reply = client.post("/footnote/ask_each", json={"question": question})
        assert reply.headers["content-type"].startswith(kind)
        for line in reply.text.splitlines():
            assert set(json.loads(line)) == set(content["schema"]["properties"]) - {"error"}
    assert "lines of JSON" in route["description"]


def test_a_threshold_and_conditions_are_taken(client):
    sure = {"question": WHO, "threshold": 1}
    assert client.post("/footnote/ask", json=sure).json()["outcome"] != "answer"
    shown = client.post("/footnote/ask", json=sure | {"threshold": 0.0}).json()
    assert (shown["outcome"], "Ida Holm" in shown["text"]) == ("answer", True)
    for where in ({}, {"type": "txt"}, {"document": "A"}, {"id": ["a.txt"], "type": ["txt", "md"]}):
        for path in ("/footnote/ask", "/footnote/search"):
            assert client.post(path, json={"question": WHO, "where": where}).status_code == 200
    both = {"question": WHO, "where": {"type": "pdf"}, "documents": ["a.txt"]}
    assert client.post("/footnote/search", json=both).status_code == 400
    assert client.post("/footnote/search", json=both | {"where": {"type": "txt"}}).json()
    failed, text = call_tool(client, "search", question=WHO, where={"type": "pdf"})
    assert (failed, "has type pdf" in text) == (True, True)
    failed, text = call_tool(client, "ask", question=WHO, where={"type": "txt"}, threshold=0)
    assert (failed, '"outcome": "answer"' in text) == (False, True)


def test_the_paths_of_the_machine_cannot_be_guessed_by_conditions(client, folder, monkeypatch):
    monkeypatch.chdir(folder)
    for pattern in (str(folder), f"{folder.parent}/*", f"{folder}/a.txt", f"../{folder.name}", "."):
        for name in ("document", "folder"):
            where = {name: pattern}
            assert qa.retrieve(WHO, index=folder / ".footnote", where=where, reader=qa.NONE)
            refused = client.post("/footnote/ask", json={"question": WHO, "where": where})
            assert refused.status_code == 400


def test_other_methods_are_not_allowed(client):
    for path in ("/footnote/ask", "/footnote/search"):
        for method in ("GET", "PUT", "DELETE", "HEAD"):
            answer = client.request(method, path)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert "by POST" in client.get(path).json()["error"]


def test_a_question_follows_up_on_answers_as_they_were_returned(client):
    first = client.post("/footnote/ask", json={"question": WHO}).json()
    assert "Ida Holm" in first["text"]
    sent = {"question": "Where does she keep it?", "history": [first]}
    follow_up = client.post("/footnote/ask", json=sent).json()
    assert "Ida" in follow_up["searched_for"]
    passages = client.post("/footnote/search", json=sent).json()
    assert passages[0]["document_id"] == "a.txt"
    assert passages[0]["uri"].startswith("footnote://")
    assert (passages[0]["page"], passages[0]["also"]) == (None, [])
    assert call_tool(client, "search", **sent)[0] is False
    failed, text = call_tool(client, "ask", **sent)
    assert (failed, follow_up["searched_for"] in text) == (False, True)
    failed, text = call_tool(client, "ask", question=WHO, history=[{"question": 5, "text": ""}])
    assert (failed, "history[0].question is not a string" in text) == (True, True)


def test_strange_events_are_answered(client):
    for data in ([1], {"x": 1}, "text", {"turn": {"a": 1}}, {"value": 5}):
        for number in range(6):
            answer = client.post(
                "/gradio_api/run/predict",
                json={"data": [{}], "event_data": data, "fn_index": number, "session_hash": "y"},
            )
            if number:  # The first takes two values.
                assert answer.status_code == 200, (number, data, answer.text)


def test_no_path_is_revealed(tmp_path):
    home = tmp_path / "My Secret Docs"
    for error in (
        IndexNotFound(f"There is no index in {home}."),
        EncoderMismatch(f"The encoder {home / 'x'} is not on this machine."),
        FootnoteError(f"Cannot write {home / 'library.sqlite'} (No space left)."),
    ):
        said = public_message(error, home)
        assert tmp_path.name not in said
        assert str(tmp_path.parent) not in said
