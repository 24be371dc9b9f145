"""Find headers and footers of OpenDocument files, which pages and slides have by their styles."""

from collections.abc import Iterator

from index.extract.office.margin_lines import PAGE_NUMBER, choose_margin_lines
from index.extract.office.opendocument.flat_text import flat_text, inline_text
from index.extract.office.opendocument.html import SKIPPED_ELEMENTS, prefixed_name
from index.extract.office.opendocument.styles import NS, Styles
from index.extract.zip_container import Element

_STYLE = f"{{{NS}style:1.0}}"
_TEXT = f"{{{NS}text:1.0}}"
_TABLE = f"{{{NS}table:1.0}}"
_DRAW = f"{{{NS}drawing:1.0}}"
_PRESENTATION = f"{{{NS}presentation:1.0}}"
_PARAGRAPHS = (f"{_TEXT}p", f"{_TEXT}h")
_MARGINS = [
    f"{_STYLE}{part}{pages}" for pages in ("-first", "", "-left") for part in ("header", "footer")
]
_DEFAULT_PAGE = "Standard"


def margin_lines(body: Element, shared: Element, styles: Styles) -> list[str]:
    """Return the lines of headers and footers in use that `body` lacks, each once.

    `shared` is the root of the part that holds the styles of pages.
    """
    pages = {page.get(f"{_STYLE}name", ""): page for page in shared.iter(f"{_STYLE}master-page")}
    used = [pages[name] for name in dict.fromkeys(_used_pages(body, shared, pages))]
    parts = [part for page in used for kind in _MARGINS for part in page.iterchildren(kind)]
    lines = [line for part in parts if _is_shown(part) for line in _part_lines(part, styles)]
    read = (line for line in body.iter(*_PARAGRAPHS) if not _is_skipped(line))
    own = ("".join(inline_text(line, styles)) for line in read)
    return choose_margin_lines(lines, own) if lines else []


def slide_lines(slide: Element, shared: Element, styles: Styles) -> Iterator[str]:
    """Yield the lines that a slide shows from the declarations of footers and from its master."""
    name = slide.get(f"{_DRAW}style-name", "")
    chosen = "//style:style[@style:name=$name]/style:drawing-page-properties/@presentation:*"
    spaces = {"style": _STYLE[1:-1], "presentation": _PRESENTATION[1:-1]}
    found = slide.xpath(chosen, namespaces=spaces, name=name)
    hidden = {value.attrname.rpartition("}")[2] for value in found if value == "false"}
    for kind in ("header", "footer", "date-time"):
        used = slide.get(f"{_PRESENTATION}use-{kind}-name")
        if used and f"display-{kind}" not in hidden:
            for declared in slide.getparent().iterchildren(f"{_PRESENTATION}{kind}-decl"):
                if declared.get(f"{_PRESENTATION}name") == used:
                    yield declared.text or ""
    if "background-objects-visible" in hidden:
        return
    for master in shared.iter(f"{_STYLE}master-page"):
        if master.get(f"{_STYLE}name") == slide.get(f"{_DRAW}master-page-name"):
            for shape in master:
                # Those of a class, such as an outline, only say what may be written there.
                is_own = prefixed_name(shape).startswith("drawing:")
                if is_own and not shape.get(f"{_PRESENTATION}class"):
                    yield from _part_lines(shape, styles)


def _used_pages(body: Element, shared: Element, pages: dict[str, Element]) -> Iterator[str]:
    """Yield the names of the styles of pages in the order of use."""
    named = {
        style.get(f"{_STYLE}name", ""): style
        for part in (shared, body.getroottree().getroot())
        for style in part.iter(f"{_STYLE}style")
    }
    blocks = body.iter(*_PARAGRAPHS, f"{_TABLE}table")
    chosen = [_chosen_page(block, named) for block in blocks]
    if not chosen or not chosen[0]:
        chosen.insert(0, _DEFAULT_PAGE if _DEFAULT_PAGE in pages else next(iter(pages), ""))
    for name in chosen:
        seen: set[str] = set()
        while name in pages and name not in seen:
            seen.add(name)
            yield name
            # A first page, for example, is followed by pages of another style.
            name = pages[name].get(f"{_STYLE}next-style-name", "")


def _chosen_page(block: Element, named: dict[str, Element]) -> str:
    """Return the style of the page that a block begins, "" if it begins none."""
    name = block.get(f"{_TEXT}style-name") or block.get(f"{_TABLE}style-name", "")
    seen: set[str] = set()
    while name in named and name not in seen:
        seen.add(name)
        page = named[name].get(f"{_STYLE}master-page-name")
        if page is not None:
            return str(page)
        name = named[name].get(f"{_STYLE}parent-style-name", "")
    return ""


def _is_skipped(line: Element) -> bool:
    return any(prefixed_name(around) in SKIPPED_ELEMENTS for around in line.iterancestors())


def _is_shown(part: Element) -> bool:
    return bool(part.get(f"{_STYLE}display", "true") != "false")


def _part_lines(part: Element, styles: Styles) -> Iterator[str]:
    """Yield each paragraph, and each row of a table with tabs between its cells."""
    for number in part.iter(f"{_TEXT}page-number", f"{_TEXT}page-count"):
        number.tag, number.text = f"{_TEXT}span", PAGE_NUMBER
    row_tag, cell_tag = f"{_TABLE}table-row", f"{_TABLE}table-cell"
    for block in part.iter(*_PARAGRAPHS, row_tag):
        if next(block.iterancestors(*_PARAGRAPHS, row_tag), None) is not None:
            continue
        if block.tag == row_tag:
            yield "\t".join(flat_text(cell, styles) for cell in block.iterchildren(cell_tag))
        else:
            yield "".join(inline_text(block, styles))
