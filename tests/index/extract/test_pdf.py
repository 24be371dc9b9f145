"""PDFs: running lines, hyphens, forms and notes, turned pages, text from right to left."""

import io
import re
import time
import tracemalloc
import unicodedata
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table
from sources import pdf

from index.extract.document import extract
from index.extract.pdf.hyphens import collect_words, decide_hyphens
from index.extract.pdf.running import drop_running_lines
from index.pages.page import find_words
from index.text.chunk import sentence_spans
from index.text.table import find_rows


def text_of(data: bytes) -> str:
    return extract(Path("a.pdf"), data).text


# --- running lines ------------------------------------------------------------------------------


def bodies(*headers, footer="", count=0):
    """Return pages with a text of several lines below these headers."""
    headers = headers or ("",) * count
    lines = ("came in with {}", "left with {}", "lay beside {}", "paid for {}", "saw {}")
    words = ("rope", "salt", "flour", "tar", "coal", "wood", "oats", "iron")
    pages = []
    for number, header in enumerate(headers):
        body = [line.format(words[(number + n) % 8]) for n, line in enumerate(lines)]
        end = footer.format(number + 1, number + 41)
        pages.append("\n".join(line for line in (header, *body, end) if line))
    return pages


@pytest.mark.parametrize(
    "headers",
    [
        [f"Invoice {n}" for n in range(2041, 2046)],
        [f"Chapter {n}" for n in range(1, 6)],
        [f"{n} March 2026" for n in range(1, 6)],
        [f"Payslip no. {n} of May" for n in range(1, 6)],
        [f"{n}" for n in range(4411, 4416)],
        [f"Day {n} of 30" for n in range(1, 6)],
    ],
)
def test_numbers_of_other_things_than_pages_stay(headers):
    pages = bodies(*headers)
    assert drop_running_lines(pages) == pages


@pytest.mark.parametrize("footer", ["Chapter {}", "Certificate {}", "Invoice no. {}", "{} Goats"])
def test_numbers_of_other_things_at_the_foot_stay(footer):
    pages = bodies(count=5, footer=footer)
    assert drop_running_lines(pages, "Certificates of 2026") == pages


@pytest.mark.parametrize("line", ["The great storm {}", "{} | THE GREAT STORM", "Storms {}"])
@pytest.mark.parametrize("at_end", [False, True])
def test_a_page_number_beside_the_title_goes(line, at_end):
    headers = [] if at_end else [line.format(number) for number in range(1, 6)]
    pages = bodies(*headers, footer=line if at_end else "", count=5)
    pages[0] = pages[0].replace("saw", "The great storm\nsaw")
    rest = bodies(count=5)[1:]
    assert drop_running_lines(pages, "Storms") == [pages[0], *rest]


@pytest.mark.parametrize("line", ["Seite {}", "p. {}", "第{}页", "Página {}"])
def test_a_page_number_with_a_word_for_page_goes_at_the_top(line):
    pages = bodies(*[line.format(number) for number in range(1, 6)])
    assert drop_running_lines(pages) == [pages[0], *bodies(count=5)[1:]]


@pytest.mark.parametrize("footer", ["{}", "- {} -", "{} of 5", "Page {} of 5", "{}/5", "{1}"])
def test_page_numbers_go(footer):
    assert drop_running_lines(bodies(count=5, footer=footer)) == bodies(count=5)


@pytest.mark.parametrize(
    "footer", ["Rev. 3 of 12 May 2026, page {} of 5", "Rev. 3 of 12 May, page {}", "Holm, Seite {}"]
)
@pytest.mark.parametrize("header", ["", "1. Rules of 2026"])
def test_page_numbers_beside_other_numbers_go(footer, header):
    pages = bodies(*[header] * 5, footer=footer)
    assert drop_running_lines(pages) == [pages[0], *bodies(count=5)[1:]]


@pytest.mark.parametrize(
    "footer",
    ["Holm Chandlery, VAT number FI 77 12", "Page {}", "The log of Oslo, {} of 5", "a  b "],
)
def test_a_footer_is_kept_once(footer):
    first, *others = drop_running_lines(bodies(count=5, footer=footer))
    assert first == bodies(count=5, footer=footer)[0].strip()
    assert others == bodies(count=5)[1:]


