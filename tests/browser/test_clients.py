"""The chat for programs: Gradio's own client, plain HTTP, and a client of the official MCP SDK."""

import asyncio
import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from driving import WHO

import index
import qa


@pytest.fixture(scope="module")
def client(served):
    gradio_client = pytest.importorskip("gradio_client")
    return gradio_client.Client(served, verbose=False)


def post(address, name, **sent):
    request = urllib.request.Request(
        f"{address}footnote/{name}",
        json.dumps(sent).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_only_what_is_for_programs_is_published(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert set(endpoints) == {"/ask", "/search", "/ask_each"}


def test_gradios_client_asks_and_every_citation_holds(client, served_index):
    answer = client.predict(WHO, api_name="/ask")
    assert answer["answered"]
    assert "Ishiba" in answer["text"]
    generation = index.open_index(served_index)
    for citation in answer["citations"]:
        text = generation.document_by_id(citation["document_id"]).text
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        assert "source" not in citation
        assert qa.check(citation["uri"], index=generation).status == "valid"


def test_plain_http_asks_and_searches_in_chosen_documents(served):
    assert "Ishiba" in post(served, "ask", question=WHO)["text"]
    found = post(served, "search", question="harbour dues", top_k=3, documents=["ledger.md"])
    assert {passage["document_id"] for passage in found} == {"ledger.md"}
    assert len(post(served, "search", question="harbour dues", top_k=2)) == 2


@pytest.mark.parametrize(
    ("name", "sent", "says"),
    [
        ("ask", {}, '"question"'),
        ("ask", {"question": ""}, "The question is empty"),
        ("ask", {"question": 5}, "not a string"),
        ("ask", {"question": "word " * 5_000}, "at most 2,000"),
        ("ask", {"question": "Who?", "documents": "ledger.md"}, "give a list"),
        ("ask", {"question": "Who?", "documents": ["gone.md"]}, "gone.md"),
        ("ask", {"question": "Who?", "index": "/etc"}, "Expected a JSON object"),
        ("search", {"question": "Who?", "top_k": 0}, "from 1 to 50"),
        ("search", {"question": "Who?", "top_k": True}, "from 1 to 50"),
        ("search", {"question": "Who?", "top_k": 10_000}, "from 1 to 50"),
    ],
)
def test_an_invalid_question_is_refused_with_a_message(served, name, sent, says):
    with pytest.raises(urllib.error.HTTPError, match="400") as refused:
        post(served, name, **sent)
    assert says in json.load(refused.value)["error"]


def test_a_client_of_the_mcp_sdk_asks_and_searches(served):
    pytest.importorskip("mcp")
    with ThreadPoolExecutor() as aside:  # The browser has a loop of its own in this thread.
        tools, asked, found, refused = aside.submit(lambda: asyncio.run(call(served))).result()
    assert tools == {"ask", "search", "ask_each"}
    assert "Ishiba" in asked
    assert "footnote://" in asked
    assert "ledger.md" in found
    assert "at most 2,000" in refused


async def call(served):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    address = f"{served}gradio_api/mcp/"
    async with streamable_http_client(address) as (read, write, _), ClientSession(read, write) as s:
        await s.initialize()
        tools = await s.list_tools()
        names = {tool.name for tool in tools.tools}
        for tool in tools.tools:
            assert tool.description
            where = tool.inputSchema["properties"]["where"]["description"]
            assert where.endswith((", id, type and author.", ", as in ask."))  # Not cut off.
        texts = []
        for name, arguments in (
            ("ask", {"question": WHO}),
            ("search", {"question": "dues of the Aurora", "documents": ["ledger.md"]}),
            ("ask", {"question": "word " * 5_000}),
        ):
            result = await s.call_tool(name, arguments)
            texts.append("".join(part.text for part in result.content))
        return names, *texts
