"""Pictures of each state of the page, to be looked at: python tests/browser/shots.py FOLDER

Every state is taken on a wide screen, on a phone, and on a wide screen in the dark. The names of
states may follow, to take those only. Needs Chromium (apt-get install -y chromium).
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from browsing import CHROMIUM, FLAGS, HOW_TO, ROOT, chat
from driving import WHO, ask, open_first, open_side
from playwright.sync_api import sync_playwright

import index

SCREENS = {
    "wide": (1360, 850, "light"),
    "phone": (390, 844, "light"),
    "dark": (1360, 850, "dark"),
}
PAGED = "How long has the ship of rule 37 waited at the quay?"
LEDGER = """# Ledger of the harbour\n\n## Dues\n\nThe dues are paid on Friday by every ship.\n
| ship | crowns |\n|---|---|\n| Aurora | 40 |\n\n## Lamps\n
The lamps were bought by Ida Holm in 2019.\n"""
LONG = "minutes of the four hundred and twelfth meeting of the harbour council, second part"


def start(page):
    page.wait_for_selector("#start")
    page.wait_for_timeout(6_000)  # Until each group has its questions.


def answer(page):
    ask(page, WHO)


def not_found(page):
    ask(page, "How do I bake sourdough bread?").locator("summary").click()


def card(page):
    ask(page, PAGED).locator("a.mark-number").first.hover()
    page.wait_for_selector("#card", state="visible")


def source_text(page):
    open_first(ask(page, WHO))
    page.wait_for_selector("#panel-text mark")


def source_pages(page):
    open_first(ask(page, PAGED))
    page.wait_for_selector("#panel-pages .mark")


def about(page):
    open_side(page)
    page.locator("#document-list .row", has_text="Ledger of the harbour").click()
    page.wait_for_selector("#panel-about dl")


def documents(page):
    open_side(page)
    page.locator("#document-list input[data-id]").first.check()


def conversations(page):
    ask(page, WHO)
    open_side(page, "talks")


STATES = (start, answer, not_found, card, source_text, source_pages, about, documents)
STATES += (conversations,)


def write_documents(folder):
    """Write documents of two folders with names and titles that are hard to show."""
    (folder / "council").mkdir()
    for year in (2009, 2015, 2016, 2016, 2021):
        name = f"{year}-03-01 {LONG} {len(list(folder.rglob('*')))}.md"
        (folder / "council" / name).write_text(f"# Council of {year}\n\nIt met in Oslo.\n")
    (folder / "ledger.md").write_text(LEDGER)
    (folder / "invoice\u202efdp.txt").write_text("An invoice.\n")
    (folder / "empty.txt").write_text("")
    return [folder, ROOT / "seeds", ROOT / "tests" / "files" / "printed.pdf"]


def take(browser, address, state, screen):
    width, height, scheme = SCREENS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_selector("#document-list .row", state="attached")
    state(page)
    page.wait_for_timeout(1_500)  # Until everything has come to rest.
    page.screenshot(path=Path(sys.argv[1]) / f"{state.__name__}-{screen}.png")
    context.close()


def main():
    if CHROMIUM is None or len(sys.argv) < 2:
        sys.exit(HOW_TO if CHROMIUM is None else __doc__)
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    states = [state for state in STATES if state.__name__ in sys.argv[2:] or not sys.argv[2:]]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "docs").mkdir()
        documents = write_documents(Path(folder) / "docs")
        index.build(documents, index=Path(folder, "index"))
        with chat(Path(folder, "index")) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for state in states:
                for screen in SCREENS:
                    take(browser, address, state, screen)
            browser.close()


if __name__ == "__main__":
    main()
