"""Logging in: a page for browsers, which then have a cookie, and Basic credentials for programs.

There is one user. What is kept of the password, and of cookies that were given out, are hashes, in
memory only: after a restart everybody logs in again.
"""

import argparse
import base64
import hashlib
import hmac
import logging
import math
import os
import secrets
import sys
import time
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from index.errors import FootnoteError
from qa.chat.access.body import read_body
from qa.chat.access.request import cookie, header, is_browser, is_loopback, is_navigation
from qa.chat.access.response import PREFIX, Headers, answer, refuse, set_cookie
from qa.chat.access.throttle import Pauses
from qa.chat.observe.logs import note

SESSION_COOKIE = "footnote_session"
PASSWORD = "FOOTNOTE_PASSWORD"
"""Variable of the environment that may hold the password."""

SHORTEST = 8
"""Characters that a password has at least."""

IDLE = 12 * 60 * 60
"""Seconds without a request after which one has to log in again."""

FORM_LIMIT = 4096
"""Bytes of the form of the log-in page at most."""

_KEPT = 1_000
"""Browsers that are logged in at once, at most; the one idle longest goes first."""

_REALM = (b"www-authenticate", b'Basic realm="Footnote", charset="UTF-8"')


class Login:
    """Who is logged in, and how one gets there; `clock` gives seconds."""

    def __init__(
        self, user: str, password: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock, self._pauses = clock, Pauses(clock)
        self._key = secrets.token_bytes(32)
        self._right = self._hash(user, password)
        self._sessions: dict[bytes, float] = {}

    async def lets_in(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether a request may go on; one that may not, or asks for the log-in, is answered."""
        inside = self._has_session(scope)
        method = scope.get("method")
        if scope["path"] == "/login" and method in ("GET", "HEAD", "POST"):
            if method == "POST":
                await self._log_in(scope, receive, send)
            elif inside:
                await _send_to(scope, send, "/")
            else:
                await _show_page(scope, send, 200)
            return False
        if scope["path"] == "/logout" and method == "POST":
            self._sessions.pop(_digest(cookie(scope, SESSION_COOKIE)), None)
            await _send_to(scope, send, "/login", set_cookie(scope, SESSION_COOKIE, "", age=0))
            return False
        if inside:
            return True
        credentials = _basic(scope)
        if credentials and not (wait := self._wait(scope)):
            if self._admits(scope, *credentials):
                return True
        elif credentials:
            await refuse(scope, send, 429, _told(wait), more=_after(wait))
            return False
        if is_navigation(scope) and not credentials:
            await _send_to(scope, send, "/login")
        else:
            more = () if is_browser(scope) else (_REALM,)
            await refuse(scope, send, 401, "Log in first.", more=more)
        return False

    async def _log_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(scope, receive, FORM_LIMIT)
        if body is None:
            await refuse(scope, send, 413, f"More than {FORM_LIMIT:,} bytes are not taken.")
        elif wait := self._wait(scope):
            await _show_page(scope, send, 429, _told(wait), _after(wait))
        elif not self._admits(scope, *_form(body)):
            await _show_page(scope, send, 401, "This is not the name and password. Try again.")
        else:
            given = (set_cookie(scope, SESSION_COOKIE, self._open_session()),)
            if is_browser(scope) or is_navigation(scope):
                await _send_to(scope, send, "/", *given)
            else:  # Gradio's client for programs takes nothing but 200 for a success.
                await answer(scope, send, 200, "You are logged in.\n", b"text/plain", more=given)

    def _has_session(self, scope: Scope) -> bool:
        digest, now = _digest(cookie(scope, SESSION_COOKIE)), self._clock()
        if now - self._sessions.pop(digest, -math.inf) > IDLE:
            return False
        self._sessions[digest] = now
        return True

    def _open_session(self) -> str:
        token = secrets.token_urlsafe(32)
        self._sessions[_digest(token)] = self._clock()
        if len(self._sessions) > _KEPT:
            del self._sessions[next(iter(self._sessions))]
        return token

    def _wait(self, scope: Scope) -> int:
        return math.ceil(self._pauses.left(_address(scope)))

    def _admits(self, scope: Scope, user: str, password: str) -> bool:
        """Whether these are the user's name and password; a failure is remembered."""
        if hmac.compare_digest(self._hash(user, password), self._right):
            self._pauses.succeeded(_address(scope))
            return True
        self._pauses.failed(_address(scope))
        note("log_in_failed", {"client": _address(scope)}, level=logging.WARNING)
        return False

    def _hash(self, user: str, password: str) -> bytes:
        text = unicodedata.normalize("NFC", f"{len(user)} {user} {password}")
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")


def login_of(arguments: argparse.Namespace) -> Login | None:
    """Return the log-in that the command line asks for; None where anybody may come in.

    Raises `FootnoteError` where others could reach the server without one, unless told so.
    """
    reached = not is_loopback(arguments.host) or bool(arguments.host_name)
    if arguments.auth is not None:
        return Login(_user(arguments.auth), _password(arguments.password_file))
    if arguments.password_file:
        raise FootnoteError("--password-file needs the name that goes with it: --auth USER")
    if reached and not arguments.no_auth:
        raise FootnoteError(
            "Others could reach this server and read your documents. Let them log in: "
            f"--auth USER, with the password in ${PASSWORD} or in a file that --password-file "
            "names. If everybody may come in: --no-auth"
        )
    if reached:
        print(
            "Warning: there is no log-in. Whoever reaches this address can read the documents, "
            "and add to them.",
            file=sys.stderr,
        )
    return None


def _user(name: str) -> str:
    if not name or ":" in name:
        raise FootnoteError(f"{name!r} is no name to log in with; give one without a colon.")
    return name


def _password(file: str | None) -> str:
    """Return the password, taken out of the environment: what reads files need not know it."""
    told = os.environ.pop(PASSWORD, "")
    if file:
        try:
            told = Path(file).read_text("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise FootnoteError(f"{file} is not UTF-8 text; put the password into it.") from error
    if len(told) < SHORTEST:
        found = f"has {len(told)}" if told else "is missing"
        raise FootnoteError(
            f"The password {found}; expected at least {SHORTEST} characters in "
            f"{file or f'${PASSWORD}, or in a file that --password-file names'}."
        )
    return told


def _basic(scope: Scope) -> tuple[str, str] | None:
    """Return the name and password of a program's request; None without any."""
    scheme, _, sent = header(scope, b"authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(sent.strip(), validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password


def _form(body: bytes) -> tuple[str, str]:
    try:
        fields = parse_qs(body.decode("latin-1"), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        return "", ""
    return fields.get("username", [""])[0], fields.get("password", [""])[0]


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _told(wait: int) -> str:
    return f"Too many attempts. Try again in {wait} second{'s' * (wait != 1)}."


def _after(wait: int) -> Headers:
    return ((b"retry-after", str(wait).encode()),)


async def _send_to(scope: Scope, send: Send, path: str, *more: tuple[bytes, bytes]) -> None:
    place = (b"location", f"{scope.get(PREFIX, '')}{path}".encode())
    await answer(scope, send, 303, "", b"text/plain", more=(place, *more))


async def _show_page(
    scope: Scope, send: Send, status: int, message: str = "", more: Headers = ()
) -> None:
    page = _template().replace("{message}", message)
    await answer(scope, send, status, page, b"text/html; charset=utf-8", more=more)


@cache
def _template() -> str:
    return (Path(__file__).parents[1] / "static" / "login.html").read_text("utf-8")
