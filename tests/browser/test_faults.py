"""What the page does when something goes wrong, or comes late, in real Chromium."""

import time

import pytest
from driving import BASE, WHO, ask, marked, open_first, open_side

RUN = "**/gradio_api/run/predict*"


@pytest.mark.parametrize("fault", ["gone", "broken"])
def test_a_question_that_got_no_answer_is_in_the_box_again(page, fault):
    page.route(RUN, lambda r: r.abort() if fault == "gone" else r.fulfill(status=500, body="{}"))
    page.fill("#question textarea", WHO)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#failed")
    expected = {"gone": "does not answer", "broken": "could not be answered"}[fault]
    assert expected in page.inner_text("#failed")
    assert page.input_value("#question textarea") == WHO
    page.wait_for_timeout(400)
    assert not page.evaluate("document.body.classList.contains('asking')")
    page.route(RUN, lambda route: route.continue_())
    if fault == "gone":  # The page is loaded again once the server is seen to be back.
        with page.expect_navigation():
            pass
        page.wait_for_function(
            "(who) => document.querySelector('#question textarea')?.value === who", arg=WHO
        )
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#conversation .answer")
    assert not page.locator("#failed").count()


def test_who_is_logged_out_is_led_to_the_log_in(page):
    page.route(RUN, lambda route: route.fulfill(status=401, body='{"error": "Log in first."}'))
    page.fill("#question textarea", WHO)
    page.press("#question textarea", "Enter")
    page.wait_for_url("**/login")


def test_a_question_that_is_not_taken_is_in_the_box_again(page):
    busy = "More is asked than can be answered: 90 questions wait already. Ask again in 9 seconds."

    def refuse(route):
        desk = route.request.post_data_json["data"][1]
        desk |= {"moment": time.time(), "generation": "", "busy": busy, "asked": WHO}
        route.fulfill(json={"data": [{"__type__": "update"}, desk]})

    ask(page, BASE)
    page.route(RUN, refuse)
    page.fill("#question textarea", WHO)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#failed")
    assert page.inner_text("#failed") == busy
    assert page.input_value("#question textarea") == WHO
    assert page.locator("#conversation .answer").count() == 1
    page.wait_for_timeout(400)
    assert not page.evaluate("document.body.classList.contains('asking')")
    page.route(RUN, lambda route: route.continue_())
    page.press("#question textarea", "Enter")
    page.wait_for_function("document.querySelectorAll('#conversation .answer').length === 2")
    assert not page.locator("#failed").count()
    assert page.input_value("#question textarea") == ""


def test_who_waits_sees_how_many_are_before(page):
    page.route("**/footnote/waiting", lambda route: route.fulfill(json={"before": 3}))
    release = held(page)
    page.fill("#question textarea", WHO)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#talk[data-before]")
    shown = "getComputedStyle(document.querySelector('#talk'), '::before').content"
    assert page.evaluate(shown) == '"3 questions before yours"'
    release()
    page.wait_for_selector("#conversation .answer")
    assert not page.locator("#talk[data-before]").count()


def held(page):
    """Hold back the answers; return what lets them go."""
    waiting = []
    page.route(RUN, lambda route: waiting.append(route))

    def release():
        for route in waiting:
            route.continue_()
        page.route(RUN, lambda route: route.continue_())

    return release


def test_what_is_typed_and_chosen_while_an_answer_is_under_way_stays(page):
    open_side(page)
    page.wait_for_selector("#document-list .row")
    release = held(page)
    page.fill("#question textarea", WHO)
    page.press("#question textarea", "Enter")
    page.wait_for_function("document.querySelector('#question textarea').value === ''")
    page.fill("#question textarea", BASE)
    page.press("#question textarea", "Enter")
    page.get_by_label("Ask only Ledger of the harbour, ledger.md").check()
    release()
    page.wait_for_selector("#conversation .answer")
    assert page.input_value("#question textarea") == BASE
    assert "1 document only" in page.inner_text("#chosen")
    page.press("#question textarea", "Enter")
    page.wait_for_function("document.querySelectorAll('#conversation .answer').length === 2")
    assert "Asked only in ledger.md" in page.locator("#conversation .answer").nth(1).inner_text()


def test_a_late_failure_leaves_the_source_that_is_shown(page):
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
