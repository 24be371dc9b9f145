"""Questions about tables, asked of the real models: the cell answers, and no other one."""

from html import unescape

import pytest

import index
import qa
from qa.chat.html.answer import answer_html
from qa.cli.printing import print_answer
from qa.rendering.serialize import answer_from_record

SHOP = """Article,Price EUR,On hand,Maker
Travel kettle,31.50,4,Birk & Sons
Travel kettle L,38.00,0,Birk & Sons
Wool blanket,54.90,17,Tarn Mill
Camp stove,72.00,9,Oskar Lind
"""

STAFF = """# People of the Lindau office

The office has two floors.

| Name | Position | Extension |
| --- | --- | --- |
| Mira Solberg | bookkeeper | 4417 |
| Jonas Weck | head of transport | 4420 |
| Mira Kern | archivist | 4431 |
"""

BERTHS = """Harbour of Askvik. The berths are let by the year.

Berth | Depth | Tenant
--- | --- | ---
Quay 7 west | 6.4 m | Halden Line. Until May.
Quay 8 east | 5.1 m | Birger Noss
Quay 9 east | 4.9 m | Runa Vik
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("tables")
    (folder / "articles.csv").write_text(SHOP)
    (folder / "people.md").write_text(STAFF)
    (folder / "berths.md").write_text(BERTHS)
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    return index.open_index(folder / ".footnote")


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("How many travel kettles L are on hand?", "0"),
        ("What is the price of the travel kettle L?", "38.00"),
        ("What does the camp stove cost?", "72.00"),
        ("Who is the maker of the wool blanket?", "Tarn Mill"),
        ("What is the extension of Mira Kern?", "4431"),
        ("What is Jonas Weck's position?", "head of transport"),
    ],
)
def test_the_cell_is_the_answer_and_its_row_the_citation(opened, question, cell):
    answer = qa.ask(question, index=opened)
    assert (answer.outcome, answer.text) == ("answer", cell)
    citation = answer.citations[0]
    assert citation.words == cell
    assert (citation.quote[0], citation.quote[-1], citation.quote.count("\n")) == ("|", "|", 0)


def test_a_table_without_outer_bars_is_answered_by_its_cells(opened):
    answer = qa.ask("What is the depth of Quay 8 east?", index=opened)
    assert (answer.outcome, answer.text) == ("answer", "5.1 m")
    citation = answer.citations[0]
    assert (citation.quote, citation.words) == ("Quay 8 east | 5.1 m | Birger Noss", "5.1 m")
    assert citation.header == "Berth | Depth | Tenant"
    answer = qa.ask("Who is the tenant of Quay 7 west?", index=opened)
    assert answer.citations[0].quote == "Quay 7 west | 6.4 m | Halden Line. Until May."


def test_a_follow_up_question_asks_for_another_cell_of_the_row(opened):
    before = qa.ask("What is the extension of Jonas Weck?", index=opened)
    assert qa.ask("And what is his position?", index=opened, history=[before]).text == (
        "head of transport"
    )


def test_the_header_of_the_table_is_shown_with_the_row(opened, capsys):
    answer = qa.ask("What is the extension of Mira Kern?", index=opened)
    citation = answer.citations[0]
    assert citation.header == "| Name | Position | Extension |"
    assert citation.to_dict()["header"] == citation.header
    print_answer(answer)
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[2:4] == [
        "[1] Mira Kern · archivist · 4431",
        "columns: Name · Position · Extension",
    ]
    shown = '<span class="from">Name &#183; Position &#183; Extension</span>Mira Kern'
    assert shown.replace("&#183;", "·") in answer_html("t", answer)
    beside = qa.ask("How many floors does the office have?", index=opened).citations[0]
    assert not beside.header
    assert "header" not in beside.to_dict()


@pytest.mark.parametrize(
    "question",
    [
        "Which article has the highest price?",
        "What is the sum of all prices?",
        "How many articles are there in the price list?",
        "How heavy is the wool blanket?",
        "What is the price of the travel kettle XXL?",
        "What is the extension of Mira?",
    ],
)
def test_what_no_single_cell_says_is_not_answered_by_one(opened, question):
    assert not qa.ask(question, index=opened).answered


def test_it_says_that_rows_are_not_compared(opened, capsys):
    answer = qa.ask("Which article has the highest price?", index=opened)
    assert answer.note.startswith("Rows of a table are not counted, added up or compared.")
    assert answer.to_dict()["note"] == answer.note
    assert answer_from_record(answer.to_dict()).note == answer.note
    print_answer(answer)
    assert answer.note in capsys.readouterr().out
    assert answer.note in unescape(answer_html("t", answer))
    for question in (
        "What is the extension of Mira Kern?",
        "What is the price of the travel kettle XXL?",
        "Who founded the harbour?",
    ):
        other = qa.ask(question, index=opened)
        assert not other.note
        assert "note" not in other.to_dict()


def test_the_names_of_columns_alone_are_not_quoted(opened):
    for question in ("Which article has the highest price?", "What is the sum of all prices?"):
        answer = qa.ask(question, index=opened)
        quoted = [citation.quote for citation in (*answer.citations, *answer.near)]
        assert quoted
        assert not any("Price" in quote.split(" | ")[1:] for quote in quoted)


def test_text_beside_a_table_answers_as_before(opened):
    assert qa.ask("How many floors does the office have?", index=opened).text == "two"
