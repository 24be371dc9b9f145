"""Title, author and date from the metadata of files; damaged metadata does no harm."""

import io
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pptx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas
from sources import FILES, REPORT, pdf, read, repacked

from index.extract.document import extract
from index.text.canonical import MAX_AUTHOR_LENGTH, canonicalize, join_authors, parse_date


def metadata_of(name, data):
    found = extract(Path(name), data.encode() if isinstance(data, str) else data)
    return found.title, found.author, found.date


# --- names and dates ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ""),
        (("Ann Lee",), "Ann Lee"),
        (("  Ann\n Lee ", "Bo Ek"), "Ann Lee, Bo Ek"),
        (("Ann Lee;Bo Ek; ;Ann Lee",), "Ann Lee, Bo Ek"),
        (("python-docx", "openpyxl", "Anonymous", "(anonymous)", "unknown", "USER", "<>"), ""),
        (("Administrator; Ann",), "Ann"),
        (("Userdal",), "Userdal"),
        (("Rene\u0301\0",), "René"),
    ],
)
def test_authors_on_one_line(names, expected):
    assert join_authors(*names) == expected


def test_many_authors_are_cut_between_words():
    line = join_authors(*(f"Author Number{number}" for number in range(20)))
    assert line.endswith(", Author Number6, Author…")
    assert len(line) <= MAX_AUTHOR_LENGTH == 120


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((f"2025-04-09{rest}", "2025-04-09") for rest in ("", "T14:30", " 14:30:00.5+02:00", "Z")),
        *((f"20250409{rest}", "2025-04-09") for rest in ("", "T143000Z", "1430", "143000")),
        *((f"2025{mark}4{mark}9", "2025-04-09") for mark in "-./"),
        *((f"D:20250409{rest}", "2025-04-09") for rest in ("", "14", "143000Z", "143000+02'00'")),
        ("Wed, 09 Apr 2025 14:30:00 +0200", "2025-04-09"),
        ("9 Apr 2025 23:59 -1100 (a remark)", "2025-04-09"),
        # Dates are neither completed nor impossible.
        *((text, "2025") for text in ("2025", "D:2025")),
        *((text, "2025-04") for text in ("2025-04", "2025-4", "2025/04", "D:202504")),
        *((text, "") for text in ("", "spring 2025", "2025-", "2025-W15", "202504", "D:2025-04")),
        *((text, "") for text in ("0999", "3000", "2025-00", "2025-13", "D:202513", "1 2025")),
        *(
            (text, "")
            for text in ("2025-02-29", "2025-13-01", "D:20250431", "Wed, 31 Apr 2025 1:2")
        ),
        *((text, "") for text in ("0999-01-01", "3000-01-01", "D:00000000000000", "0000-00-00")),
        *((text, "") for text in ("1712010100", "171201010", "2025-04-091", "2025-04.09", "\0")),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_dates(text, expected):
    assert parse_date(text) == parse_date("never", f" {text}\n") == expected


@given(st.one_of(st.text(), st.text("0123456789DTZ:+-. '/", max_size=30)))
def test_any_text_is_a_date_or_none(text):
    assert re.fullmatch(r"([12]\d{3}(-\d\d(-\d\d)?)?)?", parse_date(text))
    line = join_authors(text)
    assert line == canonicalize(" ".join(line.split()))


def test_full_date_is_preferred_to_a_month_or_a_year():
    assert parse_date("2025", "2024-05", "2023-11-30") == "2023-11-30"
    assert parse_date("soon", "2024-05", "2025") == "2024-05"


# --- the formats --------------------------------------------------------------------------------


CORE = """<cp:coreProperties xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
 xmlns:t="http://purl.org/dc/terms/"><dc:creator>Ann Lee;Bo Ek</dc:creator>
<t:created>2024-12-31T10:00:00Z</t:created>{}</cp:coreProperties>"""
OFFICE = ("office.docx", "slides.pptx", "ledger.xlsx")


