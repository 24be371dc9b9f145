"""Asking questions on the page, in real Chromium."""

import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from driving import BASE, CITE, SEED, SIZES, WHO, ask, in_view, marked, name_of, open_first


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=name_of)
def test_the_cited_sentence_is_marked_and_in_view(page):
    answer = ask(page, BASE)
    sentence = SEED[SEED.index("Mr Rutte visited Yokosuka") : SEED.index(" He also visited")]
    assert sentence in answer.inner_text()
    assert answer.locator(".sure").inner_text().endswith("%")
    answer.locator(CITE).first.click()
    assert marked(page) == sentence
    assert page.inner_text("#panel-text mark.answer") in answer.locator(".words").inner_text()
    assert in_view(page, "#panel-text mark", "#panel-text")
    start = SEED.index(sentence)
    assert page.inner_text("#panel-where") == "000_c84859b3cd77474d.txt"
    assert page.get_attribute("#panel-where", "title") == (
        f"000_c84859b3cd77474d.txt, characters {start} to {start + len(sentence)}"
    )
    assert "".join(page.text_content("#panel-text").split()) == "".join(SEED.split())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.failures == []


def test_the_quotation_shows_over_its_citation(page):
    answer = ask(page, WHO)
    number = answer.locator("a.mark-number").first
    number.hover()
    page.wait_for_selector("#card", state="visible")
    assert "Shigeru Ishiba" in page.inner_text("#card b")
    assert in_view(page, "#card", "body")
    page.mouse.move(5, 5)
    page.wait_for_selector("#card", state="hidden")
    number.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.wait_for_selector("#card", state="visible")
    assert number.get_attribute("aria-describedby") == "card"
    page.keyboard.press("Escape")
    page.wait_for_selector("#card", state="hidden")


def test_an_earlier_citation_opens_again_from_a_later_one(page):
    first = ask(page, WHO)
    second = ask(page, BASE)
    for answer, words in ((second, "Yokosuka"), (first, "Shigeru Ishiba"), (second, "Yokosuka")):
        answer.locator(CITE).first.click()
        page.wait_for_function(
            "(words) => [...document.querySelectorAll('#panel-text mark')]"
            ".map((mark) => mark.textContent).join('').includes(words)",
            arg=words,
        )
        assert in_view(page, "#panel-text mark", "#panel-text")


def test_not_found_looks_different_and_folds_the_nearest(page):
    found = ask(page, WHO)
    missing = ask(page, "Who won the World Cup in 1998?")
    assert "Not in the documents." in missing.inner_text()
    paint = "(element) => getComputedStyle(element).backgroundColor"
    assert missing.locator(".notice").evaluate(paint) != found.evaluate(paint)
    near = missing.locator("ol a").first
    assert not near.is_visible()
    missing.locator("summary").click()
    near.click()
    assert marked(page)


def test_sentences_that_probably_answer_are_quoted_and_open(page):
    probable = ask(page, "Which electronics company showed Rutte around its plant?")
    assert "passages" in probable.get_attribute("class")
    assert "answer here:" in probable.locator(".lead").inner_text()
    assert "Kamakura Works" in probable.locator("blockquote").first.inner_text()
    assert "to answer, " in probable.locator(".sure").inner_text()
    assert "Not in the documents" not in probable.inner_text()
    probable.locator(CITE).first.click()
    assert "Kamakura" in marked(page)


def test_an_example_is_asked_by_a_click(page):
    page.locator("#start .example").first.wait_for()
    example = page.locator("#conversation .example").first
    question = example.inner_text().strip()
    assert question.endswith("?")
    example.click()
    page.wait_for_selector("#conversation div.answer")
    assert question in page.inner_text("#conversation")
    assert "Not in the documents" not in page.inner_text("#conversation")


