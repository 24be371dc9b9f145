"""Files as real programs write them, from tests/files; files/make.py made them."""

import io
import json
import re
import zipfile
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import openpyxl
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from sources import FILES, FRENCH, REPORT, pdf, read, refusal, repacked, zipped

from index.errors import UnreadableFile
from index.extract import zip_container
from index.extract.delimited import format_table
from index.extract.document import extract, page_of
from index.extract.office.sheets import xlsx
from index.extract.office.sheets.cell_format import format_cell
from index.extract.pdf.pdf import drop_running_lines
from index.extract.zip_container import parse_xml
from index.text.canonical import canonicalize
from index.text.chunk import sentence_spans

SAMPLES = sorted(
    path.name for path in FILES.iterdir() if path.is_file() and path.suffix not in (".py", ".pyc")
)
ZIPPED = [name for name in SAMPLES if (FILES / name).read_bytes().startswith(b"PK")]
OFFICE = ("docx", "xlsx", "pptx")


# --- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["pandoc.docx", "office.docx", "pandoc.odt", "office.odt", "pandoc.epub"]
)
def test_text_is_the_same_in_each_format(name):
    found = read(name)
    assert found.text == REPORT
    assert (found.title, found.page_starts) == ("Harbour report", ())


def test_rich_text_keeps_inner_lists():
    assert (read("office.rtf").title, read("office.rtf").text) == ("Harbour report", REPORT)
    # Pandoc writes only indents, and the title as bold and large text without a title style.
    assert read("pandoc.rtf").title == "The ships"
    assert read("pandoc.rtf").text == REPORT.removeprefix("# ")


def test_clauses_keep_their_numbers():
    assert read("clauses.docx").text == (
        "1. The ship is let for a year.\n\nA year has 365 days.\n\n2. The master pays\n\n"
        "a. for coal,\n\nb. for water.\n\n3. The owner pays\n\n(i) for repairs.\n\n"
        "Both sign below.\n\n4. Nothing else is agreed.\n"
    )


def test_headings_keep_their_numbers():
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
        f'<w:pStyle w:val="Heading{depth + 1}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for depth, text in enumerate(("%1", "%1.%2"))
    )
    numbers = (
        f'<w:abstractNum w:abstractNumId="77">{levels}</w:abstractNum>',
        '<w:num w:numId="77"><w:abstractNumId w:val="77"/></w:num></w:numbering>',
    )
    with zipfile.ZipFile(FILES / "office.docx") as whole:
        numbering = whole.read("word/numbering.xml").decode()
        styles = whole.read("word/styles.xml").decode()
    numbering = re.sub("(?=<w:num )", numbers[0], numbering, count=1)
    numbering = numbering.replace("</w:numbering>", numbers[1])
    styles = re.sub(
        r'(<w:style [^>]*w:styleId="Heading[12]".*?<w:pPr>)(?:<w:numPr>.*?</w:numPr>)?',
        r'\1<w:numPr><w:numId w:val="77"/></w:numPr>',
        styles,
    )
    changed = {"word/numbering.xml": numbering, "word/styles.xml": styles}
    found = extract(Path("a.docx"), repacked("office.docx", changed))
    headings = [line for line in found.text.split("\n") if line.startswith("#")]
    assert headings == [
        *("# Harbour report", "# 1 The ships", "## 1.1 What it cost", "# 2 Straße nach Łódź"),
    ]


@pytest.mark.parametrize("name", ["formulas.docx", "formulas.odt"])
def test_formulas_are_text(name):
    assert read(name).text == ("The area of the circle is a=πr^2 for each radius.\n\nx_1=1/(2+y)\n")


