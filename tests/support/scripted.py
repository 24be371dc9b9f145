"""A local server with OpenAI's API that follows scripts, many of which break the protocol.

Each request runs the next script, and the last one again once all have run. A script is a function
that writes to the connection.
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


def stream_text(text, *, end=END, step=7, pause=0.0):
    """Return a script that streams a complete answer, `step` characters at a time."""

    def script(handler):
        handler.begin()
        for start in range(0, len(text), step):
            handler.write(event(text[start : start + step]))
            time.sleep(pause)
        handler.write(end)

    return script


def send_body(body, *, kind="text/event-stream", **headers):
    """Return a script that sends exactly these bytes."""
    return lambda handler: (handler.begin(kind, **headers), handler.write(body))


def fail_with(status, body=b'{"error": {"message": "no: sk-secret"}}', **headers):
    def script(handler):
        handler.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.write(body)

    return script


def stall(handler):
    """Send nothing until the server stops."""
    handler.server.stopping.wait(30)


def repeat(piece, *, pause=0.02, first=b""):
    """Return a script that sends the same piece until the client disconnects."""

    def script(handler):
        handler.begin()
        handler.write(first)
        while not handler.server.stopping.is_set() and handler.write(piece):
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
        """Write bytes; return whether the client is still connected."""
        try:
            self.wfile.write(data)
            self.wfile.flush()
            return True
        except OSError:
            self.server.disconnected.set()
            return False

    def log_message(self, *_):
        pass


@contextmanager
def serve_scripts(*scripts):
    """Run a server with these scripts; it has a `url` and lists the requests `asked` of it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.scripts, server.asked = list(scripts), []
    server.stopping, server.disconnected = threading.Event(), threading.Event()
    server.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
