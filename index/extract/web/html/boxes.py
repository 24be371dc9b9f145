"""Set apart what style sheets and style attributes lay out as boxes: rows, grids, buttons.

What they hide within a line is left out.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from index.extract.web.html.sheets import apply_sheets

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_INLINE = frozenset(
    ["span", "a", "b", "strong", "i", "em", "small", "font", "label", "time", "cite"]
)
_DISPLAY = re.compile(r"(?<![\w-])display\s*:\s*([a-z-]+)", re.IGNORECASE)
_FLOAT = re.compile(r"(?<![\w-])float\s*:\s*(?:left|right)\b", re.IGNORECASE)
_BLOCKS = ("block", "flow-root", "list-item", "table", "flex", "grid")
_ROWS = ("flex", "grid", "inline-flex", "inline-grid")
_PIECES = ("inline-block", "table-cell")


def mark_boxes(soup: "BeautifulSoup", read_sheet: Callable[[str], str] | None = None) -> None:
    """Turn elements of a line that are laid out as blocks into "div", and set apart other boxes.

    These are the parts of a row or grid, and pieces side by side. Hidden elements of a line are
    emptied. `read_sheet` returns the style sheet that a page links to, "" if there is none.
    """
    from bs4 import Tag

    elements = [element for element in soup.descendants if isinstance(element, Tag)]
    styled = apply_sheets(soup, elements, _find_display, read_sheet)
    shown = {
        id(element): display
        for element in elements
        if (display := _find_display(str(element.get("style") or "")) or styled.get(id(element)))
    }
    for element in reversed(elements):  # Those within others first, for a linear time.
        if _is_hidden(element, shown.get(id(element), "")):
            element.clear()
    for element in elements:
        display = shown.get(id(element), "")
        if display in _ROWS:
            for child in element.find_all(True, recursive=False):
                _set_apart(child)
        elif display in _PIECES and shown.get(id(element.next_sibling)) in _PIECES:
            element.insert_after(" ")
        if display in _BLOCKS and element.name in _INLINE:
            element.name = "div"


def _find_display(declarations: str) -> str:
    """Return how an element is laid out, "" if that is not declared.

    A large first letter that floats beside the other ones of its word is no block.

    >>> _find_display("display: -webkit-box; display: flex"), _find_display("color: red")
    ('flex', '')
    >>> _find_display("float: left; display: block")
    ''
    """
    displays = _DISPLAY.findall(declarations)
    return displays[-1].lower() if displays and not _FLOAT.search(declarations) else ""


def _is_hidden(element: "Tag", display: str) -> bool:
    """Whether an element of a line is not shown; the words around it would run into its own.

    Hidden blocks are read, as scripts unfold them; so are formulas, which pictures stand for.
    """
    is_hidden = display == "none" or element.get("hidden", "until-found") != "until-found"
    return is_hidden and element.name in _INLINE and element.find("math") is None


def _set_apart(part: "Tag") -> None:
    """Insert a space between a part of a row and the words on both sides that meet it."""
    before, after = part.previous_sibling, part.next_sibling
    if before is not None and not before.get_text()[-1:].isspace():
        part.insert_before(" ")
    if after is not None and not after.get_text()[:1].isspace():
        part.insert_after(" ")
