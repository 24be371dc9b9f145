"""The real server with a login: no route can be reached without it."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fetching import BASIC, BROWSER, PASSWORD, ask

from qa.chat.access.guard import BODY_LIMIT

ROOT = Path(__file__).parents[3]

# `footnote chat`, which first prints the routes of the guarded application.
SERVING = """
import json, sys
import app, qa.chat.access.guard as guard
from qa.cli.main import main

def walk(routes):
    for route in routes:
        router = getattr(route, "original_router", route)
        yield from walk(getattr(router, "routes", None) or [])
        yield getattr(route, "path", None)

class Noting(guard.GuardMiddleware):
    def __init__(self, app, *rest):
        print(json.dumps(sorted({path for path in walk(app.routes) if path})), flush=True)
        super().__init__(app, *rest)

guard.GuardMiddleware = Noting
sys.exit(main(["chat", *sys.argv[1:]], app.chat))
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Start the chat with a log-in; yield its port and its routes."""
    folder = tmp_path_factory.mktemp("entrance")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--index", str(folder / "index"), "--auth", "ida"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVING, *options],
            cwd=ROOT,
            env=os.environ | {"FOOTNOTE_PASSWORD": PASSWORD},
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            routes = json.loads(server.stdout.readline() or "[]")
            for _ in range(100):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=5).close()
                    break
                except ConnectionError:
                    time.sleep(0.1)
            assert routes, (folder / "log").read_text()
            yield port, routes
        finally:
            server.terminate()
            server.communicate()
    assert (folder / "log").read_text().count("Traceback") == 0


def raw(port, text):
    """Send bytes as they are; return the status that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode("latin-1"))
        return int(connection.recv(4096).split()[1])


def test_no_route_answers_without_a_log_in(served):
    port, routes = served
    assert {"/", "/config", "/gradio_api/info", "/gradio_api/queue/join"} <= set(routes)
    assert len(routes) > 50
    paths = {path.replace("{", "").replace("}", "").replace(":path", "") for path in routes}
    for path in sorted(paths | {"/gradio_api/mcp/", "/gradio_api/mcp/schema"}):
        for method in ("GET", "POST", "HEAD"):
            if path in ("/login", "/healthz") or (method, path) == ("POST", "/logout"):
                continue
            assert (ask(port, path, method)[0], method, path) == (401, method, path)
        assert ask(port, path, headers=BROWSER)[0] in (200, 303)
        if path not in ("/login", "/healthz"):
            assert ask(port, path, headers=BROWSER)[1]["Location"] == "/login"


def test_no_writing_of_a_request_leads_around_it(served):
    port, _ = served
    here = f"Host: 127.0.0.1:{port}\n"
    for target in (
        "//login /login/../config /login/%2e%2e/config /login%2f..%2fconfig /login;x/../config "
        "/LOGIN /login%00 /login%0a /login/ * http://evil.example/login "
        f"http://127.0.0.1:{port}/config http://127.0.0.1:{port}/login"
    ).split():
        assert (raw(port, f"GET {target} HTTP/1.1\n{here}\n"), target) == (401, target)
    for request, status in [
        (f"OPTIONS /config HTTP/1.1\n{here}\n", 401),
        (f"HEAD /config HTTP/1.1\n{here}\n", 401),
        (f"TRACE /config HTTP/1.1\n{here}\n", 401),
        (f"CONNECT 127.0.0.1:{port} HTTP/1.1\n{here}\n", 401),
        (f"GET /config HTTP/1.0\n{here}\n", 401),
        ("GET /login HTTP/1.0\n\n", 400),
        ("GET /healthz HTTP/1.0\n\n", 200),
        ("HEAD /healthz HTTP/1.0\n\n", 200),
        ("POST /healthz HTTP/1.0\n\n", 400),
        ("GET /healthz HTTP/1.1\n\n", 400),
        ("GET /healthz HTTP/1.0\nHost: evil.example\n\n", 400),
        ("GET /healthz HTTP/1.0\nHost:\n\n", 400),
        ("GET /login HTTP/1.1\n\n", 400),
        (f"GET /login HTTP/1.1\n{here}{here}\n", 400),
        (f"GET /login HTTP/1.1\n{here}Host: evil.example\n\n", 400),
        ("GET /login HTTP/1.1\nHost: evil.example\n\n", 400),
        (f"GET /config HTTP/1.1\n{here}Authorization: a\nAuthorization: b\n\n", 400),
        (f"GET /config HTTP/1.1\n{here}X-Original-URL: /login\nX-Rewrite-URL: /login\n\n", 401),
        (
            f"GET /config HTTP/1.1\n{here}Connection: Upgrade\nUpgrade: websocket\n"
            "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n",
            401,
        ),
        (
            f"POST /login HTTP/1.1\n{here}Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n",
            400,
        ),
        (f"POST /login HTTP/1.1\n{here}Content-Length: 999999999999\n\n", 413),
    ]:
        assert (raw(port, request), request) == (status, request)


