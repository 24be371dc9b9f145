"""Bring the tables of a page into rows of cells with one line each; take layouts apart."""

import re
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_PARTS = ["thead", "tbody", "tfoot", "tr", "td", "th", "caption", "colgroup"]
_SECTIONS = ["h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote"]
"""What a cell of a layout holds, and few cells of a table."""

MAX_CELL_LENGTH = 1500
"""Maximum length of a cell of data in characters; a longer one is a column of a layout."""

_MAX_HEADER_ROWS = 4
_MAX_COLUMNS = 200
"""Numbers of rows and columns up to which the rows of a header are written as one."""

_BLOCKS = [*_SECTIONS, "ul", "ol", "dl", "pre"]
_GAPS = {
    **dict.fromkeys((*_SECTIONS, "ul", "ol", "dl", "li", "dt", "dd", "tr"), "; "),
    **dict.fromkeys(("td", "th"), ", "),
    **dict.fromkeys(("p", "div", "br", "pre", "caption", "section", "article"), " "),
}
"""What stands between an element and the words beside it when a cell becomes one line."""

_STRENGTH = ["", " ", ", ", "; "]


def arrange_tables(soup: "BeautifulSoup") -> None:
    for cell in soup(["td", "th"], colspan=True):
        cell["colspan"] = str(_parse_span(cell, "colspan"))  # The renderer fails on "²".
    for table in soup("table"):
        if table.decomposed:
            continue  # It was in a cell of another table.
        if _is_layout(table):
            _flatten_table(table)
            continue
        for cell in _own(table, "td", "th"):
            if cell.find(_BLOCKS):
                line = _write_line(cell).strip()
                cell.clear(decompose=True)
                cell.string = line
        _order_sections(table)
        _fill_row_spans(soup, table)
        _lift_titles(table)
        _join_headers(soup, table)
        _name_no_column(soup, table)
        _gather_rows(table)


def _order_sections(table: "Tag") -> None:
    """Move the header of a table to its top and its footer to the end, wherever they stand."""
    for head in _own(table, "thead")[:1]:
        table.insert(0, head.extract())
    for foot in _own(table, "tfoot")[:1]:
        table.append(foot.extract())


def _lift_titles(table: "Tag") -> None:
    """Put a title that spans all columns of a table above it: it does not name the first one."""
    rows = _own(table, "tr")
    single = list(takewhile(lambda row: len(_cells(row)) == 1, rows))
    # Where rows of one cell each stand for more than a title, they stay rows.
    if not single or len(rows) - len(single) < 2:
        return
    width = max(map(_count_columns, rows))
    for row in takewhile(lambda row: _count_columns(row) == width > 1, single):
        title = _cells(row)[0]
        title.name = "div"
        table.insert_before(title.extract())
        row.extract()


def _join_headers(soup: "BeautifulSoup", table: "Tag") -> None:
    """Write the rows of a header as one, with the name of a group before those of its columns."""
    rows = _own(table, "tr")
    header = list(takewhile(_is_header, rows[: _MAX_HEADER_ROWS + 1]))
    if not 1 < len(header) <= min(_MAX_HEADER_ROWS, len(rows) - 1):
        return
    if max(map(_count_columns, header)) > _MAX_COLUMNS:
        return
    columns = list(zip_longest(*map(_name_columns, header), fillvalue=""))
    for row in header[1:]:
        row.extract()
    header[0].clear()
    for names in columns:
        cell = soup.new_tag("th")
        cell.string = " ".join(dict.fromkeys(filter(None, names)))
        header[0].append(cell)


def _name_no_column(soup: "BeautifulSoup", table: "Tag") -> None:
    """Insert an empty header where each row is headed by a name of its own: none names columns."""
    rows = [row for row in _own(table, "tr") if len(_cells(row)) > 1]
    leads = [_cells(row)[0] for row in rows]
    if not rows or _is_header(rows[0]):
        return
    if all(lead.name == "th" and lead.get_text().strip() for lead in leads):
        header = soup.new_tag("tr")
        width = min(max(map(_count_columns, rows)), _MAX_COLUMNS)
        header.append(soup.new_tag("th", attrs={"colspan": str(width)}))
        table.insert(0, header)


def _is_header(row: "Tag") -> bool:
    cells = _cells(row)
    is_marked = all(cell.name == "th" or not cell.get_text().strip() for cell in cells)
    around = row.parent
    return len(cells) > 1 and (is_marked or (around is not None and around.name == "thead"))


