"""What the chat says, as text: nothing of a document or a question is ever markup."""

import pytest
from makings import word_reader

import app
import index
import qa

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [click](javascript:alert(1)) "
    "![x](http://example.org/x.png) {{constructor}} `code` **bold** www.example.org $x$"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("chat")
    (folder / "page (1) [x]:y.txt").write_text(
        f"{HOSTILE}. The harbour master is Ida Holm. 👩🏽‍🚀 lives nearby.\n"
    )
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    return folder / ".footnote"


def test_plain_leaves_only_letters_digits_and_entities():
    assert app.plain("a <b>\n*c*") == "a &#60;b&#62; &#42;c&#42;"
    escaped = app.plain(HOSTILE)
    assert not set("<>[]()*`!{}$:/.") & set(escaped)


def test_a_reply_links_its_range_and_escapes_the_quotation(folder):
    reply = app.reply("Who is the harbour master?", folder, reader=qa.NONE)
    document = index.open_index(folder).document_by_id("page (1) [x]:y.txt")
    start = document.text.index("The harbour master")
    assert app.plain("The harbour master is Ida Holm.") in reply
    assert f"[1](#cite=page%20%281%29%20%5Bx%5D%3Ay.txt:{start}:{start + 31})" in reply
    assert "<script" not in reply
    assert "javascript:" not in reply


def test_words_that_a_reader_names_come_before_their_sentence(folder):
    reader = word_reader({"ida": 5.0}, {"holm": 5.0})
    reply = app.reply("Who is the harbour master?", folder, threshold=0.0, reader=reader)
    assert reply.startswith(f"**{app.plain('Ida Holm')}**")
    assert f"{app.plain('The harbour master is')} <b>{app.plain('Ida Holm')}</b>" in reply
    assert "<script" not in reply


def test_the_words_that_answer_are_marked_in_their_sentence():
    def marked(quote, start, end):
        return app._marked(qa.Citation("a", "A", "/a", None, 0, len(quote), quote, start, end))

    assert marked("It is Ida Holm.", 6, 14) == "It is <b>Ida Holm</b>&#46;"
    assert marked("Ida Holm <b>is</b> it", 0, 8) == (
        "<b>Ida Holm</b> &#60;b&#62;is&#60;&#47;b&#62; it"
    )
    assert marked("(1987)", 1, 5) == "&#40;<b>1987</b>&#41;"
    assert marked("All of it", 0, 9) == "All of it"


def test_not_found_looks_different_and_offers_the_nearest(folder):
    reply = app.reply("How do I bake sourdough bread?", folder)
    assert reply.startswith('<div class="not-found"><strong>Not in the documents')
    assert "\n1. [" in reply
    assert "<script" not in reply


@pytest.mark.parametrize("question", ["", "word " * 10_000])
def test_a_question_that_cannot_be_asked_gets_a_notice(folder, question):
    assert app.reply(question, folder).startswith('<div class="notice">The question ')


def test_no_index_is_a_notice_without_failing(tmp_path):
    assert "There is no index" in app.reply("Who?", str(tmp_path / "none"))


def test_the_source_is_cut_on_the_server_by_characters(folder):
    generation = index.open_index(folder)
    document = generation.document_by_id("page (1) [x]:y.txt")
    start = document.text.index("👩")
    view = app.source_view(generation, [document.id, start, start + 5])
    assert view["marked"] == document.text[start : start + 5]
    assert view["before"] + view["marked"] + view["after"] == document.text


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        [],
        "page",
        ["page (1) [x]:y.txt", 0],
        ["page (1) [x]:y.txt", "0", "5"],
        ["page (1) [x]:y.txt", 5, 5],
        ["page (1) [x]:y.txt", -5, 5],
        ["page (1) [x]:y.txt", 0, 10**9],
        ["../../etc/passwd", 0, 5],
        {"document_id": "page (1) [x]:y.txt"},
    ],
)
def test_whatever_a_browser_sends_is_checked(folder, wanted):
    view = app.source_view(index.open_index(folder), wanted)
    assert set(view) == {"error"}


def test_a_long_source_is_shown_around_the_citation(tmp_path, word_encoder):
    file = tmp_path / "long.txt"
    file.write_text("word " * 100_000 + "needle. " + "word " * 100_000)
    index.build([file], index=tmp_path / "index", encoder=word_encoder)
    generation = index.open_index(tmp_path / "index")
    view = app.source_view(generation, ["long.txt", 500_000, 506_000])
    assert len(view["before"]) == app.SHOWN + 1
    assert view["before"].startswith("…")
    assert len(view["after"]) == app.SHOWN + 1
    assert view["after"].endswith("…")
