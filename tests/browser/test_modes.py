"""Language, headings, forced colours and reduced motion, in real Chromium."""

import pytest
from driving import WHO, ask, marked, open_first


def opened(chromium, served, **options):
    page = chromium.new_context(**options).new_page()
    page.set_default_timeout(60_000)
    page.goto(served)
    page.wait_for_selector("#document-list .row", state="attached")
    page.wait_for_selector("#start")
    return page


def test_the_language_of_the_page_is_its_own_whatever_the_browser_speaks(chromium, served):
    page = opened(chromium, served, locale="de-DE")
    try:
        page.wait_for_function("document.documentElement.lang === 'en'")
        ask(page, WHO)
        assert page.evaluate("document.documentElement.lang") == "en"
    finally:
        page.context.close()


def test_each_turn_has_a_heading(page):
    ask(page, WHO)
    ask(page, "Who won the World Cup in 1998?")
    page.wait_for_function("document.querySelectorAll('#conversation [role=heading]').length === 2")
    headings = page.get_by_role("heading", level=2)
    assert WHO in headings.all_inner_texts()
    assert "Who won the World Cup in 1998?" in headings.all_inner_texts()


def test_forced_colours_keep_marks_pressed_buttons_and_bars(chromium, served):
    page = opened(chromium, served, forced_colors="active")
    try:
        paint = "(element) => getComputedStyle(element).backgroundColor"
        plain = page.locator("#start").evaluate(paint)
        bar = page.locator("#start .years span").first
        assert bar.evaluate(paint) not in (plain, page.locator("body").evaluate(paint))
        page.click("#theme")
        assert page.locator("#theme").evaluate("(b) => getComputedStyle(b).outlineStyle") == "solid"
        open_first(ask(page, WHO))
        marked(page)
        shown = page.locator("#panel-text mark").first
        assert shown.evaluate(paint) != page.locator("#panel-text").evaluate(paint)
    finally:
        page.context.close()


@pytest.mark.parametrize("part", ["", "::before", "::after"])
def test_reduced_motion_moves_nothing(chromium, served, part):
    page = opened(chromium, served, reduced_motion="reduce")
    try:
        page.evaluate("document.body.classList.add('asking')")
        moving = page.evaluate(
            """(part) => [...document.querySelectorAll('*')].filter((element) => {
              const style = getComputedStyle(element, part || null);
              return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
            }).length""",
            part,
        )
        assert moving == 0
    finally:
        page.context.close()
