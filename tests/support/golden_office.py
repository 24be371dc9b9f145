"""Write the golden files of office programs by python-docx, openpyxl, python-pptx and others."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

NOON = datetime(2025, 5, 6, 12)


def contract(path: Path) -> None:
    """Write a Word file with headers, fields, changes, a form, and tables within tables."""
    import docx
    from docx.enum.section import WD_SECTION
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    def insert(paragraph: Any, xml: str) -> None:
        paragraph._p.append(parse_xml(xml.replace(">", f" {nsdecls('w')}>", 1)))

    file = docx.Document()
    core = file.core_properties
    core.title, core.author = "Lease of the kiln", "Ona Reyes"
    core.created = core.modified = NOON
    section = file.sections[0]
    section.header.paragraphs[0].text = "Lease 2025/118\tconfidential"
    page = section.footer.paragraphs[0]
    page.add_run("Page ")
    insert(page, '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>')
    file.add_heading("Lease of the kiln", 1)
    between = file.add_paragraph("Between Ona Reyes and Piet Maas: ")
    title = '<w:fldSimple w:instr=" TITLE "><w:r><w:t>Lease of the kiln</w:t></w:r></w:fldSimple>'
    insert(between, title)
    between.add_run(". The kiln burns at 1.3 \u00d7 10")
    between.add_run("3").font.superscript = True
    between.add_run(" °C; V")
    between.add_run("max").font.subscript = True
    between.add_run(" is 2 m")
    between.add_run("3").font.superscript = True
    between.add_run(".")
    for text in ("Rent", "Fuel"):
        file.add_paragraph(text, "List Number")
    file.add_paragraph("Paid monthly.", "List Continue")
    file.add_paragraph("Repairs", "List Number")
    file.add_paragraph("small ones by the tenant", "List Bullet 2")
    changed = file.add_paragraph("The rent is ")
    mark = 'w:id="{}" w:author="Piet" w:date="2025-05-06T12:00:00Z"'
    insert(changed, f"<w:del {mark.format(1)}><w:r><w:delText>300</w:delText></w:r></w:del>")
    insert(changed, f"<w:ins {mark.format(2)}><w:r><w:t>325</w:t></w:r></w:ins>")
    changed.add_run(" crowns a month.")
    file.add_comment(changed.runs, "From June on.", author="Piet Maas", initials="PM")
    file.add_heading("Equipment", 2)
    table = file.add_table(4, 3, "Table Grid")
    rows = (("Part", "Number", "Note"), ("Shelf", "AB-1201", ""), ("Shelf", "AB-1202 | left", ""))
    for row, texts in zip(table.rows, rows, strict=False):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 2).merge(table.cell(2, 2)).text = "cracked"
    table.cell(3, 0).merge(table.cell(3, 1)).text = "Burner"
    inner = table.cell(3, 2).add_table(2, 2)
    for number, text in enumerate(("Gas", "12 kW", "Air", "3 m³/h")):
        inner.cell(number // 2, number % 2).text = text
    plan = table.cell(1, 1)
    plan.add_paragraph("with pins", "List Bullet")
    arabic = file.add_paragraph()
    arabic.paragraph_format.element.get_or_add_pPr().append(parse_xml(f"<w:bidi {nsdecls('w')}/>"))
    arabic.add_run("يدفع المستأجر 325 كل شهر.").font.rtl = True
    box = file.add_paragraph("Deposit: ")
    choice = "<w:sdt><w:sdtContent><w:r><w:t>650 crowns</w:t></w:r></w:sdtContent></w:sdt>"
    insert(box, choice)
    wide = file.add_section(WD_SECTION.NEW_PAGE)
    wide.header.is_linked_to_previous = False
    wide.header.paragraphs[0].text = "Annex to lease 2025/118"
    file.add_paragraph("Annex: opening hours", "Heading 1")
    file.add_paragraph("Mon\t08:00\nSat\t10:30")
    file.save(str(path))


def recipe(path: Path) -> None:
    """Write an OpenDocument text with lists and a table by odfpy."""
    from odf import dc, meta, style, table, text
    from odf.opendocument import OpenDocumentText

    file = OpenDocumentText()
    file.meta.addElement(dc.Title(text="Rye bread"))
    file.meta.addElement(meta.InitialCreator(text="Lea Torp"))
    file.meta.addElement(dc.Date(text="2025-05-06T12:00:00"))
    raised = style.Style(name="Raised", family="text")
    raised.addElement(style.TextProperties(textposition="super 58%"))
    file.automaticstyles.addElement(raised)
    numbers = text.ListStyle(name="Steps")
    numbers.addElement(text.ListLevelStyleNumber(level=1, numsuffix=")", numformat="1"))
    file.automaticstyles.addElement(numbers)
    file.text.addElement(text.H(outlinelevel=1, text="Rye bread"))
    first = text.P(text="A tin of 12 dm")
    first.addElement(text.Span(stylename=raised, text="3"))
    first.addText(" holds two loaves")
    note = text.Note(id="n1", noteclass="footnote")
    note.addElement(text.NoteCitation(text="1"))
    body = text.NoteBody()
    body.addElement(text.P(text="Of 900 g each."))
    note.addElement(body)
    first.addElement(note)
    first.addText(".")
    file.text.addElement(first)
    later = {"continuenumbering": "true"}
    for words, more in ((["Mix.", "Rest for 12 h."], {}), (["Bake."], later)):
        steps = text.List(stylename=numbers, **more)
        for word in words:
            item = text.ListItem()
            item.addElement(text.P(text=word))
            steps.addElement(item)
        file.text.addElement(steps)
        file.text.addElement(text.P(text="Cover with a cloth." if not more else "Cool it."))
    grid = table.Table(name="Grid")
    grid.addElement(table.TableColumn(numbercolumnsrepeated=2))
    for row in (("Flour", "700 g"), ("Salt | sea", "14 g"), ("Water", "5½ dl")):
        line = table.TableRow()
        for word in row:
            cell = table.TableCell(valuetype="string")
            cell.addElement(text.P(text=word))
            line.addElement(cell)
        grid.addElement(line)
    file.text.addElement(grid)
    file.save(str(path))


def orders(path: Path) -> None:
    """Write an Excel file of 120 rows, merged cells, a comment, and formulas without values."""
    book = Workbook()
    book.properties.title, book.properties.creator = "Orders of the print shop", "Vera Lind"
    book.properties.created = book.properties.modified = NOON
    sheet = book.active
    sheet.title = "Orders"
    sheet["A1"] = "Orders of May"
    sheet.merge_cells("A1:D1")
    sheet.append(["Order", "Customer", "Due", "Crowns"])
    for number in range(1, 13):
        day = date(2025, 5, number)
        sheet.append([f"P-{number:04}", f"Customer {number}", day, number * 110.5])
        sheet.cell(number + 2, 3).number_format = "yyyy-mm-dd"
        sheet.cell(number + 2, 4).number_format = "#,##0.00"
    sheet.append(["Sum", None, None, "=SUM(D3:D14)"])
    sheet["B3"].comment = Comment("Pays late.", "Vera")
    sheet["A16"] = "Paper: 80 g/m², A4 | A5"
    side = book.create_sheet("Hidden")
    side.sheet_state = "hidden"
    side["A1"] = "Password of the door: 4417"
    book.save(path)


def cell_formats(path: Path) -> None:
    """Write an Excel file of one number format a row by XlsxWriter."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": "Formats", "author": "Vera Lind", "created": NOON})
    sheet = book.add_worksheet("Formats")
    sheet.write_row(0, 0, ["What", "Shown"])
    rows: list[tuple[str, object, str]] = [
        ("telephone", 5551234, "[<=9999999]###-####;(###) ###-####"),
        ("area code", 2125551234, "[<=9999999]###-####;(###) ###-####"),
        ("postal code", 1203, "00000"),
        ("account", 123456789, "000-00-0000"),
        ("thousands", 48200, '#,##0.0,"k"'),
        ("loss", -1250.5, "#,##0.00_);[Red](#,##0.00)"),
        ("none", 0, '0.0;-0.0;"nothing"'),
        ("share", 0.1275, "0.0%"),
        ("part", 2.375, "# ?/8"),
        ("cells", 3200000, "0.00E+00"),
        ("day", 45783, "dddd, d mmmm yyyy"),
        ("moment", 45783.604166667, "dd/mm/yy hh:mm AM/PM"),
        ("duration", 1.09375, "[h]:mm"),
        ("euros", 1234.5, "[$€-407] #,##0.00"),
        ("weight", 12.5, '0.0" kg"'),
        ("text", "P-7", '"No. "@'),
    ]
    for number, (what, value, shown) in enumerate(rows, 1):
        sheet.write(number, 0, what)
        sheet.write(number, 1, value, book.add_format({"num_format": shown}))
    raised = book.add_format({"font_script": 1})
    sheet.write_rich_string(len(rows) + 1, 0, "area in m", raised, "2", " here")
    sheet.write_formula(len(rows) + 1, 1, "=6*7", None, 42)
    sheet.write_comment(0, 1, "As the program shows it.")
    other = book.add_worksheet("Plan | B")
    other.merge_range("A1:B1", "Shifts")
    other.write_row(1, 0, ["Night", timedelta(hours=7, minutes=30)])
    other.write_boolean(2, 0, True)
    other.insert_textbox("D2", "Keys lie in drawer 6.")
    book.close()


