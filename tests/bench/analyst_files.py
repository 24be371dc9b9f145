"""Write the documents of `analyst_documents.md` as the files that their names say.

There, a line such as "=== 2024/energy-study.pdf columns=2" begins a document; what follows is
written as in Markdown, with "---" between pages and ^[a footnote] within a line. Options of a PDF
are its columns, a running header, and the page that lies on its side.
"""

import csv
import io
import re
from datetime import date, datetime
from email.message import EmailMessage
from html import escape
from pathlib import Path

from sources import zipped

DOCUMENTS = Path(__file__).with_name("analyst_documents.md")
FOOTNOTE = re.compile(r"\^\[(.*?)\]")

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def write_documents(folder):
    """Write every document under a folder, and return their names."""
    parts = re.split(r"^=== (.*)\n", DOCUMENTS.read_text("utf-8"), flags=re.M)
    for head, source in zip(parts[1::2], parts[2::2], strict=True):
        name, _, given = head.partition(" ")
        options = dict(re.findall(r"(\w+)=(.*?)(?= \w+=|$)", given))
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[path.suffix](path, source.strip() + "\n", **options)
    return [head.partition(" ")[0] for head in parts[1::2]]


def read_blocks(source):
    """Return the blocks of a source, each with its kind: a heading has its level as kind.

    >>> read_blocks("## Prices\\n\\n| a | b |\\n| 1 | 2 |\\n\\nPaid at once.\\n")
    [(2, 'Prices'), ('table', [['a', 'b'], ['1', '2']]), ('text', 'Paid at once.')]
    """
    return [_read_block(block) for block in re.split(r"\n{2,}", source.strip())]


def _read_block(block):
    if heading := re.match(r"(#+) (.*)", block):
        return len(heading[1]), heading[2]
    if block.startswith("|"):
        rows = block.split("\n")
        return "table", [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    if block.startswith("- "):
        return "list", [line.removeprefix("- ") for line in block.split("\n")]
    return ("break", "") if block.startswith("---") else ("text", block)


def write_markdown(path, source):
    path.write_text(source, "utf-8")


def write_text(path, source):
    path.write_text(re.sub("^#+ ", "", source, flags=re.M), "utf-8")


def write_csv(path, source):
    (_, rows), *_ = read_blocks(source)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)


def write_mail(path, source):
    """Write an e-mail; what follows "--- NAME" is an attached text."""
    head, _, body = source.partition("\n\n")
    text, *attached = re.split(r"^--- (.*)\n", body, flags=re.M)
    message = EmailMessage()
    for line in head.split("\n"):
        name, _, value = line.partition(": ")
        message[name] = value
    message.set_content(text)
    for name, words in zip(attached[::2], attached[1::2], strict=True):
        message.add_attachment(words, filename=name)
    path.write_bytes(message.as_bytes())


def write_html(path, source):
    """Write a page of a site, with a menu above and a note below."""
    shown = []
    for kind, value in read_blocks(source):
        if kind == "table":
            rows = [
                "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
                for row, tag in zip(value, ["th"] + ["td"] * len(value), strict=False)
            ]
            shown.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
        elif kind == "list":
            shown.append(f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in value)}</ul>")
        else:
            tag = "p" if kind == "text" else f"h{kind}"
            shown.append(f"<{tag}>{escape(value)}</{tag}>")
    menu = "<nav><a href='/'>Start</a> <a href='/shop'>Shop</a> <a href='/tours'>Tours</a></nav>"
    title = escape(read_blocks(source)[0][1])
    path.write_text(
        f"<!doctype html><html lang='en'><head><title>{title}</title></head><body>{menu}"
        f"<main>{''.join(shown)}</main><footer>Tolland Dairy, Wennock</footer></body></html>",
        "utf-8",
    )


