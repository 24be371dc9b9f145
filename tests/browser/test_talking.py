"""Conversations, in real Chromium: stored, edited, copied, exported, rated, and private."""

import json

import pytest
from driving import BASE, WHO, ask, open_side

import qa


def questions(page):
    return page.locator("#conversation .asked").all_inner_texts()


def test_a_conversation_survives_a_reload(page):
    ask(page, WHO)
    ask(page, BASE)
    page.wait_for_function("location.search.startsWith('?c=')")
    page.reload()
    page.wait_for_selector("#conversation div.answer")
    assert questions(page) == [WHO, BASE]
    page.wait_for_function("(who) => document.title.startsWith(who)", arg=WHO)


def test_new_and_past_conversations(page):
    ask(page, WHO)
    open_side(page, "talks")
    page.click("#new-talk")
    page.wait_for_function("!document.querySelector('#conversation .asked')")
    assert page.locator("#conversation .example").count() > 0
    ask(page, BASE)
    titles = page.locator("#talk-list .title")
    page.wait_for_function("document.querySelectorAll('#talk-list .title').length >= 2")
    assert titles.all_inner_texts()[:2] == [BASE, WHO]
    page.locator("#talk-list .row", has_text=WHO).click()
    page.wait_for_function(
        "(who) => document.querySelector('#conversation .asked')?.textContent === who", arg=WHO
    )
    page.on("dialog", lambda dialog: dialog.accept())
    page.failures.clear()
    page.get_by_role("button", name=f"Delete the conversation: {WHO}").click()
    page.wait_for_function("!document.querySelector('#conversation .asked')")
    page.wait_for_function("document.querySelectorAll('#talk-list .title').length === 1")


def test_the_focus_in_the_list_outlasts_a_return_to_the_window_and_a_new_name(page):
    ask(page, WHO)
    open_side(page, "talks")
    page.locator("#talk-list .now .row").focus()
    for _ in range(2):
        with page.expect_response("**/footnote/conversations"):
            page.evaluate("dispatchEvent(new Event('focus'))")
    page.wait_for_timeout(200)
    assert page.evaluate("document.activeElement.className") == "row"
    page.on("dialog", lambda dialog: dialog.accept("The host"))
    page.get_by_role("button", name=f"Rename the conversation: {WHO}").click()
    page.wait_for_function("document.activeElement.textContent.startsWith('The host')")


def test_conversations_are_found_by_words_and_grouped_by_day(page):
    def reply(route):
        words = "words=" in route.request.url
        talks = [
            {
                "id": str(n),
                "title": f"Question {n}",
                "changed": f"2024-03-{n // 10 + 1:02}T10:00:00Z",
            }
            for n in (range(120, 0, -1) if not words else [17])
        ]
        route.fulfill(json={"conversations": talks, "limit": 120})

    page.route("**/footnote/conversations*", reply)
    open_side(page, "talks")
    page.wait_for_function("document.querySelectorAll('#talk-list .title').length === 50")
    assert page.locator("#talk-list .day").all_inner_texts()[:2] == [
        "13 March 2024",
        "12 March 2024",
    ]
    oldest = "replaces the oldest: “\u2068Question 1\u2069” (1 March 2024)"
    assert oldest in page.inner_text("#talk-limit")
    assert page.inner_text("#failed") == page.inner_text("#talk-limit")
    page.click("#more-talks")
    page.wait_for_function("document.querySelectorAll('#talk-list .title').length === 100")
    page.fill("#find-talk", "seventeen")
    page.wait_for_function("document.querySelectorAll('#talk-list .title').length === 1")
    assert page.is_hidden("#more-talks")


def test_a_conversation_deleted_in_another_tab_is_announced(page, served):
    ask(page, WHO)
    page.wait_for_function("location.search.startsWith('?c=')")
    other = page.context.new_page()
    other.on("dialog", lambda dialog: dialog.accept())
    other.goto(served)
    other.wait_for_selector("#document-list li", state="attached")
    open_side(other, "talks")
    other.get_by_role("button", name=f"Delete the conversation: {WHO}").click()
    page.wait_for_selector("#failed:has-text('was deleted')")


def test_a_whole_conversation_is_printed_with_its_sources_and_nothing_else(page, tmp_path):
    import pypdfium2

    for question in (WHO, BASE, "Who won the World Cup in 1998?", "Which ship is Aurora?") * 2:
        ask(page, question)
    page.wait_for_timeout(500)
    page.pdf(path=tmp_path / "printed.pdf", format="A5")
    document = pypdfium2.PdfDocument(tmp_path / "printed.pdf")
    pages = [sheet.get_textpage().get_text_range() for sheet in document]
    text = " ".join(" ".join(pages).split())
    assert len(pages) > 1
    assert text.count(WHO) >= 2
    assert "(000_c84859b3cd77474d.txt)" in text
    assert "Export" not in text
    assert "Add documents" not in text
    assert page.locator("#conversation details[open]").count() == 0


def test_a_long_conversation_says_what_of_it_is_shown_and_printed(page):
    ask(page, WHO)
    page.wait_for_function("location.search.startsWith('?c=')")
    assert page.is_hidden("#earlier")

    def reply(route):
        listed = route.fetch().json()
        listed["conversations"][0]["turns"] = 112
        route.fulfill(json=listed)

    page.route("**/footnote/conversations*", reply)
    open_side(page, "talks")
    page.wait_for_selector("#earlier:visible")
    shown = "The last 100 questions of this conversation are shown and printed; 12 more before"
    assert page.inner_text("#earlier").startswith(shown)
    page.emulate_media(media="print")
    assert page.is_visible("#earlier")