@pytest.mark.parametrize("number", ["{}", "- {} -", "Page {} of 5", "The log, {} of 5"])
def test_numbers_of_other_things_stay_beside_the_page_number(number):
    pages = bodies(count=5, footer="Payslip {}")
    found = drop_running_lines([f"{page}\n{number.format(n)}" for n, page in enumerate(pages, 1)])
    assert [page.split("\n")[5] for page in found] == [f"Payslip {n}" for n in range(1, 6)]
    found = drop_running_lines([f"{number.format(n)}\n{page}" for n, page in enumerate(pages, 1)])
    assert [page.split("\n")[-1] for page in found] == [f"Payslip {n}" for n in range(1, 6)]
    assert all(number.format(n) not in page.split("\n") for n, page in enumerate(found[1:], 2))


def test_numbers_of_records_stay():
    """Bills and the like repeat lines within their pages, which the pages of a text do not."""
    pages = [page.replace("\npaid", "\nTax included\npaid") for page in bodies(count=5)]
    pages = [f"{page}\nPayslip {number}" for number, page in enumerate(pages, 1)]
    assert drop_running_lines(pages) == pages


def test_a_footer_is_kept_where_it_stands_first():
    plain, pages = bodies(count=6), bodies(count=6, footer="Printed at Holm")
    assert drop_running_lines([plain[0], *pages[1:]]) == [plain[0], pages[1], *plain[2:]]


def test_a_title_that_ends_in_a_space_stays():
    pages = bodies("The log ", "The log", "The log", "The log")
    assert drop_running_lines(pages) == [pages[0], *bodies(count=4)[1:]]


def test_an_amount_that_most_pages_share_stays():
    pages = bodies("Rent 940", "Rent 940", "Rent 940", "Rent 620", "Rent 940")
    pages = [*pages, bodies("Rent 620")[0]]
    assert drop_running_lines(pages) == pages


def test_pages_of_a_pdf_begin_behind_the_lines_that_went():
    found = extract(Path("a.pdf"), pdf(bodies(*["Harbour log"] * 4, footer="{}")))
    parts = [
        found.text[start:end]
        for start, end in zip(found.page_starts, [*found.page_starts[1:], None], strict=True)
    ]
    expected = [*bodies("Harbour log"), *bodies(count=4)[1:]]
    assert [part.strip() for part in parts] == expected


def test_pages_of_figures_take_little_memory():
    rows = [" ".join(str(n * 7919 % 9973) for n in range(at, at + 20)) for at in range(2400)]
    pages = ["\n".join(rows[at : at + 60]) for at in range(0, len(rows), 60)]
    tracemalloc.start()
    drop_running_lines(pages)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * sum(map(len, pages))


# --- hyphens at line ends -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "elsewhere", "expected"),
    [
        ("AB-1234", "", "AB-1234"),
        ("COVID-19", "", "COVID-19"),
        ("North-South", "", "North-South"),
        ("12-14", "", "12-14"),
        ("12-mile", "", "12-mile"),
        ("KX-4410-B", "", "KX-4410-B"),
        ("e-mail", "", "e-mail"),
        ("long-term", "", "long-term"),
        ("infor-mation", "", "information"),
        ("interna-tional", "", "international"),
        # The document itself tells more than a list of words.
        ("co-operate", "They co-operate.", "co-operate"),
        ("co-operate", "They cooperate.", "cooperate"),
        ("bed-room", "The Bed-room.", "bed-room"),
        ("INFOR-MATION", "The information.", "INFORMATION"),
        ("Quay-Side", "The QuaySide.", "QuaySide"),
        # Words that nothing tells of were divided.
        ("Hafen-meisterei", "", "Hafenmeisterei"),
        ("mother-in-law", "", "mother-in-law"),
    ],
)
def test_hyphens_at_line_ends(parts, elsewhere, expected):
    left, _, right = parts.rpartition("-")
    text = text_of(pdf([f"It was the {left}-\n{right} of it.\n{elsewhere}\nThe end."]))
    assert text.startswith(f"It was the {expected} of it.")


@pytest.mark.parametrize(
    ("left", "right", "joined"),
    [("infras", "tructure", "infrastructure"), ("Ein", "und", "Ein-und"), ("A", "4", "A-4")],
)
def test_words_are_divided_with_a_hyphen_of_unicode_too(left, right, joined):
    lines = [list(f"The {left}\u2010"), list(f"{right} and more. Ein, und.")]
    assert text_of(glyphs_pdf(lines)).startswith(f"The {joined} and more.")


