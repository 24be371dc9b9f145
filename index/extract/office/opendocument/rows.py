"""Read the sheets of an OpenDocument file: rows, the comments on their cells, and text boxes."""

from collections import defaultdict
from collections.abc import Iterator

from index.extract.delimited import format_tables
from index.extract.office.opendocument.flat_text import flat_text
from index.extract.office.opendocument.html import AUTHOR, prefixed_name
from index.extract.office.opendocument.styles import NS, Styles, read_int
from index.extract.office.opendocument.values import value_text
from index.extract.office.sheets.comments import add_comments
from index.extract.stacked import split_tables
from index.extract.zip_container import Element
from index.text.numerals import to_letters

_TABLE = f"{{{NS}table:1.0}}"
_ANNOTATION = f"{{{NS}office:1.0}}annotation"
_MAX_REPEATS = 1000
"""Maximum number of repetitions of a row or cell."""


def read_sheet(sheet: Element, styles: Styles) -> str:
    """Return the tables of a sheet with the comments on their rows, then its text boxes."""
    comments: defaultdict[int, list[str]] = defaultdict(list)
    rows = list(sheet_rows(sheet, styles, comments))
    tables = split_tables(rows)
    remarks = add_comments(tables, range(len(rows)), comments)
    boxes = (flat_text(box, styles) for shapes in sheet.iter(f"{_TABLE}shapes") for box in shapes)
    return "\n\n".join(filter(None, [format_tables(tables), *remarks, *boxes]))


def sheet_rows(
    sheet: Element, styles: Styles, comments: defaultdict[int, list[str]] | None = None
) -> Iterator[list[str]]:
    """Yield the rows of a sheet; repetitions that only fill the screen are cut short.

    `comments` are filled with those on the cells of each row by its place among the rows.
    """
    number, place = 1, 0
    for row in sheet.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        column = 1
        for cell in row:
            if prefixed_name(cell) not in ("table:table-cell", "table:covered-table-cell"):
                continue
            note = cell.find(_ANNOTATION)
            if note is not None and comments is not None:
                author = " ".join((note.findtext(AUTHOR) or "").split())
                by = f" by {author}" if author else ""
                words = " ".join(flat_text(note, styles).split())
                name = f"{to_letters(column).upper()}{number}"
                comments[place].append(f"Comment on {name}{by}: {words}")
            has_text = cell.find(f"{{{NS}text:1.0}}p") is not None
            words = flat_text(cell, styles) or ("" if has_text else value_text(cell))
            times = read_int(cell, f"{_TABLE}number-columns-repeated", 1)
            cells += [words] * min(times, _MAX_REPEATS)
            column += times
        times = read_int(row, f"{_TABLE}number-rows-repeated", 1)
        number += times
        for _ in range(min(times, _MAX_REPEATS) if any(cells) else 1):
            place += 1
            yield cells if any(cells) else []
