"""Files and folders that are added, in real Chromium: checked before they are sent, and counted."""

import pytest
from browsing import chat
from driving import ask, open_side
from makings import write_files


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    import index

    folder = tmp_path_factory.mktemp("files")
    (folder / "keepers.txt").write_text("Ida Holm keeps the harbour.\n")
    index.build([folder], index=folder / ".footnote")
    with chat(folder / ".footnote") as address:
        yield address


def test_a_folder_is_added_by_its_button_and_counted_truly(page, tmp_path):
    (tmp_path / "goats" / "deep").mkdir(parents=True)
    (tmp_path / "goats" / "deep" / "herd.txt").write_text("Ola Berg keeps nine goats.\n")
    (tmp_path / "goats" / "song.mp3").write_bytes(b"x")
    (tmp_path / "goats" / "broken.docx").write_bytes(b"PK nothing")
    (tmp_path / "goats" / ".hidden.txt").write_text("Nothing.\n")
    (tmp_path / "goats" / ".git").mkdir()
    (tmp_path / "goats" / ".git" / "config.txt").write_text("Nothing.\n")
    sent = []
    page.on(
        "request", lambda r: sent.append(r) if r.method == "POST" and "documents" in r.url else 0
    )
    open_side(page)
    page.set_input_files("#folder", tmp_path / "goats")
    page.wait_for_selector("#jobs .good:has-text('1 of 3 files added')")
    assert page.locator("#jobs .bad:has-text('goats/song.mp3')").inner_text().count(".mp3") == 2
    page.wait_for_selector("#document-list .row:has-text('herd.txt')")
    assert page.locator("#document-list .row:has-text('hidden')").count() == 0
    assert page.locator("#document-list .row:has-text('config')").count() == 0
    assert len(sent) == 1


def test_a_folder_is_listed_and_chosen_with_what_is_below_it(page, tmp_path):
    for path, keeper in {"bees/one.txt": "Ada Lund", "bees/hives/two.txt": "Per Moe"}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"{keeper} keeps the bees.\n")
    (tmp_path / "bees" / "hives" / "three.txt").write_text("Three hives stand by the wood.\n")
    open_side(page)
    page.set_input_files("#folder", tmp_path / "bees")
    page.wait_for_selector("#document-list .folder:has-text('bees/hives')")
    shown = page.locator("#document-list li").all_inner_texts()
    lines = [text.split("\n")[0] for text in shown if "keepers" not in text]
    first = lines.index("bees")
    assert lines[first : first + 5] == [
        *("bees", "Ada Lund keeps the bees."),
        *("bees/hives", "Three hives stand by the wood.", "Per Moe keeps the bees."),
    ]
    counts = page.locator("#document-list .folder:has-text('bees') .from").all_inner_texts()
    assert counts == ["3", "2"]

    page.get_by_label("Search only the folder bees/hives").check()
    assert page.inner_text("#chosen").startswith("Searching 2 documents only: Three hives")
    whole = page.get_by_label("Search only the folder bees", exact=True)
    assert whole.evaluate("box => box.indeterminate")
    assert "Per Moe" in ask(page, "Who keeps the bees?").inner_text()
    whole.check()
    assert page.inner_text("#chosen").startswith("Searching 3 documents only")
    page.get_by_label("Search only Ada Lund keeps the bees., one.txt").uncheck()
    assert whole.evaluate("box => box.indeterminate")
    page.get_by_label("Search only the folder bees/hives").uncheck()
    assert page.inner_text("#chosen") == "Searching all documents."
    assert page.failures == []


DROP = """(names) => {
  const file = (path) => ({isFile: true, name: path.split('/').pop(), fullPath: `/${path}`,
    file: (found, failed) => (path.includes('gone') ? failed(new Error('it was moved')) :
      found(new File(['Kari Dahl mends the nets.'], path.split('/').pop())))});
  const folder = (path, inside) => {
    const parts = [inside, []];
    return {isFile: false, name: path, fullPath: `/${path}`, createReader: () => ({
      readEntries: (found, failed) =>
        (inside ? found(parts.shift()) : failed(new Error('denied')))})};
  };
  const made = {
    nets: folder('nets', [file('nets/nets.txt'), file('nets/gone.txt'), file('nets/.cache.txt')]),
    locked: folder('locked', null), '.git': folder('.git', [file('.git/config.txt')])};
  const event = new DragEvent('drop', {bubbles: true});
  Object.defineProperty(event, 'dataTransfer', {value: {types: ['Files'], files: [],
    items: names.map((name) => ({webkitGetAsEntry: () => made[name]}))}});
  document.body.dispatchEvent(event);
}"""


