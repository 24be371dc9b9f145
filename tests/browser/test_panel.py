"""The source panel, in real Chromium: formatted text, pages of a PDF, steps, and finding."""

import pytest
from driving import CITE, SIZES, ask, in_view, marked, name_of, open_first, open_side


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=name_of)
def test_a_page_of_a_pdf_is_shown_with_the_cited_words_marked(page):
    open_first(ask(page, "How long has the ship of rule 37 waited at the quay?"))
    page.wait_for_selector("#panel-pages .mark")
    assert in_view(page, "#panel-pages .mark", "#panel-pages")
    image = page.locator("#panel-pages figure:has(.mark) img")
    image.scroll_into_view_if_needed()
    page.wait_for_function(
        "document.querySelector('#panel-pages figure:has(.mark) img').naturalWidth >= 600"
    )
    first = page.locator("#panel-pages img").first
    assert page.locator("#panel-pages figure").count() == 3
    assert first.get_attribute("alt") == "Page 1"
    assert page.input_value("#page-at") == "3"
    page.fill("#page-at", "1")
    page.press("#page-at", "Enter")
    page.wait_for_function(
        "document.querySelector('#panel-pages img').getBoundingClientRect().bottom > 0"
    )
    page.click("#view-text")
    assert "Rule 3" in marked(page)
    assert in_view(page, "#panel-text mark", "#panel-text")
    assert page.locator("#panel-text .page").count() >= 1
    assert page.failures == []


def share(box, around):
    """Return the place and the size of a box as shares of the one around it."""
    return [
        (box["x"] - around["x"]) / around["width"],
        (box["y"] - around["y"]) / around["height"],
        box["width"] / around["width"],
        box["height"] / around["height"],
    ]


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=name_of)
def test_the_cited_lines_of_a_page_are_shown_in_the_answer(page):
    answer = ask(page, "How long has the ship of rule 37 waited at the quay?")
    cutout = answer.locator("blockquote .cutout")
    cutout.locator(".mark.answer").first.wait_for()
    place, lines = cutout.bounding_box(), cutout.locator(".mark.cited").first.bounding_box()
    assert 20 < place["height"] < place["width"] / 2
    assert lines["y"] - place["y"] < lines["height"]  # It cuts into no other line.
    assert place["y"] < lines["y"] < lines["y"] + lines["height"] < place["y"] + place["height"]
    image = cutout.locator("img").element_handle()
    page.wait_for_function("image => image.complete && image.naturalWidth >= 640", arg=image)
    # The mark lies in the picture where it lies on the whole page.
    within = share(lines, image.bounding_box())
    cutout.click()
    page.wait_for_selector("#panel-pages .mark")
    mark = page.locator("#panel-pages .mark.cited").first.bounding_box()
    sheet = page.locator("#panel-pages figure:has(.mark)").first.bounding_box()
    assert within == pytest.approx(share(mark, sheet), abs=0.01)
    assert page.failures == []


@pytest.mark.parametrize("column", [0.05, 0.5])
def test_of_many_cited_lines_those_around_the_answer_are_shown(page, column):
    lines = [
        {"page": 1, "kind": "cited", "box": [0.05, 0.05 + 0.05 * n, 0.4, 0.03]} for n in range(18)
    ]
    words = {"page": 1, "kind": "answer", "box": [column, 0.85, 0.2, 0.03]}
    found = {"sizes": [[600, 800]] * 3, "marks": [*lines, words]}
    page.route("**/footnote/pages?*", lambda route: route.fulfill(json=found))
    answer = ask(page, "How long has the ship of rule 37 waited at the quay?")
    mark = answer.locator(".cutout .mark.answer")
    mark.wait_for()
    around, box = answer.locator(".cutout").bounding_box(), mark.bounding_box()
    assert around["y"] < box["y"] < box["y"] + box["height"] < around["y"] + around["height"]
    assert around["x"] < box["x"] < box["x"] + box["width"] < around["x"] + around["width"]
    assert around["height"] < around["width"]
    assert answer.locator(".cutout .mark.cited").count() < len(lines)