def test_a_hyphen_at_the_end_of_a_page_belongs_to_a_compound():
    found = extract(Path("a.pdf"), pdf(["It is a long-", "term plan."]))
    assert (found.text, found.page_starts) == ("It is a long-term plan.\n\n", (0, 13))


def test_hyphens_of_a_large_page_take_linear_time():
    began = time.perf_counter()
    for text in ("a\x02b" * 100_000, "\x02" * 300_000, "a" * 300_000, "a-" * 150_000):
        decide_hyphens(text, collect_words(text))
    assert time.perf_counter() - began < 20  # 1 second, on a machine with nothing else to do.


# --- turned pages -------------------------------------------------------------------------------

ROWS = (
    ("Name", "Post", "Amount"),
    ("Bain, Ada", "Harbour master", "37,499.96"),
    ("Smith, Alvaro", "Crane driver", "21,000.00"),
    ("Armer, Derek", "Ferryman", "12,111.06"),
)


def turned(rotation, slant, *, form=False, heading=""):
    """Return a PDF of one page with this rotation and rows that are drawn at this angle."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(600, 800))
    canvas.setPageRotation(rotation)
    canvas.drawString(72, 760, heading)
    if form:
        canvas.beginForm("rows")
    canvas.saveState()
    canvas.translate(300, 400)
    canvas.rotate(slant)
    for number, row in enumerate(ROWS):
        for place, cell in enumerate(row):
            canvas.drawString(-250 + 150 * place, 100 - 20 * number, cell)
    canvas.restoreState()
    if form:
        canvas.endForm()
        canvas.doForm("rows")
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("slant", [0, 90, 180, 270])
@pytest.mark.parametrize("form", [False, True])
def test_a_row_of_a_turned_page_is_a_line(rotation, slant, form):
    rows = [f"| {' | '.join(row)} |" for row in ROWS]
    rows.insert(1, "| --- | --- | --- |")
    assert text_of(turned(rotation, slant, form=form)).strip().split("\n") == rows
    found = text_of(turned(rotation, slant, form=form, heading="Salaries")).strip()
    assert found.split("\n") == ["Salaries", *rows]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("slant", [0, 90, 180, 270])
def test_words_of_a_turned_page_are_marked(rotation, slant):
    data = turned(rotation, slant, heading="Salaries")
    text = text_of(data)
    start = text.index("Harbour")
    with PdfDocument(data) as document:
        (box,) = find_words(document[0], text, start, start + len("Harbour master"))
        assert document[0].get_rotation() == rotation
        across, down = document[0].get_size()
    x, y = {0: (-100, 88), 90: (-88, -100), 180: (100, -88), 270: (88, 100)}[slant]
    # reportlab swaps the sides of a page that is turned.
    width, height = (800, 600) if rotation % 180 else (600, 800)
    x, y = (300 + x) / width, (height - 400 - y) / height
    x, y = {0: (x, y), 90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[rotation]
    assert box[0] - 0.02 < x < box[0] + box[2] + 0.02
    assert box[1] - 0.02 < y < box[1] + box[3] + 0.02
    is_level = (rotation + slant) % 180 == 0
    assert (box[2] * across > box[3] * down) == is_level


# --- forms and notes ----------------------------------------------------------------------------


def filled_form():
    """Return a PDF form with labels to the left, to the right and above of its fields."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(600, 800))
    canvas.drawString(72, 770, "Request for a berth")
    for y, label in ((700, "Skipper:"), (670, "Quay:"), (640, "Lights:")):
        canvas.drawString(72, y, label)
    canvas.drawString(100, 610, "Crew on board")
    canvas.drawString(72, 580, "Remarks")
    canvas.drawString(72, 500, "Signed at Holm.")
    form = canvas.acroForm
    form.textfield(name="a", value="Ida Holm", x=200, y=695, width=150, height=18)
    form.choice(name="b", value="West", options=["East", "West"], x=200, y=665, width=90, height=18)
    form.checkbox(name="c", checked=True, x=200, y=635, size=18)
    form.checkbox(name="d", checked=False, x=250, y=635, size=18)
    form.checkbox(name="e", checked=True, x=72, y=605, size=18)
    form.textfield(name="f", value="Two masts", x=72, y=550, width=150, height=18)
    canvas.freeTextAnnotation("Seen by Otto", "(/Helv 12 Tf)", Rect=[72, 520, 200, 540])
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def test_values_of_fields_stand_beside_their_labels():
    assert text_of(filled_form()).strip().split("\n") == [
        "Request for a berth",
        "Skipper: Ida Holm",
        "Quay: West",
        "Lights: Yes",
        "Yes Crew on board",
        "Remarks",
        "Two masts",
        "Seen by Otto",
        "Signed at Holm.",
    ]