def crew(path: Path) -> None:
    """Write slides with a group, a merged table, a chart and notes by python-pptx."""
    deck = Presentation()
    core = deck.core_properties
    core.title, core.author = "The crew of Petrel", "Nils Odin"
    core.created = core.modified = NOON
    cover = deck.slides.add_slide(deck.slide_layouts[0])
    cover.shapes.title.text = "The crew of Petrel"
    cover.placeholders[1].text = "Season 2025"
    cover.notes_slide.notes_text_frame.text = "Greet the guests.\nName the cook."
    who = deck.slides.add_slide(deck.slide_layouts[1])
    who.shapes.title.text = "Who does what"
    frame = who.placeholders[1].text_frame
    frame.text = "Deck"
    for text, level in (("Ropes: Kim", 1), ("Anchor: Lou", 1), ("Galley: Sam, 2 l", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    raised = paragraph.add_run()
    raised.text = "2"
    raised.font._element.set("baseline", "30000")
    group = who.shapes.add_group_shape()
    for place, text in enumerate(("Muster point: stern", "Raft: 8 persons")):
        box = group.shapes.add_textbox(Inches(1 + 4 * place), Inches(6), Inches(3), Inches(1))
        box.text_frame.text = text
    watch = deck.slides.add_slide(deck.slide_layouts[5])
    watch.shapes.title.text = "Watches"
    table = watch.shapes.add_table(3, 3, Inches(1), Inches(2), Inches(7), Inches(2)).table
    rows = (("Watch", "Hours", ""), ("First", "20:00", "24:00"), ("Dog", "16:00", "18:00"))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    chart = CategoryChartData()
    chart.categories = ["2023", "2024"]
    chart.add_series("Miles", (4100, 4550))
    kind = XL_CHART_TYPE.COLUMN_CLUSTERED
    watch.shapes.add_chart(kind, Inches(1), Inches(4), Inches(6), Inches(3), chart)
    deck.save(str(path))
