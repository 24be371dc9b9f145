"""Who may come in: what stands between the network and everything that the server answers.

A plain ASGI middleware around the whole application, so that nothing is reached around it. It
knows the server's names, turns away what other sites make a browser ask, keeps shut what the page
does not need, bounds what is sent, and gives each browser a name of its own. Where to listen is
left to `listen`, what responses carry to `response`, and who has to log in, and how, to `login`.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from qa.chat.access.body import read_body, replayed
from qa.chat.access.listen import LOOPBACK, names_of
from qa.chat.access.login import Login
from qa.chat.access.request import (
    authority,
    contradicts_itself,
    cookie,
    header,
    ip,
    is_from_elsewhere,
    is_loopback,
)
from qa.chat.access.response import PREFIX, Headers, dressed, refuse, set_cookie

BODY_LIMIT = 1_000_000
"""Bytes that a request may bring, but for a document, whose limit is its route's own."""

UPLOAD = "/footnote/documents"
"""Where documents are brought to, by POST."""

HEALTH = "/healthz"
"""Where anybody may ask whether the server answers, also without a log-in."""

BROWSER_COOKIE = "footnote_browser"
_YEAR = 365 * 24 * 60 * 60

# What the page, programs and MCP clients need of Gradio. Its uploads, files, proxy, deep links and
# the rest of it stay shut, and so does what a later version may add.
_OPEN = re.compile(
    r"/|/(config|theme\.css|favicon\.ico|manifest\.json|robots\.txt)|/(assets|static)/[\w@./-]+"
    r"|/gradio_api/(app_id|info|openapi\.json|cancel|reset|queue/(join|data))/?"
    r"|/gradio_api/heartbeat/\w+|/gradio_api/(call|run|api)/[\w./-]+|/gradio_api/mcp[\w./-]*"
    r"|/footnote/[^\x00-\x1f\x7f]+|/healthz|/metrics",
    re.ASCII,
)
_DOTS = re.compile(r"//|/\.\.?(/|$)")

# What a proxy tells of the outside, and what anybody can claim who sends a request.
_HEARSAY = re.compile(rb"forwarded|x-forwarded-.*|x-(real-ip|gradio-server|original-url)", re.S)


def guarded(
    app: ASGIApp,
    *,
    host: str = LOOPBACK,
    host_names: Collection[str] = (),
    login: Login | None = None,
    prefix: str = "",
) -> ASGIApp:
    """Return an application that answers as `app` does what may be asked, and refuses the rest.

    `host` is the address that is listened on; `host_names` are the names under which a reverse
    proxy passes requests on; `prefix` is the path there, such as "/qa", that it takes away. Without
    a `login` anybody may come in.
    """
    proxied = frozenset(name.lower() for name in host_names)
    return _Guard(app, names_of(host), proxied, login, prefix)


def owner_of(request: Any) -> str:
    """Return the name of the browser that asks, as 64 characters; "" for one without our cookie.

    `request` is Starlette's or Gradio's. The name is a hash of what the cookie holds: who reads it
    in a database cannot pass for the browser.
    """
    inner = getattr(request, "request", None) or request
    return str(inner.scope.get(BROWSER_COOKIE, ""))


class _Guard:
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope = self._without_hearsay(scope)
        if refusal := self._refusal(scope):
            await refuse(scope, send, *refusal)
            return
        is_probe = scope["path"] == HEALTH and scope.get("method") in ("GET", "HEAD")
        if self._login and not is_probe and not await self._login.lets_in(scope, receive, send):
            return
        if _is_shut(scope["path"]):
            await refuse(scope, send, 404, "There is nothing here.")
            return
        if scope["type"] == "http" and (scope["method"], scope["path"]) != ("POST", UPLOAD):
            body = await read_body(scope, receive, BODY_LIMIT)
            if body is None:
                await refuse(scope, send, 413, f"More than {BODY_LIMIT:,} bytes are not taken.")
                return
            receive = replayed(body, receive)
        await self._app(scope, receive, dressed(send, _name_browser(scope)))

    def _without_hearsay(self, scope: Scope) -> Scope:
        """Return a request with only that of a proxy's words in it that can be relied on.

        That the outside is encrypted is taken from whoever asks under a proxy's name: it makes
        cookies stricter. The address of who asks is taken from a proxy on this machine only, which
        adds it last.
        """
        kept = [(name, value) for name, value in scope["headers"] if not _HEARSAY.fullmatch(name)]
        seen = {**scope, "headers": kept, PREFIX: self._prefix}
        host = authority(header(scope, b"host"), "")
        if not host or host[0] not in self._proxied:
            return seen
        if header(scope, b"x-forwarded-proto") == "https":
            seen["scheme"] = {"ws": "wss"}.get(scope["scheme"], "https")
        told = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        client = b",".join(told).decode("latin-1").rpartition(",")[2].strip()
        if ip(client) and is_loopback((scope.get("client") or ("",))[0]):
            seen["client"] = (client, 0)
        return seen

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return why a request is not looked at, as a status and a sentence."""
        found = authority(header(scope, b"host"), scope["scheme"])
        if contradicts_itself(scope) or not found:
            return 400, "This request cannot be understood."
        name = found[0]
        reached = ip((scope.get("server") or ("",))[0])
        if name not in self._names | self._proxied and not (reached and ip(name) == reached):
            return 400, (
                "Footnote does not go by the name that it was asked under. If it should, start it "
                "with --host-name NAME."
            )
        if is_from_elsewhere(scope):
            return 403, "Only Footnote's own page may ask this. Open it, and ask there."
        return None


def _is_shut(path: str) -> bool:
    return not _OPEN.fullmatch(path) or bool(_DOTS.search(path))


def _name_browser(scope: Scope) -> Headers:
    """Put into a request which browser it is from; return the cookie that tells it from now on.

    One that opens the page without a name gets one.
    """
    token, new = cookie(scope, BROWSER_COOKIE), False
    if not re.fullmatch(r"[\w-]{43}", token, re.ASCII):
        new = scope["type"] == "http" and (scope["method"], scope["path"]) == ("GET", "/")
        token = secrets.token_urlsafe(32) if new else ""
    scope[BROWSER_COOKIE] = hashlib.sha256(token.encode()).hexdigest() if token else ""
    return (set_cookie(scope, BROWSER_COOKIE, token, age=_YEAR),) if new else ()
