"""Accessibility: axe-core finds no barrier, and nothing scrolls sideways."""

import pytest
from barriers import check_barriers
from driving import SIZES, WHO, ask, marked, name_of, open_first, open_side


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=name_of)
def test_no_barrier_in_any_state(page):
    page.wait_for_selector("#conversation .example")
    check_barriers(page)
    answer = ask(page, WHO)
    ask(page, "Who won the World Cup in 1998?").locator("summary").click()
    page.wait_for_function("!document.body.classList.contains('asking')")
    check_barriers(page)
    open_first(answer)
    marked(page)
    check_barriers(page)
    page.keyboard.press("Escape")
    for tab in ("documents", "talks"):
        open_side(page, tab)
        page.wait_for_selector(f"#{tab} .row")
        page.wait_for_timeout(300)  # Until the animation has ended.
        check_barriers(page)
    if page.viewport_size["width"] < 860:
        page.keyboard.press("Escape")
    page.click("#export summary")
    check_barriers(page)


def test_the_colour_scheme_is_remembered(page):
    dark = "document.body.classList.contains('dark')"
    assert not page.evaluate(dark)
    page.click("#theme")
    assert page.evaluate(dark)
    assert page.get_attribute("#theme", "aria-pressed") == "true"
    page.reload()
    page.wait_for_selector("#question textarea")
    page.wait_for_function(dark)


def test_the_side_and_its_tabs_by_keyboard(page):
    page.focus("#tab-documents")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-talks"
    assert page.get_attribute("#tab-talks", "aria-selected") == "true"
    assert page.is_visible("#new-talk")
    page.keyboard.press("ArrowLeft")
    assert page.is_visible("#add")
    page.focus("#menu")
    page.keyboard.press("Enter")
    assert page.get_attribute("#menu", "aria-expanded") == "false"
    assert not page.is_visible("#add")
    page.focus("#export summary") if page.is_visible("#export summary") else None
