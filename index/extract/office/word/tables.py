"""Tell tables of data from those used for layout in the page that mammoth makes of a document.

A table of data stays a table whatever its cells hold; the HTML reader flattens their content.
"""

from typing import TYPE_CHECKING

from index.extract.web.html.tables import MAX_CELL_LENGTH

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_CELL_TAGS = ["td", "th"]


def mark_tables(soup: "BeautifulSoup") -> None:
    """Give each table of data a header row."""
    for table in soup.find_all("table"):
        rows = _own_rows(table)
        if not _is_data(rows) or any(cell.name == "th" for row in rows for cell in _own_cells(row)):
            continue
        for cell in _own_cells(rows[0]):
            cell.name = "th"


def _own_rows(table: "Tag") -> list["Tag"]:
    groups = table.find_all(["thead", "tbody"], recursive=False)
    return [row for part in (*groups, table) for row in part.find_all("tr", recursive=False)]


def _own_cells(row: "Tag") -> list["Tag"]:
    return list(row.find_all(_CELL_TAGS, recursive=False))


def _is_data(rows: list["Tag"]) -> bool:
    """Return whether rows have several cells, all of them short."""
    cells = [_own_cells(row) for row in rows]
    if len(rows) < 2 or max(map(len, cells)) < 2:
        return False
    return all(len(cell.get_text()) <= MAX_CELL_LENGTH for row in cells for cell in row)
