"""Write formulas in OMML (Word) and MathML (OpenDocument) as one line of text."""

import re
import unicodedata
from collections.abc import Callable

from index.extract.web.html.mathml import is_without_line
from index.extract.zip_container import Element

FORMULA_EDGE = "\uf8f3"
"""Stands at both ends of a formula in a line until the text around it is known."""

_LEAF_TAGS = ("t", "mi", "mn", "mo", "mtext", "ms")
_TEXT_TAGS = ("t", "mtext")
_UNSEEN_TAGS = ("annotation", "annotation-xml", "mphantom", "none")
_INVISIBLE = str.maketrans({"\u2061": None, "\u2062": None, "\u2063": None, "\u2064": " "})
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}

# The names that OMML gives to the parts of an element; MathML has them in this order.
_SCRIPTS = {
    **{"sSub": "e sub", "msub": "e sub", "limLow": "e lim", "munder": "e sub"},
    **{"sSup": "e . sup", "msup": "e . sup", "limUpp": "e . lim"},
    **{"sSubSup": "e sub sup", "msubsup": "e sub sup", "munderover": "e sub sup"},
}


def formula_text(element: Element) -> str:
    """Return a formula as text, with "^" for powers, "_" for indices and "/" for fractions.

    >>> from index.extract.zip_container import parse_xml
    >>> formula_text(parse_xml(b"<math><msup><mi>r</mi><mn>2</mn></msup></math>"))
    'r^2'
    >>> formula_text(parse_xml(b"<math><mn>2</mn><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"))
    '2 1/2'
    """
    return _join(_pieces(element)).strip()


def set_apart(text: str) -> str:
    """Return text whose formulas have a blank only where they would run together with a word.

    >>> set_apart("a share\uf8f33/4\uf8f3, and \uf8f3x\uf8f3\uf8f3y\uf8f3.")
    'a share 3/4, and x y.'
    """
    if FORMULA_EDGE not in text:
        return text
    text = re.sub(rf"(?<=\w){FORMULA_EDGE}+(?=\w)", " ", text)
    return text.replace(FORMULA_EDGE, "")


def _pieces(element: Element) -> list[tuple[str, bool]]:
    """Return the pieces of a line; each says whether it is a structure, such as a fraction."""
    name = _local_name(element)
    if name in _LEAF_TAGS:
        text = re.sub(r"\s+", " ", (element.text or "").translate(_INVISIBLE))
        return [(text if name in _TEXT_TAGS else text.strip(), False)]
    if not name or name in _UNSEEN_TAGS or name.endswith("Pr"):
        return []
    if name in _SCRIPTS:
        return [(_write_scripts(element, _SCRIPTS[name].split()), True)]
    if name in _WRITERS:
        return [(_WRITERS[name](element), True)]
    return [piece for child in element for piece in _pieces(child)]


def _join(pieces: list[tuple[str, bool]]) -> str:
    """Join pieces, with a space where a structure would run together with its neighbour."""
    line, after_structure = "", False
    for text, is_structure in pieces:
        if not text:
            continue
        is_fraction = is_structure and "/" in text
        meets = (line[-1:].isalnum() or (is_fraction and line[-1:] == ")")) and text[0].isalnum()
        joins_number = line[-1:].isdecimal() and text[0].isdecimal()
        if meets and (after_structure or is_fraction or (is_structure and joins_number)):
            line += " "
        line += text
        after_structure = is_structure
    return line


def _local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _part(element: Element, name: str, place: int) -> str:
    """Return the part of an element by its name in OMML, else by its place in MathML."""
    children = [child for child in element if not _local_name(child).endswith("Pr")]
    for child in children:
        if _local_name(child) == name:
            return formula_text(child)
    is_omml = "/math}" in element.tag
    return "" if is_omml or place >= len(children) else formula_text(children[place])


def _property(element: Element, name: str, default: str) -> str:
    """Return a property in OMML, such as the sign of a sum."""
    for properties in element:
        if _local_name(properties) == f"{_local_name(element)}Pr":
            for child in properties:
                if _local_name(child) == name:
                    return next(iter(child.attrib.values()), "")
    return default


def _write_scripts(element: Element, names: list[str]) -> str:
    used = [name for name in names if name != "."]
    texts = dict(zip(used, (_part(element, name, at) for at, name in enumerate(used)), strict=True))
    lower = texts.get(names[1], "")
    upper = texts.get(names[2], "") if len(names) > 2 else ""
    if upper and not lower and unicodedata.combining(upper[0]):
        return texts["e"] + upper
    return _group(texts["e"]) + _attach("_", lower) + _attach("^", upper)


