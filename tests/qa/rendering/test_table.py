"""A table of answers as CSV, XLSX and Markdown: its columns, its places, and text that attacks."""

import csv
import io
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from openpyxl import load_workbook

from qa.answer import NOT_FOUND, Answer, AskedDocument
from qa.citation import Citation
from qa.rendering.table import arrange, make_cell, table_csv, table_markdown, table_xlsx

QUAY = AskedDocument("leases/quay.pdf", "Lease of Quay 4", "2019-03-01")
MILL = AskedDocument("leases/mill.md", "=cmd|' /C calc'!A0", "")
RENT, TENANT = "What is the rent?", "Who is the tenant?"
QUOTE = "The rent is 1,450 euros."
CITED = Citation(
    "leases/quay.pdf", "Lease of Quay 4", "/home/ida/quay.pdf", 3, 10, 34, QUOTE, 22, 33,
    "footnote://x/10-34",
)  # fmt: skip
EXACT = Answer(RENT, RENT, "1,450 euros", (CITED,), (), 0.75, 0.8, "answer", (), (), document=QUAY)
NONE = Answer(RENT, RENT, NOT_FOUND, (), (), 0.1, 0.2, "none", (CITED,), (), document=MILL)
PROBABLY = replace(
    EXACT, question=TENANT, text=QUOTE, outcome="passages", probability=0.3, answerable=0.625
)


def read_csv(answers):
    return list(csv.DictReader(io.StringIO(table_csv(answers)[1:], newline="")))


def test_a_row_holds_the_words_and_their_place():
    quay, mill = read_csv([EXACT, NONE])
    assert quay == {
        "Document": "leases/quay.pdf",
        "Title": "Lease of Quay 4",
        "Date": "2019-03-01",
        RENT: "1,450 euros",
        f"{RENT} (remark)": "",
        f"{RENT} (how sure)": "0.75",
        f"{RENT} (page)": "3",
        f"{RENT} (quotation)": QUOTE,
        f"{RENT} (citation)": "footnote://x/10-34",
    }
    assert (mill["Document"], mill[RENT]) == ("leases/mill.md", "")
    assert mill[f"{RENT} (remark)"] == "Not in the documents."
    assert mill[f"{RENT} (how sure)"] == mill[f"{RENT} (citation)"] == ""


def test_a_csv_file_is_marked_as_utf8():
    assert table_csv([EXACT]).startswith('\ufeff"Document",')


def test_sentences_that_probably_answer_are_marked_as_such():
    cell = make_cell(PROBABLY)
    assert (cell.text, cell.likely) == (QUOTE, 0.625)
    assert cell.remark == "The documents probably answer here."


def test_several_questions_are_columns_and_a_stopped_row_has_empty_cells():
    questions, rows = arrange([EXACT, PROBABLY, NONE])
    assert questions == [RENT, TENANT]
    assert [document for document, _ in rows] == [QUAY, MILL]
    assert [[cell.text for cell in cells] for _, cells in rows] == [
        ["1,450 euros", QUOTE],
        ["", ""],
    ]
    assert len(read_csv([EXACT, PROBABLY, NONE])[0]) == 3 + 2 * 6


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "\t=1+1", "a;=1+1", 'a",=1+1', "=1\n=2"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_csv_file_is_a_formula(text):
    answer = _answer_with(text)
    for separator in (",", ";"):
        for row in csv.reader(io.StringIO(table_csv([answer])[1:]), delimiter=separator):
            assert not any(cell.startswith(tuple("=+-@\uff1d\t\r")) for cell in row)


@pytest.mark.parametrize("text", [*HOSTILE, "a\x00\x07b", "x" * 40_000])
def test_every_text_of_a_workbook_is_text(text):
    sheet = load_workbook(io.BytesIO(table_xlsx([_answer_with(text)]))).active
    assert [cell.data_type for cell in sheet[2][:4]] == ["s"] * 4
    assert sheet["D2"].quotePrefix
    expected = " ".join(text.split()).replace("\x00", "\ufffd").replace("\x07", "\ufffd")
    assert sheet["D2"].value == expected[:32_767]


def test_numbers_of_a_workbook_are_numbers():
    sheet = load_workbook(io.BytesIO(table_xlsx([EXACT, NONE]))).active
    assert (sheet["F2"].value, sheet["F2"].number_format, sheet["G2"].value) == (0.75, "0%", 3)
    assert (sheet["F3"].value, sheet["D3"].value) == (None, None)
    assert sheet.freeze_panes == "B2"


def test_markdown_shows_the_words_and_cites_them_beneath():
    shown = table_markdown([EXACT, PROBABLY, replace(NONE, document=QUAY, question="Why?"), NONE])
    head, _, first, second, blank, *sources = shown.splitlines()
    assert head == "| Document | Date | What is the rent? | Who is the tenant? | Why? |"
    assert first == (
        "| leases/quay.pdf | 2019-03-01 | 1,450 euros (75%) \\[1\\] | "
        "The rent is 1,450 euros. (probably, 62%) \\[2\\] | Not in the documents. |"
    )
    assert second == "| leases/mill.md |  | Not in the documents. |  |  |"
    assert blank == ""
    assert sources[0] == "1. “The rent is 1,450 euros.” leases/quay.pdf, page 3, footnote://x/10-34"
    assert len(sources) == 2


def test_markup_in_names_and_quotations_stays_text():
    name = "a|b<img src=x>[c](javascript:x).md"
    shown = table_markdown(
        [replace(EXACT, document=replace(QUAY, document_id=name), question="|*")]
    )
    page = MarkdownIt("commonmark").enable("table").render(shown)
    assert "<img" not in page
    assert "<a " not in page
    assert page.count("<td>") == 3
    assert "javascript:x" in page


def _answer_with(text):
    cited = replace(CITED, quote=text, start=0, end=len(text), answer_start=0, answer_end=len(text))
    document = AskedDocument(text, text, text)
    return replace(EXACT, text=text, citations=(cited,), document=document, question="Which?")
