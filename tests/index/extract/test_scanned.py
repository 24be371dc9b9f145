"""Scanned pages of a PDF are named, and read if text recognition is installed."""

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pypdfium2 import PdfDocument
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from sources import pdf, refusal

from index.extract.document import extract, page_of
from index.extract.pdf import ocr
from index.extract.pdf import scanned as scanned_pages
from index.extract.pdf.ocr import OcrLine, is_ocr_installed, join_lines
from index.extract.pdf.scanned import format_page_numbers
from index.installation import install_command

RULE = "A ship that waits for ice\nor for a strike pays nothing."
ADVICE = (
    "which may be scanned; to read scanned pages, install text recognition: "
    + install_command("ocr")
)
needs_recognition = pytest.mark.skipif(not is_ocr_installed(), reason="the extra ocr is missing")


def scanned(pages):
    """Return a PDF with these texts, those that begin with "!" as pictures; None is an empty page.

    "!" alone is a picture without text.
    """
    stream = io.BytesIO()
    canvas = Canvas(stream)
    for page in pages:
        if page and page.startswith("!"):
            drawn = PdfDocument(pdf([page[1:]]))[0].render(scale=150 / 72).to_pil().convert("L")
            canvas.drawImage(ImageReader(drawn), 0, 0, *canvas._pagesize)
        elif page:
            canvas.drawString(72, 800, page)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


@pytest.fixture
def without_recognition(monkeypatch):
    monkeypatch.setattr(scanned_pages, "is_ocr_installed", lambda: False)


@pytest.mark.usefixtures("without_recognition")
def test_scanned_pages_are_named():
    found = extract(Path("a.pdf"), scanned(["Ice.", "!a", "!b", "!c", None, "!d", "Thaw."]))
    assert found.note == f"no text on pages 2\u20134 and 6, {ADVICE}"
    assert found.text == "Ice.\n\n" + 5 * "\n\n" + "Thaw.\n\n"
    assert len(found.page_starts) == 7


@pytest.mark.usefixtures("without_recognition")
def test_scanned_pdf_is_refused_with_advice():
    assert refusal("a.pdf", scanned(["!a", "!b", None])) == f"no text on pages 1\u20132, {ADVICE}"
    assert refusal("a.pdf", scanned(["!a"])) == f"no text on page 1, {ADVICE}"


def test_pages_with_text_or_nothing_on_them_need_no_note():
    assert extract(Path("a.pdf"), scanned(["Ice.", None])).note == ""


@pytest.mark.parametrize(
    ("numbers", "names"),
    [([0], "page 1"), ([0, 1], "pages 1\u20132"), ([0, 2, 4, 5], "pages 1, 3 and 5\u20136")],
)
def test_format_page_numbers(numbers, names):
    assert format_page_numbers(numbers) == names


@needs_recognition
def test_scanned_pages_are_read():
    found = extract(Path("a.pdf"), scanned(["Ice.", f"!{RULE}", "!"]))
    assert found.text == f"Ice.\n\n{RULE}\n\n\n\n"
    assert page_of(found.page_starts, found.text.index("strike")) == 2
    assert found.note == (
        "page 2 was read by text recognition (OCR); text recognition found no text on page 3"
    )
    # The result must be deterministic, or every build would change the index.
    assert extract(Path("a.pdf"), scanned(["Ice.", f"!{RULE}", "!"])) == found


def test_page_on_which_recognition_fails_does_not_stop_others(monkeypatch):
    def fail(picture):
        raise RuntimeError(picture.shape)

    monkeypatch.setattr(scanned_pages, "is_ocr_installed", lambda: True)
    monkeypatch.setattr(ocr, "_ocr_engine", lambda: fail)
    found = extract(Path("a.pdf"), scanned(["Ice.", "!a", "!b"]))
    assert found.text == "Ice.\n\n\n\n\n\n"
    assert found.note == "text recognition found no text on pages 2\u20133"


