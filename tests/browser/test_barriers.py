"""axe-core finds no barrier where the page works, fails or is cancelled, in each colour mode."""

import pytest
from barriers import check_barriers
from browsing import ROOT, chat
from contracts import CONTRACTS
from driving import ask, open_first, open_side
from makings import write_files

BOX = "#question textarea"
RENT = "What is the monthly rent?"
PAGED = "How long has the ship of rule 37 waited at the quay?"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
MODES = {
    "light": {"viewport": WIDE},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "forced": {"viewport": WIDE, "forced_colors": "active"},
    "phone": {"viewport": PHONE, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    import index

    folder = tmp_path_factory.mktemp("barriers")
    documents = write_files(folder / "docs", {**CONTRACTS, "empty.txt": ""})
    index.build([documents, ROOT / "tests" / "files" / "printed.pdf"], index=folder / "index")
    with chat(folder / "index") as address:
        yield address


@pytest.fixture(params=MODES)
def page(chromium, served, request):
    context = chromium.new_context(**MODES[request.param])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(served)
    page.wait_for_selector("#document-list .row", state="attached")
    yield page
    context.close()


def test_the_documents_with_jobs_and_what_could_not_be_added(page):
    open_side(page)
    page.wait_for_timeout(300)  # Until the animation has ended.
    song = {"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": b"x"}
    page.set_input_files("#files", [song])
    page.set_input_files("#files", [song, song | {"name": "other.mp3"}])
    page.locator("#jobs .bad summary").click()
    page.locator("#skipped summary").click()
    page.get_by_label("Search only the folder leases").check()
    page.route("**/footnote/documents", lambda route: None)  # The upload takes its time.
    page.set_input_files("#files", [song | {"name": "long.txt"}])
    page.wait_for_selector("#jobs progress")
    check_barriers(page)


def test_a_table_that_fills_and_ends_and_its_picture(page):
    page.wait_for_selector("#start")
    check_barriers(page)
    page.fill(BOX, RENT)
    page.click("#each")
    page.wait_for_selector(".each-view tbody tr")
    check_barriers(page)
    page.wait_for_selector(".each-tools:not([hidden])")
    check_barriers(page)
    page.get_by_role("button", name="Picture").click()
    check_barriers(page)


def test_a_table_that_is_cancelled(page):
    page.fill(BOX, "\n".join(f"What is said of thing {number}?" for number in range(12)))
    page.click("#each")
    page.get_by_role("button", name="Ask them all").click()
    page.wait_for_selector(".each-view tbody td")
    page.locator(".each-running").get_by_role("button", name="Cancel").click()
    page.wait_for_selector(".each-tools:not([hidden])")
    assert page.inner_text(".each-status").startswith("Cancelled.")
    check_barriers(page)


def test_the_page_of_a_pdf_and_failures(page):
    open_first(ask(page, PAGED))
    page.wait_for_selector("#panel-pages .mark")
    check_barriers(page)
    page.keyboard.press("Escape")
    page.fill(BOX, "x " * 1500)
    page.wait_for_selector("#failed")
    check_barriers(page)
    # The server stays away: the page would be loaded again as soon as it is back.
    page.route("**/*", lambda route: route.abort())
    page.fill(BOX, RENT)
    page.press(BOX, "Enter")
    page.wait_for_selector("#failed:has-text('not responding')")
    check_barriers(page)
