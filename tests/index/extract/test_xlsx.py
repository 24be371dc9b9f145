"""Excel workbooks: cells are read as the program shows them, and what is not saved is named."""

import io
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from index.extract.document import extract
from index.extract.office.sheets.cell_format import format_cell


def workbook(rows, *, change=None):
    """Return a workbook with one sheet of these rows; a cell may be a value and its format."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet"
    for at, row in enumerate(rows, 1):
        for column, cell in enumerate(row, 1):
            value, number_format = cell if isinstance(cell, tuple) else (cell, "General")
            sheet.cell(at, column, value).number_format = number_format
    if change:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def text_of(rows, **options):
    return extract(Path("a.xlsx"), workbook(rows, **options)).text


# --- number formats -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        # Telephone numbers, postal codes and accounts.
        (2125550147, "000-000-0000", "212-555-0147"),
        (2125550147, "[<=9999999]###-####;(###) ###-####", "(212) 555-0147"),
        (5550147, r"[<=9999999]###\-####;\(###\)\ ###\-####", "555-0147"),
        (5550147, "###-####", "555-0147"),
        (301234567, "00 00 00 00 00", "03 01 23 45 67"),
        (431234567, '"+"00 000 0000', "+43 123 4567"),
        (981122, "000-00-0000", "000-98-1122"),
        (1067, "00000", "01067"),
        (21001234, "00000-0000", "02100-1234"),
        (1234, '"D-"00000', "D-01234"),
        (4321432143214321, "0000 0000 0000 0000", "4321 4321 4321 4321"),
        (4321432143214321.0, "0000-0000-0000-0000", "4321-4321-4321-4320"),
        (104417, '"Invoice 20"00"/"0000', "Invoice 2010/4417"),
        (17, '"Q1-"000', "Q1-017"),
        (12, "#", "12"),
        (0, "#", ""),
        # Conditions.
        (1, '[=1]0" day";[=0]"none";0" days"', "1 day"),
        (0, '[=1]0" day";[=0]"none";0" days"', "none"),
        (3, '[=1]0" day";[=0]"none";0" days"', "3 days"),
        (-3, '[=1]0" day";0" days"', "-3 days"),
        (1500000, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "1.5M"),
        (1500, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "1.5K"),
        (15, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "15"),
        (-4.5, "[Red][<0](0.0);0.0", "(4.5)"),
        # Sections and text.
        (-5, "0;-0;-", "-5"),
        (0, "0;-0;-", "-"),
        (0, r'_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)', "-"),
        (-1234.5, r'_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)', "(1,234.50)"),
        (1234.5, '_-* #,##0.00\\ "€"_-', "1,234.50 €"),
        (7, '0;0;0;"No. "@', "7"),
        ("7a", '0;0;0;"No. "@', "No. 7a"),
        ("a ; b", "@", "a ; b"),
        (5, 'General" km"', "5 km"),
        (-5.25, 'General" km"', "-5.25 km"),
        (2, '0";"0', "0;2"),
        # Digits.
        (1234567.5, "#,##0.0", "1,234,567.5"),
        (1234, "#,#", "1,234"),
        (123, "#,##0", "123"),
        (0.5, "#.##", ".5"),
        (12.3, "0.0?", "12.3"),
        (7, "0,000", "0,007"),
        (2500, "0.0,", "2.5"),
        (0.12345, "0.00%", "12.35%"),
        (1.005, "0.00", "1.01"),
        (-0.001, "0.00", "0.00"),
        # Notations.
        (12345, "0.00E+00", "1.23E+04"),
        (0.00012, "0.0E+0", "1.2E-4"),
        (99999, "0.0E-0", "1.0E5"),
        (12345678, "##0.0E+0", "12.3E+6"),
        (0, "0.00E+00", "0.00E+00"),
        (-6.02e23, "0.00E+00", "-6.02E+23"),
        (5.25, "# ?/?", "5 1/4"),
        (0.75, "# ??/??", "3/4"),
        (3, "# ?/?", "3"),
        (0, "# ?/?", "0"),
        (2.5, "# ?/8", "2 4/8"),
        (1.24, "0 ??/100", "1 24/100"),
        (1.5, "?/?", "3/2"),
        (-0.125, '# ?/?" in"', "-1/8 in"),
        (3.14159, "# ???/???", "3 16/113"),
        # Formats that say nothing.
        (-5, "dd/mm/yyyy", "-5"),
        (5, "0" * 300, "5"),
        (float("inf"), "0.00", "inf"),
        (10**400, "0.00", str(10**400)),
        (5, "", "5"),
        (5, '"', ""),
        (5, "0\\", "5\\"),
    ],
)  # fmt: skip
def test_numbers_are_shown_by_their_formats(value, number_format, expected):
    assert format_cell(value, number_format) == expected


@pytest.mark.parametrize(
    ("number_format", "expected"),
    [
        ("yyyy/mm/dd", "2025/04/09"),
        ('yyyy"年"m"月"d"日"', "2025年4月9日"),
        ("dd.mm.yyyy", "09.04.2025"),
        (r"d\.m\.yy", "9.4.25"),
        ("mm/yyyy", "04/2025"),
        ("yyyy", "2025"),
        ("yyyy-mm-dd hh:mm", "2025-04-09 14:05"),
        ("dd.mm.yyyy hh:mm", "09.04.2025 14:05"),
        ("[$-407]dd.mm.yyyy;@", "09.04.2025"),
        # Which of the two numbers is the month depends on the country.
        ("dd/mm/yyyy", "2025-04-09 14:05"),
        ("m/d/yy h:mm", "2025-04-09 14:05"),
        ("mm-dd-yy", "2025-04-09 14:05"),
        ("yy-mm-dd", "2025-04-09 14:05"),
        ("mm:ss", "2025-04-09 14:05:00"),
    ],
)
def test_dates_are_shown_by_their_formats_unless_day_and_month_may_be_confused(
    number_format, expected
):
    assert format_cell(datetime(2025, 4, 9, 14, 5), number_format) == expected


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (timedelta(hours=26, minutes=15), "[h]:mm", "26:15"),
        (timedelta(hours=26, minutes=15), "[hh]:mm:ss", "26:15:00"),
        (timedelta(minutes=90, seconds=59), "[h]:mm", "1:30"),
        (timedelta(minutes=90, seconds=5), "[mm]:ss", "90:05"),
        (timedelta(minutes=90), '[h]" h "m" min."', "1 h 30 min."),
        (timedelta(seconds=75.25), "[ss].00", "75.25"),
        (timedelta(seconds=75.25), "[m]:ss.0", "1:15.2"),
        (-timedelta(hours=2, minutes=5), "[h]:mm", "-2:05"),
        (timedelta(hours=2), "General", "2:00:00"),
        (time(14, 5), "h:mm AM/PM", "2:05 PM"),
        (time(0, 5, 9), "hh:mm:ss A/P", "12:05:09 A"),
        (time(14, 5), "h:mm", "14:05"),
        (time(9, 5), "h:mm", "9:05"),
        (time(0, 5, 9), "mm:ss", "05:09"),
        (time(0, 5, 9, 250_000), "mm:ss.00", "05:09.25"),
        (time(14, 5), "dd/mm/yyyy hh:mm", "14:05"),
        (time(14, 5), "General", "14:05"),
        (datetime(2025, 4, 9, 14, 5), "d mmm yyyy h:mm AM/PM", "9 Apr 2025 2:05 PM"),
    ],
)
def test_durations_and_times_are_shown_by_their_formats(value, number_format, expected):
    assert format_cell(value, number_format) == expected


def test_codes_of_characters_in_cells_are_decoded():
    rows = [["Name", "Code_x0009_"], ["Ilse_x000D_\nMoor", "a_x005F_x0041_, _x00e9_"]]
    assert (
        text_of(rows) == "# Sheet\n\n| Name | Code |\n| --- | --- |\n| Ilse Moor | a_x0041_, é |\n"
    )


def test_cells_are_read_as_the_program_shows_them():
    rows = [["Name", "Telephone"], ["Ilse", (4417, "00-00-00")]]
    assert text_of(rows) == (
        "# Sheet\n\n| Name | Telephone |\n| --- | --- |\n| Ilse | 00-44-17 |\n"
    )


# --- formulas, and what is hidden ---------------------------------------------------------------

ADVICE = "open the workbook in a spreadsheet program and save it"


def with_markup(old, new):
    """Return a workbook in whose only sheet a piece of markup is replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([["Town", "Debt"], ["Kiel", "=1+1"]]))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    assert old in parts["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(stream, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part.replace(old, new) if "sheet1" in name else part)
    return stream.getvalue()


def test_formulas_without_a_saved_value_are_shown_and_counted():
    rows = [["Town", "Debt"], ["Kiel", 4], [], ["All", "=SUM(B2:B3)"], ["Mean", "=_xlfn.AGG(B2)"]]
    found = extract(Path("a.xlsx"), workbook(rows))
    assert found.text == (
        "# Sheet\n\n| Town | Debt |\n| --- | --- |\n| Kiel | 4 |\n| All | =SUM(B2:B3) |\n"
        "| Mean | =AGG(B2) |\n"
    )
    assert found.note == f"2 cells hold formulas without a saved value; {ADVICE}"


@pytest.mark.parametrize(
    ("markup", "shown", "count"),
    [
        (b"<f>1+1</f><v></v>", "=1+1", 1),
        (b"<f>1+1</f>", "=1+1", 1),
        (b'<f t="shared" si="0"/>', "", 1),
        (b"<f>1+1</f><v>2</v>", "2", 0),
        (b"<f/><v>2</v>", "2", 0),
    ],
)
def test_saved_values_are_taken_where_they_are(markup, shown, count):
    found = extract(Path("a.xlsx"), with_markup(b"<f>1+1</f><v></v>", markup))
    last = f"| Kiel | {shown} |\n" if shown else "| Kiel | |\n"
    assert found.text.endswith(last)
    expected = f"1 cell holds a formula without a saved value; {ADVICE}"
    assert found.note == (expected if count else "")


def test_formula_that_yields_empty_text_has_a_saved_value():
    data = with_markup(b'<c r="B2"><f>', b'<c r="B2" t="str"><f>')
    found = extract(Path("a.xlsx"), data)
    assert (found.text.endswith("| Kiel | |\n"), found.note) == (True, "")


def test_workbook_without_formulas_has_no_note():
    assert extract(Path("a.xlsx"), workbook([["Town", "f"], ["<f>", 1]])).note == ""


def test_hidden_sheets_rows_and_columns_are_read():
    def hide(book):
        book.active.row_dimensions[2].hidden = True
        book.active.column_dimensions["B"].hidden = True
        for state in ("hidden", "veryHidden"):
            sheet = book.create_sheet(state)
            sheet.append(["Key", "4417"])
            sheet.sheet_state = state

    assert text_of([["Town", "Debt"], ["Kiel", 4]], change=hide) == (
        "# Sheet\n\n| Town | Debt |\n| --- | --- |\n| Kiel | 4 |\n\n"
        "# hidden\n\n| Key | 4417 |\n| --- | --- |\n\n"
        "# veryHidden\n\n| Key | 4417 |\n| --- | --- |\n"
    )


def raised(words, how="superscript"):
    return TextBlock(InlineFont(vertAlign=how), words)


def test_raised_and_lowered_characters_of_a_cell():
    rows = [
        [CellRichText("area in m", raised("2"), " of H", raised("2", "subscript"), "O"), "b"],
        [CellRichText("10", raised("-6", "superscript"), raised("4", "baseline")), "2"],
    ]
    assert text_of(rows).split("\n")[2:] == [
        "| area in m² of H₂O | b |",
        "| --- | --- |",
        "| 10⁻⁶4 | 2 |",
        "",
    ]


def test_raised_characters_of_shared_strings():
    runs = b'<r><t>m</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>3</t></r>'
    stream = io.BytesIO(workbook([["Volume", 4]]))
    with zipfile.ZipFile(stream) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(stream, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part.replace(b"<t>Volume</t>", runs))
    assert "| m³ | 4 |" in extract(Path("a.xlsx"), stream.getvalue()).text


DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"


def with_drawing(content, rows=(("Kiel", 4),)):
    """The bytes of a workbook with a drawing on its sheet."""
    drawing = (
        f'<xdr:wsDr xmlns:xdr="{DRAWING}/spreadsheetDrawing" xmlns:a="{DRAWING}/main">{content}'
    )
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/drawing" Target="../drawings/drawing1.xml"/></Relationships>'
    )
    stream = io.BytesIO(workbook(rows))
    with zipfile.ZipFile(stream, "a") as book:
        book.writestr("xl/worksheets/_rels/sheet1.xml.rels", links)
        book.writestr("xl/drawings/drawing1.xml", drawing)
    return stream.getvalue()


