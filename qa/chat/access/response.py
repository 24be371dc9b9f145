"""Security headers of every response, streams, and the short responses that the guard sends."""

import json
from collections.abc import AsyncIterable, Iterable, Sequence

from starlette.responses import StreamingResponse
from starlette.types import Message, Scope, Send

_PAGE_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio compiles templates.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_PLAIN_POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    b"form-action 'self'; frame-ancestors 'none'"
)
_DENIED_FEATURES = (
    "camera",
    "display-capture",
    "geolocation",
    "microphone",
    "midi",
    "payment",
    "usb",
)

SECURITY_HEADERS = {
    b"content-security-policy": "; ".join(f"{k} {v}" for k, v in _PAGE_POLICY.items()).encode(),
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    # With "no-referrer", a browser would also send our own forms without an Origin to check.
    b"referrer-policy": b"same-origin",
    b"permissions-policy": ", ".join(f"{name}=()" for name in _DENIED_FEATURES).encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
"""Headers of every response."""

HeaderPairs = Sequence[tuple[bytes, bytes]]

LINES_TYPE = "application/x-ndjson"

RETRY_SECONDS = 10
"""When to ask again where the server is at fault, and does not know better."""

_STREAMS = (b"text/event-stream", LINES_TYPE.encode())
"""Types of responses that are sent as they are made: events, and lines of JSON."""

_UNBUFFERED = (b"x-accel-buffering", b"no")
"""Has nginx pass a stream on as it comes, where it is not told so itself."""

PREFIX_KEY = "footnote_prefix"
"""Key of an ASGI scope: the path under which a reverse proxy serves the chat, such as "/qa"."""


def stream_lines(lines: AsyncIterable[str] | Iterable[str]) -> StreamingResponse:
    """Return a response of lines of JSON, sent as they are made."""
    headers = {"cache-control": "no-store"}
    return StreamingResponse(lines, media_type=LINES_TYPE, headers=headers)


def with_security_headers(send: Send, more: HeaderPairs) -> Send:
    """Return a `send` that adds the security headers and `more`, and removes CORS headers.

    A Content-Security-Policy of the response is kept: the browser enforces it and ours. Proxies are
    asked not to buffer a stream.
    """

    async def send_with_headers(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            kept = [
                (name, value)
                for name, value in message.get("headers", ())
                if not name.lower().startswith(b"access-control-")
                and (
                    name.lower() not in SECURITY_HEADERS
                    or name.lower() == b"content-security-policy"
                )
            ]
            if any(n.lower() == b"content-type" and v.startswith(_STREAMS) for n, v in kept):
                kept.append(_UNBUFFERED)
            message = {**message, "headers": [*kept, *SECURITY_HEADERS.items(), *more]}
        await send(message)

    return send_with_headers


def with_cache_control(send: Send, value: bytes) -> Send:
    """Return a `send` that says how long a browser keeps a file, if there is one."""

    async def send_with_header(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in (200, 304):
            message = {**message, "headers": [*message["headers"], (b"cache-control", value)]}
        await send(message)

    return send_with_header


async def send_error(
    scope: Scope, send: Send, status: int, sentence: str, *, more: HeaderPairs = ()
) -> None:
    """Send an error message: as JSON to the page's script, under /footnote/, else as text."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    own = scope["path"].startswith("/footnote/")
    body = json.dumps({"error": sentence}) if own else sentence + "\n"
    kind = b"application/json" if own else b"text/plain; charset=utf-8"
    await send_response(scope, send, status, body, kind, more=more)


async def send_response(
    scope: Scope, send: Send, status: int, body: str, kind: bytes, *, more: HeaderPairs = ()
) -> None:
    """Send a response whose Content-Security-Policy allows no script."""
    data = body.encode()
    headers = [
        *(SECURITY_HEADERS | {b"content-security-policy": _PLAIN_POLICY}).items(),
        (b"content-type", kind),
        (b"content-length", str(len(data)).encode()),
        (b"cache-control", b"no-store"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else data})


def cookie_header(
    scope: Scope, name: str, value: str, *, age: int | None = None
) -> tuple[bytes, bytes]:
    """Return the header that sets a cookie, for `age` seconds or until the browser is closed.

    It is "Lax" because a browser that follows a link to the page omits a "Strict" cookie: it would
    get a new name and have to log in again.
    """
    path = f"{scope.get(PREFIX_KEY, '')}/"
    parts = [f"{name}={value}", f"Path={path}", "HttpOnly", "SameSite=Lax"]
    parts += [f"Max-Age={age}"] * (age is not None) + ["Secure"] * (scope["scheme"] == "https")
    return b"set-cookie", "; ".join(parts).encode()
