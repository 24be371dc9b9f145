"""Take the README's pictures of the chat: python tests/browser/screenshot.py

Starts the chat over an index of the seed and a PDF, asks, opens a citation, and writes chat.png,
chat-dark.png and chat-phone.png beside this file. Needs Chromium (apt-get install -y chromium).
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from browsing import CHROMIUM, FLAGS, HOW_TO, ROOT, chat
from driving import ask, open_first
from playwright.sync_api import sync_playwright

import index

HERE = Path(__file__).parent
PICTURES = {
    "chat.png": ((1280, 800), "light", "Which naval base did Mr Rutte visit?"),
    "chat-dark.png": ((1280, 800), "dark", "How long has the ship of rule 37 waited at the quay?"),
    "chat-phone.png": ((390, 844), "light", "Which naval base did Mr Rutte visit?"),
}


def take(browser, address, name):
    (width, height), scheme, question = PICTURES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#document-list .row", state="attached")
    if name == "chat.png":
        ask(page, "How large is NATO's own budget?")
    open_first(ask(page, question))
    page.locator("#panel :is(mark, .mark):visible").first.wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)  # Until a page is drawn and everything has come to rest.
    page.screenshot(path=HERE / name)
    context.close()


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit(HOW_TO)
    with tempfile.TemporaryDirectory() as folder:
        documents = [ROOT / "seeds", ROOT / "tests" / "files" / "printed.pdf"]
        index.build(documents, index=Path(folder, "index"))
        with chat(Path(folder, "index")) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name in PICTURES:
                take(browser, address, name)
            browser.close()
