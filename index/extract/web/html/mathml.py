"""Write formulas in MathML in one line: 1/2, x², √(a+b)."""

import re
from typing import TYPE_CHECKING

from index.text.scripts import to_subscript, to_superscript

if TYPE_CHECKING:
    from bs4 import Tag

_UNSEEN = ("annotation", "annotation-xml", "mphantom", "none", "mprescripts")
_INVISIBLE = str.maketrans({"\u2061": None, "\u2062": None, "\u2063": None, "\u2064": " "})
_WITH_LOWER = ("msub", "munder", "msubsup", "munderover")
_WITH_UPPER = ("msup", "mover", "msubsup", "munderover")


def write_formulas(soup: "Tag") -> None:
    """Replace each formula by its line; a second form of it that is hidden from readers goes."""
    for math in soup.find_all(lambda tag: _local_name(tag) == "math"):
        if math.decomposed or math.parent is None:
            continue
        for place in (math, math.parent):
            for twin in (place.find_previous_sibling(), place.find_next_sibling()):
                if twin and twin.get("aria-hidden") == "true" and not twin.find("math"):
                    twin.decompose()
        math.string = _write_node(math).strip()
        math.name = "div" if math.get("display") == "block" else "span"


def _local_name(tag: "Tag") -> str:
    return tag.name.rpartition(":")[2]


def _write_node(node: "Tag") -> str:
    from bs4 import Tag

    name = _local_name(node)
    if name in _UNSEEN:
        return ""
    if name == "mspace":
        return " "
    children = [child for child in node.children if isinstance(child, Tag)]
    if not children:
        # The invisible plus stands between a whole number and its fraction.
        text = node.get_text().translate(_INVISIBLE)
        return " ".join(text.split()) or " " * (text == " ")
    if name == "semantics":
        return _write_node(children[0])
    if name == "mmultiscripts":
        return _write_scripts_around(children)
    parts = [_write_node(child) for child in children]
    if name == "mfenced":
        inside = f"{node.get('separators', ',')} "[:1].join(parts)
        return f"{node.get('open', '(')}{inside}{node.get('close', ')')}"
    if name == "mfrac" and len(parts) == 2 and is_without_line(str(node.get("linethickness"))):
        around = (node.find_previous_sibling(), node.find_next_sibling())
        signs = [beside.get_text().strip() if beside else "" for beside in around]
        inside = f"{_group(parts[0])} {_group(parts[1])}"
        return inside if signs == ["(", ")"] else f"({inside})"
    return _combine(name, parts)


def is_without_line(thickness: str) -> bool:
    """Whether a fraction of this thickness has no line, as a binomial has none.

    >>> [is_without_line(thickness) for thickness in ("0", "0.0pt", "0.5pt", "medium")]
    [True, True, False, False]
    """
    return re.fullmatch(r"0(\.0*)?\s*[a-z%]*", thickness.strip().lower()) is not None


def _combine(name: str, parts: list[str]) -> str:
    """Return the line of an element from those of its children."""
    if name == "mfrac" and len(parts) == 2:
        return f"{_group(parts[0])}/{_group(parts[1])}"
    if name in _WITH_LOWER + _WITH_UPPER and len(parts) > 1:
        lower = _lower(parts[1]) if name in _WITH_LOWER else ""
        upper = _raise(parts[-1]) if name in _WITH_UPPER else ""
        return f"{_group(parts[0])}{lower}{upper}"
    if name == "mroot" and len(parts) == 2:
        return f"{_raise(parts[1])}√{_group(parts[0])}"
    if name == "msqrt":
        return f"√{_group(_join(parts))}"
    if name in ("mtable", "mtr"):
        return ("; " if name == "mtable" else ", ").join(filter(None, parts))
    return _join(parts)


def _write_scripts_around(children: list["Tag"]) -> str:
    """Write the scripts behind a base and, after `mprescripts`, those before it."""
    written = {False: "", True: ""}
    is_before, is_raised = False, False
    for child in children[1:]:
        if _local_name(child) == "mprescripts":
            is_before, is_raised = True, False
            continue
        text = _write_node(child)
        written[is_before] += _raise(text) if is_raised else _lower(text)
        is_raised = not is_raised
    return f"{written[True]}{_group(_write_node(children[0]))}{written[False]}"


def _join(parts: list[str]) -> str:
    """Join parts, with a space where two numbers, two words or a fraction would run together."""
    line = ""
    previous = ""
    for part in filter(None, parts):
        meets = line[-1:].isalnum() and part[0].isalnum()
        has_word = any(len(side) > 1 and side.isalpha() for side in (previous, part))
        has_fraction = "/" in previous or "/" in part
        numbers = line[-1:].isdecimal() and part[0].isdecimal()
        line += " " * (meets and (has_word or has_fraction or numbers)) + part
        previous = part
    return line


def _group(text: str) -> str:
    """Return a part in brackets if it is more than one number, name or sign."""
    plain = all(char.isalnum() or char in ".,\u2032" for char in text)
    signs = not any(char.isalnum() for char in text)
    enclosed = text[:1] == "(" and text.find(")") == len(text) - 1
    return text if plain or signs or enclosed else f"({text})"


def _raise(text: str) -> str:
    return f"^{text}" if len(text) > 1 and text.isalpha() else to_superscript(text)


def _lower(text: str) -> str:
    if len(text) > 1 and text.isalpha():
        return f"_{text}"
    return to_subscript(text)
