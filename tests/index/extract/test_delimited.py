"""Delimited files: what separates their cells is detected, in any encoding."""

import csv
import time
from pathlib import Path

import pytest

from index.extract.csv_dialect import detect_delimiter
from index.extract.document import extract

DELIMITERS = ",;\t|"

CASES = [
    # Decimal commas, of which every row has as many as separators.
    ("1,5;2,7\n3,1;4,9\n", ";"),
    ("08:00;4,5;61,0;998,7\n09:00;5,1;60,5;998,1\n", ";"),
    ("Depth;Salt\n1,5;2,7\n3,1;4,9\n", ";"),
    ("Depth\tSalt\n1,5\t2,7\n3,1\t4,9\n", "\t"),
    ("Depth|Salt\n1,5|2,7\n3,1|4,9\n", "|"),
    ("Town;Debt\nKiel;1.234,50\nHusum;12.000,00\n", ";"),
    ("Amount|Fee\n1,250|1,300\n9,400|2,100\n", "|"),
    ("As of 1,5 months\nTown;Debt\nKiel;1,5\nHusum;2,5\n", ";"),
    # Rows of different lengths.
    ("Town;Values\nKiel;1,5;2,5;3,5\nHusum;2,5\nBüsum;3,5;4,5\n", ";"),
    ("a,b,c,d\n1\n1,2\n1,2,3\n1,2,3,4\n", ","),
    ("Harbours of the north\n\nName;Depth;Cranes\nKiel;9,5;4\nHusum;3,5;1\n", ";"),
    ("Name,Depth\nKiel,9\nHusum,3\n\nMeasured in 2024; without ice\n", ","),
    ("Name,Depth,\nKiel,9,\nHusum,3,\n", ","),
    # Other candidates within the cells.
    ("Name;Town\nVarga, Ilse;Kiel\nQuist, Tom;Husum\n", ";"),
    ("Last, first;Town\nVarga, Ilse;Kiel\nQuist, Tom;Husum\n", ";"),
    ("Name,Remark\nIlse,late; ill\nTom,early; well\n", ","),
    ("id,codes\n1,2;3\n2,4;5\n3,7;8\n4,1;9\n", ","),
    ("Name,Way\nIlse,a|b|c\nTom,a|c\n", ","),
    ("Name\tWay, and back\nIlse\tKiel, Husum\nTom\tHusum, Kiel\n", "\t"),
    ('Name,Said\n"Ilse","a;b;c"\n"Tom","d;e;f"\n', ","),
    ('Name;Said\nIlse;"One, two;\nthree, four"\nTom;"Five,\nsix"\n', ";"),
    ('"Name, first"\t"Town"\n"Varga, Ilse"\t"Kiel"\n', "\t"),
    ("Time,Place\n08:00:10,Kiel\n09:15:00,Husum\n", ","),
    # Numbers only, and one row only.
    ("1,2,3\n4,5,6\n", ","),
    ("7;8;9\n", ";"),
    ("Kiel,Husum,Tönning\n", ","),
    ("Boat,Length,Fee\nTern 1,14,60\nTern 2,15,61\n", ","),
    ("Boat, Length, Fee\nTern, 14, 60\nGull, 15, 61\n", ","),
    # One column.
    ("Length\n1,5\n2,7\n3,1\n", ""),
    ("Name\nVarga, Ilse\nQuist, Tom\n", ""),
    ("Remark\nThe pier is closed, and so is the bar.\nAll is well.\nIce; no boats.\n", ""),
    ("Name\nIlse\nTom\n", ""),
    ('"Said"\n"One, two"\n"Three, four"\n', ""),
    # A first line that names it.
    ("sep=;\nTown,north;Debt\nKiel,a;1,5\n", ";"),
    ("SEP=\t\nTown\tDebt\n", "\t"),
    ('"sep=,"\nTown;north,Debt;old\n', ","),
    ("sep=:\nTown:Debt\nKiel:1,5\n", ":"),
    ("Log of the tide\nMade on 2 May\n\nid,metres\n1,20.1\n2,20.4\n3,19.8\n", ","),
]


