"""A real browser against the real server: the system's Chromium, driven by Playwright."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW_TO = "the browser tests need Chromium: apt-get install -y chromium"

LEDGER = """# Ledger of the harbour

## Dues

The dues are paid on Friday by every ship that stays for the night.

| ship | tons | dues |
|---|---|---|
| Aurora | 120 | 40 crowns |
| Borealis | 90 | 30 crowns |

- Ropes are lent by the warden Nils Falk.
- Lamps are not lent.
"""

HOSTILE = (
    "🦊🦊🦊 <script>window.pwned = 1</script> <img src=x onerror='window.pwned = 2'> "
    "<iframe src='https://example.org/'></iframe> ![x](https://example.org/x.png) "
    "[click](javascript:window.pwned=3) {{constructor.constructor('window.pwned=4')()}} "
    "${window.pwned=5} </mark></div><style>body{display:none}</style>\n\n"
    "The vault key is kept by Nora Vale <img src=x onerror='window.pwned = 6'> in Bergen.\n"
)


RULES = "".join(
    f"<p>Rule {n}: a ship that has waited for {n} days at the quay pays nothing.</p>"
    for n in range(1, 31)
)


@contextlib.contextmanager
def chat(home, *options, environment=None):
    """Start `python app.py` over the index in a folder; yield its address."""
    with serving(home, *options, environment=environment) as (address, _):
        yield address


@contextlib.contextmanager
def serving(home, *options, environment=None):
    """The same; yield the address and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "app.py", "--port", str(port), "--index", str(home), *options]
    log = Path(f"{home}.log")
    with (
        log.open("w") as stream,
        subprocess.Popen(
            command, cwd=ROOT, stdout=stream, stderr=stream, env=os.environ | (environment or {})
        ) as server,
    ):
        try:
            wait_for(address, server, log)
            yield address, server
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def served_index(tmp_path_factory):
    """An index of the seed, a hostile document, a PDF and one with headings and tables."""
    import index

    folder = tmp_path_factory.mktemp("served")
    (folder / "hostile <b>name.txt").write_text(HOSTILE, encoding="utf-8")
    (folder / "rules.html").write_text(f"<title>Harbour rules</title>{RULES}", encoding="utf-8")
    (folder / "ledger.md").write_text(LEDGER, encoding="utf-8")
    (folder / "empty.pdf").write_bytes(b"")
    documents = [ROOT / "seeds", folder, ROOT / "tests" / "files" / "printed.pdf"]
    index.build(documents, index=folder / ".footnote")
    return folder / ".footnote"


@pytest.fixture(scope="session")
def served(served_index):
    """The chat over that index; the tests leave its documents alone."""
    with chat(served_index) as address:
        yield address


def wait_for(address, server, log, seconds=120):
    """Wait until the page answers; fail with what the server said where it stopped."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            pytest.fail(f"the server stopped: {log.read_text()}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"no page at {address} after {seconds} s: {log.read_text()}")


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail(HOW_TO)
        pytest.skip(HOW_TO)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, served, request):
    """The chat in a new browser context; every address that it asks for is kept in `asked`."""
    width, height, scheme = getattr(request, "param", (1280, 800, "light"))
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.asked = []
    page.failures = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    page.on("console", lambda message: page.failures.extend(_forbidden(message.text)))
    page.on("dialog", lambda dialog: page.failures.append(f"dialog {dialog.message}"))
    page.goto(served)
    page.wait_for_selector("#question textarea")
    page.wait_for_selector("#document-list li", state="attached")  # Its scripts have begun.
    yield page
    context.close()


def _forbidden(text):
    """What the server's policy kept the page from, which must be nothing."""
    return [text] if "Content Security Policy" in text else []