def test_what_can_be_read_of_dropped_folders_is_added(page):
    open_side(page)
    page.evaluate(DROP, ["nets", "locked", ".git"])
    page.wait_for_selector("#jobs .good:has-text('1 of 3 files added')")
    page.wait_for_selector("#document-list .folder:has-text('nets')")
    card = page.locator("#jobs .bad:has-text('2 files not added')")
    card.locator("summary").click()
    assert "nets/gone.txt it cannot be read here: it was moved" in card.inner_text()
    assert "locked it cannot be read here: denied" in card.inner_text()
    page.evaluate(DROP, [".git"])
    page.wait_for_selector("#jobs .bad:has-text('Nothing was added')")
    assert page.failures == []


def take_jobs(page, found):
    """Take uploads in place of the server, as a job found like this; return the uploads."""
    sent = []

    def take(route):
        if route.request.method != "POST":
            return route.continue_()
        sent.append(route)
        return route.fulfill(status=202, json={"job": "j", "files": []})

    page.route("**/footnote/documents", take)
    page.route("**/footnote/jobs/j", lambda route: route.fulfill(json=found))
    return sent


def test_a_failed_job_says_why_beside_what_could_not_be_read(page, tmp_path):
    reasons = {"bad.pdf": "it is damaged", "good.txt": ""}
    files = [{"name": n, "status": "failed", "reason": why} for n, why in reasons.items()]
    job = {"kind": "add", "state": "failed", "summary": "The disk is full.", "files": files}
    take_jobs(page, job)
    open_side(page)
    page.set_input_files(
        "#files", sorted(write_files(tmp_path, dict.fromkeys(reasons, "x")).iterdir())
    )
    failed = page.locator("#jobs .bad:has-text('0 of 2 files added')")
    assert "The disk is full." in failed.inner_text()
    unread = page.locator("#jobs .bad:has-text('could not be read')")
    assert "it is damaged" in unread.inner_text()
    assert "good.txt" not in unread.inner_text()
    assert page.failures == []


LEAVE = """() => {
  const event = new Event('beforeunload', {cancelable: true});
  dispatchEvent(event);
  return event.defaultPrevented;
}"""


def add_many(page, folder):
    """Add one file more than are sent at a time."""
    write_files(folder, {f"{number}.txt": "x" for number in range(101)})
    open_side(page)
    page.set_input_files("#files", sorted(folder.iterdir()))


def test_a_job_that_is_cancelled_keeps_later_files_from_being_sent(page, tmp_path):
    job = {"kind": "add", "state": "embedding", "mine": True, "done": 0, "total": 100, "files": []}
    sent = take_jobs(page, job)
    add_many(page, tmp_path / "many")
    page.wait_for_selector("#jobs .job:has-text('Indexing 0 of 100')")
    assert page.evaluate(LEAVE)
    page.locator("#jobs").get_by_role("button", name="Cancel").click()
    job["state"] = "cancelled"
    page.wait_for_selector("#jobs .good:has-text('1 file was not added')")
    assert len(sent) == 1
    assert not page.evaluate(LEAVE)
    assert page.failures == []


def test_an_upload_that_is_cancelled_keeps_later_files_from_being_sent(page, tmp_path):
    sent = []

    def hold(route):
        return sent.append(route) if route.request.method == "POST" else route.continue_()

    page.route("**/footnote/documents", hold)
    add_many(page, tmp_path / "many")
    page.locator("#jobs .job:has-text('Uploading 100 files')").get_by_text("Cancel").click()
    page.wait_for_selector("#jobs .good:has-text('101 files were not added')")
    page.wait_for_timeout(300)
    assert len(sent) == 1
    assert not page.evaluate(LEAVE)
    assert page.failures == []


def test_files_that_cannot_be_read_are_not_sent(page):
    sent = []
    page.on(
        "request", lambda r: sent.append(r) if r.method == "POST" and "documents" in r.url else 0
    )
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(41e6)], 'long.txt'));
          data.items.add(new File(['x'], 'none'));
          data.items.add(new File(['x'], 'neither'));
          document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true}));
        }"""
    )
    open_side(page)
    card = page.locator("#jobs .bad:has-text('3 files not added')")
    card.locator("summary").click()
    assert "long.txt it has 41 MB, and 40 MB are taken at most" in card.inner_text()
    assert "none, neither files without a suffix are not supported" in card.inner_text()
    assert sent == []
    assert page.failures == []
