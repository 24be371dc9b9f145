"""A real browser against the real server: the system's Chromium, driven by Playwright."""

import os

import pytest
from browsing import CHROMIUM, FLAGS, HOW_TO, ROOT, chat

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
    """The chat over that index; tests must not change its documents."""
    with chat(served_index) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    """A browser. It ends with its module: Playwright's loop would be in the way of other loops."""
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
    """The chat in a new browser context; `asked` collects every address that it requests."""
    width, height, scheme = getattr(request, "param", (1280, 800, "light"))
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.asked = []
    page.failures = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    page.on("console", lambda message: page.failures.extend(_forbidden(message.text)))
    page.on("dialog", lambda dialog: page.failures.append(f"dialog {dialog.message}"))
    page.goto(served)
    page.wait_for_selector("#question textarea")
    page.wait_for_selector("#document-list li", state="attached")  # Its scripts have started.
    yield page
    context.close()


def _forbidden(text):
    """Return violations of the server's content security policy."""
    return [text] if "Content Security Policy" in text else []