def box(*lines):
    written = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
    return f"<xdr:sp><xdr:txBody>{written}</xdr:txBody></xdr:sp>"


def test_text_boxes_follow_the_table_of_their_sheet():
    content = f"{box('Keys:', 'hook 6')}<xdr:grpSp>{box('Ask Kim')}</xdr:grpSp>{box('')}</xdr:wsDr>"
    assert extract(Path("a.xlsx"), with_drawing(content)).text == (
        "# Sheet\n\n| Kiel | 4 |\n| --- | --- |\n\nKeys:\n\nhook 6\n\nAsk Kim\n"
    )
    assert extract(Path("a.xlsx"), with_drawing(content, ())).text.startswith("# Sheet\n\nKeys:")


def test_damaged_drawing_does_not_lose_the_cells():
    assert extract(Path("a.xlsx"), with_drawing(box("Keys"))).text.endswith("| --- | --- |\n")


# --- comments -----------------------------------------------------------------------------------

THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
REPEATED = "[Threaded comment]\n\nYour version of Excel can read it.\n\nComment:\n    Is it?"


def commented(*notes):
    """Return a change that puts notes on cells: each a cell, a text and its author."""

    def comment(book):
        for place, words, author in notes:
            book.active[place].comment = openpyxl.comments.Comment(words, author)

    return comment