def test_media_types():
    assert {name: read(name).media_type.rpartition("/")[2] for name in SAMPLES} == {
        "clauses.docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
        "formulas.docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
        "formulas.odt": "vnd.oasis.opendocument.text",
        "html.eml": "rfc822",
        "ledger.ods": "vnd.oasis.opendocument.spreadsheet",
        "ledger.xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "office.docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
        "office.odt": "vnd.oasis.opendocument.text",
        "office.rtf": "rtf",
        "pandoc.docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
        "pandoc.epub": "epub+zip",
        "pandoc.odt": "vnd.oasis.opendocument.text",
        "pandoc.rtf": "rtf",
        "printed.pdf": "pdf",
        "slides.odp": "vnd.oasis.opendocument.presentation",
        "slides.pptx": "vnd.openxmlformats-officedocument.presentationml.presentation",
        "text.eml": "rfc822",
        "tonnage.ipynb": "x-ipynb+json",
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_text_is_canonical_and_ends_its_lines_without_white_space(name):
    text = read(name).text
    assert text == canonicalize(text)
    assert not [line for line in text.split("\n") if line != line.rstrip()]


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ("A C c B", "- A\n  - C\n    - c\n- B\n"),
        # Deeper at once, and back to what was never there.
        ("c A C", "- c\n- A\n  - C\n"),
        ("A c C", "- A\n  - c\n  - C\n"),
        ("A . C", "- A\n\n.\n\n- C\n"),
        ("A | C", "- A\n\n| a | b |\n| --- | --- |\n\n- C\n"),
        ("A D A", "- A\n  - D\n- A\n"),
        ("1 C 2", "1. 1\n   - C\n2. 2\n"),
    ],
)
def test_rich_text_lists_within_lists(items, text):
    written = {
        **{item: rf"{{\listtext -}}{item}\ilvl{n}\par\pard" for n, item in enumerate("ACc")},
        **{item: rf"{{\listtext {item}.}}{item}\par\pard" for item in "12"},
        "B": r"{\listtext -}B\li0\par\pard",
        "D": r"{\listtext -}D\li720\par\pard",
        ".": r".\par\pard",
        "|": r"\intbl a\cell b\cell\row\pard",
    }
    rtf = r"{\rtf1\pard " + "\n".join(written[item] for item in items.split()) + "}"
    assert extract(Path("a.rtf"), rtf.encode()).text == text


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1250 Za\'bf\'f3\'b3\'e6.\par}", "Zażółć.\n"),
        (rb"{\rtf1\ansi\uc1 Caf\u233?s \u8364\'80 5 \endash  8\par}", "Cafés € 5 \u2013 8\n"),
        (
            rb"{\rtf1{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset128 B;}}\f1\'93\'8c\'8b\'9e\f0 !\par}",
            "東京!\n",
        ),
        (rb"{\rtf1 One {\v hidden}two{\*\unknown three}.{\pict\bin4 }}}}}\par}", "One two.\n"),
        (rb"{\rtf1\uc1 \u-10179?\u-8704?\par}", "😀\n"),
        (rb"{\rtf1 {\listtext o\tab}One.\par{\listtext a)\tab}Two.\par}", "- One.\n\na) Two.\n"),
        (rb"{\rtf1{\info{\title T}{\author A}}{\header H}x < y & z\par}", "x < y & z\n\nH\n"),
        (rb"{\rtf1 a{\field{\*\fldinst HYPERLINK x}{\fldrslt b}}\~c\_d\{\}\par}", "ab\xa0c-d{}\n"),
    ],
)
def test_rich_text(rtf, text):
    assert extract(Path("a.rtf"), rtf).text == text


NOTES = """<p>Oslo<a href="#n1" id="r1" role="doc-noteref"><sup>1</sup></a> is
<sup><a href="#n2" role="doc-noteref">2</a></sup>old.<a href="#top">Top</a></p><p>So is Rome.</p>
<section role="doc-endnotes"><hr/><ol><li id="n1"><p>In Norway. <a href="#r1">↩</a></p></li>
<li id="n2"><p>Very.</p></li></ol></section>"""


def test_notes_follow_the_paragraph_that_refers_to_them():
    assert extract(Path("a.html"), NOTES.encode()).text == (
        "Oslo is\nold.Top\n\nNote: In Norway.\n\nNote: Very.\n\nSo is Rome.\n"
    )


