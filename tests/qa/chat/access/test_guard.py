"""The guard, around a tiny application: hosts, other sites, paths, bodies, names and proxies."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from asking import HERE, Echo, ask, scope_of

from qa.chat.access.guard import BODY_LIMIT, MAX_LOGGED_NAMES, get_owner, guard_app
from qa.cli.argument_types import parse_host_name

HEADERS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
ELSEWHERE = [
    {"origin": "https://evil.example"},
    {"origin": "http://127.0.0.1:9999"},
    {"origin": "https://127.0.0.1"},
    {"origin": "http://localhost:7860"},
    {"origin": "null"},
    {"origin": "http://"},
    {"origin": "http://127.0.0.1:7860.evil.example"},
    {"origin": "http://evil.example@127.0.0.1:7860"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "same-site", "origin": f"http://{HERE}"},
    {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
    {"sec-fetch-site": "anything"},
]


@pytest.fixture
def inner():
    return Echo((b"content-type", b"text/plain"))


@pytest.fixture
def app(inner):
    return guard_app(inner)


@pytest.mark.parametrize(
    "host", [HERE, "127.0.0.1", "localhost:7860", "LOCALHOST", "[::1]:7860", "[::1]"]
)
def test_the_names_of_loopback_are_accepted(app, host):
    assert ask(app, host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:7860",
        "127.0.0.1.evil.example",
        "localhost.",
        "0.0.0.0:7860",
        "127.0.0.2:7860",
        "[::2]:7860",
        "user@127.0.0.1",
        "127.0.0.1:7860/",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:123456",
        "127.0.0.1, evil.example",
        "127.0.0.1 ",
        "127.0.0.1\n",
        "2130706433",
        "[::1",
        "::1",
    ],
)
def test_other_host_names_are_refused(app, inner, host):
    reply = ask(app, host=host)
    assert reply.status == 400
    assert inner.scopes == []
    assert reply.body.endswith(b".\n")


def test_a_refusal_names_the_host_and_is_logged_once_for_each(app, caplog):
    caplog.set_level("WARNING", "footnote")
    for host in ("Ask.Example.org:8443", "ask.example.org", "[2001:db8::5]"):
        name = host.lower().removesuffix(":8443").strip("[]")
        reply = ask(app, host=host)
        assert f"under the host name {name}." in reply.body.decode()
        assert f"--host-name {name}." in reply.body.decode()
    logged = [(one.message, one.fields) for one in caplog.records]
    assert logged == [
        ("host_refused", {"name": "ask.example.org"}),
        ("host_refused", {"name": "2001:db8::5"}),
    ]
    for number in range(2 * MAX_LOGGED_NAMES):
        ask(app, host=f"n{number}.example")
    assert len(caplog.records) == MAX_LOGGED_NAMES


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "same-origin"}])
def test_a_proxy_that_changes_the_host_is_told_to_pass_it_on(app, caplog, headers):
    caplog.set_level("WARNING", "footnote")
    sent = headers | {"origin": "https://ask.example.org"}
    for _ in range(2):
        reply = ask(app, "/footnote/ask", method="POST", headers=sent)
        assert reply.status == 403
        assert json.loads(reply.body)["error"].endswith(
            " If this is its page: the request came from ask.example.org, but its Host header "
            "names 127.0.0.1; let the proxy pass the Host header unchanged."
        )
    (logged,) = caplog.records
    assert logged.fields == {"name": "ask.example.org at 127.0.0.1"}
    for other in ({"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        reply = ask(app, "/footnote/ask", method="POST", headers=sent | other)
        assert "proxy" not in json.loads(reply.body)["error"]


def test_host_names_of_the_command_line_are_accepted():
    app = guard_app(Echo(), host="192.0.2.7", host_names=["QA.example.org"])
    hosts = ["192.0.2.7:7860", "qa.example.org", "qa.example.org:8443", "localhost"]
    assert [ask(app, host=host).status for host in hosts] == [200] * 4
    assert ask(app, host="example.org").status == 400
    assert ask(app, host="192.0.2.8").status == 400


@pytest.mark.parametrize("given", ["2001:DB8:0::7", "[2001:db8::7]"])
def test_a_host_name_may_be_an_ipv6_address(given):
    app = guard_app(Echo(), host_names=[parse_host_name(given)])
    assert ask(app, host="[2001:db8::7]:8443").status == 200


def test_on_all_addresses_the_reached_address_is_accepted():
    app = guard_app(Echo(), host="::")
    for reached, host in [
        ("192.0.2.7", "192.0.2.7:7860"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "[2001:DB8:0::7]:7860"),
    ]:
        assert ask(app, host=host, server=(reached, 7860)).status == 200
    assert ask(app, host="192.0.2.8", server=("192.0.2.7", 7860)).status == 400
    assert ask(app, host="0.0.0.0", server=("192.0.2.7", 7860)).status == 400


@pytest.mark.parametrize(
    "headers",
    [
        [("host", HERE)],
        [("authorization", "Basic eA=="), ("authorization", "Basic eQ==")],
        [("origin", f"http://{HERE}"), ("origin", f"http://{HERE}")],
        [("content-length", "0"), ("content-length", "0")],
        [("content-length", "0"), ("transfer-encoding", "chunked")],
        [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
    ],
)
def test_what_contradicts_itself_is_refused(app, inner, headers):
    assert ask(app, method="POST", headers=headers).status == 400
    assert inner.scopes == []


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 200),
        ("/footnote/documents", {}, 200),
        ("/assets/index.js", {}, 200),
        ("/", {"host": HERE}, 400),
        ("/gradio_api/upload", {}, 404),
    ],
)
def test_every_response_has_security_headers(app, path, headers, status):
    reply = ask(app, path, headers=headers)
    assert reply.status == status
    assert {name: reply[name] for name in HEADERS} == HEADERS
    assert "camera=()" in reply["permissions-policy"]
    policy = reply["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert ("script-src 'self' 'unsafe-inline' 'unsafe-eval'" in policy) == (status == 200)
    assert ("default-src 'none'" in policy) == (status != 200)


def test_a_response_cannot_let_others_read_or_frame_it():
    inner = Echo(
        (b"Access-Control-Allow-Origin", b"https://evil.example"),
        (b"access-control-allow-credentials", b"true"),
        (b"X-Frame-Options", b"ALLOWALL"),
        (b"content-security-policy", b"sandbox"),
        (b"etag", b"kept"),
    )
    reply = ask(guard_app(inner), headers={"origin": f"http://{HERE}"})
    assert not [name for name, _ in reply.headers if name.lower().startswith(b"access-control")]
    assert [value for name, value in reply.headers if name.lower() == b"x-frame-options"] == [
        b"DENY"
    ]
    assert reply.all("content-security-policy")[0] == "sandbox"
    assert "frame-ancestors 'none'" in reply.all("content-security-policy")[1]
    assert reply["etag"] == "kept"


@pytest.mark.parametrize("headers", ELSEWHERE, ids=lambda headers: " ".join(headers.values()))
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
def test_other_sites_change_nothing(app, inner, method, headers):
    reply = ask(app, "/footnote/documents", method=method, headers=headers)
    assert reply.status == 403
    assert "error" in json.loads(reply.body)
    assert inner.scopes == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": f"http://{HERE}"},
        {"origin": f"HTTP://{HERE}"},
        {"sec-fetch-site": "same-origin", "origin": f"http://{HERE}"},
        {"sec-fetch-site": "none"},
    ],
)
def test_the_page_and_programs_may(app, headers):
    assert ask(app, "/footnote/documents", method="POST", headers=headers).status == 200


@pytest.mark.parametrize("kind", [b"text/event-stream; charset=utf-8", b"application/x-ndjson"])
def test_proxies_are_asked_not_to_buffer_streams(inner, kind):
    assert ask(guard_app(inner))["x-accel-buffering"] == ""
    stream = Echo((b"content-type", kind))
    assert ask(guard_app(stream))["x-accel-buffering"] == "no"


def test_other_sites_read_nothing_but_a_link_is_followed(app):
    read = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert ask(app, "/footnote/documents", headers=read).status == 403
    preflight = {"origin": "https://evil.example", "access-control-request-method": "PUT"}
    assert ask(app, "/config", method="OPTIONS", headers=preflight).status == 403
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert ask(app, headers=followed).status == 200
    assert ask(app, method="POST", headers=followed).status == 403


def test_other_sites_open_no_socket(app, inner):
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        reply = ask(app, "/config", kind="websocket", headers=headers)
        assert (reply.kinds, reply.status) == (["websocket.close"], 1008)
    assert ask(app, "/config", kind="websocket", host="evil.example").status == 1008
    assert inner.scopes == []
    assert ask(app, "/config", kind="websocket", headers={"origin": f"http://{HERE}"}).kinds == [
        "websocket.accept"
    ]


def test_an_implicit_default_port_is_the_same_site():
    app = guard_app(Echo(), host_names=["qa.example.org"])
    for host in ("qa.example.org", "qa.example.org:443"):
        headers = {"origin": "https://qa.example.org"}
        assert ask(app, method="POST", host=host, headers=headers).status == 200
    headers = {"origin": "https://qa.example.org:8443"}
    assert ask(app, method="POST", host="qa.example.org", headers=headers).status == 403


OPEN = """/ /config /theme.css /favicon.ico /manifest.json /robots.txt /assets/index-x_1.js
/static/fonts/a/b.woff2 /gradio_api/info /gradio_api/openapi.json /gradio_api/app_id
/gradio_api/queue/join /gradio_api/queue/data
/gradio_api/call/ask /gradio_api/call/ask/0f3 /gradio_api/run/ask
/gradio_api/call/v2/ask /gradio_api/heartbeat/a1b2 /gradio_api/cancel /gradio_api/reset
/gradio_api/mcp /gradio_api/mcp/ /gradio_api/mcp/schema /gradio_api/mcp/sse
/gradio_api/mcp/messages/ /footnote/documents /footnote/documents/a;b%41/ä.txt
/docs /openapi.json"""

SHUT = """/gradio_api/file=http://example.org/ /gradio_api/file=https://example.org/x
/gradio_api/file=/etc/passwd /gradio_api/file=a.txt /gradio_api/file/a.txt /file=a.txt
/gradio_api/proxy=http://example.org/ /gradio_api/upload /gradio_api/upload/
/gradio_api/upload_progress /gradio_api/stream/a /gradio_api/stream/a/close
/gradio_api/stream/a/b/1/playlist.m3u8 /gradio_api/startup-events /gradio_api/deep_link
/gradio_api/process_recording /gradio_api/vibe-edit /gradio_api/vibe-code /gradio_api/runs
/gradio_api/run-history/connect /gradio_api/user /gradio_api/token /gradio_api/login_check
/gradio_api/dev/reload /gradio_api/custom_component/a/client/b/c.js /gradio_api/profiling/traces
/monitoring /monitoring/summary /monitoring/key /svelte/x.js /pwa_icon /pwa_icon/5 /login /logout
/docs/ /redoc /openapi_json /config/ /Config /CONFIG /assets /assets/ /static/ /gradio_api/
/gradio_api/component_server /gradio_api/component_server/
/gradio_api/queue/status /gradio_api/anything /footnote /footnote/ //config /./config /../config
/assets/../config /assets/a/../../config /assets/.. /assets//x /assets/a\\..\\b /assets/%2e%2e/x
/gradio_api/call/../upload /gradio_api/mcp/../upload /gradio_api/mcp/../file=a
/gradio_api//upload /gradio_api/./upload /footnote/../config /footnote/.. /config;x
http://127.0.0.1/config * config"""


