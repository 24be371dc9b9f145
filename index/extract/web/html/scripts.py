"""Write the superscripts and subscripts of a page in its line: 10⁶, H₂O; marks of notes as [1]."""

import re
from typing import TYPE_CHECKING

from index.text.scripts import to_subscript, to_superscript

if TYPE_CHECKING:
    from bs4 import Tag
    from bs4.element import PageElement

_BRACKETED = re.compile(r"\s*\[[^\]]*\]\s*")
_SPACED_OPERATOR = re.compile(r"\s*([-+=/\u2212\u00d7\u00b7])\s*")
_SIGNS = {"TM": "™", "SM": "℠"}
_SLASHES = ("/", "\u2044", "\u2215")
_MAX_DEPTH = 20
"""Maximum depth of superscripts and subscripts in each other that are written one by one."""

_BLOCKS = ["p", "div", "table", "ul", "ol", "pre", "br", "math"]


def write_scripts(soup: "Tag") -> None:
    """Replace each superscript and subscript by plain text, which no reader takes for a factor."""
    _limit_depth(soup)
    for raised in soup("sup"):
        _write_fraction(raised)
    # The innermost come first, so that a power of a power is written once it is text.
    for script in reversed(soup(["sup", "sub"])):
        if not script.find(_BLOCKS):
            script.string = _write_script(script)
            script.name = "span"


def _limit_depth(soup: "Tag") -> None:
    """Write those that lie too deep in others as "^" or "_" before their text.

    Each element is visited once, as the others take time in proportion to the depth.
    """
    depths: dict[int, int] = {}
    for script in soup(["sup", "sub"]):
        passed, around = [], script.parent
        while around is not None and id(around) not in depths:
            passed.append(around)
            around = around.parent
        depth = depths[id(around)] if around is not None else 0
        depths |= {id(element): depth for element in passed} | {id(script): depth + 1}
        if depth >= _MAX_DEPTH and script.contents:
            script.insert(0, "^" if script.name == "sup" else "_")
            script.name = "span"


def _write_fraction(raised: "Tag") -> None:
    """Write a raised and a lowered number around a slash as one fraction: 2 1/2."""
    from bs4 import Tag
    from bs4.element import NavigableString

    slash = raised.next_sibling
    if not isinstance(slash, NavigableString) or slash.strip() not in _SLASHES:
        return
    lowered = slash.next_sibling
    if not isinstance(lowered, Tag) or lowered.name != "sub":
        return
    above, below = raised.get_text().strip(), lowered.get_text().strip()
    if not (above.isdecimal() and below.isdecimal()):
        return
    space = " " if _text_before(raised)[-1:].isalnum() else ""
    slash.extract()
    lowered.decompose()
    raised.replace_with(f"{space}{above}/{below}")


def _write_script(script: "Tag") -> str:
    text = script.get_text()
    words = " ".join(text.split())
    before = _text_before(script)
    if not words or _BRACKETED.fullmatch(text):
        return text
    if words in _SIGNS and script.name == "sup":
        return text.replace(words, _SIGNS[words])
    if script.name == "sup" and _is_linked(script):
        return f"[{words}]" if any(char.isalnum() for char in words) else text
    compact = _SPACED_OPERATOR.sub(r"\1", words)
    if " " in compact or (not before.strip() and not compact[0].isdigit()):
        # A remark in small letters.
        return f" {words} " if before and not before[-1].isspace() else text
    is_remark = len(words) > 1 and words.isalpha() and before[-2:].isalpha() and len(before) > 1
    if is_remark and script.name == "sup":
        return f" {words}"
    written = (to_superscript if script.name == "sup" else to_subscript)(compact)
    return f"{' ' * text[0].isspace()}{written}{' ' * text[-1].isspace()}"


def _is_linked(script: "Tag") -> bool:
    """Return whether a superscript is a link, as marks of notes are."""
    if script.find("a", href=True):
        return True
    around = script.parent
    alone = all(
        beside is None or not beside.get_text().strip()
        for beside in (script.previous_sibling, script.next_sibling)
    )
    return bool(around and around.name == "a" and around.get("href") and alone)


def _text_before(element: "Tag") -> str:
    """Return the text directly before an element within its block, "" if there is none."""
    from bs4 import Tag

    place: PageElement | None = element
    while isinstance(place, Tag) and place.previous_sibling is None:
        place = place.parent
        if place is None or place.name in ("p", "li", "td", "th", "div", "body", "[document]"):
            return ""
    before = place.previous_sibling if place else None
    while isinstance(before, Tag):
        before = before.contents[-1] if before.contents else None
    return str(before or "")
