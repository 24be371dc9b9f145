"""The width of the source panel, and the page enlarged to 400%, in real Chromium."""

import pytest
from driving import WHO, ask, in_view, marked, open_first

WIDTH = "document.querySelector('#source').getBoundingClientRect().width"


def test_the_width_of_the_source_is_dragged_set_by_keys_and_remembered(page):
    open_first(ask(page, WHO))
    marked(page)
    before = page.evaluate(WIDTH)
    edge = page.locator("#panel-edge").bounding_box()
    page.mouse.move(edge["x"] + 4, 400)
    page.mouse.down()
    page.mouse.move(edge["x"] + 4 - 128, 400, steps=4)
    page.mouse.up()
    assert page.evaluate(WIDTH) == pytest.approx(before + 128, abs=16)
    separator = page.get_by_role("separator", name="Width of the source")
    now = int(separator.get_attribute("aria-valuenow"))
    separator.press("ArrowRight")
    assert separator.get_attribute("aria-valuenow") == str(now - 2)
    separator.press("Home")
    assert page.evaluate(WIDTH) == pytest.approx(1280 * 0.25, abs=2)
    page.reload()
    marked(page)
    assert page.evaluate(WIDTH) == pytest.approx(1280 * 0.25, abs=2)
    page.locator("#panel-edge").dblclick(position={"x": 4, "y": 300})
    assert page.evaluate(WIDTH) == pytest.approx(before, abs=2)


@pytest.mark.parametrize("page", [(320, 200, "light")], indirect=True)
def test_the_source_can_be_read_where_the_page_is_enlarged_to_400_percent(page):
    open_first(ask(page, WHO))
    marked(page)
    lines = page.evaluate(
        """() => { const text = document.querySelector('#panel-text');
          return text.clientHeight / parseFloat(getComputedStyle(text).lineHeight); }"""
    )
    assert lines >= 3
    assert page.evaluate(
        """() => { const words = document.querySelector('#panel-text mark.answer');
          const box = words.getClientRects()[0];
          const text = document.querySelector('#panel-text').getBoundingClientRect();
          return box.top >= text.top && box.bottom <= text.bottom; }"""
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    page.wait_for_selector("#panel", state="hidden")
    page.wait_for_selector("#question textarea", state="visible")
    assert in_view(page, "#question textarea", "body")
