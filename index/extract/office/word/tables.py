"""Tell tables of data from those used for layout in the page that mammoth makes of a document.

A table of data stays a table whatever its cells hold; the HTML reader flattens their content.
"""

import re
from typing import TYPE_CHECKING

from index.extract.web.html.tables import MAX_CELL_LENGTH

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_CELL_TAGS = ["td", "th"]
_DIGIT = re.compile(r"\d")


def mark_tables(soup: "BeautifulSoup") -> None:
    """Give each table of data a header: its first row, or two if the first names groups."""
    for table in soup.find_all("table"):
        rows = _own_rows(table)
        if not _is_data(rows) or any(cell.name == "th" for row in rows for cell in _own_cells(row)):
            continue
        for row in rows[: 2 if _names_groups(rows) else 1]:
            for cell in _own_cells(row):
                cell.name = "th"


def _own_rows(table: "Tag") -> list["Tag"]:
    groups = table.find_all(["thead", "tbody"], recursive=False)
    return [row for part in (*groups, table) for row in part.find_all("tr", recursive=False)]


def _own_cells(row: "Tag") -> list["Tag"]:
    return list(row.find_all(_CELL_TAGS, recursive=False))


def _names_groups(rows: list["Tag"]) -> bool:
    """Return whether the first row names groups of columns, and the second the columns.

    Words stand below each cell that is merged over several columns, nothing below the name of a
    single one. A cell over both rows tells that the second one is no data, as do numbers in the
    rows below its words.
    """
    top = [cell for cell in _own_cells(rows[0]) for _ in range(int(str(cell.get("colspan", "1"))))]
    single = [at for at, cell in enumerate(top) if not cell.has_attr("rowspan")]
    names = dict(zip(single, map(_text, _own_cells(rows[1])), strict=False))
    groups = [at for at in single if top[at].has_attr("colspan") and _text(top[at])]
    if not groups or len(_own_cells(rows[0])) == 1 or len(_own_cells(rows[1])) != len(single):
        return False
    if any(map(_DIGIT.search, names.values())) or not all(names[at] for at in groups):
        return False
    if any(names[at] and _text(top[at]) for at in single if at not in groups):
        return False
    if any(cell.get("rowspan") == "2" for cell in top):
        return len(rows) > 2
    full = [cells for cells in map(_own_cells, rows[2:]) if len(cells) == len(top)]
    values = [_text(cells[at]).strip("-\u2013\u2014") for cells in full for at in groups]
    return any(values) and all(map(_DIGIT.search, filter(None, values)))


def _text(cell: "Tag") -> str:
    return cell.get_text().strip()


def _is_data(rows: list["Tag"]) -> bool:
    """Return whether rows have several cells, all of them short."""
    cells = [_own_cells(row) for row in rows]
    if len(rows) < 2 or max(map(len, cells)) < 2:
        return False
    return all(len(cell.get_text()) <= MAX_CELL_LENGTH for row in cells for cell in row)
