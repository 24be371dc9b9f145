"""Write the golden e-mails, notebooks, tables, books and PDF forms by well-kept libraries."""

import csv
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from pathlib import Path
from typing import Any

NOON = datetime(2025, 5, 6, 12, tzinfo=timezone(timedelta(hours=2)))


def addressed(subject: str, sender: str, receiver: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"], message["From"], message["To"] = subject, sender, receiver
    message["Date"] = NOON
    return message


def set_boundaries(message: EmailMessage | MIMEMultipart) -> None:
    """Replace the random boundaries, so that the file is the same each time."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            part.set_boundary(f"=={number:04}==")


def order(path: Path) -> None:
    """Write an e-mail of two text parts, HTML with exponents, and two attachments."""
    message = addressed(
        "Bestellung №\u00a04417", "Käthe Brück <kb@example.org>", "info@example.com"
    )
    message["Cc"] = "Lager <lager@example.com>"
    message.set_content("Please open in a browser.\n")
    message.add_alternative(
        "<html><body><h1>Order 4417</h1><p>Area: 3 \u00d7 10<sup>4</sup> mm<sup>2</sup></p>"
        "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Lens</td><td>€ 41,50</td></tr>"
        "<tr><td>Tube</td><td>€ 8,00</td></tr></table><div>Käthe</div><div>Room 12</div>"
        "</body></html>",
        subtype="html",
    )
    message.add_attachment("Deliver to gate 3.\n", filename="delivery.txt")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="plan.pdf")
    set_boundaries(message)
    path.write_bytes(message.as_bytes())


def forwarded(path: Path) -> None:
    """Write an e-mail that holds another one, which answers a third in windows-1252."""
    inner = MIMEText("x", "plain", "iso-8859-1")
    inner.set_payload("The price is \x80 1,450 \x96 not less.\n> Is it less?\n".encode("latin-1"))
    inner.replace_header("Content-Transfer-Encoding", "8bit")
    inner["Subject"], inner["From"] = "Re: price of the organ", "Max Orgel <max@example.org>"
    inner["Date"] = "Mon, 05 May 2025 09:15:00 +0200"
    outer = MIMEMultipart("mixed")
    outer["Subject"], outer["From"] = "Fwd: price of the organ", "ida@example.org"
    outer["To"], outer["Date"] = "Board <board@example.org>", "Tue, 06 May 2025 12:00:00 +0200"
    outer.attach(MIMEText("See below; the key lies with Max.\n\n-- \nIda Falk\nTel. 0 44 17\n"))
    outer.attach(MIMEMessage(inner))
    outer.attach(MIMEText("Sent from the parish office.\n"))
    set_boundaries(outer)
    path.write_bytes(outer.as_bytes())


def newsletter(path: Path) -> None:
    """Write an e-mail of HTML alone, laid out by tables, in quoted-printable."""
    message = addressed("News of the beekeepers", "news@example.org", "all@example.org")
    message.set_content(
        "<html><head><title>News</title><style>td {padding: 4px}</style></head><body>"
        "<table width=600><tr><td><h2>Swarm season</h2><p>From <b>1&nbsp;May</b> a swarm costs "
        "45&nbsp;€. Call Ivo&#8203;Kranz under 555&#8209;0147.</p></td></tr>"
        "<tr><td><ol start=3><li>Feed.<li>Mark the queen.</ol></td></tr></table>"
        "<p style='display:none'>Preview text</p><p>Unsubscribe: reply with STOP.</p>"
        "</body></html>",
        subtype="html",
        cte="quoted-printable",
    )
    path.write_bytes(message.as_bytes())


def patch(path: Path) -> None:
    """Let git write a commit as an e-mail."""
    with tempfile.TemporaryDirectory() as folder:

        def git(*words: str) -> bytes:
            who = ["-c", "user.name=Żaneta Wolf", "-c", "user.email=zaneta@example.org"]
            when = "--date=2025-05-06T12:00:00+0200"
            command = ["git", "-C", folder, *who, *words, *([when] if "commit" in words else [])]
            return subprocess.run(command, check=True, capture_output=True).stdout

        git("init", "-q")
        for number, (text, words) in enumerate(
            (("width = 3\n", "Begin"), ("width = 5\n", "Widen the gauge\n\nTrains of 5 feet fit."))
        ):
            Path(folder, "gauge.txt").write_text(text)
            git("add", "gauge.txt")
            git("commit", "-q", "-m", words, f"--trailer=Ref: {number}")
        path.write_bytes(git("format-patch", "-1", "--stdout", "--no-signature", "--zero-commit"))


def notebook(path: Path) -> None:
    """Write a notebook with outputs of each kind."""
    import nbformat

    new = nbformat.v4
    table = (
        "<table><tr><th>Field</th><th>t/ha</th></tr><tr><td>North</td><td>6.25</td></tr></table>"
    )
    outputs = [
        new.new_output("stream", text="Reading 3 fields\n"),
        new.new_output(
            "execute_result", {"text/plain": "Field  t/ha\nNorth  6.25", "text/html": table}
        ),
        new.new_output("display_data", {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"}),
        new.new_output("error", ename="ZeroDivisionError", evalue="no rain", traceback=["x"]),
    ]
    cells = [
        new.new_markdown_cell("# Yield\n\nIn t/ha, mean of 10$^{3}$ plots; x<sup>2</sup>."),
        new.new_code_cell("fields = load()\nfields.mean()", outputs=outputs, execution_count=1),
        new.new_raw_cell("raw: the end"),
        new.new_code_cell(""),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    metadata = {"title": "Yield of 2025", "language_info": {"name": "python"}}
    nbformat.write(new.new_notebook(cells=cells, metadata=metadata), str(path))


def old_notebook(path: Path) -> None:
    """Write a notebook in the format of the years before 2015."""
    import nbformat

    new = nbformat.v3
    cells = [
        new.new_heading_cell("Rain of April", level=1),
        new.new_text_cell("markdown", "It rained on 17 days."),
        new.new_code_cell(
            "sum(rain)", outputs=[new.new_output("pyout", output_text="88.5")], prompt_number=2
        ),
    ]
    sheet = new.new_worksheet(cells=cells)
    book = new.new_notebook(metadata=new.new_metadata(name="Rain"), worksheets=[sheet])
    nbformat.write(book, str(path), version=3)


def yield_frame() -> Any:
    import pandas

    columns = pandas.MultiIndex.from_product([["2024", "2025"], ["t/ha", "ha"]])
    rows = [[6.25, 12, 6.5, 12], [4.1, 3, None, 0]]
    return pandas.DataFrame(rows, ["North", "South, wet"], columns)


def yield_page(path: Path) -> None:
    """Write a table with headers of two rows by pandas."""
    path.write_text(yield_frame().to_html(na_rep="–"), "utf-8")


def yield_table(path: Path) -> None:
    yield_frame().to_csv(path, sep="\t" if path.suffix == ".tsv" else ",", lineterminator="\n")


def excel_table(path: Path) -> None:
    """Write a table as Excel does: with sep=, or as "Unicode text" in UTF-16."""
    rows = [
        ["Artikel", "Preis", "Lager"],
        ["Öl, 5 l", "12,50", "Halle 3; Regal 7"],
        ['Rohr 3/4"', "1.204,00", "Hof\nhinten"],
        ["Kit", "0,99"],
    ]
    tabs = path.suffix == ".tsv"
    with path.open("w", newline="", encoding="utf-16" if tabs else "utf-8-sig") as stream:
        if not tabs:
            stream.write("sep=;\r\n")
        csv.writer(stream, delimiter="\t" if tabs else ";").writerows(rows)


def tales(path: Path) -> None:
    """Write an e-book of two chapters, with notes at the end of one."""
    from ebooklib import epub

    book = epub.EpubBook()
    book.set_identifier("tales-1")
    book.set_title("Tales of the ferry")
    book.set_language("en")
    book.add_author("Gro Vik")
    texts = (
        "<h1>The crossing</h1><p>The ferry<a href='#n1' epub:type='noteref'><sup>1</sup></a> made "
        "10<sup>3</sup> crossings.</p><ol start='2'><li>Pay.</li><li>Wait.</li></ol>"
        "<aside id='n1' epub:type='footnote'><p>1. Built in 1921.</p></aside>",
        "<h1>The return</h1><p>H<sub>2</sub>O stood at 3<sup>1</sup>/<sub>2</sub> m; ruby "
        "<ruby>渡<rt>わた</rt></ruby>し.</p><table><tr><th>Fare</th><th>p</th></tr><tr><td>Child"
        "</td><td>40</td></tr></table>",
    )
    chapters = []
    for number, text in enumerate(texts, 1):
        chapter = epub.EpubHtml(title=f"Part {number}", file_name=f"part{number}.xhtml", lang="en")
        chapter.content = text
        book.add_item(chapter)
        chapters.append(chapter)
    book.toc = tuple(chapters)
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.spine = ["nav", *chapters]
    epub.write_epub(str(path), book, {"mtime": NOON})


def invoices(path: Path) -> None:
    """Write invoices, one a page, whose numbers stand in the header only; one page is turned."""
    from reportlab.lib.pagesizes import A5
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=A5, invariant=True)
    canvas.setTitle("Invoices of May")
    canvas.setAuthor("Tiko Oy")
    customers = ("Aino Salo", "Bengt Ek", "Carla Dias", "Dov Stern")
    for number, customer in enumerate(customers, 2041):
        canvas.setFont("Helvetica", 9)
        canvas.drawString(40, 560, "Tiko Oy, Satamakatu 3")
        canvas.drawRightString(380, 560, f"Invoice {number}")
        canvas.drawString(40, 500, f"To {customer}, for the repair of a pump under contract long-")
        canvas.drawString(40, 486, "term service of model AB-")
        canvas.drawString(40, 472, f"{number * 3}, with parts and labour of the com-")
        canvas.drawString(40, 458, "pany.")
        for row, (item, price) in enumerate((("Pump", "1,204.50"), ("Labour", "96.00"))):
            canvas.drawString(40, 420 - 14 * row, item)
            canvas.drawRightString(300, 420 - 14 * row, price)
        canvas.drawString(40, 380, f"Area {number - 2000} m²")
        canvas.drawCentredString(210, 30, f"Page {number - 2040} of 4")
        canvas.drawString(40, 42, "IBAN FI21 1234 5600 0007 85")
        if number == 2043:
            canvas.setPageRotation(90)
        canvas.showPage()
    canvas.save()


def form(path: Path) -> None:
    """Write a form with filled fields, and a free note on it."""
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=(400, 300), invariant=True)
    canvas.setTitle("Permit to dive")
    canvas.drawString(40, 260, "Permit to dive")
    fields = canvas.acroForm
    canvas.drawString(40, 220, "Name")
    fields.textfield(name="name", value="Rasmus Berg", x=110, y=212, width=180, height=20)
    canvas.drawString(40, 190, "Depth")
    fields.choice(
        name="depth", value="18 m", options=["12 m", "18 m"], x=110, y=182, width=80, height=20
    )
    canvas.drawString(40, 160, "Insured")
    fields.checkbox(name="insured", checked=True, x=110, y=154, size=16)
    canvas.drawString(40, 130, "With a boat")
    fields.checkbox(name="boat", checked=False, x=110, y=124, size=16)
    style = "/Helv 9 Tf 0 g"
    canvas.freeTextAnnotation("Valid until 31 May 2025", style, (40, 60, 240, 90), relative=0)
    canvas.showPage()
    canvas.save()
