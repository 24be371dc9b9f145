"""Formulas of Word (OMML) and of OpenDocument and the web (MathML) as one line of text."""

from index.extract.zip_container import Element

_LEAVES = ("t", "mi", "mn", "mo", "mtext", "ms")
_LEFT_OUT = ("annotation", "annotation-xml")


def formula_text(element: Element) -> str:
    """Return what a formula says, powers after "^", indices after "_", fractions with "/".

    >>> from index.extract.zip_container import parse_xml
    >>> formula_text(parse_xml(b"<math><msup><mi>r</mi><mn>2</mn></msup></math>"))
    'r^2'
    """
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if name in _LEAVES:
        return " ".join((element.text or "").split())
    if not name or name in _LEFT_OUT or name.endswith("Pr"):
        return ""
    parts = [text for child in element if (text := formula_text(child))]
    if name in ("sSup", "msup", "sSub", "msub", "f", "mfrac") and len(parts) == 2:
        mark = "^" if name in ("sSup", "msup") else "_" if name in ("sSub", "msub") else "/"
        return f"{_grouped(parts[0])}{mark}{_grouped(parts[1])}"
    if name in ("rad", "msqrt"):
        return f"√{_grouped(''.join(parts))}"
    return "".join(parts)


def _grouped(text: str) -> str:
    return text if text.isalnum() else f"({text})"