@pytest.mark.parametrize(("text", "mark"), CASES)
def test_delimiter_is_detected(text, mark):
    assert detect_delimiter(text, DELIMITERS)[0] == mark


def test_delimiter_is_detected_more_often_than_by_the_standard_library():
    right = 0
    for text, mark in CASES:
        try:
            right += csv.Sniffer().sniff(text, DELIMITERS).delimiter == mark
        except csv.Error:
            right += not mark
    assert len(CASES) == 38
    assert right < 30


def test_decimal_commas_stay_in_their_cells():
    data = b"Depth;Salt\n1,5;2,7\n3,1;4,9\n"
    assert extract(Path("a.csv"), data).text == (
        "| Depth | Salt |\n| --- | --- |\n| 1,5 | 2,7 |\n| 3,1 | 4,9 |\n"
    )


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_that_names_the_delimiter_is_not_text(name, encoding):
    data = 'sep=;\r\nTown;Debt\r\nKiel;"9,75"\r\n'.encode(encoding)
    assert extract(Path(name), data).text == "| Town | Debt |\n| --- | --- |\n| Kiel | 9,75 |\n"


def test_single_column_stays_as_it_is():
    data = b'Length\n1,5\n"2,7; or so"\n'
    assert extract(Path("a.csv"), data).text == "Length\n1,5\n2,7; or so\n"


def test_words_of_ragged_rows_are_kept():
    data = b"Town;Fee\nKiel;1,5;2,5;late\nHusum\n"
    assert extract(Path("a.csv"), data).text == (
        "| Town | Fee | | |\n| --- | --- | --- | --- |\n| Kiel | 1,5 | 2,5 | late |\n"
        "| Husum | | | |\n"
    )


def test_quotation_marks_after_a_backslash_do_not_end_a_cell():
    data = b'Name,Said\nIlse,"He cried \\"Ship, ahoy\\" twice"\n'
    assert extract(Path("a.csv"), data).text == (
        '| Name | Said |\n| --- | --- |\n| Ilse | He cried "Ship, ahoy" twice |\n'
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ('"A, one",3\n"B, two",4\nNail,"6', ["A, one | 3", "B, two | 4", 'Nail | "6']),
        ('Nail,"6 inch\n"B, two",4', ['Nail | "6 inch', "B, two | 4"]),
        ('"A\none",3\nNail,6"\nBolt,"8"', ["A one | 3", 'Nail | 6"', "Bolt | 8"]),
        ('"A, one" b,3\nNail,"6', ["A, one b | 3", 'Nail | "6']),
    ],
)
def test_a_quotation_mark_that_quotes_no_cell_keeps_the_other_rows(rows, expected):
    text = extract(Path("a.csv"), f"Name,Size\n{rows}\n".encode()).text
    assert text.split("\n")[2:-1] == [f"| {row} |" for row in expected]


def test_row_of_a_million_cells_is_read():
    data = b"Town,Fee\n" + b"x," * 500_000 + b"end\nKiel,4\n"
    assert "end |" in extract(Path("a.csv"), data).text


def test_short_rows_beside_a_row_of_many_cells_are_not_filled_up():
    data = b"Town,Fee\n" + b"x," * 20_000 + b"end\n" + b"Kiel,4\nHusum,\n" * 500
    found = extract(Path("a.csv"), data).text
    assert found.startswith("| Town | Fee |\n| --- | --- |\n| x | x |")
    assert found.endswith("| end |\n" + "| Kiel | 4 |\n| Husum |\n" * 500)


def test_cell_of_a_million_characters_is_read():
    data = b'Town,Fee\nKiel,"' + b"word\n" * 200_000 + b'"\nHusum,3\n'
    found = extract(Path("a.csv"), data).text
    assert found.endswith("word word |\n| Husum | 3 |\n")
    assert found.count("word") == 200_000


def test_long_file_with_a_quotation_mark_that_is_not_closed():
    data = b'Town,Fee\nKiel,"4\n' + b"Husum,3\n" * 40_000
    assert extract(Path("a.csv"), data).text.startswith(
        '| Town | Fee |\n| --- | --- |\n| Kiel | "4 |\n| Husum | 3 |\n'
    )