def _attach(mark: str, script: str) -> str:
    """Return a script with its mark; primes and degrees stand without one."""
    if not script or script in ("′", "″", "‴", "°", "∘", "'"):  # noqa: RUF001
        return script
    signed = script[1:] if script[0] in "+-\u2212" else script
    return f"{mark}{script if signed.isalnum() else _group(script)}"


def _group(text: str) -> str:
    """Return a part in brackets unless it is one number, name or sign."""
    is_plain = not text or text.isalnum() or re.fullmatch(r"\d+([.,]\d+)*", text)
    is_sign = not any(map(str.isalnum, text))
    is_enclosed = text[:1] == "(" and text.find(")") == len(text) - 1
    return text if is_plain or is_sign or is_enclosed else f"({text})"


def _write_fraction(element: Element) -> str:
    upper, lower = _group(_part(element, "num", 0)), _group(_part(element, "den", 1))
    if _property(element, "type", "bar") == "noBar" or is_without_line(
        element.get("linethickness", "")
    ):
        return f"({upper} {lower})"
    return f"{upper}/{lower}"


def _write_root(element: Element) -> str:
    if _local_name(element) == "msqrt":
        degree, base = "", _join([piece for child in element for piece in _pieces(child)])
    elif _local_name(element) == "mroot":
        base, degree = _part(element, "e", 0), _part(element, "deg", 1)
    else:
        base, degree = _part(element, "e", 1), _part(element, "deg", 0)
    sign = _ROOTS.get(degree, f"√[{degree}]")
    return f"{sign}{base if base.isalnum() else f'({base})'}"


def _write_sum(element: Element) -> str:
    sign = _property(element, "chr", "∫") + "".join(
        _attach(mark, _part(element, name, 9)) for mark, name in (("_", "sub"), ("^", "sup"))
    )
    return f"{sign} {_part(element, 'e', 9)}".strip()


def _write_brackets(element: Element) -> str:
    inside = [formula_text(child) for child in element if _local_name(child) == "e"]
    separator = _property(element, "sepChr", "|")
    opening, closing = _property(element, "begChr", "("), _property(element, "endChr", ")")
    return f"{opening}{separator.join(inside)}{closing}"


def _write_fenced(element: Element) -> str:
    separator = f"{element.get('separators', ',')} "[:1].strip()
    inside = separator.join(formula_text(child) for child in element)
    return f"{element.get('open', '(')}{inside}{element.get('close', ')')}"


def _write_function(element: Element) -> str:
    return f"{_part(element, 'fName', 0)} {_part(element, 'e', 1)}".strip()


def _write_accent(element: Element) -> str:
    base, accent = _part(element, "e", 0), _property(element, "chr", "\u0302")
    return base + accent if unicodedata.combining(accent[:1] or " ") else base


def _write_over(element: Element) -> str:
    base, over = _part(element, "e", 0), _part(element, "lim", 1)
    return f"{_group(base)}{_attach('^', over)}"


def _write_rows(element: Element) -> str:
    """Write a matrix or equations below each other, rows apart by "; ", cells by ", "."""
    rows = []
    for row in element:
        if _local_name(row) in ("mr", "mtr", "mlabeledtr"):
            rows.append(", ".join(formula_text(cell) for cell in row))
        else:
            rows.append(formula_text(row))
    return "; ".join(filter(None, rows))


def _write_scripts_before(element: Element) -> str:
    lower, upper, base = (_part(element, name, 9) for name in ("sub", "sup", "e"))
    return f"{_attach('_', lower)}{_attach('^', upper)}{_group(base)}"


_WRITERS: dict[str, Callable[[Element], str]] = {
    **dict.fromkeys(("f", "mfrac"), _write_fraction),
    **dict.fromkeys(("rad", "msqrt", "mroot"), _write_root),
    **dict.fromkeys(("m", "eqArr", "mtable"), _write_rows),
    **{"nary": _write_sum, "d": _write_brackets, "mfenced": _write_fenced},
    **{"func": _write_function, "acc": _write_accent, "mover": _write_over},
    "sPre": _write_scripts_before,
}
"""Writers of structures by the names of OMML and MathML, which have none in common."""
