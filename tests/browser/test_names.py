"""Names and titles on the page, in real Chromium: isolated, with hidden characters visible."""

import pytest
from browsing import chat
from driving import ask, open_side

LONG = "minutes of the four hundred and twelfth meeting of the harbour council.txt"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    import index

    folder = tmp_path_factory.mktemp("names")
    for name, text in {
        "invoice\u202efdp.txt": "The invoice was paid by Ida Holm.\n",
        "שלום עולם.md": "# דוח שנתי!\n\nThe crane was built by Ola Berg.\n",
        "harbour_rules.md": "# Harbour rules\n\nThe ropes were lent by Nils Falk.\n",
        LONG: "The council was founded in 1887.\n",
        "\u202ebroken.pdf": "",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    index.build([folder], index=folder / ".footnote")
    with chat(folder / ".footnote") as address:
        yield address


def test_what_turns_text_around_is_shown_as_a_sign(page):
    answer = ask(page, "Who paid the invoice?")
    assert "invoice\ufffdfdp.txt" in answer.inner_text()
    answer.locator("a.mark-number").first.click()
    page.wait_for_selector("#panel-text mark")
    open_side(page)
    page.click("#skipped summary")
    assert "\ufffdbroken.pdf" in page.inner_text("#skipped")
    for place in ("#side", "#panel header", "#conversation"):
        assert "\u202e" not in page.inner_html(place)
    assert page.failures == []


def test_names_that_the_page_shows_by_itself_show_such_signs(page):
    open_side(page)
    page.set_input_files(
        "#files",
        [{"name": "\u202egnos.mp3", "mimeType": "audio/mpeg", "buffer": b"x"}],
    )
    assert "\ufffdgnos.mp3" in page.locator("#jobs .bad .title").inner_text()
    titles = page.evaluate(
        """async () => {
          const load = (name) => import(new URL(`footnote/static/${name}`, location.href));
          const {named} = await load('dom.js');
          const {createTable} = await load('each_table.js');
          const table = createTable({turn: 't', questions: ['Who?'], total: 1}, null, null);
          table.add({document: {id: 'a\u202eb', name: 'b', date: ''}, parts: [], remark: ''});
          return [table.element.querySelector('th button').title,
            named('a\u00ad \u2066\u200d\u0007'.repeat(9)).title];
        }"""
    )
    assert titles == ["a\ufffdb", "a\u00ad \ufffd\u200d\ufffd" * 9]


def test_names_are_isolated_wherever_they_stand(page):
    page.wait_for_selector("#start bdi")
    answer = ask(page, "Who built the crane?")
    assert answer.locator(".from bdi").first.inner_text() == "דוח שנתי! (שלום עולם.md)"
    answer.locator("a.mark-number").first.click()
    page.wait_for_selector("#panel-text mark")
    assert page.locator("#panel-where bdi").inner_text() == "שלום עולם.md"
    assert page.get_attribute("#panel-title", "dir") == "auto"
    page.locator("a.mark-number").first.hover()
    assert page.locator("#card .from bdi").inner_text() == "דוח שנתי! (שלום עולם.md)"


def test_a_long_name_takes_one_line_and_is_cut_in_its_middle(page):
    open_side(page)
    name = page.locator("#document-list .name")
    assert name.text_content() == LONG
    box = name.bounding_box()
    assert box["height"] < 24
    assert box["width"] <= page.locator("#document-list .row").first.bounding_box()["width"]
    first, last = name.locator("bdi").all()
    assert first.evaluate("(part) => part.scrollWidth > part.clientWidth")
    assert last.evaluate("(part) => part.scrollWidth <= part.clientWidth")
    assert last.inner_text().endswith("council.txt")


def test_a_name_that_says_what_the_title_says_is_not_repeated(page):
    open_side(page)
    row = page.locator("#document-list .row", has_text="Harbour rules")
    assert row.inner_text().replace("\xa0", " ") == "Harbour rules\nmd · 51 bytes"
    row.click()
    page.wait_for_selector("#panel-text h3")
    assert page.inner_text("#panel-where") == ""
