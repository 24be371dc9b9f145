"""Read an untrusted request: its headers, the host it names, its origin and kind of client.

A request is an ASGI scope. All functions are pure; `guard` and `login` decide what follows.
`parse_authority` is stricter than Starlette's parsing of a Host header, and unlike it also splits
an Origin.
"""

import ipaddress
import re

from starlette.types import Scope

_ONCE = (b"host", b"origin", b"authorization", b"content-length", b"content-type")
_AUTHORITY = re.compile(
    r"(?P<name>\[[0-9a-f:.]{2,45}\]|[0-9a-z_-][0-9a-z._-]{0,252})(?::(?P<port>[0-9]{1,5}))?"
)
_PORTS = {"http": "80", "ws": "80", "https": "443", "wss": "443"}


def get_header(scope: Scope, name: bytes) -> str:
    """Return the first header with a lower-case name; "" if there is none."""
    return next((value.decode("latin-1") for n, value in scope["headers"] if n == name), "")


def is_ambiguous(scope: Scope) -> bool:
    """Whether two parsers may read a request differently, since it repeats a single-use header."""
    names = [name for name, _ in scope["headers"]]
    twice = any(names.count(name) > 1 for name in names if name in _ONCE or name[:4] == b"sec-")
    return twice or {b"content-length", b"transfer-encoding"} <= set(names)


def get_cookie(scope: Scope, name: str) -> str:
    """Return the value of a cookie; "" if there is none."""
    lines = [value.decode("latin-1") for n, value in scope["headers"] if n == b"cookie"]
    pairs = [pair.strip().partition("=") for line in lines for pair in line.split(";")]
    return next((value for key, _, value in pairs if key == name), "")


def parse_authority(text: str, scheme: str) -> tuple[str, str] | None:
    """Return the name and port in a Host header or an origin; None if it is malformed.

    >>> parse_authority("Localhost:7860", "http"), parse_authority("[::1]", "https")
    (('localhost', '7860'), ('::1', '443'))
    >>> parse_authority("a b", "http")
    """
    found = _AUTHORITY.fullmatch(text.lower())
    if not found:
        return None
    return found["name"].strip("[]"), found["port"] or _PORTS.get(scheme, "")


def is_loopback(name: str) -> bool:
    """Whether a name or address (without brackets) can only be reached from this machine.

    >>> [is_loopback(name) for name in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    address = parse_ip(name)
    return address.is_loopback if address else name == "localhost"


def parse_ip(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse an IP address, an IPv4-mapped IPv6 one as IPv4; None for a name."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_network(address: str) -> str:
    """Return the part of an address that a client cannot choose: the first half of an IPv6 one.

    >>> [client_network(a) for a in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1:2:3:4")]
    ['192.0.2.7', '192.0.2.7', '2001:db8::']
    """
    number = parse_ip(address)
    if number is None or number.version == 4:
        return str(number or address)
    return str(ipaddress.IPv6Address(int(number) >> 64 << 64))


def is_cross_site(scope: Scope) -> bool:
    """Whether a page of another site, or of another port of this host, sent a request.

    Following a link from there is allowed. Programs send none of these headers and are not
    cross-site.
    """
    site = get_header(scope, b"sec-fetch-site")
    if site not in ("", "same-origin", "none"):
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        return not (reads and get_header(scope, b"sec-fetch-mode") == "navigate")
    if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
        return False
    return bool(get_header(scope, b"origin")) and not _is_own_origin(scope)


def find_other_origin(scope: Scope) -> str:
    """Return the host of the page that sent a request if the Host header names another, else "".

    A browser that sends `Sec-Fetch-Site: same-origin` vouches that only a proxy changed the header.
    """
    scheme, _, here = get_header(scope, b"origin").partition("://")
    found = parse_authority(here, scheme)
    if get_header(scope, b"sec-fetch-site") not in ("", "same-origin"):
        return ""
    return found[0] if found and not _is_own_origin(scope) else ""


def _is_own_origin(scope: Scope) -> bool:
    """Whether the origin of a request is the host and port that it was sent to."""
    scheme, _, here = get_header(scope, b"origin").partition("://")
    return parse_authority(here, scheme) == parse_authority(get_header(scope, b"host"), scheme)


def is_browser(scope: Scope) -> bool:
    """Whether the headers of a request are those of a browser."""
    sent = {name for name, _ in scope["headers"]}
    return b"sec-fetch-mode" in sent or get_header(scope, b"user-agent").startswith("Mozilla/")


def is_navigation(scope: Scope) -> bool:
    """Whether a browser will show the response to a request as a page."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    mode = get_header(scope, b"sec-fetch-mode")
    return mode == "navigate" or (not mode and "text/html" in get_header(scope, b"accept"))
