"""The chat as a person uses it, in real Chromium."""

import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

SEED = next((Path(__file__).parent.parent.parent / "seeds").glob("*.txt")).read_text("utf-8")
SIZES = [
    (width, height, scheme)
    for width, height in ((1280, 800), (390, 844))
    for scheme in ("light", "dark")
]


def ask(page, question):
    """Type a question, send it, and return the last message once it has arrived."""
    replies = page.locator("#conversation .bot")
    before = replies.count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    replies.nth(before).locator("a").first.wait_for()
    return replies.nth(before)


def in_view(page, selector):
    """Whether an element lies inside the window and inside what scrolls around it."""
    return page.evaluate(
        """(selector) => {
          const box = document.querySelector(selector).getBoundingClientRect();
          const frame = document.querySelector('#panel-text').getBoundingClientRect();
          return box.height > 0 && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1
            && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0
            && box.right <= innerWidth + 1;
        }""",
        selector,
    )


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=lambda size: "-".join(map(str, size)))
def test_the_cited_sentence_is_marked_and_in_view(page):
    answer = ask(page, "When did Rutte visit Yokosuka Naval Base?")
    sentence = SEED[SEED.index("Mr Rutte visited Yokosuka") : SEED.index(" He also visited")]
    assert sentence in answer.inner_text()
    answer.locator("a").first.click()
    page.wait_for_selector("#panel-text mark")
    assert page.inner_text("#panel-text mark") == sentence
    assert in_view(page, "#panel-text mark")
    start = SEED.index(sentence)
    assert page.inner_text("#panel-where") == (
        f"000_c84859b3cd77474d.txt, characters {start} to {start + len(sentence)}"
    )
    assert page.text_content("#panel-text") == SEED
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.failures == []


def test_an_earlier_citation_opens_again_from_a_later_one(page):
    first = ask(page, "Who hosted the Secretary General in Tokyo?")
    second = ask(page, "When did Rutte visit Yokosuka Naval Base?")
    for answer, words in ((second, "Yokosuka"), (first, "Shigeru Ishiba"), (second, "Yokosuka")):
        answer.locator("a").first.click()
        page.wait_for_function(
            "(words) => document.querySelector('#panel-text mark')?.textContent.includes(words)",
            arg=words,
        )
        assert in_view(page, "#panel-text mark")


def test_not_found_looks_different_and_offers_the_nearest(page):
    found = ask(page, "Who hosted the Secretary General in Tokyo?")
    missing = ask(page, "How do I bake sourdough bread?")
    assert "Not in the documents." in missing.inner_text()
    assert missing.locator(".not-found").count() == 1
    assert found.locator(".not-found").count() == 0
    paint = "(element) => getComputedStyle(element).backgroundColor"
    assert missing.locator(".not-found").evaluate(paint) != found.evaluate(paint)
    missing.locator("ol a").first.click()
    page.wait_for_selector("#panel-text mark")


def test_an_example_is_asked_by_a_click(page):
    example = page.locator("#conversation .example").first
    question = example.inner_text().strip()
    assert question.endswith("?")
    example.click()
    page.wait_for_selector('#conversation a[href*="#cite="]')
    assert question in page.inner_text("#conversation")
    assert "Not in the documents" not in page.inner_text("#conversation")


def test_everything_by_keyboard(page):
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.type("Who hosted the Secretary General in Tokyo?")
    page.keyboard.press("Enter")
    page.wait_for_selector('a[href*="#cite="][aria-label]')
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('a[href*=\"#cite=\"]')"):
            break
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == (
        "Show the source of citation 1"
    )
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel-text mark")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('a[href*=\"#cite=\"]')")


def test_a_hostile_document_stays_inert(page):
    answer = ask(page, "By whom is the vault key kept in Bergen?")
    assert "Nora Vale <img src=x onerror='window.pwned = 6'> in Bergen." in answer.inner_text()
    answer.locator("a").first.click()
    page.wait_for_selector("#panel-text mark")
    assert "Nora Vale" in page.inner_text("#panel-text mark")
    assert page.text_content("#panel-text").startswith("🦊🦊🦊 <script>window.pwned = 1</script>")
    assert page.inner_text("#panel-where").startswith("hostile <b>name.txt, characters ")
    assert page.evaluate("window.pwned") is None
    assert page.locator("#panel :is(img, script, iframe, style, b)").count() == 0
    assert page.locator("#conversation .message :is(img, script, iframe, style)").count() == 0
    assert page.failures == []


def test_a_hostile_question_stays_inert(page):
    ask(page, "<img src=x onerror=alert(1)> [Rutte](https://example.org) **Tokyo**?")
    shown = page.locator("#conversation .user").first
    assert "<img src=x onerror=alert(1)> [Rutte](https://example.org)" in shown.inner_text()
    assert shown.locator("img, a, strong").count() == 0
    assert page.failures == []


def test_an_overlong_question_is_answered_with_a_sentence(page):
    page.evaluate("document.querySelector('#question textarea').removeAttribute('maxlength')")
    page.fill("#question textarea", "word " * 10_000)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#conversation .notice")
    assert "at most 2,000 are read" in page.inner_text("#conversation .notice")


def test_nothing_is_asked_of_another_machine(page):
    answer = ask(page, "By whom is the vault key kept in Bergen?")
    answer.locator("a").first.click()
    page.wait_for_selector("#panel-text mark")
    ask(page, "What is the capital of France?")
    page.wait_for_timeout(1_000)
    assert len(page.asked) > 10
    outside = {url for url in page.asked if urlsplit(url).hostname not in ("127.0.0.1", None)}
    assert outside == set()


def test_a_page_of_another_name_cannot_reach_the_chat(served):
    request = urllib.request.Request(served, headers={"Host": "evil.example.org"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request, timeout=10)