def test_the_picture_of_a_sentence_in_two_columns_is_that_of_the_answer(page):
    boxes = ("cited", [0.1, 0.9, 0.3, 0.02]), ("cited", [0.5, 0.1, 0.3, 0.02])
    boxes += (("answer", [0.6, 0.1, 0.2, 0.02]),)
    marks = [{"page": 1, "kind": kind, "box": box} for kind, box in boxes]
    found = {"sizes": [[600, 800]] * 3, "marks": marks}
    page.route("**/footnote/pages?*", lambda route: route.fulfill(json=found))
    cutout = ask(page, "How long has the ship of rule 37 waited at the quay?").locator(".cutout")
    cutout.locator(".mark.answer").wait_for()
    assert cutout.locator(".mark").count() == 2
    around = cutout.bounding_box()
    assert 20 < around["height"] < around["width"] / 5


def test_a_quotation_without_pages_has_no_picture(page):
    answer = ask(page, "Who hosted the Secretary General in Tokyo?")
    page.wait_for_timeout(500)
    assert answer.locator("blockquote").count() >= 1
    assert answer.locator(".cutout").count() == 0


@pytest.mark.parametrize("page", SIZES[::2], indirect=True, ids=name_of)
@pytest.mark.parametrize("name", ["printed.pdf", "rules.html"])
def test_of_a_long_quotation_the_words_that_answer_are_in_view(page, served, name):
    """The first 2,000 characters are cited, and near their end the words that answer."""
    page.goto(f"{served}?cite={name}%3A0%3A2000%3A1900%3A1920")
    frame = "#panel-pages" if name.endswith(".pdf") else "#panel-text"
    page.wait_for_selector(f"{frame} .answer")
    page.wait_for_selector("#panel:not([aria-busy])")
    assert in_view(page, f"{frame} .answer", frame)
    page.click("#panel-close")


def test_pages_are_enlarged_by_buttons_and_keys_and_begin_readable(page):
    open_first(ask(page, "How long has the ship of rule 37 waited at the quay?"))
    page.wait_for_selector("#panel-pages .mark")
    width = "document.querySelector('#panel-pages figure').clientWidth"
    before = page.evaluate(width)
    page.click("#zoom-in")
    assert page.evaluate(width) == pytest.approx(before * 1.25, abs=2)
    page.focus("#panel-pages")
    page.keyboard.press("+")
    assert page.evaluate(width) == pytest.approx(before * 1.25**2, abs=2)
    page.keyboard.press("0")
    assert page.evaluate(width) == before
    page.set_viewport_size({"width": 320, "height": 640})
    page.keyboard.press("Escape")
    open_first(page.locator("#conversation div.answer").first)
    page.wait_for_selector("#panel-pages .mark")
    page.reload()  # A page is fitted when its document is opened.
    page.wait_for_selector("#panel-pages .mark")
    frame = page.evaluate("document.querySelector('#panel-pages').clientWidth")
    assert page.evaluate(width) > frame


def test_a_source_has_an_address_that_back_closes(page, chromium, served):
    open_first(ask(page, "How many crowns are the dues of the ship Aurora?"))
    assert "Aurora" in marked(page)
    page.wait_for_function("location.search.includes('cite=ledger.md')")
    address = page.url
    page.go_back()
    page.wait_for_selector("#panel", state="hidden")
    page.wait_for_selector("#conversation div.answer")
    page.go_forward()
    assert "Aurora" in marked(page)
    page.keyboard.press("Escape")
    page.wait_for_function("!location.search.includes('cite=')")
    other = chromium.new_context()  # A colleague sees the source, but not the conversation.
    try:
        colleague = other.new_page()
        colleague.set_default_timeout(60_000)
        colleague.goto(address)
        assert "Aurora" in marked(colleague)
        assert colleague.locator("#conversation .asked").count() == 0
        colleague.goto(f"{served}?cite=none.txt%3A0%3A5")
        colleague.wait_for_selector("#panel-text .notice")
        assert "no longer in the index" in colleague.inner_text("#panel-text .notice")
    finally:
        other.close()


