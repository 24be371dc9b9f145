"""Ask and open citations in Chromium, and count what it takes until the right words are marked."""

import contextlib
import time

from browsing import CHROMIUM, FLAGS, HOW_TO, chat
from driving import CITE, ask
from playwright.sync_api import TimeoutError as NotInTime
from playwright.sync_api import sync_playwright
from pypdfium2 import PdfDocument

MAX_OPENED = 5
"""Citations that are opened, one after the other, before one gives up."""

PATIENCE = 1_000
"""Milliseconds until a source that is shown has to mark the words."""

IN_VIEW = """(element, frame) => {
  const box = element.getBoundingClientRect();
  const around = document.querySelector(frame).getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  return around.left <= x && x <= around.right && around.top <= y && y <= around.bottom
    && 0 <= x && x <= innerWidth && 0 <= y && y <= innerHeight;
}"""

SHOWN = """() => document.querySelector('#panel-text mark')
  && (document.querySelector('#panel-pages').hidden
    || document.querySelector('#panel-pages figure:has(.mark) img')?.naturalWidth)"""

TEXT_MARKED = f"""(words) => {{
  const marks = [...document.querySelectorAll('#panel-text mark')]
    .filter((mark) => ({IN_VIEW})(mark, '#panel-text'));
  const plain = (text) => text.replace(/\\s+/g, ' ');
  return plain(marks.map((mark) => mark.textContent).join('')).includes(words);
}}"""

PAGE_MARKED = f"""([page, places]) => {{
  const figure = document.querySelectorAll('#panel-pages figure')[page - 1];
  if (!figure) return false;
  const sheet = figure.getBoundingClientRect();
  return [...figure.querySelectorAll('.mark')].some((mark) => {{
    const box = mark.getBoundingClientRect();
    return ({IN_VIEW})(mark, '#panel-pages') && places.some(([x, y]) => {{
      const [left, top] = [sheet.left + x * sheet.width, sheet.top + y * sheet.height];
      return box.left <= left && left <= box.right && box.top <= top && top <= box.bottom;
    }});
  }});
}}"""


def find_on_page(path, number, words):
    """Return where the middle of words is on a page as shown, in fractions of its sides."""
    with PdfDocument(path) as document:
        page = document[number - 1]
        shown = page.render(scale=1)
        to_shown = shown.get_posconv(page)
        text, places = page.get_textpage(), []
        search = text.search(words)
        while found := search.get_next():
            left, bottom, right, top = text.get_charbox(found[0] + found[1] // 2)
            x, y = to_shown.to_bitmap((left + right) / 2, (bottom + top) / 2)
            places.append([x / shown.width, y / shown.height])
        return places


def open_citations(page, answer, is_marked, argument):
    """Open citations until the words are marked; return the clicks, None if they never are.

    Under "Not in the documents", the nearest sentences are unfolded first.
    """
    clicks = answer.locator("summary").count()
    if clicks:
        answer.locator("summary").first.click()
    links = list(dict.fromkeys(link.get_attribute("href") for link in answer.locator(CITE).all()))
    for tried, link in enumerate(links[:MAX_OPENED], clicks + 1):
        answer.locator(f'a[href="{link}"]').first.click()
        page.wait_for_selector("#panel:not([aria-busy])")
        page.wait_for_function(SHOWN)
        with contextlib.suppress(NotInTime):
            page.wait_for_function(is_marked, arg=argument, timeout=PATIENCE)
            return tried
    return None


def walk(home, questions):
    """Ask each question in a conversation of its own, open what is cited, print what it took."""
    if CHROMIUM is None:
        raise SystemExit(HOW_TO)
    print(f"\n{'in the browser':66s} answered clicks marked after")
    with chat(home / "index") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for question in questions:
            page = browser.new_page(viewport={"width": 1360, "height": 850})
            page.goto(address)
            page.wait_for_selector("#document-list li", state="attached")
            words, path = question.words[0], home / "documents" / question.document
            is_marked, argument = TEXT_MARKED, words
            if path.suffix == ".pdf":
                places = find_on_page(path, question.page, words)
                is_marked, argument = PAGE_MARKED, [question.page, places]
            started = time.perf_counter()
            answer = ask(page, question.text)
            answered = time.perf_counter() - started
            clicks = open_citations(page, answer, is_marked, argument)
            after = f"{time.perf_counter() - started:.1f} s" if clicks else "never"
            print(f"{question.text:66s} {answered:6.1f} s {clicks or '–':>6} {after:>12s}")
            page.close()
        browser.close()
