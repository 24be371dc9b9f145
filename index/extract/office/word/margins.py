"""Add what stands only in the headers and footers of a Word document to its body, once.

Page numbers are left out, as is a line that the body has as well.
"""

import copy
from collections.abc import Iterator

from index.extract.office.margin_lines import MAX_PAGE_WORDS
from index.extract.office.word.content import rewrite_content, text_of
from index.extract.office.word.parts import R, W, is_on, parse_part, read_relations
from index.extract.zip_container import Element

_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES")
_BREAKS = tuple(W + name for name in ("tab", "ptab", "br", "cr"))
_MAX_LINES = 1000


def append_margins(parts: dict[str, bytes], document: str, body: Element, styles: Element) -> None:
    """Append the lines of headers and footers in use that `body` lacks behind its last block."""
    names = list(dict.fromkeys(_used_margins(parts, document, body)))
    if not names:
        return
    seen = {text_of(paragraph) for paragraph in body.iter(f"{W}p")}
    end = next(body.iter(f"{W}body"), body)
    last = end.find(f"{W}sectPr")
    lines = 0
    for name in names:
        part = parse_part(parts, name)
        _remove_page_numbers(part)
        rewrite_content(part, styles)
        for block in _blocks(part):
            words = {text_of(paragraph) for paragraph in block.iter(f"{W}p")} - {""}
            if words <= seen or lines >= _MAX_LINES:
                continue
            seen |= words
            lines += 1
            plain = _make_plain(block)
            if last is None:
                end.append(plain)
            else:
                last.addprevious(plain)


def _used_margins(parts: dict[str, bytes], document: str, body: Element) -> Iterator[str]:
    """Yield the paths of the headers and footers that Word shows on some page."""
    relations = read_relations(parts, document)
    settings = next(
        (relation.target for relation in relations.values() if relation.kind == "settings"), ""
    )
    has_even_pages = is_on(parse_part(parts, settings), "evenAndOddHeaders")
    for section in body.iter(f"{W}sectPr"):
        for reference in section.iter(f"{W}headerReference", f"{W}footerReference"):
            relation = relations.get(reference.get(f"{R}id", ""))
            kind = reference.get(f"{W}type", "default")
            if relation is None or relation.target not in parts:
                continue
            if kind == "first" and not is_on(section, "titlePg"):
                continue
            if kind != "even" or has_even_pages:
                yield relation.target


def _blocks(element: Element) -> Iterator[Element]:
    """Yield the paragraphs and tables of a part, also those in content controls."""
    for child in element:
        if child.tag in (f"{W}p", f"{W}tbl"):
            yield child
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml"):
            yield from _blocks(child)


def _remove_page_numbers(part: Element) -> None:
    """Empty the page numbers in a part, with the words around them, such as "Page 3 of 7"."""
    for paragraph in part.iter(f"{W}p"):
        for segment in _split_at_tabs(paragraph):
            numbers = [text for text, field in segment if field in _PAGE_FIELDS]
            for text in numbers:
                text.text = ""
            words = "".join(text.text or "" for text, _ in segment).split()
            has_digit = any(map(str.isdigit, "".join(words)))
            if numbers and len(words) <= MAX_PAGE_WORDS and not has_digit:
                for text, _ in segment:
                    text.text = ""


def _split_at_tabs(paragraph: Element) -> list[list[tuple[Element, str]]]:
    """Return the texts between tabs and line ends, each with the name of the field it is in."""
    segments: list[list[tuple[Element, str]]] = [[]]
    instruction = ""
    for element in paragraph.iter():
        if element.tag in _BREAKS:
            segments.append([])
        elif element.tag == f"{W}fldChar" and element.get(f"{W}fldCharType") != "separate":
            instruction = ""
        elif element.tag == f"{W}instrText":
            instruction += element.text or ""
        elif element.tag == f"{W}t":
            words = (instruction or _simple_field(element)).upper().split()
            segments[-1].append((element, words[0] if words else ""))
    return segments


def _simple_field(element: Element) -> str:
    field = next(element.iterancestors(f"{W}fldSimple"), None)
    return "" if field is None else str(field.get(f"{W}instr", ""))


def _make_plain(block: Element) -> Element:
    """Return a copy of a block without styles, links and pictures, which refer to other parts."""
    plain = copy.deepcopy(block)
    for element in list(plain.iter(f"{W}pPr", f"{W}drawing", f"{W}pict", f"{W}object")):
        if element.getparent() is not None:
            element.getparent().remove(element)
    for link in list(plain.iter(f"{W}hyperlink")):
        link.tag = f"{W}smartTag"
    return plain
