"""Actions on the page, for the tests that drive it."""

from browsing import ROOT

SEED = next((ROOT / "seeds").glob("*.txt")).read_text("utf-8")
WHO = "Who hosted the Secretary General in Tokyo?"
BASE = "When did Rutte visit Yokosuka Naval Base?"
SIZES = [
    (width, height, scheme)
    for width, height in ((1280, 800), (390, 844))
    for scheme in ("light", "dark")
]
CITE = 'a[href*="#cite="]'


def name_of(size):
    return "-".join(map(str, size))


def ask(page, question):
    """Submit a question, and return its answer when it is shown."""
    answers = page.locator("#conversation div.answer")
    before = answers.count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    answers.nth(before).wait_for()
    return answers.nth(before)


def open_first(answer):
    """Open the first source of an answer, or the nearest one if there is no answer."""
    if answer.locator("summary").count():
        answer.locator("summary").click()
    answer.locator(CITE).first.click()


def in_view(page, selector, frame):
    """Whether an element is visible inside the window and inside its scrolling frame."""
    return page.evaluate(
        """([selector, frame]) => {
          const box = document.querySelector(selector).getBoundingClientRect();
          const around = document.querySelector(frame).getBoundingClientRect();
          return box.height > 0 && box.top >= around.top - 1 && box.bottom <= around.bottom + 1
            && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0
            && box.right <= innerWidth + 1;
        }""",
        [selector, frame],
    )


def marked(page):
    """Return the marked words in the text of the source."""
    page.wait_for_selector("#panel-text mark", state="attached")
    return "".join(page.locator("#panel-text mark").all_text_contents())


def open_side(page, tab="documents"):
    """Open the side panel if it is closed, and select one of its tabs."""
    if page.get_attribute("#menu", "aria-expanded") == "false":
        page.click("#menu")
    page.click(f"#tab-{tab}")
    page.wait_for_selector(f"#{tab}", state="visible")
