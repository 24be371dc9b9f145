"""The real client against a server that answers, breaks, lies, stalls and floods."""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from scripted import END, event, fail_with, repeat, send_body, serve_scripts, stall, stream_text

from index.errors import Cancelled, FootnoteError
from index.installation import install_command
from qa.llm.client import API_KEY_VARIABLE
from qa.llm.endpoint import LanguageModel, ModelFailed

pytest.importorskip("openai")  # Loaded before the time limits of a request begin.

ROOT = Path(__file__).parents[3]
HELLO = [{"role": "user", "content": "Hello"}]
QUICK = {"connect": 1.0, "first": 0.6, "stall": 0.4, "total": 3.0}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr("qa.llm.endpoint.FIRST_BACKOFF", 0.01)
    monkeypatch.setattr("qa.llm.endpoint.MAX_BACKOFF", 0.05)
    for name in [name for name in os.environ if name.startswith(("OPENAI", API_KEY_VARIABLE))]:
        monkeypatch.delenv(name)


def model_of(server, **more):
    return LanguageModel(server.url, "m", **(QUICK | more))


def said(server, **more):
    return "".join(model_of(server, **more).stream(HELLO))


def failure(server, **more):
    """The text received, and the message of the failure."""
    pieces = []
    try:
        pieces.extend(model_of(server, **more).stream(HELLO))
    except ModelFailed as failed:
        return "".join(pieces), str(failed)
    pytest.fail(f"it came to an end: {pieces}")


def test_pieces_come_as_they_are_sent():
    with serve_scripts(stream_text("It rained in Oslo.")) as server:
        assert list(model_of(server).stream(HELLO)) == ["It rain", "ed in O", "slo."]
        (path, headers, body) = server.asked[0]
    assert path == "/v1/chat/completions"
    assert body == {
        "model": "m",
        "messages": HELLO,
        "stream": True,
        "max_tokens": 700,
        "temperature": 0.0,
    }
    assert "Authorization" not in headers
    assert "authorization" not in headers


def test_nothing_of_the_environment_or_the_machine_is_sent(monkeypatch):
    monkeypatch.setenv(API_KEY_VARIABLE, "sk-secret")
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID", "ADMIN_KEY"):
        monkeypatch.setenv(f"OPENAI_{name}", "not to be sent")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://192.0.2.1/v1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Mine: not to be sent\nAuthorization: other")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serve_scripts(stream_text("Yes.")) as server:
        assert said(server) == "Yes."
        headers = {name.lower(): value for name, value in server.asked[0][1].items()}
    assert headers.pop("host") == server.url.split("/")[2]
    assert int(headers.pop("content-length")) > 0
    assert headers == {
        "authorization": "Bearer sk-secret",
        "accept": "text/event-stream",
        "accept-encoding": "identity",
        "connection": "close",
        "content-type": "application/json",
        "user-agent": "footnote",
    }


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failed_request_is_repeated(status):
    with serve_scripts(fail_with(status, retry_after="1"), stream_text("Yes.")) as server:
        assert said(server) == "Yes."
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("status", "word", "asked"),
    [(401, API_KEY_VARIABLE, 1), (404, "--llm-model", 1), (500, "failed", 3)],
)
def test_a_permanent_failure_is_reported_without_the_key(monkeypatch, status, word, asked):
    monkeypatch.setenv(API_KEY_VARIABLE, "sk-secret")
    with serve_scripts(fail_with(status)) as server:
        came, why = failure(server)
        assert (came, len(server.asked)) == ("", asked)
    assert str(status) in why
    assert word in why
    assert "sk-secret" not in why


def test_a_server_with_another_name_for_the_limit_is_supported():
    with serve_scripts(fail_with(400), stream_text("Yes.")) as server:
        assert said(server) == "Yes."
        assert server.asked[1][2]["max_completion_tokens"] == 700
        assert "temperature" not in server.asked[1][2]


def test_a_server_that_is_down():
    with serve_scripts(stall) as server:
        url = server.url
    with pytest.raises(ModelFailed, match="cannot be reached"):
        list(LanguageModel(url, "m", **QUICK).stream(HELLO))