@pytest.mark.parametrize(
    ("options", "value", "shown"),
    [
        (b"[(e) (East)] [(w) (West)]", b"(w)", "West"),
        (b"(East) (West)", b"(West)", "West"),
        (b"[(e) (East)] [(w) (West)]", b"(South)", "South"),
    ],
)
def test_list_shows_the_label_of_its_chosen_option(options, value, shown):
    data = filled_form().replace(b"/Opt [ (East) (West) ]", b"/Opt [ %s ]" % options)
    data = data.replace(b"/V (West)", b"/V %s" % value)
    assert f"Quay: {shown}\n" in text_of(data)


def test_a_long_value_is_read_whole():
    value = b"Two masts " * 60_000
    text = text_of(filled_form().replace(b"/V (Two masts)", b"/V (%s)" % value))
    assert text.count("Two masts") == 60_000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Fields [", b"/Fields 9 ["),
        (b"/AcroForm", b"/AcroFxrm"),
        (b"/FT /Tx", b"/FT 9999"),
        (b"/T (f)", b"/Parent 21 0 R /Kids [21 0 R]"),
        (b"/V (Two masts)", b"/V 21 0 R"),
        (b"/Annots [", b"/Annots [ 21 0 R 99 0 R 3 (a) "),
        (b"/Rect [ 72 550 222 568 ]", b"/Rect [ 1e39 x ]"),
    ],
)
def test_a_broken_form_leaves_the_text_of_its_page(old, new):
    data = filled_form()
    assert old in data
    assert "Signed at Holm." in text_of(data.replace(old, new))


# --- from right to left -------------------------------------------------------------------------

LAM_ALEF = "\u0644\u0627"


def glyphs_pdf(lines):
    """Return a PDF in whose lines, each drawn from left to right, a glyph is each of these texts.

    A pair is a glyph, and the text that is given for it where it stands (ActualText).
    """
    drawn = [[glyph if isinstance(glyph, tuple) else (glyph, "") for glyph in x] for x in lines]
    codes = {text: f"{code:02X}" for code, text in enumerate({t for x in drawn for t, _ in x}, 1)}

    def show(text, actual):
        span = f"/Span <</ActualText <FEFF{actual.encode('utf-16-be').hex()}>>> BDC "
        return f"{span if actual else ''}<{codes[text]}> Tj {'EMC ' if actual else ''}"

    shown = "T*\n".join("".join(show(*glyph) for glyph in line) for line in drawn)
    maps = "".join(f"<{code}> <{text.encode('utf-16-be').hex()}>\n" for text, code in codes.items())
    names = [f"/g{code}" for code in codes.values()]
    streams = [
        f"BT /F 12 Tf 14 TL 50 250 Td\n{shown}ET",
        "600 0 0 0 500 700 d1 0 0 500 700 re f",
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def\n"
        "1 begincodespacerange <00> <FF> endcodespacerange\n"
        f"{len(codes)} beginbfchar\n{maps}endbfchar endcmap end end",
    ]
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents 5 0 R"
        "/Resources<</Font<</F 4 0 R>>>>>>",
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[.001 0 0 .001 0 0]"
        f"/FirstChar 1/LastChar {len(codes)}/Widths[{'600 ' * len(codes)}]/ToUnicode 7 0 R"
        f"/Encoding<</Differences[1 {' '.join(names)}]>>"
        f"/CharProcs<<{' '.join(f'{name} 6 0 R' for name in names)}>>>>",
        *(f"<</Length {len(text)}>>stream\n{text}\nendstream" for text in streams),
    ]
    body = "".join(f"{number} 0 obj\n{text}\nendobj\n" for number, text in enumerate(objects, 1))
    return f"%PDF-1.7\n{body}trailer <</Root 1 0 R>>\n%%EOF".encode()


def drawn(text, *ligatures):
    """Return the glyphs of a text from right to left in the order in which they are drawn."""
    pattern = "|".join((*ligatures, "."))
    return re.findall(pattern, text)[::-1]


