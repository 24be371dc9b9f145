"""The real server for its operators: health check, metrics, log, and a reverse proxy."""

import base64
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fetching import BASIC, BROWSER, PASSWORD, ask

ROOT = Path(__file__).parents[3]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SENT = (
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="keeper.txt"\r\n\r\n'
    b"The lighthouse is kept by Nora Vale.\r\n--x--\r\n"
)

# `footnote chat` with an unexpected error at one question.
SERVING = """
import sys
import app, qa
from qa.cli.main import main

asked = qa.ask

def ask(question, **more):
    if question.startswith("Fail"):
        raise ValueError("unforeseen")
    return asked(question, **more)

qa.ask = ask
sys.exit(main(["chat", *sys.argv[1:]], app.chat))
"""

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The chat, its port, the folder of its index, and its standard error."""

    def __init__(self, folder, *options):
        self.port, self.home, self._log = free_port(), folder / "index", folder / "log"
        command = ["--port", str(self.port), "--index", str(self.home), *options]
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVING, *command],
                cwd=ROOT,
                env=os.environ | {"FOOTNOTE_PASSWORD": PASSWORD},
                stdout=subprocess.PIPE,
                stderr=log,
            )
        wait_for(lambda: self.process.poll() is not None or self.answers(), self.said)

    def answers(self):
        try:
            return self.ask("/healthz")[0] == 200
        except OSError:
            return False

    def said(self):
        return self._log.read_text()

    def events(self, name):
        """Return the events of one name in the log so far."""
        found = [json.loads(line) for line in self.said().splitlines()]
        return [event for event in found if event["event"] == name]

    def ask(self, path, method="GET", headers=None, body=None):
        return ask(self.port, path, method, headers, body)

    def question(self, text):
        return self.ask("/footnote/ask", "POST", BASIC, json.dumps({"question": text}))

    def metrics(self):
        """Return the values at /metrics by name and labels."""
        status, _, text = self.ask("/metrics", headers=BASIC)
        assert status == 200
        lines = [line for line in text.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def stop(self):
        self.process.terminate()
        self.process.communicate()


def wait_for(found, said=lambda: "nothing came"):
    for _ in range(600):
        if found():
            return
        time.sleep(0.1)
    raise AssertionError(said())


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("operating")
    options = ["--auth", "ida", "--metrics", "--log", "json", "--path-prefix", "/qa"]
    server = Server(folder, *options, "--host-name", "localhost")
    yield server
    server.stop()
    assert server.events("stopped")


@pytest.fixture(scope="module")
def proxy(server, tmp_path_factory):
    """The port of nginx before the server, configured as in the README."""
    yield from start_nginx(server, tmp_path_factory, "proxy_buffering off;")


@pytest.fixture(scope="module")
def buffering_proxy(server, tmp_path_factory):
    """The port of nginx that buffers responses, as it does where it is not told otherwise."""
    yield from start_nginx(server, tmp_path_factory, "")


def start_nginx(server, tmp_path_factory, buffering):
    """Start nginx before the server; yield its port."""
    if not NGINX:
        pytest.skip("the tests of a proxy need nginx: apt-get install -y nginx-light")
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    readme = (ROOT / "qa" / "chat" / "README.md").read_text("utf-8")
    location = re.search(r"```nginx\n(location /qa/ .*?)```", readme, re.DOTALL)[1]
    location = location.replace("127.0.0.1:7860", f"127.0.0.1:{server.port}")
    assert "proxy_buffering off;" in location
    location = location.replace("proxy_buffering off;", buffering)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; {temporary}\n"
        f"server {{ listen 127.0.0.1:{port}; server_name localhost;\n{location}\n}} }}\n"
    )
    nginx = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-e", folder / "errors"])
    try:
        wait_for(lambda: nginx.poll() is not None or is_open(port))
        yield port
    finally:
        nginx.terminate()
        nginx.wait()


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="counts as Linux does")
def test_an_idle_server_rests(server):
    def count_awakenings():
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])

    before = count_awakenings()
    time.sleep(2)
    assert count_awakenings() - before < 100


def test_files_with_a_hash_in_their_name_are_kept_and_others_asked_for_again(server):
    page = server.ask("/", headers=BASIC)[2].decode()
    (asset,) = set(re.findall(r"assets/index-[\w-]+\.js", page))
    asked = {
        f"/{asset}": (200, "private, max-age=31536000, immutable"),
        "/assets/index-01234567.js": (404, None),
        "/footnote/static/main.js": (200, "no-cache"),
    }
    for path, expected in asked.items():
        status, headers, _ = server.ask(path, headers=BASIC)
        assert (status, headers.get("cache-control")) == expected


def test_what_a_malformed_call_holds_is_not_logged(server):
    asked = {"tool": "ask", "arguments": {"question": "Who is SECRET?"}}
    calls = {
        "/gradio_api/run/ask": {"data": ["Who is SECRET?"]},
        "/gradio_api/mcp/": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked},
    }
    kinds = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
    }
    said = [
        server.ask(path, "POST", BASIC | kinds, json.dumps(call))[2].decode()
        for path, call in calls.items()
    ]
    assert "values, but 1 came." in said[0]
    assert "error" in said[1]
    log = server.said()
    assert "Failed to validate request" in log
    assert "SECRET" not in log
    assert "Traceback" not in log


def test_the_health_check_needs_no_login(server):
    for method in ("GET", "HEAD"):
        status, headers, body = server.ask("/healthz", method)
        assert status == 200
        assert headers["Cache-Control"] == "no-store"
        assert headers["Set-Cookie"] is None
        assert body == (b"Footnote answers.\n" if method == "GET" else b"")
    assert server.ask("/healthz", headers={"Host": "evil.example"})[0] == 400
    assert (
        server.ask("/healthz", headers={"Origin": "https://evil.example"}, method="POST")[0] == 403
    )
    assert server.ask("/healthz", "POST")[0] == 401
    for path in ("/healthz/", "/healthz/x", "/metrics", "/healthz/../metrics", "//healthz"):
        assert (server.ask(path)[0], path) == (401, path)


def test_the_health_check_fails_without_an_index(server):
    aside = server.home.with_name("aside")
    server.home.rename(aside)
    try:
        status, headers, body = server.ask("/healthz")
        asked, _, sentence = server.question("Which naval base did Mr Rutte visit?")
        # What the question itself is to blame for is said first.
        assert server.question(" ? ")[0] == 400
        assert server.metrics()["footnote_index_open"] == 0
        assert "footnote_documents" not in server.metrics()
    finally:
        aside.rename(server.home)
    assert (status, asked) == (503, 503)
    assert int(headers["Retry-After"]) > 0
    assert json.loads(sentence)["error"].startswith("The index cannot be opened.")
    assert body == (
        b"The index cannot be opened. See the server's messages, or build the index again.\n"
    )
    assert server.answers()
    assert server.metrics()["footnote_index_open"] == 1


def test_questions_are_counted_by_outcome(server):
    before = server.metrics()
    assert server.question("Which naval base did Mr Rutte visit?")[0] == 200
    assert server.question("Which electronics company showed Rutte around its plant?")[0] == 200
    assert server.question("How large is NATO's own budget?")[0] == 200
    assert server.question("  ")[0] == 400
    assert server.question("Fail, please")[0] == 500
    assert server.ask("/footnote/search", "POST", BASIC, '{"question": "Tokyo"}')[0] == 200
    after = server.metrics()

    def counted(name):
        return after[name] - before[name]

    expected = {"answered": 1, "passages": 1, "not_in_documents": 1, "error": 2, "busy": 0}
    for outcome, times in expected.items():
        assert counted(f'footnote_questions_total{{outcome="{outcome}"}}') == times
    assert counted('footnote_searches_total{outcome="done"}') == 1
    assert counted("footnote_answer_seconds_count") == 3
    assert 0 < counted("footnote_answer_seconds_sum") < 20
    assert counted('footnote_answer_seconds_bucket{le="+Inf"}') == 3
    assert after["footnote_questions_in_progress"] == 0
    assert after["process_resident_memory_bytes"] > 50e6
    assert server.question("Which naval base did Mr Rutte visit?")[0] == 200
    assert server.metrics()['footnote_questions_total{outcome="answered"}'] == (
        after['footnote_questions_total{outcome="answered"}'] + 1
    )


def test_each_question_is_a_line_without_its_text(server):
    begun = len(server.events("question"))
    server.question("Which naval base did Mr Rutte visit?")
    server.question("How large is NATO's own budget?")
    server.question("")
    server.question("Fail\n{}")
    answered, not_found, refused, failed = server.events("question")[begun:]
    assert (answered["outcome"], answered["level"], answered["passages"]) == ("answered", "info", 4)
    assert 0.5 < answered["probability"] < 1
    assert 0 < answered["seconds"] < 20
    assert " ".join(answered) == (
        "time level event outcome seconds probability answerable passages"
    )
    assert not_found["outcome"] == "not_in_documents"
    assert (refused["outcome"], refused["level"]) == ("error", "warning")
    assert refused["reason"].startswith("The question is empty.")
    assert (failed["outcome"], failed["level"], failed["error"]) == ("error", "error", "ValueError")
    assert failed["traceback"].endswith("ValueError: unforeseen\n")
    assert "naval base" not in server.said()
    assert "budget" not in server.said()


def test_jobs_are_counted_and_logged(server):
    before = server.metrics()
    sent = BASIC | {"Content-Type": "multipart/form-data; boundary=x"}
    assert server.ask("/footnote/documents", "POST", sent, SENT)[0] == 202
    wait_for(lambda: server.events("job"), server.said)
    after = server.metrics()
    done = 'footnote_jobs_total{kind="add",outcome="done"}'
    assert (before[done], after[done]) == (0, 1)
    assert (before["footnote_documents"], after["footnote_documents"]) == (1, 2)
    assert after["footnote_generation"] == before["footnote_generation"] + 1
    assert after["footnote_chunks"] == before["footnote_chunks"] + 1
    built = after["footnote_generation_built_timestamp_seconds"]
    assert time.time() - 100 < built <= time.time()
    (job,) = server.events("job")
    assert (job["kind"], job["outcome"], job["files"]) == ("add", "done", {"indexed": 1})
    assert int(job["generation"]) == after["footnote_generation"]
    assert "keeper" not in server.said()
    text = server.ask("/metrics", headers=BASIC)[2].decode()
    assert "keeper" not in text
    assert "seeds" not in text


def test_a_failed_login_is_logged_without_the_password(server):
    wrong = {"Authorization": "Basic " + base64.b64encode(b"ida:wrong\nsecret").decode()}
    assert server.ask("/config", headers=wrong)[0] == 401
    form = urlencode({"username": "ida", "password": "also wrong"})
    assert server.ask("/login", "POST", BROWSER | FORM, form)[0] == 401
    events = server.events("log_in_failed")
    assert [(event["level"], event["client"]) for event in events[-2:]] == [
        ("warning", "127.0.0.1")
    ] * 2
    form = urlencode({"username": "ida", "password": PASSWORD})
    cookie = server.ask("/login", "POST", BROWSER | FORM, form)[1]["Set-Cookie"]
    secrets = ["secret", "wrong", PASSWORD, "correct+horse", cookie.split("=")[1].split(";")[0]]
    assert [secret for secret in secrets if secret in server.said()] == []


def test_every_line_of_the_log_is_an_object(server):
    lines = [json.loads(line) for line in server.said().splitlines()]
    assert all(list(line)[:3] == ["time", "level", "event"] for line in lines)
    assert {"started", "printed", "question"} <= {line["event"] for line in lines}
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)


def test_behind_a_proxy_under_a_path_it_works_as_at_the_root(server, proxy):
    here = {"Host": f"localhost:{proxy}"}
    browser = BROWSER | here
    assert b"Footnote" not in ask(proxy, "/", headers=browser)[2]
    status, headers, _ = ask(proxy, "/qa/", headers=browser)
    assert (status, headers["Location"]) == (303, "/qa/login")
    form = urlencode({"username": "ida", "password": PASSWORD})
    assert b'<form method="post" action="login">' in ask(proxy, "/qa/login", headers=browser)[2]
    status, headers, _ = ask(proxy, "/qa/login", "POST", browser | FORM, form)
    assert (status, headers["Location"]) == (303, "/qa/")
    session, *flags = headers["Set-Cookie"].split("; ")
    assert flags == ["Path=/qa/", "HttpOnly", "SameSite=Lax"]
    status, headers, page = ask(proxy, "/qa/", headers=browser | {"Cookie": session})
    assert status == 200
    assert f'"root":"http://localhost:{proxy}/qa"' in page.decode().replace(": ", ":")
    name, *flags = headers["Set-Cookie"].split("; ")
    assert "Path=/qa/" in flags
    # Gradio's own link to what makes an application of a page, which this one is not.
    assert re.findall(r'(?:href|src)="(/[^"]*)"', page.decode()) == ["/manifest.json"]
    inside = here | {"Cookie": f"{session}; {name}", "Origin": f"http://localhost:{proxy}"}
    sent = inside | {"Content-Type": "application/json"}
    asked = {"fn_index": 0, "session_hash": "abc", "data": ["Who hosted Mr Rutte?", {}]}
    status, _, _ = ask(proxy, "/qa/gradio_api/queue/join", "POST", sent, json.dumps(asked))
    assert status == 200
    path = "/qa/gradio_api/queue/data?session_hash=abc"
    status, headers, stream = ask(proxy, path, headers=inside)
    assert headers["Content-Type"].startswith("text/event-stream")
    assert b"process_completed" in stream
    form = SENT.replace(b"keeper", b"warden").replace(b"Vale", b"Holm")
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    status, _, said = ask(proxy, "/qa/footnote/documents", "POST", inside | kind, form)
    assert status == 202
    job = f"/qa/footnote/jobs/{json.loads(said)['job']}"
    wait_for(lambda: json.loads(ask(proxy, job, headers=inside)[2])["state"] == "done")
    status, headers, _ = ask(proxy, "/qa/logout", "POST", inside)
    assert (status, headers["Location"]) == (303, "/qa/login")
    assert "Path=/qa/" in headers["Set-Cookie"]
    assert ask(proxy, path, headers=inside)[0] == 401


def test_streams_come_through_a_proxy_that_buffers(server, buffering_proxy):
    here = BASIC | {"Host": f"localhost:{buffering_proxy}"}
    connection = http.client.HTTPConnection("127.0.0.1", buffering_proxy, timeout=20)
    connection.request("GET", "/qa/gradio_api/heartbeat/abc", headers=here)  # It has no end.
    reply = connection.getresponse()
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    assert reply.readline()
    connection.close()
    sent = here | {"Content-Type": "application/json"}
    asked = json.dumps({"question": "Which naval base did Mr Rutte visit?"})
    path = "/qa/footnote/ask_each"
    status, _, lines = ask(buffering_proxy, path, "POST", sent, asked)
    assert (status, json.loads(lines.splitlines()[0])["done"]) == (200, 1)
    assert server.ask("/footnote/ask_each", "POST", BASIC, asked)[1]["X-Accel-Buffering"] == "no"


def test_there_are_no_metrics_by_default(tmp_path, encoder):
    from starlette.testclient import TestClient

    import index
    import qa
    from qa.chat.app import build_app

    index.build([ROOT / "seeds"], index=tmp_path / ".footnote", encoder=encoder)
    with TestClient(build_app(str(tmp_path / ".footnote"), reader=qa.NONE)) as client:
        assert client.get("/metrics").status_code == 404
        assert client.get("/healthz").status_code == 200
