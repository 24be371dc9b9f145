"""The page while its server stops and starts again, in real Chromium."""

import subprocess

from browsing import ROOT, serving, wait_for
from driving import BASE, WHO, ask

BOX = "#question textarea"


def wait_for_text(page, text):
    page.wait_for_function(
        f"(text) => document.querySelector('{BOX}')?.value === text", arg=text, timeout=120_000
    )


def test_the_page_comes_back_with_the_server(chromium, tmp_path):
    """The browser's cache is on here, as a routed request would turn it off."""
    import index

    index.build([ROOT / "seeds"], index=tmp_path / "index")
    with serving(tmp_path / "index") as (address, server):
        page = chromium.new_page()
        page.set_default_timeout(120_000)
        failures = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#document-list .row", state="attached")
        ask(page, WHO)
        page.wait_for_function("location.search.startsWith('?c=')")
        server.terminate()
        server.wait()
        page.fill(BOX, BASE)
        page.press(BOX, "Enter")
        page.wait_for_selector("#failed")
        assert page.input_value(BOX) == BASE
        with subprocess.Popen(server.args, cwd=ROOT) as again:
            try:
                wait_for(address, again, tmp_path / "index.log")
                # Gradio reloads the page when the server is back.
                page.wait_for_selector("#failed", state="detached")
                page.wait_for_selector("#conversation div.answer")
                wait_for_text(page, BASE)
                page.wait_for_selector("#document-list .row", state="attached")
                page.press(BOX, "Enter")
                page.wait_for_function(
                    "document.querySelectorAll('#conversation div.answer').length === 2"
                )
                page.wait_for_selector(".tools", state="attached")
                page.wait_for_function("(who) => document.title.startsWith(who)", arg=WHO)
            finally:
                again.terminate()
        assert failures == []
        page.close()
