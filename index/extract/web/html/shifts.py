"""Mark what style sheets and style attributes raise or lower as superscripts and subscripts."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from index.extract.web.html.sheets import apply_sheets

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_INLINE = frozenset(
    [
        *("span", "a", "b", "strong", "i", "em", "small", "big", "font", "cite", "var", "u"),
        *("code", "tt", "abbr", "mark", "ins", "del", "s", "q", "label", "time", "data", "tspan"),
    ]
)
"""Elements of a line; of cells and pictures, the same property says where they stand."""

_SHIFT = re.compile(
    r"(?<![\w-])(?:vertical-align|baseline-shift|font-variant-position|font-position)"
    r"\s*:\s*([a-z]+|[-+]?[0-9.]{1,9}(?:[a-z]{2,3}|%))",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"(?<![\w-])(top|bottom)\s*:\s*([-+]?[0-9.]{1,9}(?:[a-z]{2,3}|%))", re.IGNORECASE
)
_IS_RELATIVE = re.compile(r"(?<![\w-])position\s*:\s*relative", re.IGNORECASE)
_LENGTH = re.compile(r"([-+]?[0-9]*\.?[0-9]+)([a-z%]+)")
_EMS = {"em": 1.0, "rem": 1.0, "ex": 0.5, "%": 0.01, "px": 1 / 16, "pt": 1 / 12}

_MIN_SHIFT = 0.2
"""Ems from which text counts as raised or lowered; less is done to line up boxes and symbols."""


def mark_shifted(soup: "BeautifulSoup", read_sheet: Callable[[str], str] | None = None) -> None:
    """Turn the elements of a line whose text is raised into "sup", those with lowered into "sub".

    `read_sheet` returns the style sheet that a page links to, "" if there is none.
    """
    from bs4 import Tag

    elements = [tag for tag in soup.descendants if isinstance(tag, Tag) and tag.name in _INLINE]
    styled = apply_sheets(soup, elements, _find_shift, read_sheet)
    for element in elements:
        attribute = str(element.get("style") or "")
        shift = _find_shift(attribute) or styled.get(id(element), "")
        if shift in ("sup", "sub") and not _is_marked(element):
            if element.name == "span":
                element.name = shift
            else:
                element.wrap(soup.new_tag(shift))


def _find_shift(declarations: str) -> str:
    """Return "sup" for raised text, "sub" for lowered, "line" for neither, "" if none is declared.

    >>> [_find_shift(f"x: y; vertical-align: {v}") for v in ("super", "sub", "0.4em", "1px", "top")]
    ['sup', 'sub', 'sup', 'line', 'line']
    >>> _find_shift("font-variant-position: super"), _find_shift("color: red")
    ('sup', '')
    >>> _find_shift("font-size: 0.6em; position: relative; top: 0.3em; vertical-align: baseline")
    'sub'
    """
    found = ""
    for declared in _SHIFT.finditer(declarations):
        value = declared[1].lower()
        ems = _to_ems(value)
        if value == "super" or ems >= _MIN_SHIFT:
            found = "sup"
        else:
            found = "sub" if value == "sub" or ems <= -_MIN_SHIFT else "line"
    if _IS_RELATIVE.search(declarations) and "font-size" in declarations.lower():
        for moved in _MOVED.finditer(declarations):
            ems = _to_ems(moved[2].lower()) * (1 if moved[1].lower() == "bottom" else -1)
            if abs(ems) >= _MIN_SHIFT:
                found = "sup" if ems > 0 else "sub"
    return found


def _to_ems(length: str) -> float:
    """Return a length in ems, 0.0 for what is none."""
    found = _LENGTH.fullmatch(length)
    return float(found[1]) * _EMS.get(found[2], 0.0) if found else 0.0


def _is_marked(element: "Tag") -> bool:
    """Whether an element holds, or is all of, a superscript or subscript: it is raised once."""
    inside = [child for child in element.contents[:4] if child.get_text().strip()]
    if len(inside) == 1 and getattr(inside[0], "name", "") in ("sup", "sub"):
        return True
    around = element.parent
    return (
        around is not None
        and around.name in ("sup", "sub")
        and not any(
            beside is not None and beside.get_text().strip()
            for beside in (element.previous_sibling, element.next_sibling)
        )
    )
