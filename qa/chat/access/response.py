"""What every response carries, and the short answers that the server gives for itself."""

import json
from collections.abc import Sequence

from starlette.types import Message, Scope, Send

_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio compiles its templates.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_OWN_POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    b"form-action 'self'; frame-ancestors 'none'"
)
_DENIED = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb")

HEADERS = {
    b"content-security-policy": "; ".join(f"{k} {v}" for k, v in _POLICY.items()).encode(),
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    # Under "no-referrer", a browser that sends a form does not tell us either where it comes from.
    b"referrer-policy": b"same-origin",
    b"permissions-policy": ", ".join(f"{name}=()" for name in _DENIED).encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
"""Headers of every response."""

Headers = Sequence[tuple[bytes, bytes]]

PREFIX = "footnote_prefix"
"""Where a request holds the path under which a reverse proxy has the server, such as "/qa"."""


def dressed(send: Send, more: Headers = ()) -> Send:
    """Return a `send` that adds the headers of every response, and takes away leave for others.

    A stricter Content-Security-Policy that is there already holds beside ours.
    """

    async def send_dressed(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            kept = [
                (name, value)
                for name, value in message.get("headers", ())
                if not name.lower().startswith(b"access-control-")
                and (name.lower() not in HEADERS or name.lower() == b"content-security-policy")
            ]
            message = {**message, "headers": [*kept, *HEADERS.items(), *more]}
        await send(message)

    return send_dressed


async def refuse(
    scope: Scope, send: Send, status: int, sentence: str, *, more: Headers = ()
) -> None:
    """Answer with a sentence: as JSON to the page's own script, which asks under /footnote/."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    own = scope["path"].startswith("/footnote/")
    body = json.dumps({"error": sentence}) if own else sentence + "\n"
    kind = b"application/json" if own else b"text/plain; charset=utf-8"
    await answer(scope, send, status, body, kind, more=more)


async def answer(
    scope: Scope, send: Send, status: int, body: str, kind: bytes, *, more: Headers = ()
) -> None:
    """Send a response of the server's own, in which no script ever runs."""
    data = body.encode()
    headers = [
        *(HEADERS | {b"content-security-policy": _OWN_POLICY}).items(),
        (b"content-type", kind),
        (b"content-length", str(len(data)).encode()),
        (b"cache-control", b"no-store"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else data})


def set_cookie(
    scope: Scope, name: str, value: str, *, age: int | None = None
) -> tuple[bytes, bytes]:
    """Return the header that gives a browser a cookie, for `age` seconds or while it is open.

    "Lax" rather than "Strict": a browser that follows a link to the page comes without a strict
    one, so it would be given another name, and be asked to log in again.
    """
    path = f"{scope.get(PREFIX, '')}/"
    parts = [f"{name}={value}", f"Path={path}", "HttpOnly", "SameSite=Lax"]
    parts += [f"Max-Age={age}"] * (age is not None) + ["Secure"] * (scope["scheme"] == "https")
    return b"set-cookie", "; ".join(parts).encode()