def test_what_is_needed_is_open(app):
    assert [path for path in OPEN.split() if ask(app, path).status != 200] == []


def test_all_else_is_shut(app, inner):
    for path in (*SHUT.split(), "", "/config\n", "/config\x00", "/footnote/a\nb", "/footnote/\x7f"):
        for method in ("GET", "POST", "HEAD"):
            assert ask(app, path, method=method).status == 404, path
    assert inner.scopes == []


def test_a_body_is_limited_and_complete(app, inner):
    half = b"a" * (BODY_LIMIT // 2)
    assert ask(app, "/gradio_api/queue/join", method="POST", chunks=[half, half]).status == 200
    assert inner.bodies == [half + half]
    # Chunked, without a length, and one byte too long.
    reply = ask(app, "/gradio_api/queue/join", method="POST", chunks=[half, half, b"a"])
    assert reply.status == 413
    for length in (str(BODY_LIMIT + 1), "9" * 5000, "-1", "1e3", "²"):
        headers = {"content-length": length}
        assert ask(app, "/config", method="POST", headers=headers).status == 413
    assert len(inner.bodies) == 1


def test_a_body_that_breaks_off_does_not_come_in(app, inner):
    ask(app, "/gradio_api/queue/join", method="POST", chunks=[])
    assert inner.scopes == []


def test_a_document_has_the_limit_of_its_route(app, inner):
    chunks = [b"a" * BODY_LIMIT] * 3
    assert ask(app, "/footnote/documents", method="POST", chunks=chunks).status == 200
    assert len(inner.bodies[0]) == 3 * BODY_LIMIT
    for method, path in [("PUT", "/footnote/documents"), ("POST", "/footnote/documents/x")]:
        assert ask(app, path, method=method, chunks=chunks).status == 413


def test_a_stream_passes_piece_by_piece():
    arrived = []

    async def streaming(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in (1, 2, 3):
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
            assert arrived[1:] == [b"1", b"2", b"3"][:number]

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        arrived.append(message.get("body"))

    asyncio.run(guard_app(streaming)(scope_of("/gradio_api/queue/data"), receive, send))
    assert arrived == [None, b"1", b"2", b"3"]


def test_a_page_names_a_browser_and_recognises_it_immediately(app, inner):
    reply = ask(app)
    assert len(reply.all("set-cookie")) == 1
    cookie, *flags = reply["set-cookie"].split("; ")
    assert flags == ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=31536000"]
    again = ask(app, headers={"cookie": f"a=b; {cookie}; c=d"})
    assert again["set-cookie"] == reply["set-cookie"]  # It is kept for another year.
    asked = ask(app, "/gradio_api/queue/join", method="POST", headers={"cookie": cookie})
    assert asked.all("set-cookie") == []
    owners = [get_owner(SimpleNamespace(scope=scope)) for scope in inner.scopes]
    assert len(set(owners)) == 1
    assert len(owners[0]) == 64
    assert cookie.partition("=")[2] not in owners[0]


def test_two_browsers_are_two_owners(app, inner):
    ask(app)
    ask(app)
    first, second = (get_owner(SimpleNamespace(scope=scope)) for scope in inner.scopes)
    assert first != second


def test_a_program_without_a_name_owns_nothing(app, inner):
    reply = ask(app, "/gradio_api/call/ask", method="POST")
    assert reply.all("set-cookie") == []
    assert get_owner(SimpleNamespace(scope=inner.scopes[0])) == ""
    # Gradio's request holds Starlette's.
    assert get_owner(SimpleNamespace(request=SimpleNamespace(scope=inner.scopes[0]))) == ""


@pytest.mark.parametrize(
    "value", ["", "x", "a" * 42, "a" * 44, "ä" * 43, "a" * 42 + "/", "../" * 9]
)
def test_a_malformed_name_is_replaced_by_the_page_only(app, inner, value):
    headers = {"cookie": f"footnote_browser={value}"}
    assert ask(app, "/config", headers=headers).all("set-cookie") == []
    assert get_owner(SimpleNamespace(scope=inner.scopes[0])) == ""
    assert len(ask(app, headers=headers).all("set-cookie")) == 1


def test_headers_of_proxies_are_removed(inner):
    claims = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "x-forwarded-for": "192.0.2.1",
        "x-forwarded-prefix": "/evil",
        "x-gradio-server": "http://evil.example",
        "forwarded": "host=evil.example",
        "accept": "text/html",
    }
    app = guard_app(inner, host_names=["qa.example.org"])
    plain = ask(app, headers=claims)
    named = ask(app, headers=claims, host="qa.example.org")
    for scope in inner.scopes:
        assert {name for name, _ in scope["headers"]} == {b"host", b"accept"}
    assert [scope["scheme"] for scope in inner.scopes] == ["http", "https"]
    assert [scope["client"][0] for scope in inner.scopes] == ["127.0.0.1", "192.0.2.1"]
    assert "; Secure" not in plain["set-cookie"]
    assert named["set-cookie"].endswith("; Secure")


def test_the_client_address_is_taken_from_a_local_proxy_only(inner):
    app = guard_app(inner, host_names=["qa.example.org"])
    told = [("x-forwarded-for", "192.0.2.1, 192.0.2.2"), ("x-forwarded-for", "192.0.2.3")]
    ask(app, host="qa.example.org", headers=told)
    ask(app, host="qa.example.org", headers=told, client=("198.51.100.1", 5))
    ask(app, host="qa.example.org", headers={"x-forwarded-for": "nonsense"})
    for address in ("192.0.2.4:51234", "[2001:db8::7]:51234", "2001:db8::7"):
        ask(app, host="qa.example.org", headers={"x-forwarded-for": address})
    assert [scope["client"][0] for scope in inner.scopes] == [
        "192.0.2.3",
        "198.51.100.1",
        "127.0.0.1",
        "192.0.2.4",
        "2001:db8::7",
        "2001:db8::7",
    ]


def test_the_server_starts_and_stops_through_it():
    seen = []

    async def lifespan(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(guard_app(lifespan)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]
