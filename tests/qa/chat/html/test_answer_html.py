"""The HTML of answers: no text of a document or question becomes markup."""

from dataclasses import replace

import pytest
from makings import word_reader

import index
import qa
from qa.chat.html.answer import (
    answer_html,
    escape_text,
    notice_html,
    question_html,
)
from qa.chat.html.probability import format_probability

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


def made(quote, start, end, **more):
    """A citation of a whole quotation, its answering words from `start` to `end`."""
    return qa.Citation("a.txt", "A", "/a.txt", None, 0, len(quote), quote, start, end, **more)


def answer(*citations, text="", **more):
    return replace(
        qa.Answer("Who?", "Who?", text, tuple(citations), (), 0.94, 0.94, "answer", (), ()), **more
    )


def test_the_place_of_a_citation_has_the_date_of_its_document():
    dated, undated = made("Ida Holm", 0, 8, date="2019-04"), made("Ida Holm", 0, 8)
    place = '<span class="from"><bdi>a&#46;txt</bdi>'
    assert f"{place}&#44; 2019&#45;04</span>" in answer_html("t", answer(dated))
    assert f"{place}</span>" in answer_html("t", answer(undated))


def test_plain_leaves_only_letters_digits_and_entities():
    assert escape_text("a <b>\n*c*") == "a &#60;b&#62; &#42;c&#42;"
    assert not set("<>[]()*`!{}$:/.") & set(escape_text(HOSTILE))


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "very likely, 99%"),
        (0.9, "very likely, 90%"),
        (0.66, "likely, 66%"),
        (0.5, "more likely than not, 50%"),
        (0.35, "about as likely as not, 35%"),
        (0.12, "unlikely, 12%"),
        (0.0, "very unlikely, 0%"),
    ],
)
def test_a_probability_is_shown_in_words_and_as_a_percentage(probability, words):
    assert format_probability(probability) == words


def test_the_answer_of_a_reader_comes_before_its_sentence(folder):
    reader = word_reader({"ida": 5.0}, {"holm": 5.0})
    found = qa.ask("Who is the harbour master?", index=folder, threshold=0.0, reader=reader)
    shown = answer_html("t1", found)
    document = index.open_index(folder).document_by_id("page (1) [x]:y.txt")
    start = document.text.index("The harbour")
    assert shown.startswith(f'<div class="answer"><p class="words">{escape_text("Ida Holm")}</p>')
    assert f"{escape_text('The harbour master is')} <b>{escape_text('Ida Holm')}</b>" in shown
    place = f"{start}:{start + 31}:{start + 22}:{start + 30}:{document.sha256}"
    link = f"#cite=page%20%281%29%20%5Bx%5D%3Ay.txt:{place}"
    assert f'<a href="{link}">1</a>' in shown
    assert '<a href="#turn=t1:0">' in shown
    assert "<script" not in shown
    assert "javascript:" not in shown
    assert "\n" not in shown  # An empty line would end the HTML and begin Markdown.


def test_the_words_that_answer_are_marked_in_their_sentence():
    def marked(quote, start, end):
        return answer_html("", answer(made(quote, start, end), text="x")).split("blockquote>")[1]

    assert marked("It is Ida Holm.", 6, 14).startswith("It is <b>Ida Holm</b>&#46; <a")
    assert marked("Ida Holm <b>is</b> it", 0, 8).startswith(
        "<b>Ida Holm</b> &#60;b&#62;is&#60;&#47;b&#62; it <a"
    )
    assert marked("(1987)", 1, 5).startswith("&#40;<b>1987</b>&#41; <a")


def test_marks_of_markdown_are_not_shown():
    row = "| Parental | **Greta** Lindqvist | 28 |"
    cell = replace(made(row, 15, 32), document_id="a.md")
    item = replace(made("- Twins add **10** weeks.", 14, 16), document_id="a.md")
    shown = answer_html("", answer(cell, text=cell.words, conflicting=(item,)))
    assert f'<p class="words">{escape_text("Greta Lindqvist")}</p>' in shown
    assert "<blockquote>Parental · <b>Greta Lindqvist</b> · 28 <a" in shown
    assert "<blockquote>Twins add <b>10</b> weeks&#46; <a" in shown
    near = answer_html("", answer(near=(cell, item), outcome="none"))
    assert ">Parental · Greta Lindqvist · 28</a>" in near
    assert ">Twins add 10 weeks&#46;</a>" in near
    whole = replace(made("- 28 days", 2, 9), document_id="a.md")
    assert 'class="words"' not in answer_html("", answer(whole, text="28 days"))