@pytest.mark.parametrize("name", OFFICE)
@pytest.mark.parametrize(
    ("more", "date"),
    [
        ("", "2024-12-31"),
        ("<t:modified>2025-04-09T10:00:00Z</t:modified>", "2025-04-09"),
        ("<t:modified>yesterday</t:modified>", "2024-12-31"),
    ],
)
def test_office_files(name, more, date):
    found = extract(Path(name), repacked(name, {"docProps/core.xml": CORE.format(more)}))
    assert (found.author, found.date) == ("Ann Lee, Bo Ek", date)
    assert found.text == read(name).text


@pytest.mark.parametrize("name", ["office.odt", "slides.odp", "ledger.ods"])
@pytest.mark.parametrize(
    ("more", "author", "date"),
    [
        ("", "Ann Lee", "2024-12-31"),
        ("<dc:creator>Bo</dc:creator><dc:date>2025-04-09T10:00:00</dc:date>", "Bo", "2025-04-09"),
    ],
)
def test_opendocument_files(name, more, author, date):
    meta = (
        '<m xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0">'
        "<meta:initial-creator>Ann Lee</meta:initial-creator>"
        f"<meta:creation-date>2024-12-31T10:00:00.25</meta:creation-date>{more}</m>"
    )
    found = extract(Path(name), repacked(name, {"meta.xml": meta}))
    assert (found.author, found.date) == (author, date)


@pytest.mark.parametrize("damage", ["", "<cut", "\0\1", "<a/>", "<a>&b;</a>"])
@pytest.mark.parametrize(
    ("name", "part"),
    [*((name, "docProps/core.xml") for name in OFFICE), ("office.odt", "meta.xml")],
)
def test_file_whose_properties_are_damaged_is_read(name, part, damage):
    changed = {part: damage, "docProps/custom.xml": damage}
    found = extract(Path(name), repacked(name, changed))
    assert (found.text, found.author, found.date) == (read(name).text, "", "")


def test_default_metadata_of_programs_is_ignored():
    assert (read("ledger.xlsx").author, read("ledger.ods").author) == ("", "")
    assert (read("slides.odp").author, read("slides.odp").date) == ("", "")
    stream = io.BytesIO()
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = "Plans"
    deck.save(stream)
    assert metadata_of("a.pptx", stream.getvalue()) == ("Plans", "", "")


def test_workbook_as_openpyxl_writes_it():
    book = openpyxl.Workbook()
    book.active["A1"], book.properties.creator = "Ice", "Ann Lee"
    stream = io.BytesIO()
    book.save(stream)
    title, author, date = metadata_of("a.xlsx", stream.getvalue())
    assert (title, author) == ("", "Ann Lee")
    assert date == openpyxl.load_workbook(stream).properties.modified.date().isoformat()


@pytest.mark.parametrize(
    ("more", "date"),
    [
        ("", "1998-02-01"),
        ('<dc:date opf:event="modification">2001-05-06</dc:date>', "2001-05-06"),
        ('<meta property="dcterms:modified">2025-04-09T10:00:00Z</meta>', "2025-04-09"),
    ],
)
def test_ebooks(more, date):
    elements = "<dc:creator>Ann Lee</dc:creator><dc:creator>Bo Ek</dc:creator>"
    package = extract_part("pandoc.epub", "EPUB/content.opf")
    package = re.sub("<dc:date.*?</dc:date>|<meta property.*?</meta>", "", package)
    elements += f"<dc:date>1998-02-01</dc:date>{more}</metadata>"
    changed = {"EPUB/content.opf": package.replace("</metadata>", elements)}
    found = extract(Path("a.epub"), repacked("pandoc.epub", changed))
    assert (found.text, found.title) == (REPORT, "Harbour report")
    assert (found.author, found.date) == ("Ann Lee, Bo Ek", date)


