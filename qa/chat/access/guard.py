"""The guard: an ASGI middleware around the whole application, which every request has to pass.

It checks the host name, refuses cross-site requests, blocks paths that the page does not need,
limits the size of bodies and gives each browser a random name. `listen` knows the host names,
`response` the headers of responses, and `login` decides who has to log in.

Starlette's TrustedHostMiddleware does not fit, since it compares names as text: it cannot allow the
address that a connection reached, nor the spellings of an IPv6 address, and it accepts a port of
six digits and answers a WebSocket with an HTTP response. uvicorn's ProxyHeadersMiddleware does not
fit, since it applies the headers whatever the Host is, trusts the scheme from a proxy on this
machine only, accepts a client that is no IP address and hands the headers on to Gradio.
"""

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import Collection
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.chat.access.body import CLOSING, BodyStalled, read_body, replay_body, within_silence
from qa.chat.access.listen import LOOPBACK, list_host_names
from qa.chat.access.login import Login
from qa.chat.access.request import (
    find_other_origin,
    get_cookie,
    get_header,
    is_ambiguous,
    is_cross_site,
    is_loopback,
    parse_authority,
    parse_ip,
)
from qa.chat.access.response import (
    PREFIX_KEY,
    RETRY_SECONDS,
    HeaderPairs,
    cookie_header,
    send_error,
    with_cache_control,
    with_security_headers,
)
from qa.chat.observe.logs import log_event

BODY_LIMIT = 1_000_000
"""The most bytes of a body; uploads of documents have a limit of their own."""

UPLOAD_PATH = "/footnote/documents"
"""The path of the documents, to which they are uploaded by POST."""

MAX_LOGGED_NAMES = 100
"""The most refused names that are logged: a client can make up any number."""

HEALTH_PATH = "/healthz"
"""The path of the health check, which needs no login."""

_CACHED = {
    re.compile(r"/assets/[^/]+-[\w-]{8}2?\.(?:js|css|woff2)"): (
        b"private, max-age=31536000, immutable"
    ),
    re.compile(r"/footnote/static/.*"): b"no-cache",
}
"""How long a browser keeps files: Gradio's, whose names hold a hash of what is in them, for good;
our own it asks for again, as an upgrade may have changed them (304 says that it did not)."""

BROWSER_COOKIE = "footnote_browser"
_COOKIE_SECONDS = 365 * 24 * 60 * 60

# What the page, programs and MCP clients need. Gradio's uploads, files, proxy and deep links are
# blocked, and so is whatever a later version adds.
_ALLOWED_PATHS = re.compile(
    r"/|/(config|theme\.css|favicon\.ico|manifest\.json|robots\.txt)|/(assets|static)/[\w@./-]+"
    r"|/gradio_api/(app_id|info|openapi\.json|cancel|reset|queue/(join|data))/?"
    r"|/gradio_api/heartbeat/\w+|/gradio_api/(call|run|api)/[\w./-]+|/gradio_api/mcp[\w./-]*"
    r"|/footnote/[^\x00-\x1f\x7f]+|/healthz|/metrics|/docs|/openapi\.json",
    re.ASCII,
)
_DOT_SEGMENTS = re.compile(r"//|/\.\.?(/|$)")

# Headers that a proxy sets, and that any client can forge.
_PROXY_HEADERS = re.compile(
    rb"forwarded|x-forwarded-.*|x-(real-ip|gradio-server|original-url)", re.S
)


def guard_app(
    app: ASGIApp,
    *,
    host: str = LOOPBACK,
    host_names: Collection[str] = (),
    login: Login | None = None,
    prefix: str = "",
) -> ASGIApp:
    """Return an application that passes allowed requests on to `app` and refuses all others.

    `host` is the address that the server listens on, `host_names` are the names under which a
    reverse proxy serves it, and `prefix` is the path, such as "/qa", that the proxy removes. With
    no `login`, no client has to log in.
    """
    proxied = frozenset(name.lower() for name in host_names)
    return GuardMiddleware(app, list_host_names(host), proxied, login, prefix)


def get_owner(request: Any) -> str:
    """Return the name of the browser that sent a request, 64 characters; "" without our cookie.

    `request` is Starlette's or Gradio's. The name is a hash of the cookie's value, so that a name
    read from the database cannot be used to impersonate the browser.
    """
    inner = getattr(request, "request", None) or request
    return str(inner.scope.get(BROWSER_COOKIE, ""))


