"""The start page and a document's particulars, in real Chromium."""

import pytest
from browsing import chat
from driving import marked, open_side

LOGBOOK = """---
date: 2021-05-04
---
# Logbook of the harbour

The crane was built in 1998.

## Lamps

The lamps were bought by Ida Holm.
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The chat over documents of two folders."""
    import index

    folder = tmp_path_factory.mktemp("start")
    for name, text in {
        "ships/fram.txt": "The Fram sailed from Oslo in May.\n",
        "ships/empty.txt": "",
        "quay/log.md": LOGBOOK,
        "quay/2018-01-02 visit.md": "# Visit\n\nMr Holm visited Bergen Harbour on Tuesday.\n",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    index.build([folder], index=folder / ".footnote")
    with chat(folder / ".footnote") as address:
        yield address


def test_the_start_page_counts_and_each_folder_has_a_question_that_is_answered(page):
    start = page.locator("#start")
    start.locator("section:has-text('quay') .example").first.wait_for()
    assert start.locator(".counts").inner_text() == "3 documents: 2 MD, 1 TXT"
    label = start.locator(".years [role=img]").get_attribute("aria-label")
    assert label == "Documents by year. 2018: 1, 2021: 1"
    assert start.locator(".years figcaption").inner_text() == "2018 to 2021, 1 without a date"
    assert start.locator(".newest li").first.inner_text() == "Logbook of the harbour 4 May 2021"
    start.locator(".unread summary").click()
    assert start.locator(".unread li").inner_text().startswith("1 file: ")
    question = start.locator("section:has-text('quay') .example").first
    text = question.inner_text()
    question.click()
    page.wait_for_selector("#conversation div.answer")
    assert page.locator("#conversation .asked").inner_text() == text
    assert "Not in the documents" not in page.inner_text("#conversation")
    assert page.locator("#start").count() == 0
    open_side(page, "talks")
    page.click("#new-talk")
    page.wait_for_selector("#start")
    assert page.failures == []


def test_a_document_shows_its_particulars_its_headings_and_what_it_answers(page):
    open_side(page)
    page.locator("#document-list .row", has_text="Logbook of the harbour").click()
    about = page.locator("#panel-about")
    about.locator("dl").wait_for()
    rows = about.locator("dl").inner_text()
    for words in ("4 May 2021", "words", "English"):
        assert words in rows
    question = about.locator(".example").first
    question.wait_for()
    about.get_by_role("button", name="Lamps").click()
    assert marked(page) == "Lamps"
    about.locator("summary").click()
    text = question.inner_text()
    question.click()
    page.wait_for_selector("#conversation div.answer")
    assert page.locator("#conversation .asked").inner_text() == text
    page.locator("#conversation a.mark-number").first.click()
    assert page.failures == []
