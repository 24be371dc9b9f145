"""Rewrite what Word shows but mammoth ignores in a part of a document, so that it is read.

Fields and runs from right to left are unwrapped, ruby and drawn letters become text, text boxes
become paragraphs, and rows that begin in a later column get the cells that they skip.
"""

import re

from index.extract.office.formula import FORMULA_EDGE, formula_text
from index.extract.office.symbol_font import symbol_characters
from index.extract.office.word.fields import write_fields
from index.extract.office.word.parts import W, attribute_value, make_run
from index.extract.zip_container import Element

_OMML = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_VML = "{urn:schemas-microsoft-com:vml}"
_MAX_COLUMNS = 63  # Word's own limit.

# Mammoth reads the element on the right in the way that the one on the left needs.
_READ_AS = {
    f"{W}fldSimple": f"{W}smartTag",
    f"{W}dir": f"{W}smartTag",
    f"{W}bdo": f"{W}smartTag",
    f"{W}cr": f"{W}br",
    f"{W}ptab": f"{W}tab",
}


def rewrite_content(body: Element, styles: Element) -> None:
    """Change a part so that mammoth reads all of its text; `styles` is that of the document."""
    _accept_deletions(body)
    for choice in list(body.iter(f"{_MC}AlternateContent")):
        _choose_alternative(choice)
    write_fields(body)
    for element in list(body.iter(*_READ_AS)):
        element.tag = _READ_AS[element.tag]
    _write_characters(body)
    for formula in list(body.iter(f"{_OMML}oMath")):
        _write_formula(formula)
    for row in body.iter(f"{W}tr"):
        _fill_row(row)
    _mark_raised_runs(body, styles)
    for lettering in list(body.iter(f"{_VML}textpath")):
        _write_lettering(lettering)
    for box in reversed(list(body.iter(f"{W}txbxContent"))):  # Inner ones first.
        _lift_box(box)


def _accept_deletions(body: Element) -> None:
    for gone in list(body.iter(f"{W}del", f"{W}moveFrom")):
        if len(gone):
            gone.getparent().remove(gone)
    for paragraph in body.iter(f"{W}p"):
        _keep_last(paragraph)


def _write_characters(body: Element) -> None:
    """Write breaks, symbols and ruby as text."""
    for line_end in body.iter(f"{W}br"):
        line_end.attrib.pop(f"{W}type", None)  # One that also ends a page or a column.
    for text in body.iter(f"{W}t"):
        _write_symbols(text)
    for ruby in list(body.iter(f"{W}ruby")):
        _write_ruby(ruby)


def _keep_last(paragraph: Element) -> None:
    """Keep a paragraph whose end is deleted, if none follows to which its text could go."""
    properties = paragraph.find(f"{W}pPr/{W}rPr")
    deleted = None if properties is None else properties.find(f"{W}del")
    following = next(paragraph.itersiblings(f"{W}p", f"{W}tbl", f"{W}sdt"), None)
    if deleted is not None and (following is None or following.tag != f"{W}p"):
        properties.remove(deleted)


def _write_symbols(text: Element) -> None:
    """Write characters of the font Symbol as Unicode, of which Word uses the private range."""
    fonts = text.getparent().find(f"{W}rPr/{W}rFonts")
    if fonts is not None and "Symbol" in fonts.values():
        text.text = (text.text or "").translate(symbol_characters(0xF000))


def _choose_alternative(choice: Element) -> None:
    """Replace alternatives by the one with the most text, in doubt by that for old programs."""
    parent = choice.getparent()
    if parent is None:
        return
    best = max(reversed(choice), key=lambda option: len(text_of(option)), default=())
    for child in list(best):
        choice.addprevious(child)
    parent.remove(choice)


def text_of(element: Element) -> str:
    """Return all text of an element on one line."""
    words = []
    for part in element.iter(f"{W}t", f"{_OMML}t", f"{W}tab", f"{W}br", f"{W}p"):
        words.append(part.text or "" if part.tag.endswith("}t") else " ")
    return " ".join("".join(words).split())


def _write_ruby(ruby: Element) -> None:
    """Write a word and its reading; the readings of adjoining characters follow the last."""
    run = ruby.getparent()
    base, reading = (ruby.find(f"{W}{name}") for name in ("rubyBase", "rt"))
    words = "" if base is None else text_of(base)
    spoken = ruby.get("reading", "") + ("" if reading is None else text_of(reading))
    following = next(ruby.itersiblings(), None)
    if following is None and run.getnext() is not None and run.getnext().tag == f"{W}r":
        following = next((child for child in run.getnext() if child.tag != f"{W}rPr"), None)
    if following is not None and following.tag == f"{W}ruby":
        following.set("reading", spoken)
    elif spoken:
        words += f"({spoken})"
    ruby.addprevious(make_run(ruby, words)[0])
    run.remove(ruby)


def _write_formula(formula: Element) -> None:
    parent = formula.getparent()
    if parent is None:
        return
    place = parent if parent.tag == f"{_OMML}oMathPara" else formula
    # A displayed formula stands on a line of its own.
    edge = FORMULA_EDGE if place is formula else " "
    place.addprevious(make_run(formula, f"{edge}{formula_text(formula)}{edge}"))
    parent.remove(formula)


def _fill_row(row: Element) -> None:
    """Add empty cells for the columns that a row leaves out before and after its own."""
    for name in ("gridBefore", "gridAfter"):
        count = attribute_value(row, f"trPr/{name}")
        if not count.isdecimal() or not 0 < int(count[:4]) <= _MAX_COLUMNS:
            continue
        cell = row.makeelement(f"{W}tc")
        for child in ("tcPr", "p"):
            cell.append(row.makeelement(W + child))
        span = row.makeelement(f"{W}gridSpan")
        span.set(f"{W}val", count)
        cell[0].append(span)
        first = row.find(f"{W}tc")
        if name == "gridBefore" and first is not None:
            first.addprevious(cell)
        else:
            row.append(cell)


def _mark_raised_runs(body: Element, styles: Element) -> None:
    """Mark runs as superscript or subscript that are so by their style or by their position."""
    of_style = {
        style.get(f"{W}styleId"): aligned
        for style in styles.iter(f"{W}style")
        if (aligned := attribute_value(style, "rPr/vertAlign"))
    }
    for properties in body.iter(f"{W}rPr"):
        run = properties.getparent()
        if run.tag != f"{W}r" or properties.find(f"{W}vertAlign") is not None:
            continue
        words = text_of(run)
        aligned = of_style.get(attribute_value(properties, "rStyle"), "")
        position = attribute_value(properties, "position")
        if re.fullmatch(r"-?[1-9]\d*", position) and re.fullmatch(r"\W?\d+", words):
            aligned = "subscript" if position.startswith("-") else "superscript"
        if aligned and words:
            mark = properties.makeelement(f"{W}vertAlign")
            mark.set(f"{W}val", aligned)
            properties.append(mark)


def _write_lettering(lettering: Element) -> None:
    """Write the words of letters that are drawn along a path, as those of a water mark are."""
    run = next(lettering.iterancestors(f"{W}r"), None)
    if run is not None and (words := lettering.get("string")):
        run.addprevious(make_run(run, f" {words} "))


def _lift_box(box: Element) -> None:
    """Move the paragraphs of a text box behind the paragraph that it belongs to."""
    holder = next(box.iterancestors(f"{W}p"), None)
    if holder is None:
        return
    for block in reversed(list(box)):
        holder.addnext(block)
    box.getparent().remove(box)