def test_columns_stay_columns_beside_a_cell_of_two_rows():
    page = (
        "<table><tr><th>Port</th><th>Day</th><th>Ship</th></tr>"
        "<tr><td rowspan=2>Oslo</td><td>1</td><td rowspan=2>Fram</td></tr><tr><td>2</td></tr>"
        "<tr><td colspan=2>Bodø</td><td>Gjøa</td></tr></table>"
    )
    assert extract(Path("a.html"), page.encode()).text == (
        "| Port | Day | Ship |\n| --- | --- | --- |\n| Oslo | 1 | Fram |\n| | 2 | |\n"
        "| Bodø | | Gjøa |\n"
    )


# --- slides, sheets -----------------------------------------------------------------------------


SLIDES = [
    "# Plans for the harbour\n\nOslo, spring 2025\n\n",
    "# What we build\n\n- A new quay\n  - of granite\n- A crane\n\n"
    "Notes: Mention that the crane lifts 40 tonnes.\n\n",
    "# What it costs\n\n| Work | Crowns |\n| --- | --- |\n| Quay | 3,000,000 |\n"
    "| Crane | 750,000 |\n\nThe city pays half.\n\n",
]
CHART = "| | Ships |\n| --- | --- |\n| 2023 | 410 |\n| 2024 | 455 |\n\n"


@pytest.mark.parametrize("name", ["slides.pptx", "slides.odp"])
def test_each_slide_is_a_page(name):
    found = read(name)
    assert found.title == "Plans for the harbour"
    ranges = pairwise((*found.page_starts, len(found.text)))
    pages = [found.text[start:end] for start, end in ranges]
    assert pages == [*SLIDES, CHART]
    assert page_of(found.page_starts, found.text.index("750,000")) == 3


def test_drawn_diagram_is_a_list():
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    main = "http://schemas.openxmlformats.org/drawingml/2006"
    data = (
        f'<d:dataModel xmlns:d="{main}/diagram" xmlns:a="{main}/main"><d:ptLst>'
        "<d:pt><d:t><a:p><a:r><a:t>Plan</a:t></a:r></a:p></d:t></d:pt><d:pt/>"
        "<d:pt><d:t><a:p><a:r><a:t>Build</a:t></a:r></a:p></d:t></d:pt></d:ptLst></d:dataModel>"
    )
    name = PackURI("/ppt/diagrams/data1.xml")
    part = Part(name, CONTENT_TYPE.DML_DIAGRAM_DATA, deck.part.package, data.encode())
    relation = slide.part.relate_to(part, RELATIONSHIP_TYPE.DIAGRAM_DATA)
    frame = slide.shapes.add_table(1, 1, 0, 0, 0, 0)._element
    drawn = frame.find(".//{*}graphicData")
    drawn.set("uri", f"{main}/diagram")
    for table in list(drawn):
        drawn.remove(table)
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    drawn.append(
        parse_xml(
            f'<d:relIds xmlns:d="{main}/diagram" xmlns:r="{relations}" r:dm="{relation}"/>'.encode()
        )
    )
    stream = io.BytesIO()
    deck.save(stream)
    assert extract(Path("a.pptx"), stream.getvalue()).text == "- Plan\n- Build\n\n"