def write_word(path, source):
    """Write a Word file with its headings, tables and footnotes."""
    notes = []

    def run(words):
        return f'<w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r>'

    def paragraph(words, style=""):
        plain = FOOTNOTE.split(words)
        runs = [run(plain[0])]
        for note, more in zip(plain[1::2], plain[2::2], strict=True):
            notes.append(note)
            runs += [f'<w:r><w:footnoteReference w:id="{len(notes)}"/></w:r>', run(more)]
        return f'<w:p><w:pPr><w:pStyle w:val="{style or "Normal"}"/></w:pPr>{"".join(runs)}</w:p>'

    def block(kind, value):
        if kind == "table":
            rows = ["".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in value]
            return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"
        return paragraph(value, "" if kind == "text" else f"Heading{kind}")

    def part(name, content):
        return f'<w:{name} xmlns:w="{WORD}">{content}</w:{name}>'

    def relations(*targets):
        links = "".join(
            f'<Relationship Id="r{n}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
            for n, (kind, target) in enumerate(targets)
        )
        return f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>'

    body = "".join(block(kind, value) for kind, value in read_blocks(source))
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}">'
        f'<w:name w:val="heading {n}"/></w:style>'
        for n in (1, 2)
    )
    footnotes = "".join(
        f'<w:footnote w:id="{n}"><w:p>{run(note)}</w:p></w:footnote>'
        for n, note in enumerate(notes, 1)
    )
    files = {
        "_rels/.rels": relations(("officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": relations(
            ("styles", "styles.xml"), ("footnotes", "footnotes.xml")
        ),
        "word/document.xml": part("document", f"<w:body>{body}</w:body>"),
        "word/styles.xml": part("styles", styles),
        "word/footnotes.xml": part("footnotes", footnotes),
    }
    path.write_bytes(zipped(files))


def write_workbook(path, source):
    """Write a sheet for each heading, its table below; days and numbers as such."""
    from xlsxwriter import Workbook

    def write(sheet, row, column, cell):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
            sheet.write(row, column, date.fromisoformat(cell), formats["yyyy-mm-dd"])
        elif re.fullmatch(r"[\d,]+", cell):
            shown = formats["#,##0"] if "," in cell else None
            sheet.write(row, column, int(cell.replace(",", "")), shown)
        elif re.fullmatch(r"[\d.]+%", cell):
            sheet.write(row, column, float(cell[:-1]) / 100, formats["0.0%"])
        else:
            sheet.write(row, column, cell)

    blocks = read_blocks(source)
    with Workbook(path) as book:
        book.set_properties({"created": datetime(int(path.parent.name), 7, 1)})
        formats = {f: book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "#,##0", "0.0%")}
        for (_, name), (_, rows) in zip(blocks[::2], blocks[1::2], strict=True):
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    write(sheet, row, column, cell)


def write_slides(path, source):
    """Write a slide for each heading, with its points or its table."""
    from pptx import Presentation
    from pptx.util import Inches

    deck, slide = Presentation(), None
    for kind, value in read_blocks(source):
        if kind == "list":
            slide.placeholders[1].text = "\n".join(value)
        elif kind == "table":
            shape = slide.shapes.add_table(
                len(value), len(value[0]), Inches(1), Inches(2), Inches(8), Inches(3)
            )
            for row, cells in enumerate(value):
                for column, cell in enumerate(cells):
                    shape.table.cell(row, column).text = cell
        else:
            slide = deck.slides.add_slide(deck.slide_layouts[1])
            slide.shapes.title.text = value
    deck.save(path)


def write_pdf(path, source, *, columns="1", header="", turned=""):
    """Write a PDF of small pages in columns, with a running header, a page of it on its side."""
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import (
        BaseDocTemplate,
        Frame,
        NextPageTemplate,
        PageBreak,
        PageTemplate,
        Paragraph,
        Table,
    )

    width, height = A5
    count, gap, edge = int(columns), 16, 40
    across = (width - 2 * edge - gap * (count - 1)) / count
    frames = [
        Frame(edge + n * (across + gap), 50, across, height - 100, 0, 0, 0, 0) for n in range(count)
    ]

    def draw_margins(canvas, _):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(edge, height - 30, header)
        if header:
            canvas.drawCentredString(width / 2, 25, f"Page {canvas.getPageNumber()}")

    def turn(canvas, _):
        canvas.translate(width, 0)
        canvas.rotate(90)

    templates = [
        PageTemplate("upright", frames, onPage=draw_margins),
        # reportlab swaps the sides of a page that is turned.
        PageTemplate("turned", [Frame(edge, 40, height - 80, width - 80)], turn, pagesize=A5[::-1]),
    ]
    templates[1].rotation = 90
    styles, story, at = getSampleStyleSheet(), [], 1
    blocks = read_blocks(source)
    for kind, value in blocks:
        if kind == "break":
            at += 1
            story += [NextPageTemplate("turned" if str(at) == turned else "upright"), PageBreak()]
        elif kind == "table":
            story.append(Table(value))
        else:
            style = "BodyText" if kind == "text" else f"Heading{kind}"
            story.append(Paragraph(escape(value), styles[style]))
    title, made = blocks[0][1], io.BytesIO()
    BaseDocTemplate(made, pagesize=A5, pageTemplates=templates, title=title, invariant=True).build(
        story
    )
    # With `invariant`, each file has the same date, here that of its folder.
    path.write_bytes(made.getvalue().replace(b"D:20000101", f"D:{path.parent.name}0701".encode()))


WRITERS = {
    ".pdf": write_pdf,
    ".docx": write_word,
    ".xlsx": write_workbook,
    ".pptx": write_slides,
    ".html": write_html,
    ".md": write_markdown,
    ".csv": write_csv,
    ".eml": write_mail,
    ".txt": write_text,
}