def test_a_redirection_is_not_followed():
    with serve_scripts(stream_text("Elsewhere.")) as other:
        with serve_scripts(fail_with(307, location=f"{other.url}/chat/completions")) as server:
            assert "307" in failure(server)[1]
        assert other.asked == []


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (stall, "too long"),
        (repeat(b": ping\n\n"), "too long"),
        (repeat(b"x"), "too long"),
        (repeat(event()), "too long"),
        (repeat(b"x" * 500_000, pause=0), "too much"),
        (send_body(b""), "broke off"),
        (send_body(b"<html>Hello</html>", kind="text/html"), "broke off"),
        (
            send_body(b'{"choices": [{"message": {"content": "Hi"}}]}', kind="application/json"),
            "broke",
        ),
        (send_body(b"data: {no json}\n\n"), "cannot be read"),
        (send_body(b"data: \xff\xfe\xfd\n\n" + END), "cannot be read"),
        (send_body(b'data: "text"\n\n'), "cannot be read"),
        (send_body(b"data: " + b"[" * 200_000 + b"\n\n"), "cannot be read"),
        (send_body(b'data: {"choices": [null]}\n\n' + END), "cannot be read"),
        (send_body(b'data: {"error": {"message": "sk-secret"}}\n\n'), "cannot be read"),
        (send_body(event("Hi"), content_length="100000"), "broke off"),
        (send_body(event("Hi") + END, content_length="30"), ""),
        (send_body(b"\x1f\x8b\x08\x00", content_encoding="gzip"), "compressed"),
        (stream_text("Hi", end=b""), "broke off"),
        (stream_text("Hi", end=event(reason="length")), "700 tokens"),
    ],
)
def test_broken_responses_fail_with_a_message_in_time(script, why):
    # Only tests of timeouts may reach them: a busy machine answers late.
    patience = {} if why == "too long" else {"first": 4.0, "stall": 4.0, "total": 4.5}
    began = time.monotonic()
    with serve_scripts(script) as server:
        came, told = failure(server, attempts=1, **patience)
    assert time.monotonic() - began < 5
    assert why in told
    assert came in ("", "Hi")
    assert "sk-secret" not in told
    assert "127.0.0.1" not in told


def test_one_that_never_ends_is_stopped_at_its_budget():
    with serve_scripts(repeat(event("word " * 100), pause=0)) as server:
        came, why = failure(server, tokens=50)
    assert len(came) <= 50 * 8
    assert "50 tokens" in why


def test_one_that_is_slow_is_stopped_in_the_end():
    with serve_scripts(repeat(event("word "), pause=0.1)) as server:
        came, why = failure(server, total=1.0)
    assert came.startswith("word ")
    assert "within 1 s" in why


def test_a_response_that_broke_off_is_not_requested_again():
    with serve_scripts(stream_text("Hi", end=b"")) as server:
        failure(server)
        assert len(server.asked) == 1


def test_cancelling_ends_the_request():
    cancelled = threading.Event()
    with serve_scripts(repeat(event("word "), pause=0.02)) as server:
        pieces = model_of(server).stream(HELLO, cancelled=cancelled)
        assert next(pieces) == "word "
        cancelled.set()
        with pytest.raises(Cancelled):
            list(pieces)
        assert server.disconnected.wait(3)


def test_closing_the_iterator_ends_the_request():
    with serve_scripts(repeat(event("word "), pause=0.02)) as server:
        pieces = model_of(server).stream(HELLO)
        next(pieces)
        pieces.close()
        assert server.disconnected.wait(3)


@pytest.mark.parametrize(
    "url",
    ["", "file:///etc/passwd", "http://", "http://me:secret@host/v1", "https://host/v1?key=secret"],
)
def test_an_invalid_address_is_not_repeated_in_the_error(url):
    with pytest.raises(FootnoteError) as refused:
        LanguageModel(url, "m")
    assert "secret" not in str(refused.value)


def test_the_package_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setattr("qa.llm.endpoint.find_spec", lambda name: None)
    with pytest.raises(FootnoteError, match=re.escape(install_command("llm"))):
        list(LanguageModel("http://127.0.0.1:1/v1", "m").stream(HELLO))


def test_without_the_option_no_key_is_read_and_nothing_is_loaded(tmp_path):
    program = """
import os, sys
class Watched(dict):
    def __getitem__(self, name): read.append(name); return dict.__getitem__(self, name)
    def get(self, name, default=None): read.append(name); return dict.get(self, name, default)
read = []
import index, qa, qa.llm.endpoint, qa.llm.phrase
index.build(["seeds"], index=sys.argv[1])
os.environ = Watched(os.environ)
answer = qa.ask("Which naval base did Mr Rutte visit?", index=sys.argv[1])
assert answer.answered and answer.phrased is None
assert "openai" not in sys.modules
assert not [name for name in read if "KEY" in name], read
qa.LanguageModel("http://127.0.0.1:9/v1", "m")
assert "openai" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "index")],
        cwd=ROOT,
        env=os.environ | {API_KEY_VARIABLE: "sk-secret"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
