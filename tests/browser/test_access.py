"""Accessibility: axe-core finds no serious barrier, and nothing scrolls sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from driving import SIZES, WHO, ask, marked, name_of, open_first, open_side


def check(page):
    """Fail on serious barriers, with the description of axe-core."""
    found = Axe().run(page).response["violations"]
    barriers = [
        f"{fault['id']}: {fault['help']}: {node['html'][:200]} {node['failureSummary'][:400]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
    assert barriers == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=name_of)
def test_no_serious_barrier_in_any_state(page):
    page.wait_for_selector("#conversation .example")
    check(page)
    answer = ask(page, WHO)
    ask(page, "How do I bake sourdough bread?").locator("summary").click()
    page.wait_for_function("!document.body.classList.contains('asking')")
    check(page)
    open_first(answer)
    marked(page)
    check(page)
    page.keyboard.press("Escape")
    for tab in ("documents", "talks"):
        open_side(page, tab)
        page.wait_for_selector(f"#{tab} .row")
        page.wait_for_timeout(300)  # Until the animation has ended.
        check(page)
    if page.viewport_size["width"] < 860:
        page.keyboard.press("Escape")
    page.click("#export summary")
    check(page)


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
