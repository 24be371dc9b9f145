"""A table of what each document answers, as CSV, XLSX or Markdown: a row for each document.

The table is a plain list of answers, as `ask_each` yields them, and each question has its column.
Text of documents is inert: no cell becomes a formula, no name markup.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answer import Answer, AskedDocument
from qa.rendering.escape import escape_markdown, printable_line
from qa.rendering.plain_text import format_answer_text, format_passages_heading, format_quote

MAX_CELL_LENGTH = 32_767
"""The most characters of a cell in a spreadsheet."""

COLUMN_WIDTH = 28
"""The width of a spreadsheet's columns, in characters."""

_FORMULA = re.compile(r"(^|;)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a program may see the start of a formula; some take ";" in a CSV file as a separator."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one document says to one question.

    `text` holds the words that answer, on one line, and `remark` what is to be said of them: that
    they are sentences which probably answer, or why there are none. `likely` is the probability of
    exact words being right, or of the document answering at all; None where there is nothing to be
    sure of. `quote`, `page` and `uri` are the first place of several.
    """

    text: str = ""
    remark: str = ""
    likely: float | None = None
    page: int | None = None
    quote: str = ""
    uri: str = ""


def make_cell(answer: Answer) -> Cell:
    """Return what a table shows of an answer."""
    if answer.outcome == "none" or not answer.answerable:
        return Cell(remark=printable_line(answer.text))
    text, remark, likely = format_answer_text(answer), "", answer.probability
    if answer.outcome == "passages":
        text, likely = format_quote(answer.citations[0]), answer.answerable
        remark = f"{format_passages_heading(answer)}."
    elif answer.outcome == "collection" and answer.citations:
        text = " ".join(map(format_quote, answer.citations))
    place = answer.citations[0] if answer.citations else None
    return Cell(
        printable_line(text),
        remark,
        likely,
        *((place.page, printable_line(format_quote(place)), place.uri) if place else ()),
    )


def arrange(answers: Sequence[Answer]) -> tuple[list[str], list[tuple[AskedDocument, list[Cell]]]]:
    """Return the questions, and for each document its cells in the order of the questions.

    Where asking was stopped within a document, the cells that are missing are empty.
    """
    questions = list(dict.fromkeys(answer.question for answer in answers))
    rows: dict[AskedDocument, dict[str, Cell]] = {}
    for answer in answers:
        if answer.document:
            rows.setdefault(answer.document, {})[answer.question] = make_cell(answer)
    return questions, [
        (document, [cells.get(question, Cell()) for question in questions])
        for document, cells in rows.items()
    ]


def table_csv(answers: Sequence[Answer]) -> str:
    """Return a table as CSV: RFC 4180, every cell quoted, and no cell a formula.

    It begins with the mark without which spreadsheets take a file for one in an older encoding.
    """
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    for row in _spreadsheet_rows(answers):
        writer.writerow(["" if value is None else _make_inert(str(value)) for value in row])
    return out.getvalue()


def table_xlsx(answers: Sequence[Answer]) -> bytes:
    """Return a table as an Excel workbook, its text cells marked as text."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = "Answers"
    rows = _spreadsheet_rows(answers)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if value in (None, ""):
                continue
            cell = sheet.cell(number, column)
            if isinstance(value, str):
                cell.value = value[:MAX_CELL_LENGTH]
                # A text that begins with "=" is a formula for openpyxl, and for who edits it.
                cell.data_type, cell.quotePrefix = "s", True
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            else:
                cell.value = value
                cell.number_format = "0%" if isinstance(value, float) else "General"
        if number == 1:
            for cell in sheet[1]:
                cell.font = Font(bold=True)
    for column in range(1, sheet.max_column + 1):
        sheet.column_dimensions[get_column_letter(column)].width = COLUMN_WIDTH
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table_markdown(answers: Sequence[Answer]) -> str:
    """Return a table as Markdown: a column for each question, and the quotations beneath."""
    questions, rows = arrange(answers)
    lines = [_markdown_row(["Document", "Date", *questions]), "|---" * (2 + len(questions)) + "|"]
    sources: list[str] = []
    for document, cells in rows:
        shown = []
        for cell in cells:
            text = cell.text or cell.remark
            if cell.uri:
                sources.append(_describe_source(document, cell))
                text += f" ({_describe_odds(cell)}) [{len(sources)}]"
            shown.append(text)
        lines.append(_markdown_row([document.document_id, document.date, *shown]))
    numbered = [f"{number}. {source}" for number, source in enumerate(sources, 1)]
    return "\n".join([*lines, "", *numbered]).rstrip() + "\n"


def _spreadsheet_rows(answers: Sequence[Answer]) -> list[list[str | float | int | None]]:
    """Return the header and the rows: the document, then six cells for each question."""
    questions, rows = arrange(answers)
    parts = ("", " (remark)", " (how sure)", " (page)", " (quotation)", " (citation)")
    found: list[list[str | float | int | None]] = [["Document", "Title", "Date"]]
    found[0] += [printable_line(question) + part for question in questions for part in parts]
    for document, cells in rows:
        row: list[str | float | int | None] = [
            printable_line(text) for text in (document.document_id, document.title, document.date)
        ]
        for cell in cells:
            likely = None if cell.likely is None else round(cell.likely, 3)
            row += [cell.text, cell.remark, likely, cell.page, cell.quote, cell.uri]
        found.append(row)
    return found


def _make_inert(text: str) -> str:
    """Return text in which no spreadsheet sees a formula.

    >>> _make_inert("=1+1"), _make_inert("a;=1+1"), _make_inert("1,450 euros")
    ("'=1+1", "a;'=1+1", '1,450 euros')
    """
    return _FORMULA.sub(r"\1'", text)


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(escape_markdown, cells))} |"


def _describe_odds(cell: Cell) -> str:
    likely = "" if cell.likely is None else f"{cell.likely:.0%}"
    return f"probably, {likely}" if cell.remark else likely


def _describe_source(document: AskedDocument, cell: Cell) -> str:
    page = f", page {cell.page}" if cell.page else ""
    return escape_markdown(f"“{cell.quote}” {document.document_id}{page}, {cell.uri}")