@pytest.mark.parametrize("name", ["ledger.xlsx", "ledger.ods"])
def test_sheets_are_read_as_displayed(name):
    found = read(name)
    assert found.title == "Ledger of 2025"
    assert found.text == (
        "# Dues\n\nDues of the harbour\n\n"
        "| Ship | Arrived | Tonnes | Dues | Share |\n| --- | --- | --- | --- | --- |\n"
        "| Fram | 9 April 2025 | 402 | 1,206.50 kr | 89.5% |\n"
        "| Gjøa | 11 April 2025 | 47 | 141.00 kr | 10.5% |\n"
        "| All | | 449 | 1,347.50 kr | 100.0% |\n\n"
        "Paid in advance.\n\n"
        "# Log\n\n| When | What \\| why | Done |\n| --- | --- | --- |\n"
        "| 2025-04-09 14:30:00 | Moored at quay 2 | TRUE |\n"
    )


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (None, "General", ""),
        ("text", "0.00", "text"),
        (False, "General", "FALSE"),
        (0.1 + 0.2, "General", "0.3"),
        (1e20, "#,##0", "1e+20"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (-1234.5, "#,##0;[Red](#,##0)", "(1,235)"),
        (-0.4, "0", "0"),
        (0, '0.0;-0.0;"none"', "none"),
        (7, "000", "007"),
        (0.5, "0.###", "0.5"),
        (3, "0.###", "3"),
        (0.07, "0%", "7%"),
        (12.5, "[$€-407]\\ #,##0.00", "€ 12.50"),
        (2500000, '0.0,,"M"', "2.5M"),
        (5, "@", "5"),
        (0.5, "# ?/?", "1/2"),
        (date(2025, 4, 9), "mm-dd-yy", "2025-04-09"),
        (datetime(2025, 4, 9), "dd/mm/yyyy", "2025-04-09"),
        (datetime(2025, 4, 9, 14, 5), "m/d/yyyy h:mm", "2025-04-09 14:05"),
        (datetime(2025, 4, 9, 14, 5), "dddd, mmmm d, yyyy h:mm AM/PM",
         "Wednesday, April 9, 2025 2:05 PM"),
        (time(9, 30), "h:mm", "9:30"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
    ],
)  # fmt: skip
def test_numbers_and_dates_are_shown_by_their_formats(value, number_format, expected):
    assert format_cell(value, number_format) == expected


