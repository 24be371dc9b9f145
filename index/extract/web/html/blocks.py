"""Mark every element that a browser lays out as a block, and number the items of lists as it does.

The renderer ends a line at each "div"; the names that it does not know are changed to that.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from index.text.numerals import MAX_ROMAN, to_letters, to_roman

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import PageElement

_BLOCKS = [
    *("address", "aside", "center", "details", "dialog", "fieldset", "figcaption", "figure"),
    *("footer", "form", "frameset", "header", "hgroup", "legend", "listing", "main", "nav"),
    *("noframes", "optgroup", "option", "plaintext", "search", "select", "summary", "xmp"),
    "text",
]
"""Elements that are blocks in the style sheet of the HTML standard, unknown to the renderer; and
the texts of a drawing (SVG), each of which has its own place.
"""

_BOXES = ["button", "textarea", "output", "meter", "progress"]
"""Elements that are drawn in a line, but as boxes apart from the words beside them."""

_MAYBE_EMPTY = [
    *("div", "p", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "article", "section", "dl", "ul", "ol"),
    *("blockquote", "pre", "table"),
]
"""Blocks that are only the end of a line if they have no text."""

_NUMBER = re.compile(r"\s*([-+]?[0-9]{1,9})(?![0-9])")
_LIST_STYLE = re.compile(
    r"list-style(?:-type)?\s*:[^;]*?\b(?:(lower|upper)-(alpha|latin|roman)|none\b)", re.I
)
_STYLE_TYPES = {
    ("lower", "roman"): "i",
    ("upper", "roman"): "I",
    ("lower", "alpha"): "a",
    ("upper", "alpha"): "A",
}


def mark_blocks(soup: "Tag") -> None:
    """Rename the elements that end a line to "div", and set boxes within a line apart."""
    for block in soup(_BLOCKS):
        block.name = "div"
    for items in soup(["menu", "dir"]):
        items.name = "ul"
    for box in soup(_BOXES):
        if (before := box.previous_sibling) and not before.get_text()[-1:].isspace():
            box.insert(0, " ")
        if (after := box.next_sibling) and not after.get_text()[:1].isspace():
            box.append(" ")
    filled = _find_filled(soup)
    for empty in soup(_MAYBE_EMPTY):
        if id(empty) not in filled:
            within_line = _is_inline(empty.previous_siblings) and _is_inline(empty.next_siblings)
            empty.name = "br" if within_line else "div"


def _find_filled(soup: "Tag") -> set[int]:
    """Return the `id` of each element with text; each is visited once, however deep they nest."""
    filled: set[int] = set()
    for text in soup.find_all(string=True):
        element = text.parent if text.get_text().strip() else None
        while element is not None and id(element) not in filled:
            filled.add(id(element))
            element = element.parent
    return filled


def _is_inline(siblings: Iterable["PageElement"]) -> bool:
    """Return whether the nearest sibling that is not white space belongs to a line of words."""
    from bs4 import Tag

    written = (near for near in siblings if isinstance(near, Tag) or near.get_text().strip())
    beside = next(written, None)
    if isinstance(beside, Tag):
        return beside.name not in (*_MAYBE_EMPTY, "br", "li")
    return beside is not None


def number_items(soup: "BeautifulSoup") -> None:
    """Write the label that a browser shows before each item into its attribute "data-label"."""
    for items in soup("ol"):
        children = items.find_all("li", recursive=False)
        step = -1 if items.has_attr("reversed") else 1
        number = _parse_number(items, "start", len(children) if step < 0 else 1)
        for item in children:
            number = _parse_number(item, "value", number)
            if kind := _label_type(item, items):
                item["data-label"] = f"{_write_number(number, kind)}."
            number += step


def _parse_number(element: "Tag", name: str, default: int) -> int:
    found = _NUMBER.match(str(element.get(name, "")))
    return int(found[1]) if found else default


def _label_type(item: "Tag", items: "Tag") -> str:
    """Return the kind of an item's number as in the attribute "type", "" if none is shown."""
    for element in (item, items):
        if style := _LIST_STYLE.search(str(element.get("style", ""))):
            if style[1] is None:
                return ""
            return _STYLE_TYPES[style[1].lower(), style[2].lower().replace("latin", "alpha")]
        if (kind := str(element.get("type", ""))) in ("1", "a", "A", "i", "I"):
            return kind
    return "1"


def _write_number(number: int, kind: str) -> str:
    """Return a number as a browser shows it in a list.

    >>> [_write_number(28, kind) for kind in "1aAiI"], _write_number(0, "a")
    (['28', 'ab', 'AB', 'xxviii', 'XXVIII'], '0')
    """
    if kind in "aA" and number > 0:
        text = to_letters(number)
    elif kind in "iI" and 0 < number <= MAX_ROMAN:
        text = to_roman(number)
    else:
        return str(number)
    return text.upper() if kind.isupper() else text
