"""Where a passage stands, as the reader is told."""

import pytest

from index import Chunk
from index.extract.document import Document
from qa.retrieval.heading import heading_to_read, is_heading

TEXT = """# Rental agreement

Between the two parties.

## Deposit

### Amount

Three months' rent.

It is paid in advance.

## Rent

900 euros a month.
"""

PORTS = """# Ports

| Port | Days |
| --- | --- |
| Oslo | 3 |
| Bergen | 5 |
"""


def document(text, name="agreement.md", title="Rental agreement", media_type="text/markdown"):
    return Document(name, title, text, f"/x/{name}", media_type, (), "0")


def heading_of(passage, **properties):
    about = document(properties.pop("text", TEXT), **properties)
    start = about.text.index(passage)
    return heading_to_read(about, Chunk(about.id, start, start + len(passage)))


def test_a_name_may_come_in_decomposed_letters():
    name = "Re\u0301sume\u0301 Mu\u0308ller.pdf"
    assert heading_of("900 euros", name=name, title="Résumé Müller", media_type="") == (
        "Résumé Müller. Rental agreement. Rent"
    )


@pytest.mark.parametrize(
    ("text", "media_type", "expected"),
    [
        ("# Port", "text/markdown", True),
        ("# Port", "text/plain", False),
        ("```\n# port must be 8080\n```", "text/markdown", False),
        ("#1 in sales", "text/markdown", False),
    ],
)
def test_a_comment_is_no_heading(text, media_type, expected):
    assert is_heading(document(text, media_type=media_type), text.index("#")) is expected


@pytest.mark.parametrize(
    ("passage", "heading"),
    [
        ("Three months' rent.", "Rental agreement. Deposit. Amount"),
        ("### Amount\n\nThree months' rent.", "Rental agreement. Deposit"),
        ("900 euros a month.", "Rental agreement. Rent"),
        ("# Rental agreement\n\nBetween", ""),
    ],
)
def test_title_and_the_headings_above_are_told_unless_the_passage_begins_with_them(
    passage, heading
):
    assert heading_of(passage) == heading


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("homes/rental-agreement-oslo.md", "homes rental agreement oslo. Rental agreement. Rent"),
        ("2024/rental_agreement.md", "2024. Rental agreement. Rent"),
        ("rental_agreement.md", "Rental agreement. Rent"),
        ("000_c84859b3cd77474d.md", "Rental agreement. Rent"),
        ("rental-agreement-2024.md", "rental agreement 2024. Rental agreement. Rent"),
        ("rental-agreement-v2.md", "rental agreement v2. Rental agreement. Rent"),
    ],
)
def test_the_name_of_a_file_is_told_where_it_says_more_than_the_title(name, heading):
    assert heading_of("900 euros a month.", name=name) == heading


def test_a_line_with_a_number_sign_in_plain_text_is_no_heading():
    assert heading_of("900 euros a month.", media_type="text/plain") == "Rental agreement"


def test_the_header_of_a_table_is_told_to_rows_below_it():
    row = "| Bergen | 5 |"
    assert heading_of(row, text=PORTS, name="ports.md", title="Ports") == "Ports. | Port | Days |"


def test_headings_far_above_are_not_looked_for():
    text = "## Deposit\n\n" + "A sentence of some length. " * 2_000 + "\n\nThree months' rent."
    assert heading_of("Three months' rent.", text=text) == "Rental agreement"
