"""Rows of tables are read with the names of their columns, and give ranges of the rows."""

import numpy as np
import pytest

from index import Chunk
from index.extract.document import Document
from qa.reader.decode import Proposal, Reading
from qa.retrieval.read_rows import MAX_ROWS, add_row_readings, choose_rows

TEXT = """The shop in Arden sells lamps.

| Item | Price | Stock |
| --- | --- | --- |
| Lamp Orion | 79.00 | 12 |
| Lamp Vega | 64.00 | |
| Towel | 6.50 | 220 |
"""
DOCUMENT = Document("shop.md", "Shop", TEXT, "/shop.md", "text/markdown", (), "0")
PLACE = (DOCUMENT, Chunk("shop.md", 0, len(TEXT)))


def reading(text, *proposals, answers=1.0):
    """Return a reading of a text; a proposal is (words, score)."""
    found = [Proposal(text.index(w), text.index(w) + len(w), score) for w, score in proposals]
    return Reading(answers, proposals[0][1] if proposals else -9.0, tuple(found), 1.0)


def words(found):
    return [TEXT[p.start : p.end] for p in found.proposals]


def test_the_rows_with_most_words_of_the_question_are_read_with_their_columns():
    rows = choose_rows("What does the lamp Vega cost?", [PLACE])
    assert [row.text for row in rows] == [
        "Item: Lamp Vega. Price: 64.00.",
        "Item: Lamp Orion. Price: 79.00. Stock: 12.",
    ]
    assert choose_rows("Who is the owner?", [PLACE]) == []


def test_at_most_a_few_rows_are_read():
    text = "| Item |\n| --- |\n" + "\n".join(f"| Lamp {n} |" for n in range(50))
    document = Document("a.md", "A", text, "/a.md", "text/markdown", (), "0")
    assert len(choose_rows("Which lamp?", [(document, Chunk("a.md", 0, len(text)))])) == MAX_ROWS


@pytest.mark.parametrize(
    ("part", "expected"),
    [("64.00", "64.00"), (": 64.00.", "64.00"), ("Vega. Price: 64", "Vega"), ("Item", None)],
)
def test_a_range_of_what_was_read_is_located_in_the_document(part, expected):
    row = choose_rows("What does the lamp Vega cost?", [PLACE])[0]
    start = row.text.index(part)
    place = row.locate(start, start + len(part))
    assert (TEXT[slice(*place)] if place else None) == expected


def test_readings_of_rows_count_beside_what_was_read_in_the_passage():
    rows = choose_rows("What does the lamp Vega cost?", [PLACE])
    alone = [(row, reading(row.text, ("64.00", 8.0), answers=3.0)) for row in rows[:1]]
    whole = reading(TEXT, ("64.00", 5.0), ("Arden", 2.0), answers=-1.0)
    (merged,) = add_row_readings([PLACE], [whole], alone)
    assert words(merged) == ["64.00", "Arden"]
    assert merged.proposals[0].score == 8.0  # The better of both.
    assert merged.answer_logit == 3.0
    both = np.logaddexp(whole.span_logsumexp, alone[0][1].span_logsumexp)
    assert merged.span_logsumexp == pytest.approx(both)


def test_what_was_read_outside_of_the_table_stays():
    rows = choose_rows("What does the lamp Vega cost?", [PLACE])
    alone = [(row, reading(row.text, ("64.00", 1.0), answers=-3.0)) for row in rows[:1]]
    (merged,) = add_row_readings([PLACE], [reading(TEXT, ("Arden", 7.0), answers=4.0)], alone)
    assert words(merged) == ["Arden", "64.00"]
    assert merged.answer_logit == 4.0


def test_passages_of_which_no_row_is_read_stay_as_they_are():
    whole = reading(TEXT, ("79.00", 9.0))
    assert add_row_readings([PLACE], [whole], []) == [whole]
