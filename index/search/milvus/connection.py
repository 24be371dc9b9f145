"""Connections to Milvus servers, and their errors as messages. The only pymilvus import.

What is requested over a connection is left to `collection` and `capabilities`.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from index.errors import EngineFailed, FootnoteError
from index.installation import install_command
from index.per_process import PerProcess
from index.search.engine import TOKEN_VARIABLE

if TYPE_CHECKING:
    from pymilvus import MilvusClient as MilvusClient

REQUEST_TIMEOUT = 10.0
"""Seconds for a server to accept a connection, or to answer a request of a question."""

BUILD_STEP_TIMEOUT = 60.0
"""Seconds for one step of a build."""

_NOT_CONNECTED, _COLLECTION_NOT_FOUND, _ACCESS_DENIED = 2, 100, (1400, 1401)
"""Milvus's error codes."""

_clients: dict[tuple[int, str], "MilvusClient"] = {}
"""The connections by process and address: a forked child process opens its own."""
_tokens: dict[str, str] = {}
_connecting = PerProcess(Lock)

LOGGER = logging.getLogger("pymilvus")


class _LogSilence:
    """Silences pymilvus's logger within blocks of any threads, and restores its level after the
    last of them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._blocks = 0
        self._level = logging.NOTSET

    def __enter__(self) -> None:
        with self._lock:
            if not self._blocks:
                self._level = LOGGER.level
                LOGGER.setLevel(logging.CRITICAL + 1)
            self._blocks += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._blocks -= 1
            if not self._blocks:
                LOGGER.setLevel(self._level)


_log_silence = PerProcess(_LogSilence)


def connect(uri: str, secret: str = "") -> "MilvusClient":
    """Return the connection to a server.

    Credentials are taken from $FOOTNOTE_ENGINE_TOKEN, or from `secret`, which always opens a new
    connection. Raises `EngineFailed`.
    """
    with _connecting.get():
        key = os.getpid(), uri
        if key in _clients and not secret:
            return _clients[key]
        pymilvus = client_library()
        _tokens[uri] = secret or os.environ.get(TOKEN_VARIABLE, "")
        with translate_errors(uri):
            _clients[key] = pymilvus.MilvusClient(uri, token=_tokens[uri], timeout=REQUEST_TIMEOUT)
        return _clients[key]


def client_library() -> Any:
    """Import pymilvus when it is first needed. Raises `EngineFailed` if it is not installed."""
    try:
        import pymilvus
    except ImportError as error:
        raise EngineFailed(
            "The index is on a Milvus server, but the client for it is not installed. Install it: "
            + install_command("milvus")
        ) from error
    return pymilvus


def client_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that a request can raise."""
    import grpc

    return client_library().MilvusException, grpc.RpcError, TimeoutError


@contextmanager
def translate_errors(uri: str, not_found: FootnoteError | None = None) -> Iterator[None]:
    """Raise `EngineFailed` for errors of a request, or `not_found` if its collection is missing.

    pymilvus logs nothing meanwhile: on standard error it would repeat requests and errors.
    """
    try:
        with _log_silence.get():
            yield
    except client_errors() as error:
        if not_found and getattr(error, "code", None) == _COLLECTION_NOT_FOUND:
            raise not_found from None
        # The original error may contain credentials, so it is not chained.
        raise EngineFailed(_error_message(uri, error)) from None


def is_unknown_request(error: BaseException) -> bool:
    """Whether the server does not implement the request."""
    import grpc

    if isinstance(error, client_library().MilvusException):
        return "UNIMPLEMENTED" in error.message
    return isinstance(error, grpc.RpcError) and error.code() is grpc.StatusCode.UNIMPLEMENTED


def is_connection_error(error: BaseException) -> bool:
    """Whether the connection failed rather than the request."""
    import grpc

    if isinstance(error, client_library().MilvusException):
        # The client reports a gRPC code when it gives up retrying.
        return isinstance(error.code, grpc.StatusCode) or error.code == _NOT_CONNECTED
    return isinstance(error, grpc.RpcError | TimeoutError)


def _error_message(uri: str, error: Exception) -> str:
    if is_unknown_request(error):
        return (
            f"The server at {uri} does not understand Footnote's requests; expected Milvus 2.3.5 "
            "or newer. Name another server with --engine-uri, or build the index on this machine: "
            "footnote index --engine local PATH"
        )
    if _is_access_denied(error):
        return (
            f"Milvus at {uri} denies access. Put the credentials, user:password or a token, into "
            f"${TOKEN_VARIABLE}."
        )
    if is_connection_error(error):
        return (
            f"Milvus at {uri} does not answer. Start it, or name another server with "
            "--engine-uri, or build the index on this machine: footnote index --engine local PATH"
        )
    reason = str(getattr(error, "message", "") or "no reason given")
    for secret in filter(None, _tokens.get(uri, "").split(":")):
        reason = reason.replace(secret, "…")
    return f"Milvus at {uri} refused a request ({' '.join(reason.split())[:200]})."


def _is_access_denied(error: Exception) -> bool:
    """Whether the server rejects the credentials or lacks permissions for them."""
    import grpc

    cause = error if isinstance(error, grpc.RpcError) else error.__cause__
    denied = isinstance(cause, grpc.RpcError) and cause.code() in (
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
    )
    return denied or getattr(error, "code", None) in _ACCESS_DENIED
