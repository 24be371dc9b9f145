"""Nothing that is typed is lost, and one sees what becomes of a question, in real Chromium."""

import pytest
from driving import BASE, WHO, ask, open_side

BOX = "#question textarea"
RUN = "**/gradio_api/run/predict*"


def wait_for_text(page, text):
    page.wait_for_function(
        f"(text) => document.querySelector('{BOX}')?.value === text", arg=text, timeout=60_000
    )


def hold_answers(page):
    """Hold back the answers; return a function that releases them."""
    waiting = []
    page.route(RUN, lambda route: waiting.append(route))

    def release():
        for route in waiting:
            route.continue_()
        page.unroute(RUN)

    return release


def test_each_conversation_keeps_what_is_typed_in_it(page):
    page.fill(BOX, "an idea for later")
    page.reload()
    wait_for_text(page, "an idea for later")
    page.wait_for_selector("#document-list li", state="attached")
    ask(page, WHO)
    assert page.input_value(BOX) == ""
    page.fill(BOX, "half a follow-up")
    page.wait_for_function("location.search.startsWith('?c=')")
    open_side(page, "talks")
    page.click("#new-talk")
    wait_for_text(page, "")
    page.fill(BOX, "another idea")
    page.locator("#talk-list .row", has_text=WHO).click()
    wait_for_text(page, "half a follow-up")
    # An edited question has a draft of its own.
    page.get_by_role("button", name="Edit this question").click()
    wait_for_text(page, WHO)
    page.get_by_role("button", name="Cancel").click()
    wait_for_text(page, "half a follow-up")
    page.click("#new-talk")
    wait_for_text(page, "another idea")
    assert page.failures == []


def open_tab(context, address):
    """Open the chat in a new tab, and wait until it has looked at the drafts of the others."""
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#document-list li", state="attached")
    page.wait_for_timeout(400)
    return page


def test_tabs_with_new_conversations_keep_their_own_words(page, served):
    page.fill(BOX, "words of the first tab")
    second = open_tab(page.context, served)
    assert second.input_value(BOX) == ""
    second.fill(BOX, "words of the second tab")
    page.reload()
    second.reload()
    wait_for_text(page, "words of the first tab")
    wait_for_text(second, "words of the second tab")
    # A copy of a tab has its words, and from then on its own.
    with page.context.expect_page() as opened:
        second.evaluate("window.open(location.href)")
    copy = opened.value
    wait_for_text(copy, "words of the second tab")
    copy.wait_for_timeout(1_000)
    copy.fill(BOX, "words of the copy")
    second.reload()
    wait_for_text(second, "words of the second tab")
    copy.reload()
    wait_for_text(copy, "words of the copy")
    # What a closed tab held is there in the next one, once.
    page.close()
    wait_for_text(open_tab(second.context, served), "words of the first tab")
    assert open_tab(second.context, served).input_value(BOX) == ""


def test_a_question_shows_at_once_and_a_second_one_waits(page):
    ask(page, WHO)
    release = hold_answers(page)
    page.fill(BOX, BASE)
    page.press(BOX, "Enter")
    assert page.inner_text("#pending .asked") == BASE
    wait_for_text(page, "")
    page.fill(BOX, "one too many?")
    page.press(BOX, "Enter")
    assert "still being answered" in page.inner_text("#failed")
    assert page.input_value(BOX) == "one too many?"
    release()
    page.wait_for_function("document.querySelectorAll('#conversation div.answer').length === 2")
    page.wait_for_selector("#pending", state="detached")
    page.wait_for_selector("#failed", state="detached")
    assert page.input_value(BOX) == "one too many?"
    page.reload()
    wait_for_text(page, "one too many?")


def test_a_conversation_is_not_left_while_its_question_is_being_answered(page):
    ask(page, BASE)
    page.wait_for_function("location.search.startsWith('?c=')")
    before = page.evaluate("location.search")
    open_side(page, "talks")
    page.click("#new-talk")
    page.wait_for_function("!document.querySelector('#conversation .asked')")
    ask(page, WHO)
    page.wait_for_function(
        "(it) => location.search.slice(0, 3) === '?c=' && location.search !== it", arg=before
    )
    there = page.evaluate("location.href")
    other = page.locator("#talk-list .row", has_text=BASE)
    release = hold_answers(page)
    page.fill(BOX, "Who won the World Cup in 1998?")
    page.press(BOX, "Enter")
    page.wait_for_selector("#pending")
    for leave in (
        other.click,
        lambda: page.click("#new-talk"),
        page.get_by_role("button", name="Answer again").click,
        lambda: page.evaluate("history.back()"),
    ):
        page.evaluate("document.querySelector('#failed')?.remove()")
        leave()
        page.wait_for_selector("#failed:has-text('still being answered')")
        assert page.evaluate("location.href") == there
    release()
    page.wait_for_function("document.querySelectorAll('#conversation div.answer').length === 2")
    page.wait_for_selector("#pending", state="detached")
    assert page.locator("#conversation .asked").first.inner_text() == WHO
    assert page.input_value(BOX) == ""
    other.click()
    page.wait_for_function("document.querySelectorAll('#conversation div.answer').length === 1")
    assert page.failures == []