@pytest.mark.parametrize(
    ("text", "ligatures"),
    [
        ("السلام عليكم", [LAM_ALEF]),
        ("الأحمد قال لا", ["لأ", LAM_ALEF]),
        ("الله", ["الله"]),
        ("الله", ["لله"]),
        ("ﬡחד", []),
        # Letters in the right order, of which the same two are no glyph.
        ("المال الكامل", [LAM_ALEF]),
        ("ال", []),
    ],
)
def test_letters_of_a_glyph_are_in_the_order_of_reading(text, ligatures):
    expected = unicodedata.normalize("NFKC", text)
    assert text_of(glyphs_pdf([drawn(text, *ligatures)])).strip() == expected


@pytest.mark.parametrize("given", ["\ufefb", LAM_ALEF[::-1]])
def test_a_glyph_given_in_another_way_is_lam_alef(given):
    glyphs = [given if glyph == LAM_ALEF else glyph for glyph in drawn("قال لا", LAM_ALEF)]
    assert text_of(glyphs_pdf([glyphs])).strip() == "قال لا"


def test_words_among_those_from_left_to_right():
    line = [*"Quay ", *drawn("سلام", LAM_ALEF), *" 12"]
    assert text_of(glyphs_pdf([line])).strip() == "Quay سلام 12"


def test_text_given_for_each_glyph_is_in_the_order_of_reading():
    """Browsers write PDFs with the letters beside each glyph of another shape."""
    text = "قال السلام"
    shapes = {"ق": "\ufed7", "م": "\ufee2", "س": "\ufeb3", LAM_ALEF: "\ufefc"}
    glyphs = [
        (shapes[glyph], glyph) if glyph in shapes else glyph for glyph in drawn(text, LAM_ALEF)
    ]
    data = glyphs_pdf([glyphs])
    assert text_of(data).strip() == text
    with PdfDocument(data) as document:
        (box,) = find_words(document[0], text, 0, 3)
    # Nine glyphs of 7.2 points, the first word of which are the last three.
    assert box[0] == pytest.approx((50 + 6 * 7.2) / 400, abs=0.02)
    assert box[2] == pytest.approx(3 * 7.2 / 400, abs=0.02)


def test_text_that_says_more_than_its_glyphs_is_kept():
    data = glyphs_pdf([[("\ufed7", "قال"), " ", *drawn("لا", LAM_ALEF)]])
    assert sorted(text_of(data).strip()) == sorted("لا قال")


def test_words_with_a_glyph_of_two_letters_are_marked():
    data = glyphs_pdf([drawn("قال السلام", LAM_ALEF)])
    text = text_of(data).strip()
    with PdfDocument(data) as document:
        (box,) = find_words(document[0], text, 4, 10)
    assert box[0] == pytest.approx(50 / 400, abs=0.02)
    assert box[2] == pytest.approx(5 * 7.2 / 400, abs=0.02)


def test_lam_alef_in_a_field_is_two_letters():
    data = filled_form().replace(b"/V (Two masts)", b"/V <FEFFFEFB>")
    assert f"\nRemarks\n{LAM_ALEF}\n" in text_of(data)


# --- raised and lowered digits --------------------------------------------------------------------


