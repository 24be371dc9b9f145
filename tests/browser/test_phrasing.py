"""A language model's sentences in the chat, as they come, stopped, failing, and after a reload."""

import pytest
from browsing import chat
from driving import CITE, ask, marked
from scripted import event, fail_with, repeat, serve_scripts, stream_text

QUESTION = "Which naval base did Mr Rutte visit?"
RIGHT = "Mr Rutte visited Yokosuka Naval Base on Tuesday [1]."
WRONG = "He bought it <img src=x onerror='window.pwned=1'> [x](https://example.org/x) [1]."
WORDS = "Mr Rutte visited Yokosuka Naval Base on Tuesday."


@pytest.fixture(scope="module")
def model():
    """The language model's server; what it says is set by each test."""
    with serve_scripts(stream_text(RIGHT)) as server:
        yield server


@pytest.fixture(scope="module")
def phrasing(served_index, model):
    with chat(served_index, "--llm", model.url, "--llm-model", "m") as address:
        yield address


@pytest.fixture
def page(chromium, phrasing):
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.failures, page.asked = [], []
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    page.on("console", lambda m: page.failures.extend([m.text] * ("Content Sec" in m.text)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(phrasing)
    page.wait_for_selector("#question textarea")
    page.wait_for_selector("#document-list li", state="attached")
    yield page
    assert page.failures == []
    assert all(url.startswith((phrasing, "data:", "blob:")) for url in page.asked)
    context.close()


def test_sentences_stand_below_the_words_and_stay(page, model):
    model.scripts[:] = [stream_text(f"{RIGHT} {WRONG}\n", pause=0.01)]
    answer = ask(page, QUESTION)
    assert answer.locator(".words").inner_text() == "Yokosuka Naval Base"
    answer.locator(".phrased:not([aria-busy])").wait_for()
    for _ in range(2):
        answer = page.locator("#conversation div.answer").last
        said = answer.locator(".phrased")
        assert said.locator(".sentences").inner_text().startswith(WORDS)
        assert said.locator("summary").inner_text() == (
            "1 sentence was left out because the documents do not support it"
        )
        assert not said.locator("li").is_visible()
        said.locator("summary").click()
        assert "<img src=x" in said.locator("li s").inner_text()
        assert page.locator(".phrased img").count() == 0
        link = said.locator(CITE)
        assert (link.count(), link.inner_text()) == (1, "1")
        link.click()
        assert marked(page).startswith("Mr Rutte visited Yokosuka Naval Base on Tuesday, where")
        asked = len(model.asked)
        page.wait_for_function("location.search.includes('c=')")
        page.reload()
        page.locator("#conversation div.answer .phrased").wait_for()
    assert len(model.asked) == asked
    assert page.evaluate("window.pwned") is None


def test_it_can_be_stopped(page, model):
    model.scripts[:] = [repeat(event("Well. "), first=event(f"{RIGHT} So "), pause=0.05)]
    model.disconnected.clear()
    answer = ask(page, QUESTION)
    answer.locator(".sentences", has_text=WORDS).wait_for()
    answer.get_by_role("button", name="Stop").click()
    answer.get_by_text("The language model was stopped.").wait_for()
    assert model.disconnected.wait(10)
    assert WORDS in answer.locator(".sentences").inner_text()


def test_if_it_fails_the_quotation_stays_with_an_error(page, model):
    model.scripts[:] = [fail_with(404)]
    answer = ask(page, QUESTION)
    answer.get_by_text("answered 404").wait_for()
    assert answer.locator(".words").inner_text() == "Yokosuka Naval Base"
    assert answer.locator(".sentences").inner_text() == ""


def test_an_error_of_a_proxy_is_a_sentence(page):
    page.route("**/phrase", lambda route: route.fulfill(status=502, body="<html>Bad gateway"))
    answer = ask(page, QUESTION)
    answer.get_by_text("The server returned an error (502).").wait_for()


def test_an_unanswered_question_is_not_phrased(page, model):
    asked = len(model.asked)
    answer = ask(page, "When did Rutte visit Seoul?")
    assert answer.locator(".phrased").count() == 0
    assert len(model.asked) == asked


def test_a_phrasing_stays_when_another_question_is_asked(page, model):
    model.scripts[:] = [repeat(event("Well. "), first=event(f"{RIGHT} So "), pause=0.05)]
    model.disconnected.clear()
    first = ask(page, QUESTION)
    first.locator(".sentences", has_text=WORDS).wait_for()
    ask(page, "When did Rutte visit Seoul?")
    first = page.locator("#conversation div.answer").first
    assert WORDS in first.locator(".sentences").inner_text()
    first.get_by_role("button", name="Stop").click()
    first.get_by_text("The language model was stopped.").wait_for()
    assert model.disconnected.wait(10)
    assert page.locator('#conversation a[href*="#phrase"]').count() == 0