class GuardMiddleware:
    """Refuses requests, or passes them on to `app` with the name of the browser."""

    def __init__(
        self,
        app: ASGIApp,
        names: frozenset[str],
        proxied: frozenset[str],
        login: Login | None,
        prefix: str,
    ) -> None:
        self._app, self._names, self._proxied, self._login = app, names, proxied, login
        self._prefix = prefix
        self._logged: set[tuple[str, str]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope = self._apply_proxy_headers(scope)
        try:
            await self._pass_on(scope, within_silence(receive), send)
        except BodyStalled as error:
            closing = [(name.encode(), value.encode()) for name, value in CLOSING.items()]
            await send_error(scope, send, 408, str(error), more=closing)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_probe = scope["path"] == HEALTH_PATH and scope.get("method") in ("GET", "HEAD")
        refusal = None if is_probe and _is_hostless(scope) else self._find_refusal(scope)
        if refusal:
            await send_error(scope, send, *refusal)
            return
        if (
            self._login
            and not is_probe
            and not await self._login.admit_request(scope, receive, send)
        ):
            return
        if _is_blocked(scope["path"]):
            await send_error(scope, send, 404, "Not found.")
            return
        if scope["type"] == "http" and (scope["method"], scope["path"]) != ("POST", UPLOAD_PATH):
            body = await read_body(scope, receive, BODY_LIMIT)
            if body is None:
                await send_error(
                    scope, send, 413, f"The request is larger than {BODY_LIMIT:,} bytes."
                )
                return
            receive = replay_body(body, receive)
        send = with_security_headers(send, _identify_browser(scope))
        for paths, value in _CACHED.items():
            if paths.fullmatch(scope["path"]):
                send = with_cache_control(send, value)
        await _answer_though_stopped(self._app, scope, receive, send)

    def _apply_proxy_headers(self, scope: Scope) -> Scope:
        """Return a request without proxy headers, after applying those that can be trusted.

        "https" is accepted from any client that uses the proxy's host name: it only makes cookies
        stricter. The client's address is accepted only from a proxy on this machine, which
        appends it as the last one.
        """
        kept = [
            (name, value) for name, value in scope["headers"] if not _PROXY_HEADERS.fullmatch(name)
        ]
        trusted = {**scope, "headers": kept, PREFIX_KEY: self._prefix}
        host = parse_authority(get_header(scope, b"host"), "")
        if not host or host[0] not in self._proxied:
            return trusted
        if get_header(scope, b"x-forwarded-proto") == "https":
            trusted["scheme"] = {"ws": "wss"}.get(scope["scheme"], "https")
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        client = b",".join(forwarded).decode("latin-1").rpartition(",")[2].strip()
        with_port = parse_authority(client, "")
        if with_port and not parse_ip(client):  # Some proxies add the port.
            client = with_port[0]
        if parse_ip(client) and is_loopback((scope.get("client") or ("",))[0]):
            trusted["client"] = (client, 0)
        return trusted

    def _find_refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return the status and message with which to refuse a request; None to accept it."""
        found = parse_authority(get_header(scope, b"host"), scope["scheme"])
        if is_ambiguous(scope) or not found:
            return 400, "This request is malformed."
        name = found[0]
        reached = parse_ip((scope.get("server") or ("",))[0])
        if name not in self._names | self._proxied and not (reached and parse_ip(name) == reached):
            self._log_once("host_refused", name)
            return 400, (
                f"This server does not answer under the host name {name}. To allow the name, start "
                f"Footnote with --host-name {name}."
            )
        if is_cross_site(scope):
            sentence = "Only Footnote's own page may send this request. Open it and try there."
            if origin := find_other_origin(scope):
                self._log_once("origin_refused", f"{origin} at {name}")
                sentence += (
                    f" If this is its page: the request came from {origin}, but its Host header "
                    f"names {name}; let the proxy pass the Host header unchanged."
                )
            return 403, sentence
        return None

    def _log_once(self, event: str, name: str) -> None:
        """Log that requests with a name are refused: once for each of the first names."""
        if len(self._logged) < MAX_LOGGED_NAMES and (event, name) not in self._logged:
            self._logged.add((event, name))
            log_event(event, {"name": name}, level=logging.WARNING)


async def _answer_though_stopped(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run an application; say so where the server's end cuts it off before its response starts."""
    started = False

    async def send_and_note(message: Message) -> None:
        nonlocal started
        started = True
        await send(message)

    try:
        await app(scope, receive, send_and_note)
    except asyncio.CancelledError:
        if not started:
            sentence = "The server is being stopped. Send this again once it runs."
            soon = (b"retry-after", str(RETRY_SECONDS).encode())
            await send_error(scope, send, 503, sentence, more=(soon,))
        raise


def _is_hostless(scope: Scope) -> bool:
    """Whether a request is of HTTP/1.0 and names no host, as probes of load balancers are."""
    return scope["http_version"] == "1.0" and not any(n == b"host" for n, _ in scope["headers"])


def _is_blocked(path: str) -> bool:
    return not _ALLOWED_PATHS.fullmatch(path) or bool(_DOT_SEGMENTS.search(path))


def _identify_browser(scope: Scope) -> HeaderPairs:
    """Store the name of the browser in a request; return the header that sets its cookie, if any.

    A browser that opens the page keeps its name for as long again, or gets one.
    """
    token = get_cookie(scope, BROWSER_COOKIE)
    opens = scope["type"] == "http" and (scope["method"], scope["path"]) == ("GET", "/")
    if not re.fullmatch(r"[\w-]{43}", token, re.ASCII):
        token = secrets.token_urlsafe(32) if opens else ""
    scope[BROWSER_COOKIE] = hashlib.sha256(token.encode()).hexdigest() if token else ""
    return (cookie_header(scope, BROWSER_COOKIE, token, age=_COOKIE_SECONDS),) if opens else ()