BOATS = [["Boat", "Fee"], ["Osprey", 12], ["Heron", 15]]


def test_comments_stand_at_the_end_of_their_row():
    notes = [("B2", "Ida Moor:\nRaised in May | June.", "Ida Moor"), ("A2", "Sold.", "")]
    notes += [("D9", "No boat.", "Ada Krol"), ("B1", "In euros.", "Ada Krol")]
    found = text_of([*BOATS, ["Lark"]], change=commented(*notes)).split("\n")
    assert found[2:] == [
        "| Boat | Fee | |",
        "| --- | --- | --- |",
        "| Osprey | 12 | Comment on A2: Sold. Comment on B2 by Ida Moor: Raised in May \\| June. |",
        "| Heron | 15 | |",
        "| Lark | | |",
        "",
        "Comment on B1 by Ada Krol: In euros.",
        "",
        "Comment on D9 by Ada Krol: No boat.",
        "",
    ]


def test_tables_below_each_other_keep_their_headers_and_comments():
    rows = [*BOATS, [], ["Berths of 2031"], ["Berth", "Tenant", "Rent"], ["West", "Jo Lund", 340]]
    notes = [("B3", "Low.", "Ada"), ("C6", "A year.", "Ada"), ("C7", "Unpaid.", "Ada")]
    assert text_of(rows, change=commented(*notes)).split("\n")[2:] == [
        "| Boat | Fee | |",
        "| --- | --- | --- |",
        "| Osprey | 12 | |",
        "| Heron | 15 | Comment on B3 by Ada: Low. |",
        "",
        "Berths of 2031",
        "",
        "| Berth | Tenant | Rent | |",
        "| --- | --- | --- | --- |",
        "| West | Jo Lund | 340 | Comment on C7 by Ada: Unpaid. |",
        "",
        "Comment on C6 by Ada: A year.",
        "",
    ]


