"""What a request tells of itself: the server's name in it, the site it comes from, who sends it.

A request is an ASGI scope here, as a stranger wrote it. Pure; what follows from what it tells is
left to `guard` and `login`.
"""

import ipaddress
import re

from starlette.types import Scope

_ONCE = (b"host", b"origin", b"authorization", b"content-length", b"content-type")
_AUTHORITY = re.compile(
    r"(?P<name>\[[0-9a-f:.]{2,45}\]|[0-9a-z_-][0-9a-z._-]{0,252})(?::(?P<port>[0-9]{1,5}))?"
)
_PORTS = {"http": "80", "ws": "80", "https": "443", "wss": "443"}


def header(scope: Scope, name: bytes) -> str:
    """Return the first header of a name, which is in small letters; "" without one."""
    return next((value.decode("latin-1") for n, value in scope["headers"] if n == name), "")


def contradicts_itself(scope: Scope) -> bool:
    """Whether two readers may take a request differently: what may be told once is told twice."""
    names = [name for name, _ in scope["headers"]]
    twice = any(names.count(name) > 1 for name in names if name in _ONCE or name[:4] == b"sec-")
    return twice or {b"content-length", b"transfer-encoding"} <= set(names)


def cookie(scope: Scope, name: str) -> str:
    """Return the value of a cookie; "" without one."""
    lines = [value.decode("latin-1") for n, value in scope["headers"] if n == b"cookie"]
    pairs = [pair.strip().partition("=") for line in lines for pair in line.split(";")]
    return next((value for key, _, value in pairs if key == name), "")


def authority(text: str, scheme: str) -> tuple[str, str] | None:
    """Return the name and port of a Host or an origin; None where it is neither.

    >>> authority("Localhost:7860", "http"), authority("[::1]", "https"), authority("a b", "http")
    (('localhost', '7860'), ('::1', '443'), None)
    """
    found = _AUTHORITY.fullmatch(text.lower())
    if not found:
        return None
    return found["name"].strip("[]"), found["port"] or _PORTS.get(scheme, "")


def is_loopback(name: str) -> bool:
    """Whether a name or address, without brackets, is of this machine only.

    >>> [is_loopback(name) for name in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    address = ip(name)
    return address.is_loopback if address else name == "localhost"


def ip(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address as a number, an IPv4 one in IPv6's clothes as itself; None for a name."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network(address: str) -> str:
    """Return what one who asks can hardly change of an address: of an IPv6 one, the first half.

    >>> network("192.0.2.7"), network("::ffff:192.0.2.7"), network("2001:db8::1:2:3:4")
    ('192.0.2.7', '192.0.2.7', '2001:db8::')
    """
    number = ip(address)
    if number is None or number.version == 4:
        return str(number or address)
    return str(ipaddress.IPv6Address(int(number) >> 64 << 64))


def is_from_elsewhere(scope: Scope) -> bool:
    """Whether a page of another site, or of another port of this one, makes a browser ask.

    A link from there to here may be followed. Programs, which tell nothing, come from nowhere.
    """
    site = header(scope, b"sec-fetch-site")
    if site not in ("", "same-origin", "none"):
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        return not (reads and header(scope, b"sec-fetch-mode") == "navigate")
    if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
        return False
    origin = header(scope, b"origin")
    scheme, _, here = origin.partition("://")
    return bool(origin) and authority(here, scheme) != authority(header(scope, b"host"), scheme)


def is_browser(scope: Scope) -> bool:
    """Whether a browser asks, as far as it tells."""
    sent = {name for name, _ in scope["headers"]}
    return b"sec-fetch-mode" in sent or header(scope, b"user-agent").startswith("Mozilla/")


def is_navigation(scope: Scope) -> bool:
    """Whether a person is to see what comes back as a page."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    mode = header(scope, b"sec-fetch-mode")
    return mode == "navigate" or (not mode and "text/html" in header(scope, b"accept"))
