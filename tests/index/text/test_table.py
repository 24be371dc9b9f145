"""Tables are found by the rule below their header; a place in one has that header."""

import pytest

from index.text.canonical import first_line
from index.text.table import cut_header, find_rows, find_tables, table_around, table_header

TABLE = "| Port | Days |\n| --- | --- |\n| Oslo | 3 |\n| Tokyo | 4 |"


def headers(text: str) -> list[str]:
    return [text[table.header_start : table.header_end] for table in find_tables(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TABLE, ["| Port | Days |"]),
        (f"Text.\n{TABLE}\nMore text.\n\n# Title\n\n{TABLE}\n", ["| Port | Days |"] * 2),
        ("  | a |\t\n  |:-:| \n  | b |", ["| a |"]),
        ("| a \\| b |\n|:--|", ["| a \\| b |"]),
        # The rows of one table; the first is its header.
        ("| a |\n|---|\n| - |\n| b |\n| - |", ["| a |"]),
        # Without a rule, without names, or within code, no header is known.
        ("| a | b |\n| 1 | 2 |", []),
        ("| | |\n| --- | --- |\n| 1 | 2 |", []),
        ("|---|\n|---|\n| 1 |", []),
        ("Type a | b\n| --- |\n", []),
        ("| a |\n\n| --- |\n", []),
        # One of the outer bars, or both, may be missing.
        ("Part | Price\n--- | ---\nKX | 12", ["Part | Price"]),
        ("Text.\n  Part | Price | \n:-- | --:\nKX | 12", ["Part | Price |"]),
        ("| a | b\n| --- | ---\n| 1 | 2", ["| a | b"]),
        ("a \\| b | c |\n---|---|\n1 | 2 |", ["a \\| b | c |"]),
        # No table: too few columns, other blocks, an underline, code.
        ("a | b | c\n--- | ---\n1 | 2", []),
        ("# a | b\n--- | ---\n1 | 2", []),
        ("- a | b\n--- | ---\n1 | 2", []),
        ("> a | b\n--- | ---\n1 | 2", []),
        ("a | b\n---\n1 | 2", []),
        ("a \\| b\n---|---\n1 | 2", []),
        ("```\na | b\n--- | ---\n1 | 2\n```", []),
        (f"```\n{TABLE}\n```\n{TABLE}", ["| Port | Days |"]),
        ("", []),
    ],
)
def test_tables_of_a_text(text, expected):
    assert headers(text) == expected


def test_only_what_is_below_a_header_has_it():
    text = f"Text.\n\n{TABLE}\nAfter | it.\n\n| x |"
    rule, last, end = (text.index(part) for part in ("| ---", "| Tokyo", "\nAfter"))
    tables = find_tables(text)
    inside = [place for place in range(len(text)) if table_around(tables, place)]
    assert inside == list(range(rule, end))
    for place in (rule, last, last + 4, end - 1):
        assert table_header(text, place) == "| Port | Days |"
    for place in (0, 4, rule - 3, end + 1, end + 9, text.index("| x"), len(text)):
        assert table_header(text, place) == ""


def test_header_of_one_of_many_rows():
    text = "| Port | Days |\n| --- | --- |\n" + "| Oslo | 3 |\n" * 50_000
    tables = find_tables(text)
    assert len(tables) == 1
    assert tables[0].end == len(text) - 1
    assert table_header(text, len(text) - 13) == "| Port | Days |"


def test_header_is_cut_between_columns_where_it_can_be():
    assert cut_header("| Port | Days |", 15) == "| Port | Days |"
    assert cut_header("| Port | Days |", 14) == "| Port |"
    assert cut_header("| P \\| Q | Days |", 8) == "| P \\| Q"
    assert cut_header("| Port of call | Days |", 7) == "| Port"


def test_rows_come_with_the_names_of_their_columns():
    text = f"# Ports\n\n{TABLE}\n| Kobe |\n\nText.\n\n| a | a |\n| --- | --- |\n| 1 | 2 | 3 |"
    rows = find_rows(text, 0, len(text))
    cells = [[text[a:b] for a, b in row.cells] for row in rows]
    assert cells == [["Oslo", "3"], ["Tokyo", "4"], ["Kobe"], ["1", "2", "3"]]
    assert [row.names for row in rows] == [("Port", "Days")] * 3 + [("a", "a")]
    assert [rows[-1].name(column) for column in range(3)] == ["a", "a", ""]
    tokyo = rows[1]
    assert tokyo.column_at(tokyo.end - 3, tokyo.end - 2) == 1
    assert tokyo.column_at(tokyo.start, tokyo.end) is None


def test_rows_in_a_part_of_a_table_are_those_that_lie_in_it():
    text = "| Port |\n| --- |\n" + "\n".join(f"| Port {n} |" for n in range(9)) + "\nText."
    start = text.index("| Port 4 |")
    rows = find_rows(text, start, start + 25)
    assert [text[row.start : row.end] for row in rows] == ["| Port 4 |", "| Port 5 |"]
    assert find_rows(text, start + 2, start + 9) == []
    assert find_rows("| Oslo | 3 |\n| Tokyo | 4 |", 0, 26) == []


def test_the_first_row_of_a_chunk_may_be_indented():
    text = "- List\n\n  | Port |\n  | --- |\n  | Oslo |\n  | Kobe |"
    start = text.index("| Oslo")
    assert [text[row.start : row.end] for row in find_rows(text, start, len(text))] == [
        "| Oslo |",
        "| Kobe |",
    ]


def test_rows_without_outer_bars_have_cells_and_names():
    text = "Stock\nPart | Left\n--- | ---\nKX. A | 12\n- | 3 | x\n| MX | 4 |\n7\nNX | 5"
    rows = find_rows(text, 0, len(text))
    assert [[text[a:b] for a, b in row.cells] for row in rows] == [
        ["KX. A", "12"],
        ["-", "3", "x"],
        ["MX", "4"],
    ]
    assert {row.names for row in rows} == {("Part", "Left")}
    assert table_header(text, text.index("3")) == "Part | Left"
    assert table_header(text, text.index("NX")) == ""
    # A part of a row is no row.
    assert find_rows(text, text.index("KX"), text.index("12")) == []


@pytest.mark.parametrize("after", ["", "# a | b", "> a | b", "```\na | b\n```", "Text."])
def test_a_table_without_outer_bars_ends_with_its_rows(after):
    text = f"Part | Price\n--- | ---\nKX | 12\n{after}\nMX | 3"
    (table,) = find_tables(text)
    assert text[table.start : table.end] == "--- | ---\nKX | 12"


def test_a_header_without_outer_bars_is_no_title():
    assert first_line("\nPart | Price\n--- | ---\nKX | 12") == ""
    assert first_line("Part | Price\nKX | 12") == "Part | Price"