def test_table_without_rows_or_columns_that_are_empty():
    assert format_table([]) == format_table([["", " "], []]) == ""
    assert format_table([["one"], [], ["two"]]) == "one\ntwo"
    assert format_table([["", "A", "", "B"], [], ["", "1", "", "2"], ["", "3"]]) == (
        "| A | B |\n| --- | --- |\n| 1 | 2 |\n| 3 | |"
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", "Port,Days\nTromsø,3\n\n"),
        ("a.csv", "Port;Days\r\nTromsø;3\r\n"),
        ("a.tsv", "Port\tDays\nTromsø\t3\n"),
        ("a.csv", '"Port"\t"Days"\n"Tromsø"\t"3"\n'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_separated_values(name, data, encoding):
    found = extract(Path(name), data.encode(encoding))
    assert found.text == "| Port | Days |\n| --- | --- |\n| Tromsø | 3 |\n"
    assert (found.title, found.media_type.rpartition("/")[0]) == ("", "text")


def test_separated_values_may_contain_the_separator():
    data = b'Name;Said\nAnna;"a, b; c\nd"\nBo;e, f\n'
    assert extract(Path("a.csv"), data).text == (
        "| Name | Said |\n| --- | --- |\n| Anna | a, b; c d |\n| Bo | e, f |\n"
    )


def test_separated_values_with_a_quotation_mark_that_is_never_closed():
    data = b'Name,Said\nAnna,"Hello\nBo,Bye\n'
    assert extract(Path("a.csv"), data).text == (
        '| Name | Said |\n| --- | --- |\n| Anna | "Hello |\n| Bo | Bye |\n'
    )


OTHER_KINDS = {
    ".docm": ("office.docx", "vnd.ms-word.document.macroEnabled.main"),
    ".dotx": ("office.docx", "vnd.openxmlformats-officedocument.wordprocessingml.template.main"),
    ".xlsm": ("ledger.xlsx", "vnd.ms-excel.sheet.macroEnabled.main"),
    ".xltx": ("ledger.xlsx", "vnd.openxmlformats-officedocument.spreadsheetml.template.main"),
    ".potx": (
        "slides.pptx",
        "vnd.openxmlformats-officedocument.presentationml.template.main",
    ),
    ".pptm": ("slides.pptx", "vnd.ms-powerpoint.presentation.macroEnabled.main"),
}


@pytest.mark.parametrize("suffix", OTHER_KINDS)
def test_templates_and_files_with_macros_are_read_like_their_siblings(suffix):
    name, kind = OTHER_KINDS[suffix]
    with zipfile.ZipFile(FILES / name) as whole:
        types = whole.read("[Content_Types].xml").decode()
    types, count = re.subn(r"[\w.-]+\.(?:document|sheet|presentation)\.main(?=\+xml)", kind, types)
    assert count == 1
    data = repacked(name, {"[Content_Types].xml": types, "vbaProject.bin": b"\0"})
    assert extract(Path(f"a{suffix}"), data).text == read(name).text
    assert " is damaged: it cannot be " in refusal(f"a{suffix}", data[: len(data) // 2])


# --- e-mails, notebooks -------------------------------------------------------------------------


def test_email_is_its_subject_its_people_and_its_text():
    found = read("text.eml")
    assert found.title == "Grüße: the quay is free again"
    assert found.text == (
        "# Grüße: the quay is free again\n\n"
        "From: Søren Holm <soren@example.org>\n"
        "To: Harbour office <office@example.org>\n"
        "Date: Wed, 09 Apr 2025 14:30:00 +0200\n\n"
        "Dear all,\n\nthe quay at Bygdøy is free since noon.\n\nSøren\n\n"
        "Attachments: quay.pdf\n"
    )


def test_email_in_html_is_text_without_the_tables_that_arrange_it():
    assert read("html.eml").text == (
        "# Your booking\n\nFrom: booking@example.org\nTo: anna@example.org\n\n"
        "# Thank you, Anna\n\nYour berth is number 7.\n\n"
        "| Night | Price |\n| --- | --- |\n| 9 May | 20 € |\n"
    )


def test_email_whose_lines_flow_is_joined():
    data = (
        b"From: a@example.org\nContent-Type: text/plain; format=flowed\n\n"
        b"The quay is free \nsince noon.\n-- \nAnna\n"
    )
    assert extract(Path("a.eml"), data).text == (
        "From: a@example.org\n\nThe quay is free since noon.\n-- \nAnna\n"
    )


def test_email_in_another_encoding_than_it_names():
    message = EmailMessage()
    message["From"] = "a@example.org"
    message.set_content("?")
    data = message.as_bytes().replace(b"?\n", b"").replace(b"7bit", b"8bit")
    assert extract(Path("a.eml"), data + FRENCH.encode("latin-1")).text == (
        f"From: a@example.org\n\n{FRENCH}\n"
    )


def test_text_that_is_not_an_email_is_refused():
    assert refusal("a.eml", b"Dear diary,\n\nno.\n") == (
        "it is not an e-mail: it has no From, To, Cc or Date header"
    )


def test_notebook_is_its_text_its_code_and_its_output():
    found = read("tonnage.ipynb")
    assert found.title == "Tonnage"
    assert found.text == (
        "# Tonnage\n\nHow much the ships carry.\n\n"
        "```python\nprint('402 tonnes')\n402 + 47\n```\n\n"
        "```\n402 tonnes\n```\n\n```\n449\n```\n\n"
        "```python\nships['Fram']\n```\n\n```\nKeyError: 'Fram'\n```\n\nThe end.\n"
    )


def test_half_a_character_is_replaced():
    cells = [{"cell_type": "markdown", "source": ["A \ud83d B \ud83d\ude00"]}]
    data = json.dumps({"cells": cells}).encode()
    assert extract(Path("a.ipynb"), data).text == "A \ufffd B 😀\n"


def test_notebook_of_the_third_format():
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Tonnage"]},
        {"cell_type": "code", "input": ["1 + 1"], "outputs": [{"text": ["\x1b[31m2\x1b[0m"]}]},
    ]
    data = json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]})
    assert extract(Path("a.ipynb"), data.encode()).text == (
        "## Tonnage\n\n```\n1 + 1\n```\n\n```\n2\n```\n"
    )


# --- PDF ----------------------------------------------------------------------------------------


def test_outputs_of_a_notebook_without_text_are_named():
    data = {"image/png": "iVBOR", "text/plain": "<Figure size 640x480 with 1 Axes>"}
    outputs = [{"output_type": "display_data", "data": data}, {"output_type": "pyout", "png": "i"}]
    outputs += [{"output_type": "stream", "text": ""}, {"output_type": "stream", "text": "7"}]
    cell = {"cell_type": "code", "source": "show()", "outputs": outputs}
    note = extract(Path("a.ipynb"), json.dumps({"cells": [cell]}).encode()).note
    assert note == "not read: 2 outputs without text, such as pictures"