def extract_part(name, part):
    with zipfile.ZipFile(FILES / name) as whole:
        return whole.read(part).decode()


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<meta name=Author content='Ann Lee'>", "", ("Ann Lee", "")),
        ("<meta name=author content='Ann'><meta name=author content='Bo'>", "", ("Ann, Bo", "")),
        ("<meta property='article:published_time' content='2025-04-09T1:00'>", "", (
            "", "2025-04-09")),
        ("<meta property='article:published_time' content='2025-04-09'>"
         "<meta property='article:modified_time' content='2025-05-01'>", "", ("", "2025-05-01")),
        ("<meta name='DC.date' content='2025-04-09'>", "", ("", "2025-04-09")),
        ("<meta name='dcterms:date' content='2025-04-09'>", "", ("", "2025-04-09")),
        ("<meta name=date content='soon'>", "<article><time datetime='2025-04-09'>9 April</time>"
         "</article>", ("", "2025-04-09")),
        ("", "<header><time datetime='2025-04-09'>today</time></header>", ("", "")),
        ("<meta name=author><meta content=x>", "<article><time>now</time></article>", ("", "")),
    ],
)  # fmt: skip
def test_pages(head, body, expected):
    found = extract(Path("a.html"), f"<head>{head}</head><body><p>Ice.</p>{body}".encode())
    assert (found.author, found.date) == expected
    assert found.text.startswith("Ice.\n")


@pytest.mark.parametrize(
    ("sender", "author"),
    [
        ("Ann Lee <ann@example.org>", "Ann Lee"),
        ("ann@example.org", "ann@example.org"),
        ('"Lee, Ann" <ann@example.org>, Bo <bo@example.org>', "Lee, Ann, Bo"),
        ("=?utf-8?q?S=C3=B8ren?= <s@example.org>", "Søren"),
        ("<>", ""),
    ],
)
def test_emails(sender, author):
    head = f"From: {sender}\nTo: all@example.org\nSubject: Ice\n"
    date = "Date: Wed, 09 Apr 2025 23:30:00 -0700\n"
    assert metadata_of("a.eml", f"{head}{date}\nIt froze.\n") == ("Ice", author, "2025-04-09")
    assert metadata_of("a.eml", f"{head}Date: today\n\nIt froze.\n") == ("Ice", author, "")


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (r"{\title T}{\author Ann}{\creatim\yr2024\mo12\dy31\hr7}", ("T", "Ann", "2024-12-31")),
        (r"{\author J\'f8rn\u233?}{\creatim\yr2024\mo12\dy31}{\revtim\yr2025\mo4\dy9\hr7\min5}",
         ("Ice.", "Jørné", "2025-04-09")),
        (r"{\author }{\creatim\yr0\mo0\dy0}{\printim\yr2024\mo12\dy31}", ("Ice.", "", "")),
    ],
)  # fmt: skip
def test_rich_text(info, expected):
    rtf = rf"{{\rtf1\ansi{{\info{info}}}Ice.\par}}"
    assert metadata_of("a.rtf", rtf) == expected
    assert extract(Path("a.rtf"), rtf.encode()).text == "Ice.\n"


def test_notebooks():
    cells = [{"cell_type": "markdown", "source": ["# Ice"]}]

    def found(metadata):
        return metadata_of("a.ipynb", json.dumps({"cells": cells, "metadata": metadata}))

    assert found({}) == ("Ice", "", "")
    authors = [{"name": "Ann Lee"}, {"name": "Bo"}, "Cy", 5, {"orcid": "0"}]
    assert found({"title": "The log", "authors": authors}) == ("The log", "Ann Lee, Bo, Cy", "")
    for damaged in (None, [], "x", {"authors": 5, "title": None, "kernelspec": None}):
        assert found(damaged) == ("Ice", "", "")