@needs_recognition
def test_scanned_pdf_without_text_is_refused():
    assert refusal("a.pdf", scanned(["!"])) == "text recognition found no text on page 1"


@needs_recognition
def test_recognised_pages_are_limited(monkeypatch):
    monkeypatch.setattr(scanned_pages, "MAX_OCR_PAGES", 1)
    found = extract(Path("a.pdf"), scanned([f"!{RULE}", f"!{RULE}"]))
    assert found.text == f"{RULE}\n\n\n\n"
    assert found.note == (
        "page 1 was read by text recognition (OCR); no text on page 2, which may be scanned; "
        "text recognition is limited to 1 pages per file"
    )


@needs_recognition
@pytest.mark.parametrize("size", [(10, 2000), (2000, 200), (14400, 14400), (1, 1)])
def test_page_of_an_odd_size_is_read(size):
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=size)
    drawn = PdfDocument(pdf(["Ice."]))[0].render().to_pil()
    canvas.drawImage(ImageReader(drawn), 0, 0, *size)
    canvas.showPage()
    canvas.setPageSize((200, 200))
    canvas.drawString(72, 72, "Thaw.")
    canvas.save()
    assert "Thaw." in extract(Path("a.pdf"), stream.getvalue()).text


# --- the order of reading -----------------------------------------------------------------------


def lines(*rows, top=0, left=0, size=10):
    """Return lines as high as `size` and half as wide as that for each character."""
    tops = [top + 1.2 * size * number for number in range(len(rows))]
    return [
        OcrLine(left, upper, left + size / 2 * len(text), upper + size, text)
        for upper, text in zip(tops, rows, strict=True)
    ]


LEFT = ("The ship that has waited", "for many days at the quay", "pays nothing for these.")
RIGHT = ("Each master has a list of", "all that he has on board,", "and shows it on demand.")


def test_columns_are_read_one_after_the_other():
    top = lines("What the harbour of Oslo asks of each of its ships", top=0)
    columns = lines(*LEFT, top=30) + lines(*RIGHT, top=32, left=150)
    below = lines("These are the rules of each ship and of each one's master.", top=68)
    expected = "\n".join((top[0].text, "", *LEFT, *RIGHT, below[0].text))
    assert join_lines([*reversed(columns), *below, *top]) == expected


def test_rows_of_a_table_are_read_across():
    table = lines("Ship", "Fram", "Gjøa") + lines("402 t", "47 t", "9 t", left=150, top=2)
    assert join_lines(table) == "Ship 402 t\nFram 47 t\nGjøa 9 t"


def test_larger_gap_than_usual_starts_a_paragraph():
    assert join_lines(lines("A", "B", "C") + lines("D", "E", top=60)) == "A\nB\nC\n\nD\nE"
    wide = [OcrLine(0, 40 * n, 50, 40 * n + 10, text) for n, text in enumerate("ABC")]
    assert join_lines(wide) == "A\nB\nC"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (("inter-", "national"), "international"),
        (("a long-", "term plan"), "a long-term plan"),
        (("They co-operate.", "Co-", "operate!"), "They co-operate.\nCo-operate!"),
        (("Oslo-", "Bergen"), "Oslo-\nBergen"),
        (("1920-", "1925"), "1920-\n1925"),
    ],
)
def test_hyphens_at_the_line_ends_of_a_picture_are_decided_as_those_of_text(
    rows, text, monkeypatch
):
    found = lines(*rows)
    boxes = [
        [(x, y) for y in (line.top, line.bottom) for x in (line.left, line.right)] for line in found
    ]
    result = SimpleNamespace(boxes=np.array(boxes), txts=rows)
    monkeypatch.setattr(scanned_pages, "is_ocr_installed", lambda: True)
    monkeypatch.setattr(ocr, "_ocr_engine", lambda: lambda picture: result)
    assert extract(Path("a.pdf"), scanned(["!a"])).text.strip() == text


def test_no_lines_are_no_text():
    assert join_lines([]) == ""