def test_scrolling_does_not_overwrite_a_typed_page_number(page):
    open_first(ask(page, "How long has the ship of rule 37 waited at the quay?"))
    page.wait_for_selector("#panel-pages .mark")
    page.fill("#page-at", "1")
    page.evaluate(
        "() => new Promise((done) => { const frame = document.querySelector('#panel-pages');"
        " frame.addEventListener('scroll', () => requestAnimationFrame(done), {once: true});"
        " frame.scrollTop -= 40; })"
    )
    assert page.input_value("#page-at") == "1"
    page.press("#page-at", "Enter")
    page.wait_for_function(
        "document.querySelector('#panel-pages img').getBoundingClientRect().bottom > 0"
    )
    page.evaluate("document.querySelector('#panel-pages').scrollTop = 1e6")
    page.wait_for_function("document.querySelector('#page-at').value === '3'")


def test_headings_tables_and_lists_read_as_such(page):
    open_first(ask(page, "How many crowns are the dues of the ship Aurora?"))
    text = page.locator("#panel-text")
    page.wait_for_selector("#panel-text mark")
    assert text.locator("h3").inner_text() == "Ledger of the harbour"
    assert text.locator("h4").inner_text() == "Dues"
    assert text.locator("th").all_inner_texts() == ["ship", "tons", "dues"]
    assert text.locator("tr").nth(1).locator("td").all_inner_texts() == [
        "Aurora",
        "120",
        "40 crowns",
    ]
    assert text.locator(".item .bullet").all_inner_texts() == ["•", "•"]
    assert "#" not in text.inner_text()
    assert "|" not in text.inner_text()


def test_finding_in_the_document_and_stepping_through_the_matches(page):
    open_first(ask(page, "How long has the ship of rule 37 waited at the quay?"))
    page.wait_for_selector("#panel-pages .mark")
    page.click("#view-text")
    page.fill("#find", "RULE 3:")
    page.press("#find", "Enter")
    page.wait_for_function("document.querySelector('#found').textContent === '1 of 1'")
    assert marked(page) == "Rule 3:"
    assert in_view(page, "#panel-text mark", "#panel-text")
    page.fill("#find", "quay")
    page.press("#find", "Enter")
    page.wait_for_function("document.querySelector('#found').textContent.includes(' of 40')")
    at = page.inner_text("#found")
    page.click("#find-on")
    page.wait_for_function("(at) => document.querySelector('#found').textContent !== at", arg=at)
    assert marked(page) == "quay"
    page.fill("#find", "no such words")
    page.press("#find", "Enter")
    page.wait_for_function("document.querySelector('#found').textContent === 'No matches'")


def test_stepping_from_citation_to_citation(page):
    answer = ask(page, "Who won the World Cup in 1998?")
    open_first(answer)
    first = marked(page)
    count = answer.locator(CITE).count()
    assert page.inner_text("#step-at") == f"1 of {count}"
    assert page.is_disabled("#step-back")
    page.click("#step-on")
    page.wait_for_function("document.querySelector('#step-at').textContent.startsWith('2')")
    page.wait_for_function("!document.querySelector('#panel').hasAttribute('aria-busy')")
    assert page.locator("#panel-text mark").count()
    page.click("#step-back")
    page.wait_for_function("document.querySelector('#step-at').textContent.startsWith('1')")
    page.wait_for_function("!document.querySelector('#panel').hasAttribute('aria-busy')")
    assert marked(page) == first


def test_a_document_opens_from_the_list_at_its_beginning(page):
    open_side(page)
    page.locator("#document-list .row", has_text="Ledger of the harbour").click()
    page.wait_for_selector("#panel-text h3")
    assert page.inner_text("#panel-title") == "Ledger of the harbour"
    assert page.locator("#panel-text mark").count() == 0
    assert page.evaluate("document.querySelector('#panel-text').scrollTop") == 0


def test_a_source_that_fails_to_load_shows_an_error(page):
    answer = ask(page, "How long has the ship of rule 37 waited at the quay?")
    page.route("**/footnote/source?*", lambda route: route.abort())
    open_first(answer)
    page.wait_for_selector("#panel-text .notice")
    assert "The server is not responding" in page.inner_text("#panel-text .notice")
