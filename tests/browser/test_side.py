"""Documents, in real Chromium: uploaded with progress, cancelled, removed, selected."""

import pytest
from browsing import ROOT, chat
from driving import WHO, ask, open_side

HOSTILE_NAME = "<img src=x onerror='window.pwned=1'> & goats.md"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The chat over a separate index that the tests change."""
    import index

    folder = tmp_path_factory.mktemp("documents")
    (folder / "keepers.txt").write_text("Ida Holm keeps the harbour.\n")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    index.build([ROOT / "seeds", folder], index=folder / ".footnote")
    with chat(folder / ".footnote") as address:
        yield address


def listed(page):
    return page.locator("#document-list .title").all_inner_texts()


def test_documents_are_listed_and_skipped_files_have_a_reason(page):
    open_side(page)
    page.wait_for_selector("#document-list .row")
    details = page.locator("#document-list .row", has_text="NATO").locator(".from")
    assert details.first.inner_text() == "000_c84859b3cd77474d.txt"
    assert details.last.inner_text().replace("\xa0", " ").startswith("2.")
    page.click("#skipped summary")
    assert "broken.pdf" in page.inner_text("#skipped ul")
    assert "damaged" in page.inner_text("#skipped ul")
    assert "/tmp" not in page.inner_text("#side")


def test_an_uploaded_file_is_indexed_searched_and_removed(page, tmp_path):
    (tmp_path / HOSTILE_NAME).write_text("# Goats\n\nOla Berg keeps nine goats on Hill Farm.\n")
    open_side(page)
    page.set_input_files("#files", [tmp_path / HOSTILE_NAME])
    page.wait_for_selector("#jobs .good")
    page.wait_for_selector("#document-list .row:has-text('Goats')")
    found = ask(page, "How many goats does Ola Berg keep?")
    assert "nine" in found.inner_text()
    assert page.evaluate("window.pwned") is None
    assert page.locator("#side img").count() == 0
    page.on("dialog", lambda dialog: dialog.accept())
    open_side(page)
    page.locator("#document-list li", has_text="Goats").hover()
    page.get_by_role("button", name="Remove Goats").click()
    page.wait_for_selector("#document-list .row:has-text('Goats')", state="detached")
    missing = ask(page, "How many goats does Ola Berg keep?")
    assert "nine" not in missing.inner_text()


DATA = "const data = new DataTransfer(); data.items.add(new File(['Nora Vale keeps bees.'], %r))"


def test_files_can_be_dropped_on_the_page(page):
    page.evaluate(
        f"""() => {{
          {DATA % "bees.txt"};
          for (const type of ['dragover', 'drop']) {{
            document.body.dispatchEvent(new DragEvent(type, {{dataTransfer: data, bubbles: true}}));
          }}
        }}"""
    )
    open_side(page)
    page.wait_for_selector("#document-list .row[title$='bees.txt']")


def test_a_pasted_file_is_added_and_pasted_text_stays_text(page):
    page.evaluate(
        f"""() => {{
          {DATA % "hives.txt"};
          const box = document.querySelector('#question textarea');
          const paste = (clipboardData) => box.dispatchEvent(
            new ClipboardEvent('paste', {{clipboardData, bubbles: true, cancelable: true}}));
          const text = new DataTransfer();
          text.setData('text/plain', 'Who keeps bees?');
          window.pasted = [paste(text), paste(data)];  // Whether the browser pastes by itself.
        }}"""
    )
    assert page.evaluate("window.pasted") == [True, False]
    open_side(page)
    page.wait_for_selector("#document-list .row[title$='hives.txt']")


def test_an_unreadable_file_is_reported_with_its_reason(page, tmp_path):
    (tmp_path / "broken.docx").write_bytes(b"PK nothing")
    (tmp_path / "music.mp3").write_bytes(b"x")
    open_side(page)
    page.set_input_files("#files", [tmp_path / "broken.docx", tmp_path / "music.mp3"])
    page.wait_for_selector("#jobs .bad:has-text('music.mp3')")
    page.wait_for_selector("#jobs .bad:has-text('broken.docx')")
    assert "broken.docx" not in listed(page)
    page.locator("#jobs .bad").first.get_by_role("button", name="Dismiss").click()


def test_a_cancelled_build_leaves_the_index_unchanged(page, tmp_path):
    words = "The keeper of the {n}th tower counts {n} lamps every evening before supper. "
    (tmp_path / "towers.txt").write_text("".join(words.format(n=n) for n in range(30_000)))
    open_side(page)
    before = listed(page)
    page.set_input_files("#files", [tmp_path / "towers.txt"])
    page.get_by_role("button", name="Cancel").click(timeout=60_000)
    page.wait_for_selector("#jobs .job:has-text('Cancelled')", timeout=60_000)
    assert listed(page) == before
    assert "Shigeru Ishiba" in ask(page, WHO).inner_text()


def test_a_question_searches_only_the_selected_documents(page):
    open_side(page)
    page.get_by_label("Search only Ida Holm keeps the harbour., keepers.txt").check()
    assert page.inner_text("#chosen") == "Searching 1 document only: Ida Holm keeps the harbour."
    answer = ask(page, WHO)
    assert "Ishiba" not in answer.text_content()
    assert "Searched only in Ida Holm keeps the harbour. (keepers.txt)" in answer.inner_text()
    answers = page.locator("#conversation div.answer").count()
    answer.get_by_role("button", name="Ask all documents").click()
    page.locator("#conversation div.answer").nth(answers).wait_for()
    assert "Shigeru Ishiba" in page.locator("#conversation div.answer").last.inner_text()
    assert page.locator("#conversation .asked").all_inner_texts() == [WHO, WHO]
    assert page.inner_text("#chosen") == "Searching all documents."


def test_the_chosen_documents_are_named_and_too_many_are_said(page):
    record = {"name": "", "type": "text", "pages": 0, "size": 1, "date": "", "removable": False}
    found = [
        {**record, "id": f"{n}.txt", "path": f"{n}.txt", "title": f"Paper {n}"}
        for n in range(1_234)
    ]
    listed = {"documents": found, "skipped": [], "limits": {"types": []}, "read_only": False}
    page.route("**/footnote/documents", lambda route: route.fulfill(json=listed))
    page.reload()
    open_side(page)
    page.fill("#filter", "Paper")
    page.click("#choose-found")
    chosen = "1,000 documents only: Paper 0, Paper 1, Paper 2 and 997 more"
    assert page.inner_text("#chosen") == f"Searching {chosen}"
    assert "Only the first 1,000 documents of 1,234 are chosen" in page.inner_text("#failed")


def test_a_read_only_chat_takes_no_files(chromium, tmp_path):
    import index

    index.build([ROOT / "seeds"], index=tmp_path / "index")
    with chat(tmp_path / "index", "--read-only") as address:
        page = chromium.new_page()
        page.goto(address)
        page.wait_for_selector("#document-list .row")
        assert not page.is_visible("#add")
        assert page.get_by_role("button", name="Remove").count() == 0
        sent = page.request.post(
            f"{address}footnote/documents",
            multipart={"files": {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}},
        )
        assert sent.status == 403
        page.close()