def notebook_text(*outputs):
    cell = {"cell_type": "code", "source": "show()", "outputs": outputs}
    return extract(Path("a.ipynb"), json.dumps({"cells": [cell]}).encode()).text


@pytest.mark.parametrize(
    ("output", "text"),
    [
        # A table, and a page whose plain form is only its name.
        (
            {
                "text/html": [
                    "<style>td {}</style><table><tr><th>Bed</th><th>Kale</th></tr>",
                    "<tr><td>North</td><td>4417</td></tr></table><p>1 row, 2 columns</p>",
                ],
                "text/plain": "   Bed    Kale\n0  North  4417",
            },
            "| Bed | Kale |\n| --- | --- |\n| North | 4417 |\n\n1 row, 2 columns",
        ),
        (
            {"text/html": "<b>Ripe:</b> 12", "text/plain": "<IPython.core.display.HTML object>"},
            "Ripe: 12",
        ),
        (
            {
                "text/markdown": "**Ripe:** 12",
                "text/plain": "<IPython.core.display.Markdown object>",
            },
            "**Ripe:** 12",
        ),
        # The plain form says as much.
        ({"text/html": "<pre>12</pre>", "text/plain": "12"}, "```\n12\n```"),
        ({"text/html": "<script>draw()</script>", "text/plain": "<Chart>"}, "```\n<Chart>\n```"),
        ({"text/html": "<div>" * 50_000 + "7", "text/plain": "7"}, "```\n7\n```"),
    ],
)
def test_outputs_of_notebooks_that_are_pages(output, text):
    shown = notebook_text({"output_type": "execute_result", "data": output})
    assert shown == f"```\nshow()\n```\n\n{text}\n"
    if "div" not in text and "text/markdown" not in output:  # In version 3 of the format.
        old = {"html": output["text/html"], "text": output["text/plain"]}
        assert notebook_text({"output_type": "pyout", **old}) == shown


def test_printed_pages_run_on_without_their_headers_and_footers():
    found = read("printed.pdf")
    rule = (
        "Rule {0}: a ship that has waited for {0} days at the quay because of ice, of storm or of "
        "a strike pays nothing for them, whatever the flag of ship {0} is."
    )
    expected = ["Harbour of Oslo Harbour rules", *(rule.format(n) for n in range(1, 41))]
    assert found.text.split() == " ".join(expected).split()
    assert found.title == "Harbour rules"
    assert len(found.page_starts) == 3
    second, third = found.page_starts[1:]
    assert found.text[second - 5 : second + 7] == "is.\n\nRule 15"
    assert "\n\n" not in found.text[third - 200 : third + 200]
    whole = [found.text[start:end] for start, end in sentence_spans(found.text)]
    assert " ".join(rule.format(30).split()) in [" ".join(sentence.split()) for sentence in whole]
    assert found.text[third:].startswith("them, whatever the flag of ship 30 is.\n")


@pytest.mark.parametrize(
    ("pages", "text"),
    [
        # Left and right pages differ; the number of the page may stand on either side.
        (
            ["2 Log\nA.", "Oslo 3\nB.", "4 Log\nC.", "Oslo 5\nD.", "6 Log\nE.", "Oslo 7\nF."],
            ["2 Log\nA.", "Oslo 3\nB.", "C.", "D.", "E.", "F."],
        ),
        # The first page keeps its header, which may be the title.
        (["Log\nA.\n1", "Log\nB.\n2", "Log\nC.\n3"], ["Log\nA.", "B.", "C."]),
        # Twice is not most, and other numbers are not those of the pages.
        (["Log\nA.", "Log\nB.", "C."], ["Log\nA.", "Log\nB.", "C."]),
        (
            ["In 1990\nA.", "In 1995\nB.", "In 1999\nC."],
            ["In 1990\nA.", "In 1995\nB.", "In 1999\nC."],
        ),
        # What stands within pages as well is text.
        (
            [f"to\nA{x}.\nB{x}.\nto\nC{x}.\nD{x}.\nE{x}." for x in "xyz"],
            [f"to\nA{x}.\nB{x}.\nto\nC{x}.\nD{x}.\nE{x}." for x in "xyz"],
        ),
        # A page of nothing else keeps it.
        (["Log\n1", "Log\n2", "Log\nA.\n3"], ["Log", "Log\n2", "A."]),
    ],
)
def test_running_lines_are_dropped(pages, text):
    assert drop_running_lines(pages) == text