def test_a_browser_logs_in_asks_and_logs_out(served):
    port, _ = served
    form = urlencode({"username": "ida", "password": PASSWORD})
    typed = BROWSER | {"Content-Type": "application/x-www-form-urlencoded"}
    status, headers, _ = ask(port, "/login", "POST", typed, form)
    assert (status, headers["Location"]) == (303, "/")
    cookie = headers["Set-Cookie"].partition(";")[0]
    status, headers, page = ask(port, "/", headers=BROWSER | {"Cookie": cookie})
    assert status == 200
    assert b"window.gradio_config" in page
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Server"] is None
    name = headers["Set-Cookie"].partition(";")[0]
    assert name.startswith("footnote_browser=")
    inside = {"Cookie": f"{cookie}; {name}", "Origin": f"http://127.0.0.1:{port}"}
    question = {"data": ["Which naval base did Mr Rutte visit?", []]}
    sent = inside | {"Content-Type": "application/json"}
    joined = {"fn_index": 0, "session_hash": "abc"} | question
    status, headers, _ = ask(port, "/gradio_api/queue/join", "POST", sent, json.dumps(joined))
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] is None
    assert headers["Access-Control-Allow-Credentials"] is None
    status, headers, stream = ask(port, "/gradio_api/queue/data?session_hash=abc", headers=inside)
    assert headers["Content-Type"].startswith("text/event-stream")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert b"Yokosuka" in stream
    assert ask(port, "/logout", "POST", inside)[0] == 303
    assert ask(port, "/gradio_api/queue/join", "POST", sent, json.dumps(joined))[0] == 401


def test_a_program_gets_in_and_finds_shut_what_is_not_needed(served):
    port, _ = served
    status, headers, body = ask(port, "/config", headers=BASIC)
    assert status == 200
    assert json.loads(body)["title"] == "Footnote"
    claim = BASIC | {"X-Forwarded-Host": "evil.example", "X-Gradio-Server": "http://evil.example"}
    assert b"evil.example" not in ask(port, "/config", headers=claim)[2]
    for path in (
        "/gradio_api/file=http://127.0.0.1:1/",
        "/gradio_api/file=README.md",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/gradio_api/startup-events",
        "/gradio_api/deep_link?session_hash=abc",
        "/monitoring",
        "/redoc",
    ):
        status, headers, _ = ask(port, path, headers=BASIC)
        assert (status, path) == (404, path)
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert ask(port, "/gradio_api/upload", "POST", BASIC, b"")[0] == 404
    status, headers, _ = ask(port, "/assets/nothing.js", headers=BASIC)
    assert status == 404
    assert headers["X-Frame-Options"] == "DENY"
    secret = BASIC["Authorization"]
    elsewhere = BASIC | {"Origin": "https://evil.example"}
    assert ask(port, "/gradio_api/cancel", "POST", elsewhere, b"{}")[0] == 403
    start = f"POST /gradio_api/cancel HTTP/1.1\nHost: localhost\nAuthorization: {secret}\n"
    chunk = f"{BODY_LIMIT + 1:x}\n{'a' * (BODY_LIMIT + 1)}"
    assert raw(port, f"{start}Transfer-Encoding: chunked\n\n{chunk}") == 413
