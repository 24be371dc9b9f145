"""Logging in with a real browser, in front of a minimal page."""

import socket
import subprocess
import sys
import time

import pytest
from browsing import CHROMIUM, FLAGS, ROOT

NAME = "qa.example.org"
SERVING = """
import sys
from qa.chat.access.guard import guard_app
from qa.chat.access.listen import bind_socket, serve
from qa.chat.access.login import Login

async def page(scope, receive, send):
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        out = b"<h1>Inside</h1><form method=post action=/logout><button>Log out</button></form>"
        await send({"type": "http.response.body", "body": out})

login = Login("ida", "correct horse")
app = guard_app(page, host_names=["qa.example.org"], login=login)
serve(app, bind_socket("127.0.0.1", int(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([sys.executable, "-c", SERVING, str(port)], cwd=ROOT) as server:
        for _ in range(1200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except ConnectionError:
                time.sleep(0.1)
        yield port
        server.terminate()


@pytest.fixture(scope="module")
def browser(chromium):
    """A browser that resolves NAME to this server: it treats names other than loopback stricter."""
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, rules])
    yield browser
    browser.close()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", NAME])
@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(1280, 800, "light"), (390, 844, "dark"), (320, 480, "light")]
)
def test_logging_in_and_out_without_scripts(browser, port, name, width, height, scheme):
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=False
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    console = []
    page.on("console", lambda message: console.append(message.text))
    page.goto(f"http://{name}:{port}/")
    assert page.url == f"http://{name}:{port}/login"
    message = page.get_by_role("alert")
    assert message.inner_text() == ""
    page.keyboard.type("ida")  # The first field has the focus.
    page.get_by_label("Password").fill("correct house")
    page.keyboard.press("Enter")
    page.wait_for_selector("#message:not(:empty)")
    assert message.inner_text() == "The name or the password is wrong. Try again."
    box = page.locator("main").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert all(field.bounding_box()["height"] >= 44 for field in page.locator("input").all())
    page.get_by_label("User name").fill("ida")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Inside").wait_for()
    assert page.url == f"http://{name}:{port}/"
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert set(cookies) == {"footnote_session", "footnote_browser"}
    assert all(cookie["httpOnly"] for cookie in cookies.values())
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Log in").wait_for()
    assert {cookie["name"] for cookie in context.cookies()} == {"footnote_browser"}
    assert not [text for text in console if "Content Security Policy" in text]
    context.close()
