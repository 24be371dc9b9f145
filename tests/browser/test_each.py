"""Every document asked on the page, in real Chromium."""

import re

import pypdfium2
import pytest
from barriers import check_barriers
from browsing import chat
from contracts import CONTRACTS, TENANTS
from driving import SIZES, marked, name_of, open_side
from makings import write_files

RENT, WHO, END = "What is the monthly rent?", "Who is the tenant?", "When does the lease end?"
BOX = "#question textarea"
ENDED = ".each-tools:not([hidden])"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    import index

    folder = tmp_path_factory.mktemp("each")
    index.build([write_files(folder / "sources", CONTRACTS)], index=folder / "index")
    with chat(folder / "index") as address:
        yield address


def ask_each(page, *questions):
    page.fill(BOX, "\n".join(questions))
    page.click("#each")


def check(page):
    """Fail on barriers, on what scrolls sideways and on errors of the page."""
    check_barriers(page)
    assert page.failures == []


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=name_of)
def test_a_row_for_each_document_and_a_bar_for_each_rent(page):
    ask_each(page, RENT)
    page.wait_for_selector(ENDED)
    assert page.locator(".each-view tbody tr").count() == len(CONTRACTS)
    assert page.inner_text(".each-status") == "7 documents of 10 answer."
    assert page.input_value(BOX) == ""
    check(page)
    page.locator("a.exactly").first.click()
    assert marked(page) == "The monthly rent is 1,450 euros."
    assert page.inner_text("#panel-text mark.answer") == "1,450 euros"
    page.click("#panel-close")
    page.get_by_role("button", name="Only what was found").click()
    assert page.locator(".each-view tbody tr:visible").count() == 7
    page.get_by_role("button", name="Picture").click()
    assert "in euros" in page.inner_text("figcaption")
    assert "not drawn" in page.inner_text("figcaption")  # One rent is in dollars.
    in_euros = page.locator("a.exactly", has_text="euros").count()
    assert page.locator(".chart a").count() == in_euros > 2
    check(page)
    page.locator(".chart a").first.click()
    largest = page.locator(".chart .value").first.text_content()
    page.wait_for_selector(f"#panel-text mark:has-text('{largest}')")


def test_several_questions_are_columns_kept_and_downloaded(page):
    page.fill(BOX, WHO)
    page.click("#each-more")
    page.keyboard.type(END)
    assert page.inner_text("#each-note") == "2 questions, a column each"
    page.click("#each")
    page.wait_for_selector(ENDED)
    heads = page.locator(".each-view thead th:visible").all_inner_texts()
    assert heads == ["Document", "Date", WHO, END]
    first = page.locator(".each-view tbody tr").first.inner_text()
    assert TENANTS[0] in first
    assert "31 March 2027" in first
    page.reload()
    page.wait_for_selector(ENDED)
    assert page.locator(".each-view tbody tr").first.inner_text() == first
    page.get_by_role("button", name="Picture").click()
    assert page.locator(".chart .point").count() > 2
    for name, suffix in (("CSV", "csv"), ("Excel", "xlsx"), ("Markdown", "md")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        assert download.value.suggested_filename == f"answers.{suffix}"
        assert download.value.failure() is None


def test_a_table_is_printed_whole_with_its_heads_on_each_page(page, tmp_path):
    ask_each(page, RENT)
    page.wait_for_selector(ENDED)
    page.get_by_role("button", name="Only what was found").click()
    page.get_by_role("button", name="Picture").click()
    page.pdf(path=tmp_path / "printed.pdf", width="150mm", height="100mm")
    document = pypdfium2.PdfDocument(tmp_path / "printed.pdf")
    sheets = [sheet.get_textpage().get_text_range() for sheet in document]
    text = " ".join(" ".join(sheets).split())
    titles = [re.search("^# (.*)$", one, re.MULTILINE)[1] for one in CONTRACTS.values()]
    assert [title for title in titles if title not in text] == []
    with_rows = [sheet for sheet in sheets if "euros" in sheet and "in euros." not in sheet]
    assert len(with_rows) > 1
    for sheet in with_rows:
        assert "Document" in sheet
        assert "Answer" in sheet
        assert "How sure" in sheet
    assert "7 documents of 10 answer." in text
    for control in ("Only what was found", "Picture", "Excel", "Ask every document", "Cancel"):
        assert control not in text
    assert page.is_hidden(".each-view")  # On the screen, the picture is shown as before.


def test_only_the_chosen_documents_are_asked(page):
    open_side(page)
    page.locator("#document-list li:not(.folder) input").nth(1).check()
    assert page.inner_text("#each") == "Ask each of 1 document"
    ask_each(page, RENT)
    page.wait_for_selector(ENDED)
    assert "2,300 euros" in page.inner_text(".each-view tbody")
    assert page.locator(".each-view tbody tr").count() == 1


def test_before_very_many_answers_it_asks(page):
    questions = [f"What is said of thing {number}?" for number in range(11)]
    ask_each(page, *questions)
    page.wait_for_selector("#each-confirm")
    assert "11 questions to 10 documents takes" in page.inner_text("#each-confirm")
    check(page)
    page.keyboard.press("Escape")
    assert page.locator("#each-confirm").count() == 0
    assert page.input_value(BOX) == "\n".join(questions)
    page.click("#each")
    page.get_by_role("button", name="Ask them all").click()
    page.wait_for_selector(".each-view tbody tr")
    check(page)
    page.locator(".each-running").get_by_role("button", name="Cancel").click()
    page.wait_for_selector(ENDED)
    assert page.inner_text(".each-status").startswith("Cancelled. Stopped after ")
    kept = page.inner_text(".each-view tbody")
    page.wait_for_timeout(1_500)
    assert page.inner_text(".each-view tbody") == kept
    ask_each(page, RENT)  # Nothing keeps the next one from being asked.
    page.wait_for_function("document.querySelectorAll('.each-tools:not([hidden])').length === 2")


def test_what_was_not_asked_about_is_not_confirmed(page):
    questions = [f"What is said of thing {number}?" for number in range(12)]
    ask_each(page, *questions)
    page.wait_for_selector("#each-confirm")
    page.fill(BOX, "\n".join(questions[1:]))
    page.wait_for_selector("#each-confirm", state="detached")
    page.click("#each")
    page.wait_for_selector("#each-confirm:has-text('11 questions to 10 documents')")
    open_side(page)
    page.locator("#document-list li:not(.folder) input").nth(1).check()
    page.wait_for_selector("#each-confirm", state="detached")
    assert page.failures == []


def test_no_question_and_an_ended_session(page):
    page.click("#each")
    assert "Type a question first" in page.inner_text("#failed")
    page.route("**/footnote/tables", lambda route: route.fulfill(status=401, body="{}"))
    ask_each(page, RENT)
    page.wait_for_url("**/login*")
    page.unroute("**/footnote/tables")
    page.go_back()
    page.wait_for_selector("#each")
    page.wait_for_function(f"document.querySelector('{BOX}').value === '{RENT}'")