def test_an_empty_box_sends_nothing(page):
    page.asked.clear()
    for text in ("", " \n "):
        page.fill(BOX, text)
        page.press(BOX, "Enter")
        page.click("#question .submit-button")
    page.wait_for_timeout(500)  # Searching is shown after a quarter of a second.
    assert not page.evaluate("document.body.classList.contains('asking')")
    assert not [url for url in page.asked if "gradio_api/run" in url]
    assert page.locator("#failed").count() == 0
    assert "Shigeru Ishiba" in ask(page, WHO).inner_text()
    assert page.failures == []


@pytest.mark.parametrize("page", [(1280, 500, "light")], indirect=True)
def test_the_view_goes_to_the_question_wherever_one_had_scrolled(page):
    for question in (WHO, BASE, "Who won the World Cup in 1998?"):
        ask(page, question)
    page.wait_for_timeout(500)
    page.evaluate("document.querySelector('#conversation .bubble-wrap').scrollTop = 0")
    ask(page, "By whom is the vault key kept in Bergen?")
    page.wait_for_function(
        """() => {
          const box = [...document.querySelectorAll('#conversation .asked')].pop()
            .getBoundingClientRect();
          const frame = document.querySelector('#conversation').getBoundingClientRect();
          return box.top >= frame.top && box.bottom <= frame.bottom;
        }"""
    )


def test_a_pasted_text_is_kept_whole_and_what_is_too_much_is_said(page):
    page.fill(BOX, "word " * 500)
    shown = page.inner_text("#failed")
    assert "2,500 characters, 500 more than the 2,000 that can be asked" in shown
    page.asked.clear()
    page.press(BOX, "Enter")
    page.wait_for_timeout(300)
    assert not [url for url in page.asked if "gradio_api/run" in url]
    assert len(page.input_value(BOX)) == 2500
    page.fill(BOX, "word " * 300)
    page.wait_for_selector("#failed", state="detached")


def test_an_answer_is_copied_without_the_clipboard_of_secure_pages(page):
    page.context.grant_permissions(["clipboard-read"])
    page.evaluate("window.clip = navigator.clipboard")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    ask(page, WHO)
    page.get_by_role("button", name="Copy with sources").click()
    page.wait_for_selector(".tools .confirmed")
    assert "Shigeru Ishiba" in page.evaluate("window.clip.readText()")


DRAFTS = """([many, size]) => {
  localStorage.clear();
  for (let number = 0; number < many; number += 1) {
    localStorage.setItem(`footnote-draft:c${number}`,
      `${1700000000000 + number} ${'x'.repeat(size)}`);
  }
}"""
FILL = """() => {  // Take all of the room that is left for something that is no draft.
  let size = 8 << 20;
  for (let text = ''; size; size >>= 1) {
    try { localStorage.setItem('other', text + 'y'.repeat(size)); text += 'y'.repeat(size); }
    catch { /* Half of it is tried. */ }
  }
}"""
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('footnote-draft:'))"


def test_of_a_thousand_drafts_the_oldest_go(page):
    page.evaluate(DRAFTS, [1000, 20])
    page.evaluate("localStorage.setItem('footnote-colours', 'light')")
    page.fill(BOX, "the newest words")
    page.wait_for_function(f"{KEPT}.length === 500")
    left = page.evaluate(KEPT)
    assert "footnote-draft:c500" not in left
    assert {"footnote-draft:c501", "footnote-draft:c999"} < set(left)
    assert page.evaluate("localStorage.getItem('footnote-colours')") == "light"
    assert page.locator("#failed").count() == 0
    page.reload()
    wait_for_text(page, "the newest words")
    assert page.failures == []


def test_a_full_storage_makes_room_for_what_is_typed(page):
    page.evaluate(DRAFTS, [50, 100_000])
    page.evaluate(FILL)
    page.fill(BOX, "the newest words")
    assert page.locator("#failed").count() == 0
    left = page.evaluate(KEPT)
    assert len(left) == 50
    assert "footnote-draft:c0" not in left
    page.reload()
    wait_for_text(page, "the newest words")
    # Where something else takes all of the room, nothing can be kept, and it says so.
    page.evaluate(DRAFTS, [0, 0])
    page.evaluate(FILL)
    page.fill(BOX, "words that are not kept")
    assert "stores nothing here" in page.inner_text("#failed")
    assert "Shigeru Ishiba" in ask(page, WHO).inner_text()
    assert page.failures == []


@pytest.mark.parametrize("storage", ["forbidden", "full"])
def test_a_page_that_may_store_nothing_works_and_says_so(page, served, storage):
    script = {
        "forbidden": "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty("
        "window, name, {get() { throw new DOMException('denied', 'SecurityError'); }});",
        "full": "Storage.prototype.setItem = () => {"
        " throw new DOMException('full', 'QuotaExceededError'); };",
    }[storage]
    page.add_init_script(script)
    page.goto(served)
    page.wait_for_selector("#document-list li", state="attached")
    page.fill(BOX, "some words")
    assert "stores nothing here" in page.inner_text("#failed")
    assert "Shigeru Ishiba" in ask(page, WHO).inner_text()
    assert page.failures == []