def test_an_overview_is_asked_by_its_button_and_its_citations_open(page):
    page.locator("#conversation .example", has_text="What are these documents about?").click()
    overview = page.locator("#conversation div.answer").last
    overview.locator("blockquote").first.wait_for()
    assert "Not in the documents" not in overview.inner_text()
    cited = overview.locator("blockquote").first
    cited.locator(CITE).first.click()
    assert " ".join(marked(page).split())[:40] in " ".join(cited.inner_text().split())
    overview.locator("li a").first.click()
    page.wait_for_function("() => !document.querySelector('#panel-text mark')")


def test_a_cell_is_cited_with_its_row_and_the_names_of_its_columns(page):
    answer = ask(page, "What are the dues of the Borealis?")
    assert answer.locator(".words").inner_text() == "30 crowns"
    quotation = answer.locator("blockquote")
    assert quotation.locator(".from").first.inner_text() == "ship · tons · dues"
    assert "Borealis" in quotation.inner_text()
    assert quotation.locator("b").inner_text() == "30 crowns"
    answer.locator(CITE).first.click()
    page.wait_for_selector("#panel-text td mark.answer:has-text('30 crowns')")
    heads = page.locator("#panel-text table:has(mark) th").all_inner_texts()
    assert heads == ["ship", "tons", "dues"]


def test_waiting_is_shown_and_ends(page):
    page.evaluate(
        """() => { window.states = []; new MutationObserver(() =>
          window.states.push(document.body.classList.contains('asking')))
          .observe(document.body, {attributes: true, attributeFilter: ['class']}); }"""
    )
    page.route(
        "**/gradio_api/run/predict*", lambda route: (page.wait_for_timeout(600), route.continue_())
    )
    ask(page, WHO)
    page.wait_for_function("!document.body.classList.contains('asking')")
    assert True in page.evaluate("window.states")


def test_the_page_works_by_keyboard(page):
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.type(WHO)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{CITE}[aria-label]")
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('a.mark-number')"):
            break
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == (
        "Show the source of citation 1"
    )
    page.keyboard.press("Enter")
    assert "Shigeru Ishiba" in marked(page)
    assert page.evaluate("document.activeElement.id") == "panel-title"
    page.keyboard.press("Escape")
    page.wait_for_selector("#panel", state="hidden")
    assert page.evaluate("document.activeElement.matches('a.mark-number')")


def test_a_hostile_document_stays_inert(page):
    answer = ask(page, "By whom is the vault key kept in Bergen?")
    assert "Nora Vale <img src=x onerror='window.pwned = 6'> in Bergen." in answer.text_content()
    open_first(answer)
    answer.locator(CITE).first.hover()
    page.wait_for_selector("#card", state="visible")
    assert "Nora Vale" in marked(page)
    assert page.text_content("#panel-text").startswith("🦊🦊🦊 <script>window.pwned = 1</script>")
    assert page.inner_text("#panel-where") == "hostile <b>name.txt"
    assert page.evaluate("window.pwned") is None
    for place in ("#panel-text", "#panel header", "#card", "#conversation .message", "#side li"):
        assert page.locator(f"{place} :is(img, script, iframe, style)").count() == 0
    assert page.failures == []


def test_a_hostile_question_stays_inert(page):
    ask(page, "<img src=x onerror=alert(1)> [Rutte](https://example.org) **Tokyo**?")
    shown = page.locator("#conversation .asked").first
    assert "<img src=x onerror=alert(1)> [Rutte](https://example.org)" in shown.inner_text()
    assert shown.locator("img, a, strong").count() == 0
    page.wait_for_function("document.title.includes('<img src=x')")
    assert page.failures == []


def test_the_page_requests_nothing_from_another_machine(page):
    answer = ask(page, "By whom is the vault key kept in Bergen?")
    open_first(answer)
    marked(page)
    ask(page, "What is the capital of France?")
    page.wait_for_timeout(1_000)
    assert len(page.asked) > 10
    outside = {url for url in page.asked if urlsplit(url).hostname not in ("127.0.0.1", None)}
    assert outside == set()


def test_another_host_name_cannot_reach_the_chat(served):
    request = urllib.request.Request(served, headers={"Host": "evil.example.org"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request, timeout=10)
