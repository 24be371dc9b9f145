"""Read the text of paragraphs in drawings and on slides, with powers, indices and formulas.

Python-pptx passes over formulas, and over what stands in a form for newer programs and another
for older ones (`mc:AlternateContent`).
"""

from collections.abc import Iterator
from itertools import groupby

from index.extract.office.formula import FORMULA_EDGE, formula_text, set_apart
from index.extract.zip_container import Element
from index.text.scripts import to_subscript, to_superscript

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DISPLAYED = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMathPara"
_MATH = (
    "{http://schemas.microsoft.com/office/drawing/2010/main}m",
    "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath",
    _DISPLAYED,
)
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"


def resolve_alternates(root: Element) -> None:
    """Replace each choice between forms of the same content by one of them.

    The first form with text or a table, chart or diagram is taken, else the fallback, a picture.
    """
    for alternate in list(root.iter(f"{_MC}AlternateContent")):
        forms = [form for form in alternate if form.tag in (f"{_MC}Choice", f"{_MC}Fallback")]
        chosen = next(filter(_has_content, forms), forms[-1] if forms else [])
        for child in list(chosen):
            alternate.addprevious(child)
        alternate.getparent().remove(alternate)


def _has_content(form: Element) -> bool:
    if next(form.iter("{*}graphicFrame"), None) is not None:
        return True
    return any((text.text or "").strip() for text in form.iter("{*}t"))


def paragraph_text(paragraph: Element) -> str:
    """Return the text of an `a:p` element as one line."""
    runs = groupby(_runs(paragraph), key=lambda run: run[0])
    written = (_write_run(baseline, "".join(text for _, text in same)) for baseline, same in runs)
    return " ".join(set_apart("".join(written)).split())


def _write_run(direction: int, text: str) -> str:
    if direction == 0:
        return text
    return to_superscript(text) if direction > 0 else to_subscript(text)


def _runs(paragraph: Element) -> Iterator[tuple[int, str]]:
    """Yield each run with 1 if it is raised, -1 if it is lowered, else 0."""
    for child in paragraph:
        if child.tag in (f"{A}r", f"{A}fld"):
            properties = child.find(f"{A}rPr")
            baseline = "" if properties is None else properties.get("baseline", "")
            yield _direction(baseline), child.findtext(f"{A}t") or ""
        elif child.tag == f"{A}br":
            yield 0, " "
        elif child.tag in _MATH:
            # A displayed formula stands on a line of its own.
            edge = " " if next(child.iter(_DISPLAYED), None) is not None else FORMULA_EDGE
            yield 0, f"{edge}{formula_text(child)}{edge}"


def _direction(baseline: str) -> int:
    """Return the sign of a baseline in thousandths of a percent, such as "30000" or "30%"."""
    digits = baseline.strip().removesuffix("%").lstrip("+-")
    if not digits.replace(".", "").strip("0"):
        return 0
    return -1 if baseline.strip().startswith("-") else 1
