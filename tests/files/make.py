"""Write the files that test_formats.py reads, with programs that people write such files with.

python tests/files/make.py

It needs pandoc, LibreOffice (soffice) and Chromium, and writes beside itself. The texts are below;
a file written by another version of a program may differ in its bytes, not in what it says.
"""

import json
import shutil
import subprocess
import tempfile
import zipfile
from datetime import date, datetime, timedelta, timezone
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pptx
from openpyxl.styles import Font
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

HERE = Path(__file__).parent

REPORT = """---
title: Harbour report
---

# The ships

The *Fram* sailed from Oslo in **May**.[^1] She carried flour, salt and
coffee — “the best of the year”.

- Bread
- Water
    - from the well
    - from the river

1. Load the ship.
2. Cast off.

## What it cost

| Port   | Days | Crowns |
|--------|------|--------|
| Tromsø | 3    | 1,200  |
| Bodø   | 12   | 4,750  |

Costs rose by 4.5% over the year.

[^1]: Her captain was Otto Sverdrup.

# Straße nach Łódź

Zażółć gęślą jaźń; 東京 is far.
"""

FORMULAS = r"""
The area of the circle is $a = \pi r^2$ for each radius.

$$ x_1 = \frac{1}{2 + y} $$
"""

CLAUSES = """
1. The ship is let for a year.

   A year has 365 days.

2. The master pays

    a. for coal,
    b. for water.

3. The owner pays

    (i) for repairs.

Both sign below.

4. Nothing else is agreed.
"""

PRINTED = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Harbour rules</title>
<style>
@page {{ margin: 25mm 20mm;
  @top-center {{ content: "Harbour of Oslo"; font: 8pt serif }}
  @bottom-center {{ content: "Page " counter(page) " of " counter(pages); font: 8pt serif }} }}
