"""Write formulas in OMML (Word) and MathML (OpenDocument, the web) as one line of text."""

from index.extract.zip_container import Element

_LEAF_TAGS = ("t", "mi", "mn", "mo", "mtext", "ms")
_ANNOTATION_TAGS = ("annotation", "annotation-xml")


def formula_text(element: Element) -> str:
    """Return a formula as text, with "^" for powers, "_" for indices and "/" for fractions.

    >>> from index.extract.zip_container import parse_xml
    >>> formula_text(parse_xml(b"<math><msup><mi>r</mi><mn>2</mn></msup></math>"))
    'r^2'
    """
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if name in _LEAF_TAGS:
        return " ".join((element.text or "").split())
    if not name or name in _ANNOTATION_TAGS or name.endswith("Pr"):
        return ""
    parts = [text for child in element if (text := formula_text(child))]
    if name in ("sSup", "msup", "sSub", "msub", "f", "mfrac") and len(parts) == 2:
        mark = "^" if name in ("sSup", "msup") else "_" if name in ("sSub", "msub") else "/"
        return f"{_parenthesise(parts[0])}{mark}{_parenthesise(parts[1])}"
    if name in ("rad", "msqrt"):
        return f"√{_parenthesise(''.join(parts))}"
    return "".join(parts)


def _parenthesise(text: str) -> str:
    return text if text.isalnum() else f"({text})"
