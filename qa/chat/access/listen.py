"""The listening socket, the host names of the server, and serving with uvicorn until interrupted.

uvicorn's handling of proxy headers is off: see `guard`, which handles them.
"""

import asyncio
import contextlib
import errno
import logging
import os
import socket
from typing import Any

from index.errors import FootnoteError
from qa.chat.access import body
from qa.chat.access.request import is_loopback, parse_ip

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = frozenset({LOOPBACK, "::1", "localhost"})

SHUTDOWN_TIMEOUT = 2
"""Seconds that unfinished responses may take once the server is interrupted."""

MAX_OPEN = 65_536
"""Files and connections that the server may have open; systems start with 1,024."""


def bind_socket(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address, to reserve it while the server starts.

    "::" also accepts IPv4. Raises `FootnoteError` if the address is invalid or in use.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
    except OSError as error:
        raise _address_error(host, error) from error
    # Named, or asyncio leaves Nagle's algorithm on, which holds the end of a response back for
    # 40 ms.
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # On Windows two servers could then share a port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if host == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise _address_error(host, error) from error
        raise FootnoteError(
            f"Cannot listen on {_format_address(host, port)} ({error.strerror}). Stop the program "
            "that uses it, or choose another port: footnote chat --port 7861"
        ) from error
    return listener


def list_host_names(host: str) -> frozenset[str]:
    """Return the host names that requests to a server listening on `host` may use.

    For a server on all addresses they are not listed: `guard` compares with the address that a
    connection reached.
    """
    if is_loopback(host):
        return LOOPBACK_NAMES | {host.lower()}
    return (
        LOOPBACK_NAMES
        | {socket.gethostname().lower()}
        | (frozenset() if _is_unspecified(host) else {host.lower()})
    )


def build_url(listener: socket.socket, host: str) -> str:
    """Return the URL to open in a browser."""
    shown = socket.gethostname() if _is_unspecified(host) else host
    return f"http://{_format_address(shown, listener.getsockname()[1])}"


def serve(app: Any, listener: socket.socket, *, logged: bool = False) -> None:
    """Serve an ASGI application until interrupted.

    With `logged`, uvicorn's messages go to Python's log in the form set by `logs.start_logging`.
    """
    import uvicorn
    from uvicorn.config import LOGGING_CONFIG

    _allow_many_connections()
    config = uvicorn.Config(
        app,
        http=_protocol_that_closes_silent_connections(),
        ws="none",  # The chat uses no WebSocket.
        log_level="warning",
        access_log=False,
        log_config=None if logged else LOGGING_CONFIG,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=1 << 16,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_relevant)
    uvicorn.Server(config).run(sockets=[listener])


def _protocol_that_closes_silent_connections() -> type[asyncio.Protocol]:
    """Return uvicorn's protocol, which by itself waits for the head of a request for ever.

    A head may take as long as the silence within a body.
    """
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class ClosingProtocol(H11Protocol):
        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._limit_waiting()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._limit_waiting()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self._deadline:
                self._deadline.cancel()

        def _limit_waiting(self) -> None:
            if self._deadline is None and self._waits():
                self._deadline = self.loop.call_later(body.MAX_SILENCE, self._close_if_waiting)

        def _close_if_waiting(self) -> None:
            self._deadline = None
            if self._waits():
                self.transport.close()

        def _waits(self) -> bool:
            """Whether no request is being answered."""
            return self.cycle is None or self.cycle.response_complete

    return ClosingProtocol


def _allow_many_connections() -> None:
    """Raise the number of files and connections that this process may have open."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = MAX_OPEN if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _is_relevant(record: logging.LogRecord) -> bool:
    """Whether a message of uvicorn is about more than a response cut off at the shutdown."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, asyncio.CancelledError) and "graceful" not in str(record.msg)


def _address_error(host: str, error: OSError) -> FootnoteError:
    return FootnoteError(
        f"{host!r} is not an address of this machine ({error.strerror}). Give one that it has, "
        f"such as --host {LOOPBACK}"
    )


def _is_unspecified(host: str) -> bool:
    address = parse_ip(host)
    return bool(address and address.is_unspecified)


def _format_address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