def typeset(*parts, font="Times-Roman", at=(72, 700), page=None) -> bytes:
    """Return a page with one line of parts: each a text, its size and how far it is raised."""
    data = io.BytesIO()
    canvas = page or Canvas(data)
    x, y = at
    for text, size, rise in parts:
        canvas.setFont(font, size)
        canvas.drawString(x, y + rise, text)
        x += canvas.stringWidth(text)
    canvas.save()
    return data.getvalue()


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([("Holds 10", 12, 0), ("6", 8, 4.5), (" cells a day", 12, 0)], "Holds 10⁶ cells a day"),
        ([("3.2 x 10", 12, 0), ("-12", 7, 5), (" m, 7", 12, 0)], "3.2 x 10⁻¹² m, 7"),
        ([("2", 12, 0), ("64", 8, 4), (" bytes", 12, 0)], "2⁶⁴ bytes"),
        ([("2", 12, 0), ("2", 8, 4), ("3", 5, 7)], "2²^3"),
        ([("Of 2", 12, 0), ("1", 7, 5), ("/2 cups", 12, 0)], "Of 2 1/2 cups"),
        ([("On 312 m", 12, 0), ("2", 7, 4), (" of land", 12, 0)], "On 312 m² of land"),
        ([("CO", 12, 0), ("2", 8, -2), (" stays", 12, 0)], "CO₂ stays"),
        # Some programs make them hardly smaller.
        ([("Of 31 m", 11, 0), ("3", 10.7, 4), (" left", 11, 0)], "Of 31 m³ left"),
        ([("SO", 12, 0), ("4", 8, -2), ("2-", 8, 4), (" and", 12, 0)], "SO₄²⁻ and"),
        ([("C", 12, 0), ("12", 7, -2), ("H", 12, 0), ("22", 7, -2)], "C₁₂H₂₂"),
        ([("1011", 12, 0), ("2", 7, -2), (" is 11", 12, 0)], "1011₂ is 11"),
        ([("A word", 12, 0), ("1", 7, 5), (" here", 12, 0)], "A word¹ here"),
        ([("It rained.", 12, 0), ("2,3", 7, 5), (" Then", 12, 0)], "It rained.²,³ Then"),
        # Other changes of size and height.
        ([("See note", 12, 0), ("6", 8, 0), (" of B", 12, 0), ("4", 12, 4)], "See note6 of B4"),
        ([("Row 10", 12, 0), ("6", 8, 0), (" of 9", 12, 0)], "Row 106 of 9"),
        ([("Row 10", 12, 0), ("6", 12, 1), (" of 9", 12, 0)], "Row 106 of 9"),
        ([("In 1845 and 10", 12, 0), ("6", 12, 5)], "In 1845 and 106"),
    ],
)
@pytest.mark.parametrize("font", ["Times-Roman", "Helvetica", "Courier"])
def test_small_digits_above_or_below_the_line_are_raised_or_lowered(parts, text, font):
    read = text_of(typeset(*parts, font=font))
    assert read.replace("106\n of", "106 of").strip() == text


def test_power_within_a_page_with_fields_and_on_its_picture():
    data = io.BytesIO()
    canvas = Canvas(data)
    canvas.acroForm.textfield(value="Ada Krol", x=72, y=600, width=120, height=20)
    typeset(("Grown to 10", 12, 0), ("6", 8, 4.5), (" cells", 12, 0), page=canvas)
    text = text_of(data.getvalue())
    assert "Grown to 10⁶ cells" in text
    assert "Ada Krol" in text
    with PdfDocument(data.getvalue()) as opened:
        start = text.index("10⁶")
        assert len(find_words(opened[0], text, start, start + 9)) == 1


def test_numbers_in_rows_below_each_other_are_no_powers():
    data = io.BytesIO()
    canvas = Canvas(data)
    for row in range(40):
        canvas.setFont("Helvetica", 12 - row % 3 * 2)
        canvas.drawString(72, 780 - row * 9, f"{row} 1{row} 2-{row}")
    canvas.save()
    assert text_of(data.getvalue()).split("\n")[:2] == ["0 10 2-0", "1 11 2-1"]
    assert not re.search("[⁰¹²³⁴⁵⁶⁷⁸⁹]", text_of(data.getvalue()))


# --- tables -------------------------------------------------------------------------------------


def laid_out(*tables, columns, valign="TOP", header="Helvetica"):
    """Return a page of tables, drawn cell by cell, with a line of text before each and behind."""
    data = io.BytesIO()
    body = ParagraphStyle("body", fontName="Helvetica")
    top = ParagraphStyle("top", fontName=header)
    parts = [Paragraph("The list of berths, with all that is known of them", body)]
    for rows in tables:
        cells = [[Paragraph(cell, top if row is rows[0] else body) for cell in row] for row in rows]
        table = Table(cells, colWidths=columns, style=[("VALIGN", (0, 0), (-1, -1), valign)])
        parts += [table, Paragraph("Ask the <b>keeper</b> at the gate.", body)]
    SimpleDocTemplate(data).build(parts)
    return data.getvalue()


BERTHS = [
    ["Berth", "Skipper and boat", "State"],
    ["N1", "Ada Krol", "waits for a new sail from Holm, which is not sewn yet"],
    ["N2", "Ben Holt of Holm, with the Tern", "ready"],
    ["S1", "", "in the yard"],
]
BERTH_ROWS = [
    "| Berth | Skipper and boat | State |",
    "| --- | --- | --- |",
    "| N1 | Ada Krol | waits for a new sail from Holm, which is not sewn yet |",
    "| N2 | Ben Holt of Holm, with the Tern | ready |",
    "| S1 | | in the yard |",
]