FIRST = ["Part,Price", "KX,12", "MX,15"]


@pytest.mark.parametrize(
    ("below", "headers"),
    [
        # Another table.
        (["Port,Days", "Oslo,3"], ["| Part | Price |", "| Port | Days |"]),
        (["Part,Price", "NX,7"], ["| Part | Price |", "| Part | Price |"]),
        (
            ["Rents", "", "Berth,Tenant,Rent", "West,Jo,"],
            ["| Part | Price |", "| Berth | Tenant | Rent |"],
        ),
        (
            ["Berth,Days", "West,3", "", "NX,9", "", "Port,Fee", "Oslo,4"],
            ["| Part | Price |", "| Berth | Days |", "| Port | Fee |"],
        ),
        # Rows of the same one.
        (["NX,7", "OX,9"], ["| Part | Price |"]),
        (["NX,unknown", "OX,on request"], ["| Part | Price |"]),
        (["NX,unknown", "OX,9", "PX,unknown"], ["| Part | Price |"]),
        (["Spare parts", "NX,7"], ["| Part | Price |"]),
        (["Sum,27"], ["| Part | Price |"]),
        (["Sum,unknown"], ["| Part | Price |"]),
        (["All without tax"], ["| Part | Price |"]),
    ],
)
def test_tables_below_each_other_keep_their_headers(below, headers):
    text = extract(Path("a.csv"), "\n".join([*FIRST, "", *below]).encode()).text
    lines = text.split("\n")
    assert [lines[n - 1] for n, line in enumerate(lines) if line.startswith("| ---")] == headers
    words = [word for row in (*FIRST, *below) for word in row.split(",")]
    assert [word for word in words if word not in text] == []


def test_a_header_with_years_may_begin_another_table():
    rows = "Revenue,2023,2024\nShips,10,12\n\nCosts,2023,2024\nFuel,4,5"
    assert extract(Path("a.csv"), rows.encode()).text.count("| --- | --- |\n") == 2


def test_a_title_may_stand_above_any_column():
    rows = ",Harbour fees 2024,\nBoat,Fee,Days\nOsprey,12,3"
    assert extract(Path("a.csv"), rows.encode()).text == (
        "Harbour fees 2024\n\n| Boat | Fee | Days |\n| --- | --- | --- |\n| Osprey | 12 | 3 |\n"
    )
    assert extract(Path("a.csv"), b",Fee\nOsprey,12").text.startswith("| | Fee |\n")


def test_many_tables_below_each_other_take_linear_time():
    rows = "\n\n".join(f"Port,Days\nOslo,{number}" for number in range(20_000))
    began = time.perf_counter()
    assert extract(Path("a.csv"), rows.encode()).text.count("| Port | Days |") == 20_000
    assert time.perf_counter() - began < 20  # 0.2 seconds, on a machine with nothing else to do.


def test_separators_of_old_databases_are_read():
    data = b"Port\x1fBoats\x1fDays\x1eOslo\x1f1\x1f2\x1eKobe\x1f3\x1f4\x1e"
    assert extract(Path("a.csv"), data).text == (
        "| Port | Boats | Days |\n| --- | --- | --- |\n| Oslo | 1 | 2 |\n| Kobe | 3 | 4 |\n"
    )
    assert extract(Path("a.csv"), data + b"\n").text.startswith("| Port | Boats | Days |\n")


@pytest.mark.parametrize(("suffix", "mark"), [("csv", ","), ("tsv", "\t")])
@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\u2028", "\u2029"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_line_ends_within_a_cell_end_no_row(suffix, mark, end, quote):
    rows = [["Part", "Note", "Fee"], ["Bell", f"{quote}6 one{end}two", "3"], ["Rope", "ok", "4"]]
    text = extract(Path(f"a.{suffix}"), "\r\n".join(map(mark.join, rows)).encode()).text
    assert text == (
        "| Part | Note | Fee |\n| --- | --- | --- |\n"
        f"| Bell | {quote}6 one two | 3 |\n| Rope | ok | 4 |\n"
    )