def test_threads_are_read_once_with_their_answers():
    notes = workbook(BOATS, change=commented(("B2", REPEATED, "tc={1}"), ("B3", "Low.", "Ada")))
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(notes)) as archive, zipfile.ZipFile(changed, "w") as made:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith("sheet1.xml.rels"):
                kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
                link = f'<Relationship Id="t" Type="{kind}" Target="../threads/t1.xml"/>'
                data = data.replace(b"</Relationships>", link.encode() + b"</Relationships>")
            made.writestr(name, data)
        made.writestr(
            "xl/threads/t1.xml",
            f'<ThreadedComments xmlns="{THREADS}"><threadedComment ref="B2" personId="p" id="1">'
            '<text>Is it?</text></threadedComment><threadedComment ref="B2" personId="q" id="2" '
            'parentId="1"><text>It is 12.</text></threadedComment></ThreadedComments>',
        )
        people = '<person id="p" displayName="Ida Moor"/><person id="q" displayName="Jo Lund"/>'
        made.writestr(
            "xl/persons/person.xml", f'<personList xmlns="{THREADS}">{people}</personList>'
        )
    found = extract(Path("a.xlsx"), changed.getvalue()).text
    thread = "Comment on B2 by Ida Moor: Is it? Comment on B2 by Jo Lund: It is 12."
    assert f"| 12 | {thread} |" in found
    assert "| 15 | Comment on B3 by Ada: Low. |" in found
    assert "Your version" not in found
    # Without the thread, the note that repeats it is all there is.
    assert "| 12 | Comment on B2: Is it? |" in extract(Path("a.xlsx"), notes).text


def test_damaged_comments_do_not_lose_the_cells():
    notes = workbook(BOATS, change=commented(("B2", "Raised.", "Ida")))
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(notes)) as archive, zipfile.ZipFile(changed, "w") as made:
        for name in archive.namelist():
            is_note = "comment" in name and name.endswith(".xml")
            made.writestr(name, b"<comments><" if is_note else archive.read(name))
    assert "| Osprey | 12 |" in extract(Path("a.xlsx"), changed.getvalue()).text
