"""Quotations as plain text: without markup, with the answering words separate."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.extract.document import NON_MARKDOWN_TYPES, SUFFIXES, extract
from qa.answer import Answer
from qa.citation import Citation
from qa.rendering.blocks import MARKDOWN_TYPES
from qa.rendering.plain_text import (
    _MEDIA_TYPES,
    format_answer_text,
    format_document_name,
    format_quote,
    format_quote_parts,
    format_text_parts,
    names_the_same,
)

WRITTEN = {
    **dict.fromkeys(("a.txt", "a.text", "a.md", "a.markdown"), b"# A\n"),
    **{"a.html": b"<p>A</p>", "a.csv": b"a,b\n1,2\n", "a.tsv": b"a\tb\n1\t2\n"},
}

FILES = [
    file
    for file in sorted(Path(__file__).parents[2].joinpath("files").iterdir())
    if file.suffix in SUFFIXES
]


def cited(quote, words, document_id="a.md", start=40):
    first = start + quote.index(words)
    end = start + len(quote)
    return Citation(document_id, "A", "", None, start, end, quote, first, first + len(words))


@pytest.mark.parametrize(
    ("quote", "words", "parts"),
    [
        ("You have **28 days** of leave.", "28 days", ["You have ", "28 days", " of leave."]),
        ("You have **28 days** of leave.", "**28 days**", ["You have ", "28 days", " of leave."]),
        ("You have **28 days** of leave.", "28 days** of", ["You have ", "28 days of", " leave."]),
        ("- Twins add `10` weeks.", "10", ["Twins add ", "10", " weeks."]),
        ("# Heading", "Heading", ["", "Heading", ""]),
        ("# Heading", "# Heading", ["", "Heading", ""]),
        ("> It is *thin*.", "thin", ["It is ", "thin", "."]),
        ("7. Ask [Ida](http://x.org) first.", "Ida", ["7. Ask ", "Ida", " first."]),
        ("7. Ask Ida.", "7", ["", "7", ". Ask Ida."]),
        (
            "| Parental | Greta Lindqvist | 28 | |",
            "Greta Lindqvist",
            ["Parental · ", "Greta Lindqvist", " · 28"],
        ),
        ("| Parental | Greta | 28 |", "Greta | 28", ["Parental · ", "Greta · 28", ""]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "1", ["a · b · ", "1", " · 2"]),
        ("Ask Greta. | 28 |", "28", ["Ask Greta. · ", "28", ""]),
        ("- one\n- two\n\nEnd.", "two", ["one · ", "two", "\nEnd."]),
        ("**Note. Leave is 28 days.", "28", ["Note. Leave is ", "28", " days."]),
        ("Leave is 28 days.**", "28", ["Leave is ", "28", " days."]),
        ("It is 2 ** 3, or a\\*b.", "a\\*b", ["It is 2 ** 3, or ", "a*b", "."]),
        (
            "The _ship_ of snake_case 👩🏽‍🚀 left.",
            "👩🏽‍🚀",
            ["The ship of snake_case ", "👩🏽‍🚀", " left."],
        ),
    ],
)
def test_marks_are_left_out(quote, words, parts):
    assert format_quote_parts(cited(quote, words)) == parts


def test_text_of_nothing_but_markup_is_unchanged():
    assert format_quote_parts(cited("| a | b |", " | ")) == ["| a", " | ", "b |"]
    assert format_quote_parts(cited("---", "---")) == ["", "---", ""]


@pytest.mark.parametrize("name", ["a.txt", "b/A.PDF", "a.text", "note-7", "v1.2"])
def test_text_without_markup_is_unchanged(name):
    quote = "# Not **28** days | - \\*"
    assert format_quote(cited(quote, "28", name)) == quote


@pytest.mark.parametrize("name", ["a.docx", "a.html", "a.csv"])
def test_stars_are_no_markup_outside_markdown(name):
    assert format_quote(cited("- 2 **x** \\_y", "x", name)) == "2 **x** \\_y"
    assert format_quote(cited("| a\\|b | *c* |", "c", name)) == "a|b · *c*"


@pytest.mark.parametrize("file", [*FILES, *WRITTEN], ids=lambda file: Path(file).name)
def test_a_suffix_determines_the_markup(file):
    """As the media types do, which the readers give."""
    file = Path(file)
    media_type = extract(file, WRITTEN.get(file.name) or file.read_bytes()).media_type
    told = _MEDIA_TYPES.get(file.suffix, "")
    assert (told in NON_MARKDOWN_TYPES, told in MARKDOWN_TYPES) == (
        media_type in NON_MARKDOWN_TYPES,
        media_type in MARKDOWN_TYPES,
    )


def test_a_name_in_decomposed_letters_is_the_same():
    assert names_the_same("Résumé", "Re\u0301sume\u0301.pdf")


def test_the_text_of_an_answer_is_shown_as_its_quotations_are():
    first, second = cited("**Ida** Holm | 5", "**Ida** Holm"), cited("- See `x`.", "`x`")
    for text, expected in (
        ("**Ida** Holm; `x`", "Ida Holm; x"),
        ("- See `x`.", "See x."),
        ("Not in the **documents**.", "Not in the **documents**."),
    ):
        answer = Answer("Who?", "Who?", text, (first, second), (), 0.9, 0.9, "answer", (), ())
        assert format_answer_text(answer) == expected


TEXTS = st.text(st.sampled_from("ab1 \n.-+*_#>`~[]|\\é😀"), min_size=1)


@given(TEXTS, st.sampled_from(["a.md", "a.docx", "a.txt", "a.pdf"]), st.data())
def test_no_letter_is_lost_or_changes_its_part(text, name, data):
    places = st.integers(0, len(text))
    stops = sorted(data.draw(st.tuples(places, places, places, places)))
    edges = [0, *stops, len(text)]
    letters = [re.sub(r"[^abé😀]", "", text[a:b]) for a, b in pairwise(edges)]
    found = format_text_parts(text, name, stops)
    assert [re.sub(r"[^abé😀]", "", part) for part in found] == letters
    if name in ("a.txt", "a.pdf"):
        assert "".join(found) == text


@pytest.mark.parametrize(
    ("title", "document_id", "name"),
    [
        ("Harbour report", "reports/office.docx", "Harbour report (office.docx)"),
        ("the-plan", "the-plan.txt", "the-plan.txt"),
        ("Plan", "a/plan.txt", "plan.txt"),
        ("plan.TXT", "plan.txt", "plan.txt"),
        ("**Leave** of `all`", "rules.md", "Leave of all (rules.md)"),
        ("**Leave**", "rules.txt", "**Leave** (rules.txt)"),
        ("word " * 15 + "end", "long.txt", "word " * 11 + "word… (long.txt)"),
    ],
)
def test_a_document_is_called_by_its_title_and_its_file(title, document_id, name):
    assert format_document_name(title, document_id) == name
