"""Cells that a question names, and cells that it does not ask for."""

import pytest
from makings import WordEncoder

from index.extract.document import Document
from index.text.chunk import Chunk
from qa.candidates.cells import Cells, Judgement
from qa.retrieval.query import Query
from qa.retrieval.rerank import Passage

ENCODER = WordEncoder(("stock", "stored", "price", "item", "kept", "mail", "colour", "live", "fee"))

SHOP = """| Item | Price | Stock | Kept by | Mail |
| --- | --- | --- | --- | --- |
| Lamp Orion | 79.00 | 12 | Erin Vance | erin.vance@shop.example |
| Lamp Vega | 64.00 | 0 | Tomas Ruiz | tomas.ruiz@shop.example |
| Towel L | 6.50 | | Ada Penn | ada.penn@shop.example |
"""
REPEATED = "| Port | Fee | Fee |\n| --- | --- | --- |\n| Arden | 3 | 4 |\n| Belmar | 5 | 5 |"
ONE_COLUMN = "| Fee |\n| --- |\n| 90 euros |\n| 70 euros |"


def passage(text):
    document = Document("shop.md", "Prices", text, "/shop.md", "text/markdown", (), "0")
    return Passage(Chunk(document.id, 0, len(text)), document, text, 0.5, {})


def cells_of(question, text=SHOP, context=()):
    read = passage(text)
    return Cells(Query.of(question), [read], ENCODER, frozenset(context)), read


def named(question, text=SHOP, context=()):
    cells, read = cells_of(question, text, context)
    return [text[a:b] for a, b in cells.named_in(read)]


def judged(question, words, text=SHOP):
    cells, read = cells_of(question, text)
    return cells.judge(read, text.index(words), text.index(words) + len(words))


def test_what_was_spoken_of_names_a_row_but_not_by_the_cell_that_is_asked_for():
    assert named("And its price?", context={"vega"}) == ["64.00"]
    assert named("And its price?", context={"64"}) == []
    assert named("And the price of Orion?", context={"vega", "towel"}) == ["79.00"]


MONTHS = """| Farm | April | May |
| --- | --- | --- |
| Dunmere | 219 | 214 |
| Alder | 176 | 190 |
"""


def test_the_month_of_may_names_a_column():
    assert named("What was the count of Dunmere in May?", MONTHS) == ["214"]
    assert named("What was the count of Dunmere in April?", MONTHS) == ["219"]


def test_a_row_and_a_column_name_a_number_among_lines():
    lines = "Counts\nFarm April May\nDunmere 219 214\nAlder Farm 176 190\nAll are in thousands."
    assert named("What was the count of Dunmere in April?", lines) == ["219"]
    assert named("What was the count of Alder Farm in May?", lines) == ["190"]
    assert judged("What was the count of Dunmere in April?", "214", lines).wrong
    assert not judged("What was the count of Dunmere in April?", "thousands", lines).wrong


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the price of the lamp Vega?", ["64.00"]),
        ("How many lamps Vega are in stock?", ["0"]),
        ("What is the mail of Tomas Ruiz?", ["tomas.ruiz@shop.example"]),
        ("Which item is kept by Ada Penn?", ["Towel L"]),
        ("What is the price of lamps?", ["79.00", "64.00"]),
        # By meaning: "stored" has the cosine 0 to all names; the question names the row alone.
        ("Where is the lamp Vega stored?", []),
        ("How many towels L are in stock?", []),  # The cell is empty.
        ("Which item has the highest price?", []),  # No row is named.
        ("What is the price of the sofa?", []),
    ],
)
def test_a_row_and_a_column_name_a_cell(question, expected):
    assert named(question) == expected


def test_the_cell_is_named_by_the_share_of_words_that_name_it():
    assert judged("What is the price of the lamp Vega?", "64.00").named == 1.0
    assert judged("What is the price of the lamp Vega today?", "64.00").named == 0.75


def test_the_context_of_a_question_names_the_row():
    cells, read = cells_of("What is the price?")
    start = SHOP.index("64.00")
    assert cells.judge(read, start, start + 5).wrong
    cells = Cells(Query.of("What is the price?"), [read], ENCODER, frozenset({"lamp", "vega"}))
    assert cells.judge(read, start, start + 5).named == 1.0
    assert cells.judge(read, SHOP.index("79.00"), SHOP.index("79.00") + 5).wrong


def test_other_cells_are_wrong():
    question = "How many lamps Vega are in stock?"
    assert not judged(question, "0 |").named  # It reaches beyond the cell.
    assert judged(question, "64.00").wrong
    assert judged(question, "12").wrong
    assert not judged("Where do you live?", "Text", "Text.").wrong


def test_of_several_cells_with_different_words_none_is_the_answer():
    assert judged("What is the price of lamps?", "79.00").wrong
    assert judged("What is the fee in Arden?", "3", REPEATED).wrong
    assert not judged("What is the fee in Belmar?", "5", REPEATED).wrong
    # Whoever asks for several gets several.
    assert not judged("Which items are lamps?", "Lamp Orion").wrong


def test_cells_of_rows_that_are_not_named_are_wrong():
    assert judged("Which item has the highest price?", "79.00").wrong
    assert judged("What is the fee?", "90 euros", ONE_COLUMN).wrong
    only = ONE_COLUMN.replace("\n| 70 euros |", "")
    assert not judged("What is the fee?", "90 euros", only).wrong


def test_what_no_column_is_about_and_other_names_are_unknown():
    assert judged("What is the colour of the lamp Vega?", "64.00").unknown
    assert judged("What is the price of the lamp Vega XXL?", "64.00").unknown
    assert not judged("What is the price of the lamp Vega?", "64.00").unknown
    assert not judged("Where is the lamp Vega?", "64.00").unknown


def test_a_range_over_several_cells_crosses_them():
    cells, read = cells_of("What does the lamp Vega cost?")
    start = SHOP.index("64.00")
    assert cells.crosses(read, start, start + len("64.00 | 0"))
    assert not cells.crosses(read, start, start + len("64.00"))


def test_a_long_cell_is_not_taken_for_a_value():
    note = "The lamp was moved to the northern hall because the southern one was too damp for it."
    text = f"| Item | Note |\n| --- | --- |\n| Vega | {note} |\n| Orion | {note.upper()} |"
    cells, read = cells_of("Where did they carry it?", text)
    start = text.index("northern")
    assert cells.judge(read, start, start + 8) == Judgement()
    assert cells.widen(read, start, start + 8) == (start, start + 8)
    start = text.index("ega")
    assert cells.widen(read, start, start + 3) == (start - 1, start + 3)


def test_the_names_of_columns_are_no_answer():
    assert judged("What is the price of the lamp Vega?", "Price").wrong


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which item has the highest price?", True),
        ("What is the price of lamps?", True),  # Of two.
        ("What is the price of the lamp Vega?", False),
        ("Where is the lamp Vega stored?", False),
        ("Who opened the office?", False),  # No column is named.
    ],
)
def test_a_column_without_a_single_row_asks_for_several(question, several):
    cells, read = cells_of(question)
    assert cells.ask_for_several(read) == several


def test_rows_that_all_say_the_same_need_not_be_told_apart():
    cells, read = cells_of("What is the price of a towel?", SHOP.replace("79.00", "64.00"))
    assert not cells.ask_for_several(read)
    same = "| Item | Price |\n| --- | --- |\n| Lamp | 5 |\n| Towel | 5 |"
    cells, read = cells_of("What is the highest price?", same)
    assert not cells.ask_for_several(read)