@pytest.mark.parametrize("valign", ["TOP", "MIDDLE", "BOTTOM"])
def test_cells_of_words_stand_in_rows_with_their_header(valign):
    data = laid_out(BERTHS, BERTHS, columns=[60, 120, 90], valign=valign)
    text = text_of(data)
    assert text.strip().split("\n") == [
        "The list of berths, with all that is known of them",
        *[*BERTH_ROWS, "", "Ask the keeper at the gate."],
        *[*BERTH_ROWS, "", "Ask the keeper at the gate."],
    ]
    rows = find_rows(text, 0, len(text))
    assert [[text[slice(*cell)] for cell in row.cells] for row in rows] == [*BERTHS[1:]] * 2
    start = text.index("waits")
    with PdfDocument(data) as opened:
        assert len(find_words(opened[0], text, start, text.index(" |", start))) == 4


@pytest.mark.parametrize("header", ["Helvetica", "Helvetica-Bold"])
def test_names_with_their_values_have_a_header_only_if_it_shows(header):
    pairs = [["Skipper", "Ada Krol"], ["Boat", "Osprey"], ["Berth", "N1"]]
    lines = text_of(laid_out(pairs, columns=[60, 120], header=header)).split("\n")
    is_bold = header != "Helvetica"
    rows = ["| Skipper | Ada Krol |", *["| --- | --- |"] * is_bold, "| Boat | Osprey |"]
    assert lines[1 : len(rows) + 2] == [*rows, "| Berth | N1 |"]


@pytest.mark.parametrize(
    ("rows", "is_header"),
    [
        (["Port Q1 Q2", "Oslo 1 2", "Bergen none 4", "Total 1 6"], True),
        (["Port 2023 2024", "Oslo 1 2,000", "Bergen 3 4"], True),
        (["Oslo 7 2", "Bergen 3 4"], False),
        (["Tern 1931 1964", "Osprey 1950 1999"], False),
        (["Ada N1 12", "Ben N2 14"], False),
        (["Ada N1 S1", "Ben N2 S2"], False),
        (["2023 N1 S1", "2024 7 9"], False),
        (["Berth N1", "Fee 12", "Boats 3"], False),
    ],
)
def test_names_of_columns_may_hold_a_digit_above_numbers(rows, is_header):
    cells = [row.split() for row in rows]
    lines = text_of(laid_out(cells, columns=[60] * len(cells[0]))).split("\n")
    rule = f"|{' --- |' * len(cells[0])}"
    written = [f"| {' | '.join(row)} |" for row in cells]
    expected = [written[0], *[rule] * is_header, *written[1:]]
    assert lines[1 : len(expected) + 1] == expected


def test_a_table_on_several_pages_has_its_header_on_each():
    data = io.BytesIO()
    rows = [["No.", "Boat", "Owner"], *([str(n), "Osprey", "Ada Krol"] for n in range(150))]
    SimpleDocTemplate(data).build([Table(rows, repeatRows=1)])
    text = text_of(data.getvalue())
    found = find_rows(text, 0, len(text))
    assert [text[slice(*row.cells[0])] for row in found] == [str(n) for n in range(150)]
    assert text.count("| No. | Boat | Owner |") == 5


def test_justified_lines_lists_and_columns_of_prose_are_no_tables():
    data = io.BytesIO()
    canvas = Canvas(data)
    for line in range(12):
        words = [
            f"{'abcdefgh'[(line * 5 + n) % 8]}{'oor' * ((line + n * 3) % 4)}" for n in range(9)
        ]
        free = 450 - sum(map(canvas.stringWidth, words))
        x = 72
        for word in words:
            canvas.drawString(x, 780 - 14 * line, word)
            x += canvas.stringWidth(word) + free / 8
        canvas.drawString(72, 580 - 14 * line, f"{line + 1}.")
        canvas.drawString(100, 580 - 14 * line, "Go to the " + "gate" * (line % 3))
        for x in (72, 320):
            canvas.drawString(
                x, 380 - 14 * line, "The gate of the harbour is closed, and not by us,"
            )
    canvas.save()
    assert "|" not in text_of(data.getvalue())


