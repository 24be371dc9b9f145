"""Login: a page and a session cookie for browsers, Basic authentication for programs.

There is one user. Only hashes of the password and of session cookies are kept, in memory: after a
restart everybody has to log in again. `throttle` slows down guessing.
"""

import argparse
import base64
import hashlib
import hmac
import html
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
from urllib.parse import parse_qs, parse_qsl, urlencode

from starlette.types import Receive, Scope, Send

from index.errors import FootnoteError
from index.text.plural import count_noun
from qa.chat.access.body import read_body
from qa.chat.access.request import get_cookie, get_header, is_browser, is_loopback, is_navigation
from qa.chat.access.response import (
    PREFIX_KEY,
    HeaderPairs,
    cookie_header,
    send_error,
    send_response,
)
from qa.chat.access.throttle import LoginThrottle
from qa.chat.observe.logs import log_event

SESSION_COOKIE = "footnote_session"
PASSWORD_VARIABLE = "FOOTNOTE_PASSWORD"
"""The environment variable that may hold the password."""

MIN_PASSWORD_LENGTH = 8
"""The fewest characters of a password."""

SESSION_IDLE_SECONDS = 12 * 60 * 60
"""Seconds without a request after which a session ends."""

FORM_LIMIT = 4096
"""The most bytes of the login form."""

_MAX_LOGIN_SESSIONS = 1_000
"""The most sessions at the same time; the one idle longest is ended first."""

_REALM = (b"www-authenticate", b'Basic realm="Footnote", charset="UTF-8"')

_PLACES = ("c", "cite")
"""Parameters of the page's address that outlast a log-in: the conversation and the open source."""