def test_sentences_that_probably_answer_are_quoted_without_marked_words():
    first, second = made("The cat went to Oslo.", 16, 20), made("It was a cat.", 0, 13)
    shown = answer_html("", answer(first, second, outcome="passages", answerable=0.72))
    assert shown.startswith('<div class="answer passages"><p class="lead">')
    assert shown.count("<blockquote>") == 2
    assert ">1</a>" in shown
    assert ">2</a>" in shown
    assert "likely to answer, 72%" in shown
    assert "Not in the documents" not in shown


def test_a_whole_sentence_is_not_shown_twice():
    shown = answer_html("", answer(made("All of it.", 0, 10), text="All of it."))
    assert 'class="words"' not in shown
    assert "<b>" not in shown


def test_the_same_answer_in_other_places_is_one_line():
    first = made("Ida Holm keeps it.", 0, 8, also=("copy <1>.txt",))
    second = replace(made("It is Ida Holm.", 6, 14), document_id="b.txt", title="B", page=3)
    shown = answer_html("", answer(first, second, text="Ida Holm"))
    assert shown.count("<blockquote>") == 1
    assert (
        'Also found in <a href="#cite=b.txt:0:15:6:14"><bdi>b&#46;txt</bdi>&#44; page 3</a>, '
        in shown
    )
    copy = escape_text("A (copy <1>.txt)")
    assert f'<a href="#cite=copy%20%3C1%3E.txt:0:18:0:8"><bdi>{copy}</bdi></a>' in shown


def test_documents_with_the_same_title_show_their_file_names():
    quotation = made("It is Ida Holm.", 6, 14, also=("old/copy.docx",))
    first = replace(quotation, document_id="new/office.docx", title="Harbour report", page=3)
    shown = answer_html("", answer(first, text="Ida Holm"))
    office, copy, page = map(
        escape_text, ("Harbour report (office.docx)", "Harbour report (copy.docx)", ", page 3")
    )
    assert f'<span class="from"><bdi>{office}</bdi>{page}</span>' in shown
    assert f"><bdi>{copy}</bdi>{page}</a></p>" in shown


def test_several_quotations_are_numbered_in_their_order():
    shown = answer_html("", answer(made("One.", 0, 3), made("Two.", 0, 3), text="One; Two"))
    assert [shown.index(f">{n}</a>") for n in (1, 2)] == sorted(
        shown.index(f">{n}</a>") for n in (1, 2)
    )
    assert shown.count("<blockquote>") == 2


def test_conflicting_passages_are_introduced():
    other = made("It is Ola Berg.", 6, 14)
    shown = answer_html(
        "", answer(made("It is Ida Holm.", 6, 14), text="Ida Holm", conflicting=(other,))
    )
    assert "Other passages say otherwise:" in shown
    assert shown.index("Ola Berg") > shown.index("otherwise")
    assert ">2</a>" in shown


def test_not_found_looks_different_and_folds_the_nearest(folder):
    found = qa.ask("How do I bake sourdough bread?", index=folder)
    shown = answer_html("t2", found, vote=-1, only_in=("<b>.txt",))
    assert shown.startswith('<div class="answer none"><p class="notice"><strong>Not in the')
    assert "<details><summary>" in shown
    assert '<ol class="near"><li><a href="#cite=' in shown
    assert (
        'Searched only in <a href="#cite=%3Cb%3E.txt:0:0"><bdi>&#60;b&#62;&#46;txt</bdi></a>'
        in shown
    )
    assert '<a href="#turn=t2:-1">' in shown
    assert "<script" not in shown


def test_a_question_and_a_notice_are_text():
    assert (
        question_html("t", "<b>?")
        == '<p class="asked">&#60;b&#62;&#63;</p><a href="#edit=t">edit</a>'
    )
    assert question_html("", "a") == '<p class="asked">a</p>'
    assert notice_html("<i>") == '<div class="notice">&#60;i&#62;</div>'