def exported(page, served):
    conversation = page.evaluate("new URLSearchParams(location.search).get('c')")
    found = page.request.get(f"{served}footnote/conversations/{conversation}.json").json()
    return found["turns"]


def test_an_answer_is_made_again(page, served):
    ask(page, WHO)
    page.wait_for_function("location.search.startsWith('?c=')")
    (before,) = exported(page, served)
    with page.expect_response("**/gradio_api/run/predict*") as answered:
        page.get_by_role("button", name="Answer again").click()
    assert answered.value.ok
    (after,) = exported(page, served)
    assert after["asked"] > before["asked"]
    assert after["answer"] == before["answer"]
    assert "Shigeru Ishiba" in page.locator("#conversation div.answer").inner_text()
    assert questions(page) == [WHO]


def test_an_edited_question_replaces_the_later_turns(page):
    ask(page, WHO)
    ask(page, "Who won the World Cup in 1998?")
    page.get_by_role("button", name="Edit this question").first.click()
    assert page.input_value("#question textarea") == WHO
    assert "replaces the earlier question" in page.inner_text("#editing")
    page.fill("#question textarea", BASE)
    page.press("#question textarea", "Enter")
    page.wait_for_function("document.querySelectorAll('#conversation .asked').length === 1")
    assert questions(page) == [BASE]
    page.wait_for_selector("#editing", state="detached")
    page.get_by_role("button", name="Edit this question").first.click()
    page.get_by_role("button", name="Cancel").click()
    assert page.input_value("#question textarea") == ""
    ask(page, WHO)
    assert questions(page) == [BASE, WHO]


def test_the_search_text_of_a_follow_up_is_shown_and_can_be_edited(page):
    ask(page, WHO)
    answer = ask(page, "And when was that?")
    searched = answer.locator(".searched span").inner_text()
    assert searched.startswith("And when was that? (Shigeru Ishiba ")
    assert page.locator("#conversation .searched").count() == 1
    answer.get_by_role("button", name="Edit the search text").click()
    assert page.input_value("#question textarea") == searched
    page.fill("#question textarea", BASE)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#conversation .searched", state="detached")
    assert questions(page) == [WHO, BASE]
    page.wait_for_selector("#editing", state="detached")
    # The next question is a follow-up again.
    assert ask(page, "And who briefed him there?").locator(".searched").count() == 1
    assert page.failures == []


def test_an_answer_is_copied_as_clean_text_with_its_sources(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = ask(page, WHO)
    words = answer.locator(".words").inner_text()
    page.get_by_role("button", name="Copy with sources").click()
    page.wait_for_selector(".tools .confirmed")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert words in copied
    assert "000_c84859b3cd77474d.txt" in copied
    assert not set("*<>`#[") & set(copied.replace("[1]", ""))


def test_a_conversation_is_exported_with_citations_that_can_be_checked(page, served_index):
    ask(page, WHO)
    page.wait_for_function("location.search.startsWith('?c=')")
    page.click("#export summary")
    with page.expect_download() as download:
        page.click("#export-json")
    found = json.loads(download.value.path().read_text("utf-8"))
    uris = [uri for uri in strings(found) if uri.startswith("footnote://")]
    assert uris
    assert {qa.check(uri, index=served_index).status for uri in uris} == {"valid"}
    page.click("#export summary") if not page.is_visible("#export-md") else None
    with page.expect_download() as download:
        page.click("#export-md")
    text = download.value.path().read_text("utf-8")
    assert WHO.rstrip("?") in text
    assert uris[0] in text
    assert download.value.suggested_filename.endswith(".md")


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def test_a_vote_is_kept(page):
    ask(page, WHO)
    good = page.get_by_role("button", name="Good answer")
    good.click()
    page.wait_for_selector('[aria-label="Good answer"][aria-pressed="true"]')
    page.reload()
    page.wait_for_selector('[aria-label="Good answer"][aria-pressed="true"]')
    page.get_by_role("button", name="Bad answer").click()
    page.wait_for_selector('[aria-label="Bad answer"][aria-pressed="true"]')
    assert good.get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("way", ["address", "list", "download"])
def test_a_browser_never_sees_the_conversation_of_another(page, chromium, served, way):
    ask(page, WHO)
    page.wait_for_function("location.search.startsWith('?c=')")
    conversation = page.evaluate("new URLSearchParams(location.search).get('c')")
    other = chromium.new_context()
    try:
        stranger = other.new_page()
        stranger.goto(f"{served}?c={conversation}" if way == "address" else served)
        stranger.wait_for_selector("#question textarea")
        if way == "address":
            stranger.wait_for_timeout(1_000)
            assert stranger.locator("#conversation .asked").count() == 0
        elif way == "list":
            found = stranger.request.get(f"{served}footnote/conversations").json()
            assert found["conversations"] == []
        else:
            for kind in ("md", "json"):
                found = stranger.request.get(
                    f"{served}footnote/conversations/{conversation}.{kind}"
                )
                assert found.status == 404
    finally:
        other.close()
