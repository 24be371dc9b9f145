"""Where the server listens: an address, the names it has there, and serving until interrupted."""

import asyncio
import errno
import logging
import os
import socket
from typing import Any

from index.errors import FootnoteError
from qa.chat.access.request import ip, is_loopback

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = frozenset({LOOPBACK, "::1", "localhost"})

STOP_AFTER = 2
"""Seconds that responses which are still being sent may take once the server is interrupted."""


def bind(host: str, port: int) -> socket.socket:
    """Return a socket at an address, so that nobody else takes it while the server gets ready.

    "::" takes IPv4 as well. Raises `FootnoteError` where the address cannot be had.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise _no_address(host, error) from error
    listener = socket.socket(family, kind)
    try:
        if os.name == "posix":  # Elsewhere it would let two servers have one port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if host == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise _no_address(host, error) from error
        raise FootnoteError(
            f"Cannot listen on {_joined(host, port)} ({error.strerror}). Stop what uses it, or "
            "choose another: footnote chat --port 7861"
        ) from error
    return listener


def names_of(host: str) -> frozenset[str]:
    """Return the names under which the server that listens on an address is asked.

    Its own addresses are left out where it listens on all of them: each connection tells its own.
    """
    if is_loopback(host):
        return LOOPBACK_NAMES | {host.lower()}
    return (
        LOOPBACK_NAMES
        | {socket.gethostname().lower()}
        | (frozenset() if _is_any(host) else {host.lower()})
    )


def url_of(listener: socket.socket, host: str) -> str:
    """Return the address to open in a browser."""
    shown = socket.gethostname() if _is_any(host) else host
    return f"http://{_joined(shown, listener.getsockname()[1])}"


def serve(app: Any, listener: socket.socket, *, logged: bool = False) -> None:
    """Answer requests with an ASGI application until interrupted.

    With `logged`, what goes wrong unforeseen goes to Python's log, and is written as that is.
    """
    import uvicorn
    from uvicorn.config import LOGGING_CONFIG

    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",  # Nothing here speaks it.
        log_level="warning",
        access_log=False,
        log_config=None if logged else LOGGING_CONFIG,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=1 << 16,
        timeout_graceful_shutdown=STOP_AFTER,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    uvicorn.Server(config).run(sockets=[listener])


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of the log is more than that a response was broken off at the end."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, asyncio.CancelledError) and "graceful" not in str(record.msg)


def _no_address(host: str, error: OSError) -> FootnoteError:
    return FootnoteError(
        f"{host!r} is no address of this machine ({error.strerror}). Give one that it has: "
        f"--host {LOOPBACK}"
    )


def _is_any(host: str) -> bool:
    address = ip(host)
    return bool(address and address.is_unspecified)


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
