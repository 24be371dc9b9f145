"""The listening socket, host names, and stopping the server."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index import FootnoteError
from qa.chat.access.listen import (
    LOOPBACK_NAMES,
    MAX_OPEN,
    SHUTDOWN_TIMEOUT,
    _allow_many_connections,
    bind_socket,
    build_url,
    list_host_names,
)

ROOT = Path(__file__).parents[4]


def test_a_taken_port_is_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(FootnoteError, match=f"Cannot listen on 127.0.0.1:{port} .Address alre"):
            bind_socket("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "::ffff:192.0.2.1", "1:2"])
def test_an_address_of_another_machine_is_a_sentence(host):
    with pytest.raises(FootnoteError, match=f"^'{host}' is not an address of this machine"):
        bind_socket(host, 7860)


def test_loopback_accepts_only_its_own_names():
    assert list_host_names("127.0.0.1") == LOOPBACK_NAMES
    assert list_host_names("::1") == LOOPBACK_NAMES
    assert list_host_names("127.0.0.2") == LOOPBACK_NAMES | {"127.0.0.2"}


def test_a_public_address_accepts_the_machine_names_too(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "Desk")
    monkeypatch.setattr(socket, "getfqdn", lambda: pytest.fail("this may ask a resolver"))
    assert list_host_names("192.0.2.7") == LOOPBACK_NAMES | {"192.0.2.7", "desk"}
    assert list_host_names("0.0.0.0") == LOOPBACK_NAMES | {"desk"}
    assert list_host_names("::") == LOOPBACK_NAMES | {"desk"}


def test_the_address_to_open_is_one_that_a_browser_takes():
    for host in ("127.0.0.1", "localhost"):
        with bind_socket(host, 0) as listener:
            assert build_url(listener, host) == f"http://{host}:{listener.getsockname()[1]}"
    with bind_socket("0.0.0.0", 0) as listener:
        port = listener.getsockname()[1]
        assert build_url(listener, "0.0.0.0") == f"http://{socket.gethostname()}:{port}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_is_listened_on_and_takes_ipv4_where_it_is_for_all():
    try:
        with bind_socket("::1", 0) as listener:
            assert build_url(listener, "::1") == f"http://[::1]:{listener.getsockname()[1]}"
    except FootnoteError as error:
        pytest.skip(str(error))
    with bind_socket("::", 0) as listener:
        listener.listen()
        socket.create_connection(("127.0.0.1", listener.getsockname()[1]), timeout=5).close()


def test_no_part_of_a_response_is_held_back():
    async def accept(listener):
        accepted = asyncio.Future()
        server = await asyncio.start_server(
            lambda _, writer: accepted.set_result(writer), sock=listener
        )
        async with server:
            _, client = await asyncio.open_connection(*listener.getsockname())
            connection = (await accepted).get_extra_info("socket")
            at_once = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            for writer in (client, await accepted):
                writer.close()
                await writer.wait_closed()
            return at_once

    with bind_socket("127.0.0.1", 0) as listener:
        assert asyncio.run(accept(listener))


def connect(address):
    """Connect to a server as soon as it listens."""
    for _ in range(300):
        try:
            return socket.create_connection(address, timeout=20)
        except ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the server does not listen")


SERVING = """
import asyncio, sys
from qa.chat.access.guard import guard_app
from qa.chat.access.listen import bind_socket, serve

async def endless(scope, receive, send):
    if scope["type"] == "http" and scope["path"] == "/":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"on and", "more_body": True})
    if scope["type"] == "http":
        await asyncio.sleep(3600)
    for event in ("startup", "shutdown"):
        await receive()
        await asyncio.sleep(0.2)  # As the chat, which has things to close.
        await send({"type": f"lifespan.{event}.complete"})

listener = bind_socket("127.0.0.1", 0)
print(listener.getsockname()[1], flush=True)
serve(guard_app(endless), listener)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise there")
def test_an_endless_response_does_not_keep_the_server_from_stopping():
    server = subprocess.Popen(
        [sys.executable, "-c", SERVING],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with server:
        port = int(server.stdout.readline())
        reading = connect(("127.0.0.1", port))
        waiting = socket.create_connection(("127.0.0.1", port), timeout=20)
        with reading, waiting:
            waiting.sendall(b"POST /footnote/ask HTTP/1.1\r\nHost: localhost\r\n\r\n")
            reading.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while b"on and" not in reading.recv(4096):
                pass
            server.terminate()
            _, said = server.communicate(timeout=SHUTDOWN_TIMEOUT + 20)
            answer = waiting.recv(4096).lower()
    assert said == ""
    assert answer.startswith(b"http/1.1 503 ")
    assert b"\r\nretry-after: 10\r\n" in answer
    assert b'"the server is being stopped.' in answer


RECEIVING = """
import sys
from fastapi import FastAPI
from qa.chat.access import body
from qa.chat.access.guard import get_owner, guard_app
from qa.chat.access.listen import bind_socket, serve
from qa.chat.documents.manage import DocumentStore
from qa.chat.routes import documents
from qa.chat.routes.errors import add_error_handler

body.MAX_SILENCE = 1.0
server = FastAPI()
add_error_handler(server)
server.include_router(documents.router(DocumentStore(sys.argv[1]), get_owner=get_owner))
listener = bind_socket("127.0.0.1", 0)
print(listener.getsockname()[1], flush=True)
serve(guard_app(server), listener)
"""


def test_a_client_that_falls_silent_within_a_request_is_let_go(tmp_path):
    server = subprocess.Popen(
        [sys.executable, "-c", RECEIVING, str(tmp_path / "index")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    head = (
        "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    )
    with server:
        address = "127.0.0.1", int(server.stdout.readline())
        paths = ("/footnote/documents", "/footnote/ask")
        upload, question = (say(address, head.format(path)) for path in paths)
        begun = "GET / HTTP/1.1\r\nHost: lo"
        silent = say(address, ""), say(address, begun)
        second = say(address, f"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n{begun}")
        server.terminate()
        _, said = server.communicate(timeout=60)
    for came in (upload, question):
        assert came.startswith(b"HTTP/1.1 408 ")
        assert b'"Nothing of the request came for 1 seconds. Send it again."' in came
    assert silent == (b"", b"")
    assert second.count(b"HTTP/1.1 ") == 1
    assert said == ""


def say(address, text):
    """Send a text and no more; return what comes until the server closes the connection."""
    came = b""
    with connect(address) as client:
        client.sendall(text.encode())
        while data := client.recv(4096):
            came += data
    return came


def test_more_connections_may_be_open_than_a_process_starts_with():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        _allow_many_connections()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(MAX_OPEN, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