def test_pdf():
    def found(old, new):
        stream = io.BytesIO()
        canvas = Canvas(stream, invariant=1)
        canvas.setAuthor("Ann Lee; Bo Ek")
        canvas.drawString(72, 800, "Ice.")
        canvas.save()
        assert old in stream.getvalue()
        return metadata_of("a.pdf", stream.getvalue().replace(old, new))

    modified, created = b"/ModDate (D:2000", b"/CreationDate (D:2000"
    assert found(b"", b"") == ("Ice.", "Ann Lee, Bo Ek", "2000-01-01")
    assert found(modified, b"/ModDate (D:2001") == ("Ice.", "Ann Lee, Bo Ek", "2001-01-01")
    assert found(modified, b"/ModDate (Q:2001")[2] == "2000-01-01"
    assert found(created, b"/CreationDate (Q:2000")[2] == "2000-01-01"
    # Half a surrogate pair, and a value that is not text.
    assert found(b"(Ann Lee; Bo Ek)", b"<FEFFD8000041> ")[1:] == ("", "2000-01-01")
    assert found(b"(Ann Lee; Bo Ek)", b"[ 1 2 3 4 5 6 ]")[1:] == ("", "2000-01-01")
    assert metadata_of("a.pdf", pdf(["Ice."]))[1] == ""


# --- front matter of Markdown -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("title: Ice\nauthor: Ann Lee\ndate: 2025-04-09", ("Ice", "Ann Lee", "2025-04-09")),
        ("Title: 'Ice: a #log' # x\nauthor: \"Ann\" # y", ("Ice: a #log", "Ann", "")),
        (
            "author: [Ann, 'Bo Ek']\ndate: 2025-04-09 10:00 # z",
            ("Thaw", "Ann, Bo Ek", "2025-04-09"),
        ),
        ("authors:\n  - name: Ann\n    mail: a@b\n  - Bo\n\nlang: en", ("Thaw", "Ann, Bo", "")),
        (
            'title: \'It\'\'s "cold"\'\nauthor: "A \\"B\\" \\\\ C"',
            ('It\'s "cold"', 'A "B" \\ C', ""),
        ),
        (
            "authors: [\"Lee, Ann\", 'Ek, Bo' , O'Hara, '', ,]",
            ("Thaw", "Lee, Ann, Ek, Bo, O'Hara", ""),
        ),
        ("date: 2024-01-01\nlastmod: 2025-04-09", ("Thaw", "", "2025-04-09")),
        ("date: 2023", ("Thaw", "", "2023")),
        ("date: '2023-05' # or so", ("Thaw", "", "2023-05")),
        ("tags:\n- x\n# title: no\ntitle: >\n  folded\ndate: soon", ("Thaw", "", "")),
        ("author: >\n  no\nurl: http://x:80/", ("Thaw", "", "")),
    ],
)
def test_front_matter(front, expected):
    text = f"---\n{front}\n---\n\n# Thaw\n\nIt thawed.\n"
    assert metadata_of("a.md", text) == expected
    # It stays in the text, so that quotations have the same position as in the file.
    assert extract(Path("a.md"), text.encode()).text == text
    assert metadata_of("a.md", text.replace("# Thaw", "It Thaw"))[1:] == expected[1:]


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nauthor: Ann\n\n---\n# Ice\n",
        "---\nauthor: Ann\n# Ice\n",
        "---\nauthor: Ann\nIt froze.\n---\n# Ice\n",
        "\n---\nauthor: Ann\n---\n# Ice\n",
    ],
)
def test_text_between_thematic_breaks_is_not_front_matter(text):
    assert metadata_of("a.md", text) == ("Ice", "", "")


def test_title_of_a_text_without_headings_is_not_its_front_matter():
    assert metadata_of("a.md", "---\nauthor: Ann\n---\n\nIt froze.\n") == ("It froze.", "Ann", "")
    assert metadata_of("a.md", "---\nauthor: Ann\n# x\n...\n```\n# no\n```\n")[0] == "no"


def test_title_is_not_a_line_of_code():
    assert metadata_of("a.md", "Setup:\n\n```sh\n# run this\n```\n\n## Use\n") == ("Use", "", "")
