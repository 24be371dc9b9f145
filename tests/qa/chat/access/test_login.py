"""Login by form and by Basic authentication, and the throttling of wrong attempts."""

import argparse
import base64
import os
import re

import pytest
from asking import HERE, Echo, ask

from index import FootnoteError
from qa.chat.access.guard import guard_app
from qa.chat.access.login import FORM_LIMIT, SESSION_IDLE_SECONDS, Login, create_login
from qa.chat.access.throttle import FAILURE_WINDOW, FORGET_AFTER, MAX_FAILURES, LoginThrottle

BROWSER = {"user-agent": "Mozilla/5.0", "accept": "text/html,*/*"}
FETCH = {"user-agent": "Mozilla/5.0", "accept": "*/*"}
RIGHT = b"username=ida&password=correct+h%C3%B6rse"
WRONG = b"username=ida&password=correct+horse"


class Clock:
    """A clock that is set by hand, in seconds."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def inner():
    return Echo()


@pytest.fixture
def app(inner, clock):
    login = Login("ida", "correct hörse", clock=clock)
    return guard_app(inner, host_names=["qa.example.org"], login=login)


def log_in(app, form=RIGHT, headers=BROWSER, **more):
    return ask(app, "/login", method="POST", chunks=[form], headers=headers, **more)


def basic(text, scheme="Basic"):
    return {"authorization": f"{scheme} {base64.b64encode(text.encode()).decode()}"}


def test_a_browser_is_led_to_the_log_in_and_back(app, inner):
    led = ask(app, headers=BROWSER)
    assert (led.status, led["location"]) == (303, "/login")
    page = ask(app, "/login", headers=BROWSER)
    assert (page.status, page["content-type"]) == (200, "text/html; charset=utf-8")
    assert b'<form method="post" action="login">' in page.body
    assert b"<script" not in page.body
    assert "default-src 'none'" in page["content-security-policy"]
    assert page["cache-control"] == "no-store"
    back = log_in(app)
    assert (back.status, back["location"]) == (303, "/")
    cookie, *flags = back["set-cookie"].split("; ")
    assert flags == ["Path=/", "HttpOnly", "SameSite=Lax"]
    inside = BROWSER | {"cookie": cookie}
    assert inner.scopes == []
    assert ask(app, headers=inside).status == 200
    assert ask(app, "/login", headers=inside)["location"] == "/"


def test_the_cookie_is_secure_behind_an_https_proxy(app):
    headers = BROWSER | {"x-forwarded-proto": "https"}
    assert "; Secure" in log_in(app, headers=headers, host="qa.example.org")["set-cookie"]
    assert "; Secure" not in log_in(app, headers=headers)["set-cookie"]


def test_a_wrong_password_shows_the_page_again(app):
    for form in (WRONG, b"", b"username=ida", b"password=correct+h%C3%B6rse", b"&" * 100):
        app = guard_app(Echo(), login=Login("ida", "correct hörse"))
        page = log_in(app, form)
        assert page.status == 401
        assert page.all("set-cookie") == []
        assert page.all("www-authenticate") == []
        message = re.search(r'role="alert" aria-live="assertive">(.*)</div>', page.body.decode())
        assert message[1] == "The name or the password is wrong. Try again."


def test_the_form_is_bounded(app):
    assert log_in(app, RIGHT + b"&x=" + b"x" * FORM_LIMIT).status == 413


def test_name_and_password_may_be_written_in_two_ways_of_unicode(app, inner):
    assert log_in(app, b"username=ida&password=correct+ho%CC%88rse").status == 303
    app = guard_app(inner, login=Login("j\u00f6rg", "correct horse"))
    for name in (b"j%C3%B6rg", b"jo%CC%88rg"):
        assert log_in(app, b"username=" + name + b"&password=correct+horse").status == 303


def test_name_and_password_are_not_one_text(inner):
    app = guard_app(inner, login=Login("ab", "cdefghij"))
    assert log_in(app, b"username=a&password=bcdefghij").status == 401
    assert log_in(app, b"username=abc&password=defghij").status == 401
    assert log_in(app, b"username=ab&password=cdefghij").status == 303


def test_logging_out_ends_it(app):
    inside = BROWSER | {"cookie": log_in(app).cookies()}
    other = BROWSER | {"cookie": log_in(app).cookies()}
    assert ask(app, "/logout", headers=inside).status == 404
    out = ask(app, "/logout", method="POST", headers=inside)
    assert (out.status, out["location"]) == (303, "/login")
    assert out["set-cookie"].startswith("footnote_session=; ")
    assert "Max-Age=0" in out["set-cookie"]
    assert ask(app, headers=inside).status == 303
    assert ask(app, headers=other).status == 200


def test_another_site_logs_nobody_in_or_out(app):
    inside = BROWSER | {"cookie": log_in(app).cookies()}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert log_in(app, headers=BROWSER | headers).status == 403
        assert ask(app, "/logout", method="POST", headers=inside | headers).status == 403
    assert ask(app, headers=inside).status == 200


def test_idleness_logs_out(app, clock):
    inside = BROWSER | {"cookie": log_in(app).cookies()}
    for _ in range(3):
        clock.now += SESSION_IDLE_SECONDS
        assert ask(app, headers=inside).status == 200
    clock.now += SESSION_IDLE_SECONDS + 1
    assert ask(app, headers=inside).status == 303
    assert ask(app, headers=inside).status == 303


@pytest.mark.parametrize("value", ["", "x", "footnote", "a" * 43, "ä"])
def test_a_made_up_cookie_opens_nothing(app, inner, value):
    headers = FETCH | {"cookie": f"footnote_session={value}"}
    assert ask(app, "/config", headers=headers).status == 401
    assert inner.scopes == []


def test_a_program_authenticates_with_each_request(app, inner):
    assert ask(app, "/config", headers=basic("ida:correct hörse")).status == 200
    assert ask(app, "/config", headers=basic("ida:correct hörse", "basic")).status == 200
    assert ask(app, "/config").status == 401
    assert len(inner.scopes) == 2


@pytest.mark.parametrize(
    "headers",
    [
        basic("ida:correct horse"),
        basic("ida:"),
        basic(":correct hörse"),
        basic("ida"),
        basic(""),
        basic("ida:correct hörse\n"),
        basic("IDA:correct hörse"),
        basic("ida:correct hörse", "Bearer"),
        basic("ida:correct hörse", "Basic Basic"),
        {"authorization": "Basic"},
        {"authorization": "Basic ä"},
        {"authorization": "Basic =="},
        {"authorization": "Basic /////w=="},
        {"authorization": "ida:correct hörse"},
    ],
)
def test_wrong_credentials_open_nothing(app, inner, headers):
    reply = ask(app, "/config", headers=headers)
    assert reply.status == 401
    assert reply["www-authenticate"] == 'Basic realm="Footnote", charset="UTF-8"'
    assert inner.scopes == []


def test_a_browser_never_asks_for_the_password_by_itself(app):
    for headers in (FETCH, {"sec-fetch-mode": "cors"}, {"sec-fetch-mode": "no-cors"}):
        reply = ask(app, "/gradio_api/queue/join", method="POST", headers=headers)
        assert (reply.status, reply.all("www-authenticate")) == (401, [])


def test_gradios_client_logs_in_with_a_form(app):
    reply = log_in(app, headers={})
    assert reply.status == 200
    assert ask(app, "/config", headers={"cookie": reply.cookies()}).status == 200


PATHS = """/ /config /gradio_api/mcp /gradio_api/mcp/ /gradio_api/mcp/schema /footnote/documents
/assets/x.js /login/ //login /login/. /login/.. /login/../config /LOGIN /Login /login;x /login%2f
/login/../ /./login /logout /login/x /x/../login /login\\ login http://127.0.0.1:7860/login *
/gradio_api/../login /gradio_api/login /nothing"""


@pytest.mark.parametrize(
    "path", [*PATHS.split(), "", "/login\n", "/login\x00", "/login ", "/\uff4cogin"]
)
def test_no_path_leads_around_it(app, inner, path):
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"):
        if (method, path) != ("POST", "/logout"):
            reply = ask(app, path, method=method, headers=FETCH)
            assert (method, path, reply.status) == (method, path, 401)
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        assert ask(app, "/login", method=method, headers=FETCH).status == 401
    assert ask(app, path, kind="websocket").kinds == ["websocket.close"]
    assert inner.scopes == []


def test_the_open_conversation_outlasts_the_login(app):
    query = {"query_string": b"c=a-1&x=2&cite=b%22%3E.txt%3A0%3A5"}
    assert ask(app, headers=BROWSER, **query)["location"] == (
        "/login?c=a-1&cite=b%22%3E.txt%3A0%3A5"
    )
    page = ask(app, "/login", headers=BROWSER, **query)
    assert b'action="login?c=a-1&amp;cite=b%22%3E.txt%3A0%3A5"' in page.body
    assert log_in(app, **query)["location"] == "/?c=a-1&cite=b%22%3E.txt%3A0%3A5"


def test_the_redirect_after_login_ignores_the_request(app):
    for more in ({"query_string": b"next=//evil.example"}, {"host": "qa.example.org"}):
        assert log_in(app, RIGHT + b"&next=//evil.example", **more)["location"] == "/"


def test_browsers_get_a_login_page(app):
    assert ask(app, "/login", method="HEAD").body == b""
    assert ask(app, "/footnote/documents").body == b'{"error": "Log in first."}'
    assert ask(app, "/config").body == b"Log in first.\n"


def test_guessing_costs_more_and_more_time(app, clock):
    inside = BROWSER | {"cookie": log_in(app).cookies()}
    for _ in range(3):
        assert log_in(app, WRONG).status == 401
    for wait in (1, 2, 4, 8):
        # The right password does not count while one waits, or guessing would cost nothing.
        page = log_in(app)
        assert (page.status, page["retry-after"]) == (429, str(wait))
        assert f"Try again in {wait} second{'s' * (wait > 1)}." in page.body.decode()
        program = ask(app, "/config", headers=basic("ida:correct hörse"))
        assert (program.status, program["retry-after"]) == (429, str(wait))
        # Who is logged in is not held up, and others are not.
        assert ask(app, headers=inside).status == 200
        assert log_in(app, client=("192.0.2.9", 1)).status == 303
        clock.now += wait
        assert ask(app, "/config", headers=basic("ida:wrong")).status == 401
    clock.now += 16
    assert log_in(app).status == 303
    assert log_in(app, WRONG).status == 401


def test_an_address_is_the_half_of_it_that_cannot_be_chosen(clock):
    throttle = LoginThrottle(clock)
    for number in range(4):
        throttle.record_failure(f"2001:db8::{number}")
    assert throttle.seconds_left("2001:db8::ffff:1") == 2
    assert throttle.seconds_left("2001:db8:0:1::1") == 0
    for _ in range(3):
        throttle.record_failure("::ffff:192.0.2.1")
    assert throttle.seconds_left("192.0.2.1") == 1


def test_a_pause_has_an_end_and_failures_are_forgotten(clock):
    throttle = LoginThrottle(clock)
    for _ in range(20):
        throttle.record_failure("192.0.2.1")
    assert throttle.seconds_left("192.0.2.1") == 300
    clock.now += FORGET_AFTER
    throttle.record_failure("192.0.2.1")
    assert throttle.seconds_left("192.0.2.1") == 0


def test_many_addresses_gain_little(clock):
    throttle = LoginThrottle(clock)
    throttle.record_success("198.51.100.1")
    for number in range(MAX_FAILURES):
        assert throttle.seconds_left(f"192.0.2.{number}") == 0
        throttle.record_failure(f"192.0.2.{number}")
        clock.now += 1
    assert throttle.seconds_left("203.0.113.1") == FAILURE_WINDOW - MAX_FAILURES
    # From where somebody logged in before, one still may, but not guess.
    assert throttle.seconds_left("198.51.100.1") == 0
    for _ in range(4):
        throttle.record_failure("198.51.100.1")
    assert throttle.seconds_left("198.51.100.1") == 2
    clock.now += FAILURE_WINDOW
    assert throttle.seconds_left("203.0.113.1") == 0


def said(**more):
    plain = {"host": "127.0.0.1", "host_name": [], "auth": None, "no_auth": False}
    return argparse.Namespace(**plain | {"password_file": None} | more)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_no_login_is_needed_on_this_machine_by_default(host, capsys):
    assert create_login(said(host=host)) is None
    assert create_login(said(host=host, no_auth=True)) is None
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "where",
    [{"host": host} for host in ("0.0.0.0", "::", "192.0.2.7", "desk", "", "127.1")]
    + [{"host_name": ["qa.example.org"]}],
)
def test_a_reachable_server_needs_a_choice_about_login(where, capsys):
    with pytest.raises(FootnoteError, match=r"Others could reach this server .* --auth USER"):
        create_login(said(**where))
    assert create_login(said(**where, no_auth=True)) is None
    assert capsys.readouterr().err.startswith("Warning: there is no login. ")


def test_the_password_is_read_and_not_handed_on(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTNOTE_PASSWORD", "correct hörse")
    app = guard_app(Echo(), login=create_login(said(auth="ida")))
    assert log_in(app).status == 303
    assert "FOOTNOTE_PASSWORD" not in os.environ
    file = tmp_path / "password"
    file.write_bytes("correct hörse\r\n".encode())
    app = guard_app(Echo(), login=create_login(said(auth="ida", password_file=str(file))))
    assert log_in(app).status == 303


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The password is missing. Put at least 8 characters into "),
        ("\n", "The password is missing. Put"),
        ("1234567\n", "The password has only 7 characters. Put at least 8 characters into "),
        ("\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_a_password_that_is_none_is_a_sentence(tmp_path, monkeypatch, text, sentence):
    file = tmp_path / "password"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(FootnoteError, match=sentence):
        create_login(said(auth="ida", password_file=str(file)))
    if not sentence.startswith("is"):
        monkeypatch.setenv("FOOTNOTE_PASSWORD", text.strip())
        with pytest.raises(FootnoteError, match=sentence):
            create_login(said(auth="ida"))


def test_incompatible_options_are_refused_with_a_message():
    with pytest.raises(FootnoteError, match="needs a user name as well"):
        create_login(said(password_file="x"))
    for name in ("", "a:b"):
        with pytest.raises(FootnoteError, match="is not a valid user name"):
            create_login(said(auth=name))


def test_what_is_kept_is_not_the_password():
    login = Login("ida", "correct hörse")
    assert "correct" not in repr(vars(login))
    cookie = log_in(guard_app(Echo(), login=login)).cookies().partition("=")[2]
    assert cookie not in repr(vars(login))


def test_the_host_comes_before_the_log_in(app):
    reply = ask(app, "/login", host="evil.example")
    assert reply.status == 400
    assert ask(app, "/login", host=HERE).status == 200


def test_under_a_path_of_a_proxy_cookies_and_ways_stay_there(inner, clock):
    login = Login("ida", "correct hörse", clock=clock)
    app = guard_app(inner, host_names=["qa.example.org"], login=login, prefix="/qa")
    assert ask(app, headers=BROWSER)["location"] == "/qa/login"
    back = log_in(app)
    assert back["location"] == "/qa/"
    assert "; Path=/qa/; " in back["set-cookie"]
    opened = ask(app, headers=BROWSER | {"cookie": back.cookies()})
    assert "; Path=/qa/; " in opened["set-cookie"]


def test_anybody_may_ask_whether_it_answers_and_nothing_else(app, inner):
    assert [ask(app, "/healthz", method=method).status for method in ("GET", "HEAD")] == [200, 200]
    assert ask(app, "/healthz", host="evil.example").status == 400
    for path in ("/healthz/", "/healthz/../config", "/HEALTHZ", "/metrics", "/healthz\n"):
        assert ask(app, path).status == 401
    assert ask(app, "/healthz", method="POST").status == 401
    assert [scope["path"] for scope in inner.scopes] == ["/healthz", "/healthz"]
