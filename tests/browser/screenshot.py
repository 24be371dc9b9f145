"""Take the README's picture of the chat: python tests/browser/screenshot.py

Starts the chat over an index of the seed, asks two questions, opens the first citation and writes
chat.png beside this file. Needs Chromium (apt-get install -y chromium).
"""

import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from conftest import CHROMIUM, FLAGS, HOW_TO, ROOT, wait_for
from playwright.sync_api import sync_playwright

if CHROMIUM is None:
    sys.exit(HOW_TO)
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
    command = [sys.executable, "app.py", "--port", str(port), "--index", f"{folder}/index"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/", server, Path(folder) / "log")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"http://127.0.0.1:{port}/")
            for question in (
                "Which naval base did Mr Rutte visit?",
                "When did Rutte visit Seoul?",
            ):
                count = page.locator("#conversation .bot").count()
                page.fill("#question textarea", question)
                page.press("#question textarea", "Enter")
                page.locator("#conversation .bot").nth(count).locator("a").first.wait_for()
            page.locator('a[href*="#cite="]').first.click()
            page.wait_for_selector("#panel-text mark")
            page.wait_for_timeout(800)
            page.screenshot(path=Path(__file__).with_name("chat.png"))
            browser.close()
    finally:
        server.terminate()
        server.wait()
