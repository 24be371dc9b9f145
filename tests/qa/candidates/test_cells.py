"""Cells that a question names, and cells that it does not ask for."""

import pytest
from makings import WordEncoder

from index.extract.document import Document
from index.text.chunk import Chunk
from qa.candidates.cells import CELL_FEATURES, Cells, Judgement
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


def judged(question, words, text=SHOP, context=()):
    cells, read = cells_of(question, text, context)
    return cells.judge(read, text.index(words), text.index(words) + len(words))


def features(question, words, text=SHOP, context=()):
    """The features that cells alone have, by their names."""
    found = judged(question, words, text, context).features
    return dict(zip(CELL_FEATURES[-len(found) :], found, strict=True))


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
    assert not features("What was the count of Dunmere in April?", "214", lines)["named"]
    assert features("What was the count of Dunmere in April?", "219", lines)["named"]
    assert judged("What was the count of Dunmere in April?", "thousands", lines) == Judgement()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the price of the lamp Vega?", ["64.00"]),
        ("How many lamps Vega are in stock?", ["0"]),
        ("What is the mail of Tomas Ruiz?", ["tomas.ruiz@shop.example"]),
        ("Which item is kept by Ada Penn?", ["Towel L"]),
        ("What is the price of lamps?", ["79.00", "64.00"]),
        ("Where is the lamp Vega stored?", []),  # The question names the row alone.
        ("How many towels L are in stock?", []),  # The cell is empty.
        ("Which item has the highest price?", []),  # No row is named.
        ("What is the price of the sofa?", []),
    ],
)
def test_a_row_and_a_column_name_a_cell(question, expected):
    assert named(question) == expected


def test_a_column_is_named_by_its_words():
    assert features("What is the price of the lamp Vega?", "64.00")["named"] == 1.0
    assert features("What is the price of the lamp Vega?", "Tomas Ruiz")["named"] == 0.0


def test_a_column_is_meant_as_far_as_its_name_is_nearer_than_the_others():
    question = "What is the colour price of the lamp Vega?"  # Half of it means the price.
    assert features(question, "64.00")["lead"] == pytest.approx(0.7, abs=0.05)
    assert features(question, "Tomas Ruiz")["lead"] == pytest.approx(-0.7, abs=0.05)
    assert features("Where is the lamp Vega?", "64.00")["lead"] == 0.0


def test_the_row_is_the_one_that_holds_most_words_of_the_question():
    assert features("What is the price of the lamp Vega?", "64.00")["row"] == 1.0
    assert features("What is the price of the lamp Vega?", "79.00")["row"] == 0.0
    assert features("Where is it kept?", "79.00", SHOP.replace("Kept by", "Owner"))["row"] == 0.0


def test_the_context_of_a_question_names_the_row():
    assert judged("What is the price?", "64.00").wrong
    assert features("What is the price?", "64.00", context={"lamp", "vega"})["row"] == 1.0
    assert features("What is the price?", "79.00", context={"lamp", "vega"})["row"] == 0.0


def test_cells_with_different_words_in_rows_that_are_as_good_are_rivals():
    assert features("What do lamps cost?", "79.00")["rivals"] == 1.0
    # Where the column is named, none of them is the answer.
    assert judged("What is the price of lamps?", "79.00").wrong
    assert features("What is the price of the lamp Vega?", "64.00")["rivals"] == 0.0
    assert features("Who keeps lamps?", "Erin", SHOP.replace("Tomas Ruiz", "Erin Vance")) == {
        "named": 0.0,
        "row": 1.0,
        "rivals": 0.0,
        "lead": 0.0,
        "unknown name": 0.0,
    }
    # Whoever asks for several gets several.
    assert features("Which items are lamps?", "Lamp Orion")["rivals"] == 0.0


def test_columns_that_are_named_alike_are_rivals_too():
    assert judged("What is the fee in Arden?", "3", REPEATED).wrong
    assert features("What is the fee in Belmar?", "5", REPEATED)["named"] == 1.0


def test_a_column_without_a_row_names_no_cell():
    assert judged("Which item has the highest price?", "79.00").wrong
    assert judged("What is the fee?", "90 euros", ONE_COLUMN).wrong
    only = ONE_COLUMN.replace("\n| 70 euros |", "")
    assert not judged("What is the fee?", "90 euros", only).wrong


def test_a_name_that_stands_in_neither_row_nor_column_is_unknown():
    assert features("What is the price of the lamp Vega XXL?", "64.00")["unknown name"] == 1.0
    assert features("What is the price of the lamp Vega?", "64.00")["unknown name"] == 0.0
    assert features("Does Prices say what Vega costs?", "64.00")["unknown name"] == 0.0  # A title.


def test_a_range_over_several_cells_crosses_them():
    cells, read = cells_of("What does the lamp Vega cost?")
    start = SHOP.index("64.00")
    assert cells.crosses(read, start, start + len("64.00 | 0"))
    assert not cells.crosses(read, start, start + len("64.00"))


def test_a_short_cell_is_taken_as_a_whole():
    note = "The lamp was moved to the northern hall because the southern one was too damp for it."
    text = f"| Item | Note |\n| --- | --- |\n| Vega | {note} |\n| Orion | {note.upper()} |"
    cells, read = cells_of("Where did they carry it?", text)
    start = text.index("northern")
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