@pytest.mark.parametrize(("right", "down"), [(30, 0), (30, 7), (0, 14), (30, 0.01)])
def test_pages_with_very_many_pieces_are_read_in_time(right, down):
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(150_000, 70_000))
    for n in range(4_900):
        canvas.drawString(72 + right * n, 69_000 - down * n, "x")
    for n in range(40):
        canvas.drawString(72 + 40 * (n % 2), 300 - 14 * n, "y")
    canvas.save()
    began = time.perf_counter()
    assert text_of(data.getvalue()).count("x") == 4_900
    assert time.perf_counter() - began < 60  # 1 second, on a machine with nothing else to do.


# --- headings -----------------------------------------------------------------------------------


def lines_pdf(*lines):
    """Return a page of lines, each of parts: a text, its size and its font."""
    data = io.BytesIO()
    canvas = Canvas(data)
    for number, parts in enumerate(lines):
        x = 72
        for text, size, font in parts:
            canvas.setFont(font, size)
            canvas.drawString(x, 760 - 20 * number, text)
            x += canvas.stringWidth(text)
    canvas.save()
    return data.getvalue()


PLAIN, BOLD, LARGE = (11, "Helvetica"), (11, "Helvetica-Bold"), (14, "Helvetica")


@pytest.mark.parametrize("kind", [BOLD, LARGE])
def test_headings_are_no_parts_of_the_sentences_around(kind):
    text = text_of(
        lines_pdf(
            *[[("Baths of the town", *kind)], [("and of the lake", *kind)]],
            *[[("The baths open in ", *PLAIN), ("May", *BOLD)], [("and close in June.", *PLAIN)]],
            *[
                [("No glass at the lake", *PLAIN)],
                [("Fees", *kind)],
                [("Guests pay 6 crowns.", *PLAIN)],
            ],
        )
    )
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "Baths of the town\nand of the lake",
        "The baths open in May\nand close in June.",
        "No glass at the lake",
        "Fees",
        "Guests pay 6 crowns.",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [
            [("Nobody passes the ", *PLAIN), ("Red Buoy", *BOLD)],
            [("Of Holm ", *BOLD), ("then.", *PLAIN)],
        ],
        [[("Ask the office of", *PLAIN)], [("Ada Krol ", *BOLD), ("at the gate.", *PLAIN)]],
        [[("All of this was said by", *BOLD)], [("the keeper.", *PLAIN)]],
        [[("Farm April May", *BOLD)], [("Alder Farm 182 176", *PLAIN)]],
        [[("The value of", *LARGE)], [("Berth ", *PLAIN), ("is known.", *LARGE)]],
    ],
)
def test_words_in_other_types_do_not_divide_sentences(lines):
    text = "\n".join("".join(part[0] for part in line) for line in lines)
    assert text_of(lines_pdf(*lines)).strip() == text


def test_running_lines_in_larger_type_go():
    header = "Harbour log\n\nOf the winter"
    pages = [page.replace("\n", "\n\n", 1) for page in bodies(*[header] * 5, footer="\n{}")]
    first, *others = drop_running_lines(pages)
    assert "Harbour log" in first
    assert [other.strip() for other in others] == bodies(count=5)[1:]


# --- control characters -------------------------------------------------------------------------


def test_control_characters_of_a_font_are_read_as_they_are_meant_or_dropped():
    """The font says that its A is U+0092, its B U+0007 and its C U+0080."""
    cmap = (
        "begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
        "4 beginbfchar <41> <0092> <42> <0007> <43> <0080> <20> <0020> endbfchar "
        "1 beginbfrange <61> <7A> <0061> endbfrange endcmap"
    )
    shown = "BT /F 12 Tf 72 700 Td (itAs pBaid C now) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
        "/Resources << /Font << /F 4 0 R >> >> >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        f"<< /Length {len(shown)} >> stream\n{shown}\nendstream",
        f"<< /Length {len(cmap)} >> stream\n{cmap}\nendstream",
    ]
    body = "".join(f"{number} 0 obj {one} endobj\n" for number, one in enumerate(objects, 1))
    data = f"%PDF-1.4\n{body}trailer << /Root 1 0 R >>\n%%EOF".encode()
    text = text_of(data)
    assert text == "it’s paid € now\n\n"
    with PdfDocument(data) as opened:
        assert len(find_words(opened[0], text, 0, 9)) == 1