class Login:
    """The sessions of one user, and how they are opened; `clock` returns seconds."""

    def __init__(
        self, user: str, password: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock, self._throttle = clock, LoginThrottle(clock)
        self._key = secrets.token_bytes(32)
        self._expected = self._hash(user, password)
        self._sessions: dict[bytes, float] = {}

    async def admit_request(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether to pass a request on; one to the login, or without one, is answered here."""
        inside = self._has_session(scope)
        method = scope.get("method")
        if scope["path"] == "/login" and method in ("GET", "HEAD", "POST"):
            if method == "POST":
                await self._handle_form(scope, receive, send)
            elif inside:
                await _redirect(scope, send, "/")
            else:
                await _send_login_page(scope, send, 200)
            return False
        if scope["path"] == "/logout" and method == "POST":
            self._sessions.pop(_digest(get_cookie(scope, SESSION_COOKIE)), None)
            await _redirect(scope, send, "/login", cookie_header(scope, SESSION_COOKIE, "", age=0))
            return False
        if inside:
            return True
        credentials = _parse_basic(scope)
        if credentials and not (wait := self._seconds_to_wait(scope)):
            if self._check_credentials(scope, *credentials):
                return True
        elif credentials:
            await send_error(scope, send, 429, _throttle_message(wait), more=_retry_after(wait))
            return False
        if is_navigation(scope) and not credentials:
            await _redirect(scope, send, "/login")
        else:
            more = () if is_browser(scope) else (_REALM,)
            await send_error(scope, send, 401, "Log in first.", more=more)
        return False

    async def _handle_form(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(scope, receive, FORM_LIMIT)
        if body is None:
            await send_error(scope, send, 413, f"The form is larger than {FORM_LIMIT:,} bytes.")
        elif wait := self._seconds_to_wait(scope):
            await _send_login_page(scope, send, 429, _throttle_message(wait), _retry_after(wait))
        elif not self._check_credentials(scope, *_parse_form(body)):
            await _send_login_page(
                scope, send, 401, "The name or the password is wrong. Try again."
            )
        else:
            given = (cookie_header(scope, SESSION_COOKIE, self._open_session()),)
            if is_browser(scope) or is_navigation(scope):
                await _redirect(scope, send, "/", *given)
            else:  # Gradio's client for programs expects status 200.
                await send_response(
                    scope, send, 200, "You are logged in.\n", b"text/plain", more=given
                )

    def _has_session(self, scope: Scope) -> bool:
        digest, now = _digest(get_cookie(scope, SESSION_COOKIE)), self._clock()
        if now - self._sessions.pop(digest, -math.inf) > SESSION_IDLE_SECONDS:
            return False
        self._sessions[digest] = now
        return True

    def _open_session(self) -> str:
        token = secrets.token_urlsafe(32)
        self._sessions[_digest(token)] = self._clock()
        if len(self._sessions) > _MAX_LOGIN_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return token

    def _seconds_to_wait(self, scope: Scope) -> int:
        return math.ceil(self._throttle.seconds_left(_client_address(scope)))

    def _check_credentials(self, scope: Scope, user: str, password: str) -> bool:
        """Whether the name and password are right; the result is recorded in the throttle."""
        if hmac.compare_digest(self._hash(user, password), self._expected):
            self._throttle.record_success(_client_address(scope))
            return True
        self._throttle.record_failure(_client_address(scope))
        log_event("log_in_failed", {"client": _client_address(scope)}, level=logging.WARNING)
        return False

    def _hash(self, user: str, password: str) -> bytes:
        text = unicodedata.normalize("NFC", f"{user}:{password}")  # A name has no colon.
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")


def create_login(arguments: argparse.Namespace) -> Login | None:
    """Return the login that the command line asks for; None for a server without one.

    Raises `FootnoteError` if other machines could reach a server without a login, unless the
    command line allows that.
    """
    reached = not is_loopback(arguments.host) or bool(arguments.host_name)
    if arguments.auth is not None:
        return Login(_check_user_name(arguments.auth), _read_password(arguments.password_file))
    if arguments.password_file:
        raise FootnoteError("--password-file needs a user name as well. Add --auth USER")
    if reached and not arguments.no_auth:
        raise FootnoteError(
            "Others could reach this server and read your documents. Protect it with a login: "
            f"--auth USER, with the password in ${PASSWORD_VARIABLE} or in a file given by "
            "--password-file. To let everybody in: --no-auth"
        )
    if reached:
        print(
            "Warning: there is no login. Anybody who can reach this address can read the documents "
            "and add to them.",
            file=sys.stderr,
        )
    return None


def _check_user_name(name: str) -> str:
    if not name or ":" in name:
        raise FootnoteError(f"{name!r} is not a valid user name. Give a name without a colon.")
    return name


def _read_password(file: str | None) -> str:
    """Return the password. It is removed from the environment, which child processes inherit."""
    password = os.environ.pop(PASSWORD_VARIABLE, "")
    if file:
        try:
            password = Path(file).read_text("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise FootnoteError(f"{file} is not UTF-8 text. Save the password as UTF-8.") from error
    if len(password) < MIN_PASSWORD_LENGTH:
        found = f"has only {len(password)} characters" if password else "is missing"
        raise FootnoteError(
            f"The password {found}. Put at least {MIN_PASSWORD_LENGTH} characters into "
            f"{file or f'${PASSWORD_VARIABLE}, or into a file given by --password-file'}."
        )
    return password


def _parse_basic(scope: Scope) -> tuple[str, str] | None:
    """Return the name and password of Basic authentication; None if a request has none."""
    scheme, _, sent = get_header(scope, b"authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(sent.strip(), validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password


def _parse_form(body: bytes) -> tuple[str, str]:
    try:
        fields = parse_qs(body.decode("latin-1"), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        return "", ""
    return fields.get("username", [""])[0], fields.get("password", [""])[0]


def _client_address(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _throttle_message(wait: int) -> str:
    return f"Too many attempts. Try again in {count_noun(wait, 'second')}."


def _retry_after(wait: int) -> HeaderPairs:
    return ((b"retry-after", str(wait).encode()),)


async def _redirect(scope: Scope, send: Send, path: str, *more: tuple[bytes, bytes]) -> None:
    """Send a browser to a path of this server, where it is led back to the place that it had."""
    place = (b"location", f"{scope.get(PREFIX_KEY, '')}{path}{_place(scope)}".encode())
    await send_response(scope, send, 303, "", b"text/plain", more=(place, *more))


def _place(scope: Scope) -> str:
    """Return what of a request's query says where on the page a browser was; "" for nothing."""
    asked = parse_qsl(scope.get("query_string", b"").decode("ascii", "ignore"))
    found = urlencode([(name, value) for name, value in asked if name in _PLACES])
    return f"?{found}" if found else ""


async def _send_login_page(
    scope: Scope, send: Send, status: int, message: str = "", more: HeaderPairs = ()
) -> None:
    page = _load_template().replace("{message}", message)
    page = page.replace("{query}", html.escape(_place(scope)))
    await send_response(scope, send, status, page, b"text/html; charset=utf-8", more=more)


@cache
def _load_template() -> str:
    return (Path(__file__).parents[1] / "static" / "login.html").read_text("utf-8")
