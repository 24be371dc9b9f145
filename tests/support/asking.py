"""Send requests to an ASGI application without a network, as the server would."""

import asyncio
from dataclasses import dataclass, field

HERE = "127.0.0.1:7860"


@dataclass
class Reply:
    """A response; `kinds` are the types of its messages in their order."""

    status: int = 0
    headers: list = field(default_factory=list)
    body: bytes = b""
    kinds: list = field(default_factory=list)

    def all(self, name):
        return [value.decode() for n, value in self.headers if n == name.encode()]

    def __getitem__(self, name):
        return ", ".join(self.all(name))

    def cookies(self):
        """Return the cookies that the response sets, as a browser sends them back."""
        return "; ".join(value.partition(";")[0] for value in self.all("set-cookie"))


class Echo:
    """An application that records requests and answers 200 with their bodies."""

    def __init__(self, *headers):
        self.headers, self.scopes, self.bodies = list(headers), [], []

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": body})


def scope_of(path="/", *, method="GET", headers=(), host=HERE, kind="http", **more):
    pairs = headers.items() if isinstance(headers, dict) else headers
    sent = [(name.encode(), value.encode()) for name, value in pairs]
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": ([(b"host", host.encode())] if host is not None else []) + sent,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 7860),
        **more,
    }


def ask(app, path="/", *, chunks=(b"",), **more):
    """Send one request to an application, its body in chunks; return the reply."""
    scope = scope_of(path, **more)
    reply = Reply()
    coming = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
        for number, chunk in enumerate(chunks, 1)
    ]

    async def receive():
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message):
        reply.kinds.append(message["type"])
        reply.status = message.get("status", message.get("code", reply.status))
        reply.headers += message.get("headers", [])
        reply.body += message.get("body", b"")

    asyncio.run(app(scope, receive, send))
    return reply
