"""Pictures of each state of the page, to be looked at: python tests/browser/shots.py FOLDER

Every state is taken on a wide screen, on a phone, and on a wide screen in the dark. The names of
states may follow, to take those only. Needs Chromium (apt-get install -y chromium).
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import pypdfium2
from browsing import CHROMIUM, FLAGS, HOW_TO, ROOT, chat
from contracts import CONTRACTS
from driving import WHO, ask, open_first, open_side
from makings import write_files
from PIL import Image
from playwright.sync_api import sync_playwright

import index

SIDES = ("top", "right", "bottom", "left")
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
    ask(page, "Who won the World Cup in 1998?").locator("summary").click()


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
    page.locator("#document-list li:not(.folder) input").first.check()


def conversations(page):
    ask(page, WHO)
    open_side(page, "talks")


def upload(page):
    """What was added and what was not, above the list of documents."""
    open_side(page)
    song = {"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": b"x"}
    page.set_input_files("#files", [song, song | {"name": f"{LONG}.mp3"}])
    page.locator("#jobs .bad summary").click()


def table(page):
    page.fill("#question textarea", "What is the monthly rent?")
    page.click("#each")
    page.wait_for_selector(".each-tools:not([hidden])")


def columns(page):
    page.fill("#question textarea", "Who is the tenant?\nWhen does the lease end?")
    page.click("#each")
    page.wait_for_selector(".each-tools:not([hidden])")


def chart(page):
    table(page)
    page.get_by_role("button", name="Picture").click()


def printed(page):
    """A conversation on A4 paper."""
    ask(page, PAGED)
    table(page)
    page.get_by_role("button", name="Picture").click()


STATES = (start, answer, not_found, card, source_text, source_pages, about, documents)
STATES += (conversations, upload, table, columns, chart, printed)


def write_documents(folder):
    """Write documents of three folders, some with names and titles that are hard to show."""
    write_files(folder, CONTRACTS)
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
    place = Path(sys.argv[1]) / f"{state.__name__}-{screen}.png"
    if state is printed:
        save_printed(page, place)
    else:
        page.screenshot(path=place)
    context.close()


def save_printed(page, place):
    """Print a page, and save the sheets of paper below each other as a picture."""
    sheets = pypdfium2.PdfDocument(page.pdf(format="A4", margin=dict.fromkeys(SIDES, "15mm")))
    pictures = [sheet.render(scale=1).to_pil() for sheet in sheets]
    whole = Image.new("RGB", (pictures[0].width, sum(one.height + 8 for one in pictures)), "gray")
    top = 0
    for one in pictures:
        whole.paste(one, (0, top))
        top += one.height + 8
    whole.save(place)


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
