"""The connection to a Milvus server, and what goes wrong with it, said in sentences.

With `collection`, which does the rest, the only pymilvus import.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from index.errors import EngineFailed, FootnoteError
from index.search.engine import TOKEN

if TYPE_CHECKING:
    from pymilvus import MilvusClient

ANSWER = 10.0
"""Seconds that a server may take for what a question needs, or to be reached."""

WORK = 60.0
"""Seconds that it may take for one step of a build."""

_NO_CONNECTION, _GONE, _FORBIDDEN = 2, 100, (1400, 1401)
"""Milvus's codes: the client has no connection; a collection is not there; somebody is not known,
or may not."""

_clients: dict[str, "MilvusClient"] = {}
_tokens: dict[str, str] = {}
_connecting = Lock()


def connect(uri: str, secret: str = "") -> "MilvusClient":
    """Return the connection to a server; with a `secret` that stood in its address, a new one.

    What the server asks for is else taken from $FOOTNOTE_ENGINE_TOKEN. Raises `EngineFailed`.
    """
    with _connecting:
        if uri in _clients and not secret:
            return _clients[uri]
        try:
            from pymilvus import MilvusClient
        except ImportError as error:
            raise EngineFailed(
                "The index is on a Milvus server, and its client is not installed. Install it: "
                "pip install 'pymilvus>=3,<4'"
            ) from error
        # It writes what it is asked to, and what came of it, to standard error.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)
        _tokens[uri] = secret or os.environ.get(TOKEN, "")
        with answering(uri):
            _clients[uri] = MilvusClient(uri, token=_tokens[uri], timeout=ANSWER)
        return _clients[uri]


@contextmanager
def answering(uri: str, gone: FootnoteError | None = None) -> Iterator[None]:
    """Say in a sentence what the server does not do; raise `gone` where a collection is not."""
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, grpc.RpcError, TimeoutError) as error:
        if gone and getattr(error, "code", None) == _GONE:
            raise gone from None
        # What it says may hold the secret, so nothing of it is handed on as it is.
        raise EngineFailed(_sentence(uri, error)) from None


def is_unknown(error: BaseException) -> bool:
    """Whether a server does not know the call."""
    import grpc
    from pymilvus.exceptions import MilvusException

    if isinstance(error, MilvusException):
        return "UNIMPLEMENTED" in error.message
    return isinstance(error, grpc.RpcError) and error.code() is grpc.StatusCode.UNIMPLEMENTED


def is_lost(error: BaseException) -> bool:
    """Whether the connection is what failed, not the call."""
    import grpc
    from pymilvus.exceptions import MilvusException

    if isinstance(error, MilvusException):
        # With a code of gRPC the client gave up.
        return isinstance(error.code, grpc.StatusCode) or error.code == _NO_CONNECTION
    return isinstance(error, grpc.RpcError | TimeoutError)


def _sentence(uri: str, error: Exception) -> str:
    if is_unknown(error):
        return (
            f"What answers at {uri} does not know what Footnote asks of it; expected Milvus 2.3.5 "
            "or newer. Name another server with --engine-uri, or build the index on this machine: "
            "footnote index --engine local PATH"
        )
    if _is_refusal(error):
        return (
            f"Milvus at {uri} does not let Footnote in. Put what it asks for, user:password or "
            f"a token, in ${TOKEN}."
        )
    if is_lost(error):
        return (
            f"Milvus at {uri} does not answer. Start it, or name another server with "
            "--engine-uri; to build the index on this machine: footnote index --engine local PATH"
        )
    said = str(getattr(error, "message", "") or "no reason")
    for secret in filter(None, _tokens.get(uri, "").split(":")):
        said = said.replace(secret, "…")
    return f"Milvus at {uri} refused ({' '.join(said.split())[:200]})."


def _is_refusal(error: Exception) -> bool:
    """Whether a server does not know who asks, or does not let them."""
    import grpc

    cause = error if isinstance(error, grpc.RpcError) else error.__cause__
    refused = isinstance(cause, grpc.RpcError) and cause.code() in (
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
    )
    return refused or getattr(error, "code", None) in _FORBIDDEN