body {{ font: 11pt/1.4 serif; orphans: 1; widows: 1 }}
</style></head><body><h1>Harbour rules</h1>{paragraphs}</body></html>
"""
RULE = (
    "Rule {0}: a ship that has waited for {0} days at the quay because of ice, of storm or of a "
    "strike pays nothing for them, whatever the flag of ship {0} is."
)


def run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def pandoc(folder: Path, name: str, text: str = REPORT) -> None:
    source = folder / "source.md"
    source.write_text(text, "utf-8")
    run("pandoc", source, "--standalone", "--output", HERE / name)


def convert(folder: Path, source: Path, name: str) -> None:
    """Let LibreOffice save a file in another format."""
    suffix = name.rpartition(".")[2]
    copy = folder / f"{name.rpartition('.')[0]}{source.suffix}"
    if copy != source:
        shutil.copy(source, copy)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    run("soffice", profile, "--headless", "--convert-to", suffix, "--outdir", HERE, copy)


def print_page(folder: Path, name: str) -> None:
    source = folder / "page.html"
    rules = "".join(f"<p>{RULE.format(number)}</p>" for number in range(1, 41))
    source.write_text(PRINTED.format(paragraphs=rules), "utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    profile = f"--user-data-dir={folder / 'chromium'}"
    printing = ["--no-pdf-header-footer", f"--print-to-pdf={HERE / name}"]
    run("chromium", *flags, profile, *printing, source.as_uri())


def slides(path: Path) -> None:
    deck = pptx.Presentation()
    deck.core_properties.title = "Plans for the harbour"
    cover = deck.slides.add_slide(deck.slide_layouts[0])
    cover.shapes.title.text = "Plans for the harbour"
    cover.placeholders[1].text = "Oslo, spring 2025"
    plan = deck.slides.add_slide(deck.slide_layouts[1])
    plan.shapes.title.text = "What we build"
    frame = plan.placeholders[1].text_frame
    frame.text = "A new quay"
    for text, level in (("of granite", 1), ("A crane", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    plan.notes_slide.notes_text_frame.text = "Mention that the crane lifts 40 tonnes."
    costs = deck.slides.add_slide(deck.slide_layouts[5])
    costs.shapes.title.text = "What it costs"
    table = costs.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(5), Inches(2)).table
    for row, cells in enumerate((("Work", "Crowns"), ("Quay", "3,000,000"), ("Crane", "750,000"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    box = costs.shapes.add_textbox(Inches(1), Inches(5), Inches(5), Inches(1))
    box.text_frame.text = "The city pays half."
    chart = CategoryChartData()
    chart.categories = ["2023", "2024"]
    chart.add_series("Ships", (410, 455))
    empty = deck.slides.add_slide(deck.slide_layouts[6])
    empty.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1), Inches(6), Inches(4), chart
    )
    deck.save(path)
    press(path)


def press(path: Path) -> None:
    """Pack a file as tightly as can be; the pictures that are no part of its text go."""
    with zipfile.ZipFile(path) as loose:
        parts = [(name, loose.read(name)) for name in loose.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as tight:
        for name, data in parts:
            tight.writestr(name, b"" if name.endswith((".jpeg", ".bin")) else data)


def ledger(path: Path) -> None:
    """Write formulas without values: LibreOffice works them out when it saves the sheet."""
    book = openpyxl.Workbook()
    book.properties.title = "Ledger of 2025"
    sheet = book.active
    sheet.title = "Dues"
    sheet["B2"] = "Dues of the harbour"
    rows = [
        ("Ship", "Arrived", "Tonnes", "Dues", "Share"),
        ("Fram", date(2025, 4, 9), 402, 1206.5, "=E5/E$8"),
        ("Gjøa", date(2025, 4, 11), 47, 141, "=E6/E$8"),
        (None, None, None, None, None),
        ("All", None, "=SUM(D5:D6)", "=SUM(E5:E6)", "=E8/E$8"),
    ]
    for number, row in enumerate(rows, 4):
        for column, value in enumerate(row, 2):
            sheet.cell(number, column).value = value
    for cell in sheet[4]:
        cell.font = Font(bold=True)
    for number in range(5, 9):
        sheet.cell(number, 3).number_format = "d mmmm yyyy"
        sheet.cell(number, 5).number_format = '#,##0.00 "kr"'
        sheet.cell(number, 6).number_format = "0.0%"
    sheet["B10"] = "Paid in advance."
    book.create_sheet("Nothing")
    log = book.create_sheet("Log")
    log.append(["When", "What | why", "Done"])
    log.append([datetime(2025, 4, 9, 14, 30), "Moored\nat quay 2", True])
    book.save(path)


def mail(path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "Grüße: the quay is free again"
    message["From"] = "Søren Holm <soren@example.org>"
    message["To"] = "Harbour office <office@example.org>"
    message["Date"] = datetime(2025, 4, 9, 14, 30, tzinfo=timezone(timedelta(hours=2)))
    message.set_content("Dear all,\n\nthe quay at Bygdøy is free since noon.\n\nSøren\n")
    message.add_alternative("<p>This part is <b>not</b> read.</p>", subtype="html")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="quay.pdf")
    path.write_bytes(message.as_bytes())


def letter(path: Path) -> None:
    """Write an e-mail that has no text but as HTML, arranged by tables."""
    message = EmailMessage()
    message["Subject"] = "Your booking"
    message["From"] = "booking@example.org"
    message["To"] = "anna@example.org"
    message.set_content(
        "<html><head><style>p {color: red}</style></head><body><table><tr><td>"
        "<h1>Thank you, Anna</h1><p>Your berth is number 7.</p>"
        "<table><tr><th>Night</th><th>Price</th></tr><tr><td>9 May</td><td>20 €</td></tr></table>"
        "</td></tr></table></body></html>",
        subtype="html",
        charset="iso-8859-15",
    )
    path.write_bytes(message.as_bytes())


def notebook(path: Path) -> None:
    def cell(kind: str, source: list[str], **more: object) -> dict[str, object]:
        return {"cell_type": kind, "metadata": {}, "source": source, **more}

    printed = {"output_type": "stream", "name": "stdout", "text": ["402 tonnes\n"]}
    value = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
    value["data"] = {"text/plain": ["449"], "text/html": ["<b>449</b>"]}
    drawn = {"output_type": "display_data", "metadata": {}}
    drawn["data"] = {"text/plain": ["<Figure size 640x480 with 1 Axes>"], "image/png": "iVBOR"}
    failed = {"output_type": "error", "ename": "KeyError", "evalue": "'Fram'", "traceback": ["x"]}
    cells = [
        cell("markdown", ["# Tonnage\n", "\n", "How much the ships carry."]),
        cell("code", ["print('402 tonnes')\n", "402 + 47"], execution_count=1),
        cell("code", ["ships['Fram']"], execution_count=2, outputs=[failed]),
        cell("raw", ["The end."]),
    ]
    cells[1]["outputs"] = [printed, value, drawn]
    language = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    whole = {"nbformat": 4, "nbformat_minor": 4, "metadata": language, "cells": cells}
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1), "utf-8")


def make(folder: Path) -> None:
    for suffix in ("docx", "odt", "rtf", "epub"):
        pandoc(folder, f"pandoc.{suffix}")
    pandoc(folder, "clauses.docx", CLAUSES)
    for suffix in ("docx", "odt"):
        pandoc(folder, f"formulas.{suffix}", FORMULAS)
    for suffix in ("docx", "rtf"):
        convert(folder, HERE / "pandoc.odt", f"office.{suffix}")
    convert(folder, HERE / "pandoc.docx", "office.odt")
    slides(HERE / "slides.pptx")
    convert(folder, HERE / "slides.pptx", "slides.odp")
    ledger(folder / "ledger.xlsx")
    shutil.copy(folder / "ledger.xlsx", folder / "source.xlsx")
    convert(folder, folder / "source.xlsx", "ledger.ods")
    convert(folder, HERE / "ledger.ods", "ledger.xlsx")
    mail(HERE / "text.eml")
    letter(HERE / "html.eml")
    notebook(HERE / "tonnage.ipynb")
    print_page(folder, "printed.pdf")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        make(Path(made))
