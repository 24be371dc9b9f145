"""Errors and late answers on the page, in real Chromium."""

import time

import pytest
from driving import BASE, WHO, ask, marked, open_first, open_side

RUN = "**/gradio_api/run/predict*"


@pytest.mark.parametrize("fault", ["gone", "broken"])
def test_a_question_that_failed_returns_to_the_box(page, fault):
    page.route(RUN, lambda r: r.abort() if fault == "gone" else r.fulfill(status=500, body="{}"))
    page.fill("#question textarea", WHO)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#failed")
    expected = {"gone": "not responding", "broken": "could not be answered"}[fault]
    assert expected in page.inner_text("#failed")
    assert page.input_value("#question textarea") == WHO
    page.wait_for_timeout(400)
    assert not page.evaluate("document.body.classList.contains('asking')")
    page.route(RUN, lambda route: route.continue_())
    if fault == "gone":  # The page reloads once the server is back.
        with page.expect_navigation():
            pass
        page.wait_for_function(
            "(who) => document.querySelector('#question textarea')?.value === who", arg=WHO
        )
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#conversation div.answer")
    assert not page.locator("#failed").count()


def test_a_logged_out_browser_is_sent_to_the_login_page(page):
    page.route(RUN, lambda route: route.fulfill(status=401, body='{"error": "Log in first."}'))
    page.fill("#question textarea", WHO)
    page.press("#question textarea", "Enter")
    page.wait_for_url("**/login")


def test_a_refused_question_returns_to_the_box(page):
    busy = "The server is busy: 90 questions are waiting. Try again in 9 seconds."

    def refuse(route):
        state = route.request.post_data_json["data"][1]
        state |= {"moment": time.time(), "generation": "", "failed": busy, "asked": WHO}
        route.fulfill(json={"data": [{"__type__": "update"}, state]})

    ask(page, BASE)
    page.route(RUN, refuse)
    page.fill("#question textarea", WHO)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#failed")
    assert page.inner_text("#failed") == busy
    assert page.input_value("#question textarea") == WHO
    assert page.locator("#conversation div.answer").count() == 1
    page.wait_for_timeout(400)
    assert not page.evaluate("document.body.classList.contains('asking')")
    page.route(RUN, lambda route: route.continue_())
    page.press("#question textarea", "Enter")
    page.wait_for_function("document.querySelectorAll('#conversation div.answer').length === 2")
    assert not page.locator("#failed").count()
    assert page.input_value("#question textarea") == ""


def test_a_waiting_question_shows_how_many_are_ahead(page):
    page.route("**/footnote/waiting", lambda route: route.fulfill(json={"before": 3}))
    release = held(page)
    page.fill("#question textarea", WHO)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#talk[data-before]")
    shown = "getComputedStyle(document.querySelector('#talk'), '::before').content"
    assert page.evaluate(shown) == '"3 questions ahead of yours"'
    release()
    page.wait_for_selector("#conversation div.answer")
    assert not page.locator("#talk[data-before]").count()


def held(page):
    """Hold back the answers; return a function that releases them."""
    waiting = []
    page.route(RUN, lambda route: waiting.append(route))

    def release():
        for route in waiting:
            route.continue_()
        page.route(RUN, lambda route: route.continue_())

    return release


def test_an_error_in_what_gradio_calls_is_shown(page):
    page.wait_for_selector("#each")  # The page's own script has started.
    # The next change of the page may take the notice away again.
    page.evaluate(
        """() => {
          const look = () => {
            const text = document.querySelector('#failed')?.innerText || '';
            if (text.includes('no such part')) window.noticed = text;
          };
          new MutationObserver(look).observe(document.body,
            {childList: true, subtree: true, characterData: true, attributes: true});
          footnote.watch('value', () => { throw new Error('no such part'); });
        }"""
    )
    ask(page, WHO)
    page.wait_for_function("window.noticed")
    shown = page.evaluate("window.noticed")
    assert shown.startswith("Something on this page failed (no such part)")
    assert page.failures == []


def test_input_and_selection_survive_a_pending_answer(page):
    open_side(page)
    page.wait_for_selector("#document-list .row")
    release = held(page)
    page.fill("#question textarea", WHO)
    page.press("#question textarea", "Enter")
    page.wait_for_function("document.querySelector('#question textarea').value === ''")
    page.fill("#question textarea", BASE)
    page.press("#question textarea", "Enter")
    page.get_by_label("Search only Ledger of the harbour, ledger.md").check()
    release()
    page.wait_for_selector("#conversation div.answer")
    assert page.input_value("#question textarea") == BASE
    assert "1 document only" in page.inner_text("#chosen")
    page.press("#question textarea", "Enter")
    page.wait_for_function("document.querySelectorAll('#conversation div.answer').length === 2")
    assert (
        "Searched only in Ledger of the harbour (ledger.md)"
        in page.locator("#conversation div.answer").nth(1).inner_text()
    )


def test_a_late_failure_does_not_replace_the_open_source(page):
    answer = ask(page, "How long has the ship of rule 37 waited at the quay?")
    waiting = []
    page.route("**/footnote/pages?*", lambda route: waiting.append(route))
    open_first(answer)
    page.wait_for_function("document.querySelector('#panel-title').textContent !== ''")
    page.wait_for_timeout(300)
    other = ask(page, "How many crowns are the dues of the ship Aurora?")
    open_first(other)
    page.wait_for_selector("#panel-text h3")
    for route in waiting:
        route.abort()
    page.wait_for_timeout(300)
    assert page.locator("#panel-text .notice").count() == 0
    assert marked(page)
    assert page.inner_text("#panel-title") == "Ledger of the harbour"