def _cells(row: "Tag") -> list["Tag"]:
    return list(row.find_all(["td", "th"], recursive=False))


def _count_columns(row: "Tag") -> int:
    return sum(_parse_span(cell, "colspan") for cell in _cells(row))


def _name_columns(row: "Tag") -> list[str]:
    """Return the text above each column, that of a cell above all that it spans."""
    names = []
    for cell in _cells(row):
        names += [" ".join(cell.get_text().split())] * _parse_span(cell, "colspan")
    return names


def _gather_rows(table: "Tag") -> None:
    """Leave only rows in a table, as the renderer takes the first for the header; others go up."""
    for caption in _own(table, "caption"):
        table.insert_before(caption.extract())
        caption.name = "div"
    for part in _own(table, "colgroup", "col", "thead", "tbody", "tfoot"):
        part.unwrap()
    for text in table.find_all(string=True, recursive=False):
        if not text.strip():
            text.extract()


def _own(table: "Tag", *names: str) -> list["Tag"]:
    """Return the parts of a table without those of tables in its cells."""
    return [part for part in table.find_all(names) if part.find_parent("table") is table]


def _is_layout(table: "Tag") -> bool:
    """Return whether a table is only used for layout, as in many e-mails.

    A table has several rows of several cells, none of them longer than MAX_CELL_LENGTH and few of
    which hold headings or tables themselves.
    """
    if table.get("role") in ("presentation", "none"):
        return True
    if _own(table, "th", "thead"):
        return False
    rows = [_cells(row) for row in _own(table, "tr")]
    if all(len(row) <= 1 for row in rows):
        return True
    if not table.find(_BLOCKS):
        return False
    filled = [[cell for cell in row if next(cell.stripped_strings, None)] for row in rows]
    cells = [cell for row in filled for cell in row]
    if any(len(cell.get_text()) > MAX_CELL_LENGTH for cell in cells):
        return True
    sections = sum(cell.find(_SECTIONS) is not None for cell in cells)
    return sum(len(row) > 1 for row in filled) < 2 or 2 * sections > len(cells)


def _flatten_table(table: "Tag") -> None:
    """Turn a table and its parts into plain blocks."""
    for part in _own(table, *_PARTS):
        part.name = "div"
    table.name = "div"


def _write_line(element: "Tag") -> str:
    """Return what a cell, or a part of it, holds in one line, with ";" between items and rows.

    >>> from bs4 import BeautifulSoup
    >>> _write_line(BeautifulSoup("<ul><li>hose</li><li>sand</li></ul>", "lxml"))
    'hose; sand'
    """
    from bs4 import Tag

    line, gap = "", ""
    for child in element.children:
        words = _write_line(child) if isinstance(child, Tag) else child.get_text()
        own = _GAPS.get(getattr(child, "name", None) or "", "")
        gap = max(gap, own, key=_STRENGTH.index)
        if own or gap:
            words = words.strip() if own else words.lstrip()
        if own and words and isinstance(child, Tag) and child.has_attr("data-label"):
            words = f"{child['data-label']} {words}"
        if not words:
            continue
        if line.strip() and gap:
            line = line.rstrip()
            line += " " if line[-1] in ".,:;!?\u2026" else gap
        line += words
        gap = own
    return re.sub(r"[ \t\r\n]+", " ", line)


def _fill_row_spans(soup: "BeautifulSoup", table: "Tag") -> None:
    """Insert empty cells below cells that span several rows, to keep the columns aligned."""
    reaching: dict[int, int] = {}
    for row in table("tr"):
        column = 0
        for cell in _cells(row):
            while reaching.get(column, 0) > 0:
                reaching[column] -= 1
                cell.insert_before(soup.new_tag("td"))
                column += 1
            for _ in range(_parse_span(cell, "colspan")):
                reaching[column] = _parse_span(cell, "rowspan") - 1
                column += 1
        for rest in sorted(reaching):
            if rest >= column and reaching[rest] > 0:
                reaching[rest] -= 1
                row.append(soup.new_tag("td"))


def _parse_span(cell: "Tag", name: str) -> int:
    value = str(cell.get(name, "1"))
    return max(1, min(1000, int(value))) if value.isdecimal() else 1
