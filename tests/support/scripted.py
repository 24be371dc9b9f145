"""A server of one's own that speaks as OpenAI's does, or breaks in one of many ways.

Each request takes the next of its scripts, the last one again and again. A script is a function
that writes what it likes to the connection.
"""

import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def event(text="", reason=None, **more):
    delta = {"content": text} if text else {}
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    found = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps(found | {"choices": [choice]} | more).encode() + b"\n\n"


END = event(reason="stop") + b"data: [DONE]\n\n"


def says(text, *, end=END, step=7, pause=0.0):
    """A right answer, a few characters at a time."""

    def script(handler):
        handler.begin()
        for start in range(0, len(text), step):
            handler.write(event(text[start : start + step]))
            time.sleep(pause)
        handler.write(end)

    return script


def sends(body, *, kind="text/event-stream", **headers):
    """These very bytes."""
    return lambda handler: (handler.begin(kind, **headers), handler.write(body))


def fails(status, body=b'{"error": {"message": "no: sk-secret"}}', **headers):
    def script(handler):
        handler.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.write(body)

    return script


def waits(handler):
    """Say nothing at all until the other side goes."""
    handler.server.over.wait(30)


def drips(piece, *, pause=0.02, first=b""):
    """Send the same without end."""

    def script(handler):
        handler.begin()
        handler.write(first)
        while not handler.server.over.is_set() and handler.write(piece):
            time.sleep(pause)

    return script


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked.append((self.path, dict(self.headers), json.loads(body)))
        scripts = self.server.scripts
        self.close_connection = True
        (scripts.pop(0) if len(scripts) > 1 else scripts[0])(self)

    def begin(self, kind="text/event-stream", **headers):
        self.send_response(200)
        self.send_header("content-type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def write(self, data):
        """Write bytes; return whether anybody was there to read them."""
        try:
            self.wfile.write(data)
            self.wfile.flush()
            return True
        except OSError:
            self.server.left.set()
            return False

    def log_message(self, *_):
        pass


@contextmanager
def serving(*scripts):
    """A server with these scripts; it has its `url`, and keeps what was `asked`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.scripts, server.asked = list(scripts), []
    server.over, server.left = threading.Event(), threading.Event()
    server.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
