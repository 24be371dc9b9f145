"""Citations of documents that were removed since, in real Chromium."""

from browsing import chat
from driving import CITE, ask, marked
from makings import write_files

import index

HARBOUR = {"keepers.txt": "Ida Holm keeps the harbour.\n", "goats.txt": "Ola Berg keeps goats.\n"}


def test_the_kept_text_of_a_removed_document_is_shown(chromium, tmp_path):
    index.build([write_files(tmp_path / "docs", HARBOUR)], index=tmp_path / "index")
    with chat(tmp_path / "index") as address:
        page = chromium.new_page()
        page.set_default_timeout(60_000)
        page.goto(address)
        page.wait_for_selector("#document-list li", state="attached")
        ask(page, "Who keeps the harbour?")
        page.wait_for_function("location.search.startsWith('?c=')")
        index.remove(["keepers.txt"], index=tmp_path / "index")
        page.reload()
        answer = page.locator("#conversation div.answer")
        answer.wait_for()
        assert "A cited document was removed since." in answer.inner_text()
        answer.locator(CITE).first.click()
        assert "Ida Holm" in marked(page)
        notice = page.inner_text("#panel-text .notice")
        assert notice == "This document was removed; its kept text."
        assert page.is_hidden("#panel-about")
        page.reload()  # The address of the source names the text too.
        assert "Ida Holm" in marked(page)
        page.close()