@pytest.mark.parametrize(
    ("pages", "text", "starts"),
    [
        (["It was", "raining."], "It was\nraining.\n\n", (0, 7)),
        (["It was.", "raining."], "It was.\n\nraining.\n\n", (0, 9)),
        (["It was", "Raining."], "It was\n\nRaining.\n\n", (0, 8)),
        (["An interna-", "tional body."], "An international body.\n\n", (0, 10)),
    ],
)
def test_sentence_over_the_end_of_a_page_stays_whole(pages, text, starts):
    found = extract(Path("a.pdf"), pdf(pages))
    assert (found.text, found.page_starts) == (text, starts)


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ZIPPED)
def test_file_that_is_cut_off_is_refused(name):
    data = (FILES / name).read_bytes()
    kind = refusal(name, b"rubbish").removesuffix(" is damaged: it cannot be unpacked")
    assert kind.startswith("the ")
    assert refusal(name, data[: len(data) // 2]) == f"{kind} is damaged: it cannot be unpacked"
    assert refusal(name, zipped({"a": "b"})) == f"{kind} is damaged: it cannot be read"


def test_rich_text_and_notebooks_that_are_cut_off_are_refused():
    rtf, notebook = (FILES / name for name in ("office.rtf", "tonnage.ipynb"))
    assert refusal("a.rtf", rtf.read_bytes()[:9000]) == (
        "the RTF document is damaged: its end is missing"
    )
    assert refusal("a.rtf", b"rubbish") == (
        r"the RTF document is damaged: it does not start with {\rtf"
    )
    assert refusal("a.ipynb", notebook.read_bytes()[:300]) == (
        "the notebook is damaged: it is not valid JSON"
    )
    assert refusal("a.ipynb", b'{"cells": 1}') == "the notebook is damaged: it cannot be read"


@pytest.mark.parametrize("suffix", OFFICE)
def test_office_file_with_a_password_is_refused(suffix):
    locked = bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le")
    assert refusal(f"a.{suffix}", locked).endswith(
        " is locked with a password; save a copy without it"
    )


def test_old_office_file_with_a_new_name_is_refused():
    assert refusal("a.docx", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(100)) == (
        "the Word document is in an old Office format; open it and save it in the current format"
    )


def test_opendocument_with_a_password_is_refused():
    manifest = b"<manifest><encryption-data/></manifest>"
    assert refusal("a.odt", repacked("office.odt", {"META-INF/manifest.xml": manifest})) == (
        "the OpenDocument text is locked with a password; save a copy without it"
    )


def test_ebook_that_is_locked_is_refused_and_one_with_locked_fonts_is_read():
    def encryption(part):
        return (
            '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
            '<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData>'
            f'<CipherReference URI="{part}"/></CipherData></EncryptedData></encryption>'
        )

    chapter = {"META-INF/encryption.xml": encryption("EPUB/text/ch001.xhtml")}
    assert refusal("a.epub", repacked("pandoc.epub", chapter)) == (
        "the e-book is protected by DRM and cannot be read"
    )
    font = {"META-INF/encryption.xml": encryption("EPUB/fonts/a.otf")}
    assert extract(Path("a.epub"), repacked("pandoc.epub", font)).text == REPORT


@pytest.mark.parametrize("name", ZIPPED)
def test_file_made_to_exhaust_memory_is_refused(name):
    reason = refusal(name, zipped({"a.xml": bytes(12 << 20)}))
    assert " unpacks to 1,0" in reason
    assert reason.endswith(
        " times its size, as a file made to exhaust memory would (the limit is 200 times)"
    )


def test_file_that_is_too_large_when_unpacked_is_refused(monkeypatch):
    monkeypatch.setattr(zip_container, "MAX_MARKUP_BYTES", 1 << 20)
    assert refusal("a.docx", zipped({"a.xml": bytes(2 << 20)})) == (
        "the Word document is too large when unpacked: 2 MiB, of at most 1; "
        "split it into several files"
    )
    monkeypatch.setattr(zip_container, "MAX_UNPACKED_BYTES", 1 << 20)
    assert ": 2 MiB, of at most 1;" in refusal("a.docx", zipped({"a.png": bytes(2 << 20)}))


def test_workbook_of_too_many_cells_is_refused(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_CELLS", 20)
    assert refusal("a.xlsx", (FILES / "ledger.xlsx").read_bytes()) == (
        "the Excel workbook has more than 20 cells; split it into several files"
    )


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("office.docx", "word/document.xml"),
        ("slides.pptx", "ppt/presentation.xml"),
        ("ledger.xlsx", "xl/workbook.xml"),
    ],
)
def test_entities_in_office_files_are_refused(name, part):
    with zipfile.ZipFile(FILES / name) as whole:
        head, _, body = whole.read(part).partition(b"?>")
    reason = refusal(name, repacked(name, {part: head + b"?>" + LAUGHS + body}))
    assert " declares XML entities, which no Office program writes" in reason


def test_entities_in_opendocument_files_stay_unresolved():
    with zipfile.ZipFile(FILES / "office.odt") as whole:
        head, _, body = whole.read("content.xml").partition(b"?>")
    body = body.replace(b"Bread", b"Bread&b;&c;", 1)
    changed = repacked("office.odt", {"content.xml": head + b"?>" + LAUGHS + body})
    assert extract(Path("a.odt"), changed).text == REPORT


def test_files_without_text_are_refused():
    empty = "the file contains no text, only white space or markup"
    for module, name in ((openpyxl.Workbook(), "a.xlsx"), (pptx.Presentation(), "a.pptx")):
        stream = io.BytesIO()
        module.save(stream)
        assert refusal(name, stream.getvalue()) == empty


# --- any damage ---------------------------------------------------------------------------------


def read_or_refused(name, data):
    try:
        found, reason = extract(Path(name), data), ""
    except UnreadableFile as error:
        found, reason = None, str(error)
    assert "\n" not in reason
    if found is not None:
        assert found.text.strip()
        assert found.text == canonicalize(found.text)
        assert found.text == found.text.encode().decode()
        assert found.title == found.title.encode().decode()
        assert list(found.page_starts) == sorted(found.page_starts)


def flipped(data, flips):
    changed = bytearray(data)
    for place, value in flips:
        changed[place % len(changed)] = value
    return bytes(changed)


FLIPS = st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), min_size=1, max_size=8)


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=12)
@given(flips=FLIPS)
def test_file_with_wrong_bytes_is_read_or_refused(name, flips):
    read_or_refused(name, flipped((FILES / name).read_bytes(), flips))


@pytest.mark.parametrize("name", ZIPPED)
@settings(max_examples=15)
@given(flips=FLIPS, number=st.integers(0, 100))
def test_archive_with_wrong_bytes_in_a_part_is_read_or_refused(name, flips, number):
    """Checksums reveal wrong bytes in the archive itself, but not these."""
    with zipfile.ZipFile(FILES / name) as whole:
        parts = [part for part in whole.infolist() if part.file_size]
        part = parts[number % len(parts)]
        changed = flipped(whole.read(part), flips)
    read_or_refused(name, repacked(name, {part.filename: changed}))


@pytest.mark.parametrize("suffix", ["rtf", "eml", "ipynb", "csv", "tsv", "docx", "odt", "epub"])
@given(data=st.binary(min_size=1, max_size=200))
def test_any_bytes_are_read_or_refused(suffix, data):
    read_or_refused(f"a.{suffix}", data)
    read_or_refused(f"a.{suffix}", b"{\\rtf1 " + data + b"}")
