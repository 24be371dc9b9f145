"""Read the formulas, charts and sheets that an OpenDocument text or presentation embeds."""

import zipfile
from collections.abc import Iterator
from html import escape

from index.extract.office.formula import FORMULA_EDGE, formula_text
from index.extract.office.opendocument.flat_text import flat_text
from index.extract.office.opendocument.rows import sheet_rows
from index.extract.office.opendocument.styles import NS, Styles
from index.extract.zip_container import Element, parse_xml

_CHART = f"{{{NS}chart:1.0}}"
_MATH = "{http://www.w3.org/1998/Math/MathML}math"
_PART = "/content.xml"


def read_objects(archive: zipfile.ZipFile, styles: Styles) -> dict[str, str]:
    """Return the HTML of each embedded object by its folder."""
    objects = {}
    for name in archive.namelist():
        if not name.endswith(_PART):
            continue
        root = parse_xml(archive.read(name))
        if root.tag == _MATH:
            html = escape(f"{FORMULA_EDGE}{formula_text(root)}{FORMULA_EDGE}")
        else:
            html = "".join(_write_tables(root, styles))
        objects[name.removesuffix(_PART)] = html
    return objects


def _write_tables(root: Element, styles: Styles) -> Iterator[str]:
    """Yield the tables of an object; a title that only repeats a cell is left out."""
    tables = []
    for table in root.iter(f"{{{NS}table:1.0}}table"):
        rows = [[" ".join(cell.split()) for cell in row] for row in sheet_rows(table, styles)]
        tables.append(_trim_rows(rows))
    cells = {cell for table in tables for row in table for cell in row}
    for title in root.iter(f"{_CHART}title", f"{_CHART}subtitle"):
        words = " ".join(flat_text(title, styles).split())
        if words and words not in cells:
            yield f"<p>{escape(words)}</p>"
    for table in filter(None, tables):
        lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in table)
        yield f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _trim_rows(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with text up to the last column with text."""
    filled = [row for row in rows if any(row)]
    columns = {at for row in filled for at, cell in enumerate(row) if cell}
    width = max(columns, default=-1) + 1
    if filled:
        filled[0] += [""] * (width - len(filled[0]))  # The header names all columns.
    return [row[:width] for row in filled]
