"""Read Word documents (.docx) as Markdown, with changes accepted and notes in place.

The numbers of paragraphs are left to `docx_numbering`, formulas to `formula`.
"""

import io
import zipfile
from typing import TYPE_CHECKING

from index.extract.metadata import CORE_PART, read_part_metadata
from index.extract.office.docx_numbering import NUMBER_BOOKMARK, insert_numbers, make_run
from index.extract.office.formula import formula_text
from index.extract.plain_text import infer_title
from index.extract.web.html import html_to_markdown
from index.extract.zip_container import Element, open_archive, parse_xml, refuse_entities
from index.text.canonical import Extract

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_TEXT_PARTS = {"word/document.xml", "word/footnotes.xml", "word/endnotes.xml"}
_OMML = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"

# A table of contents repeats the headings, with page numbers that the text does not have.
_STYLE_MAP = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        "p[style-name='Source Code'] => pre:separator('\\n')",
        *(
            f"p[style-name='{toc} {level}'] => !"
            for toc in ("toc", "TOC")
            for level in range(1, 10)
        ),
        "p[style-name='TOC Heading'] => !",
        "p[style-name='Contents Heading'] => !",
    ]
)


def read_docx(data: bytes) -> Extract:
    """Read a Word document, also a template or one with macros."""
    archive = open_archive(data, "Word document")
    refuse_entities(archive, "Word document")
    import mammoth
    from bs4 import BeautifulSoup

    page = mammoth.convert_to_html(
        _prepare_archive(archive),
        style_map=_STYLE_MAP,
        convert_image=mammoth.images.img_element(lambda image: {}),
    ).value
    soup = BeautifulSoup(page, "lxml")
    for link in soup.find_all("a", id=True):
        if str(link["id"]).startswith(("footnote-ref-", "endnote-ref-")):
            link["role"] = "doc-noteref"
        elif str(link["id"]).startswith(NUMBER_BOOKMARK):
            _restart_list(soup, link)
    text = html_to_markdown(str(soup))
    metadata = read_part_metadata(archive, CORE_PART)
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return Extract(
        metadata.title or infer_title(text),
        text,
        media_type,
        author=metadata.author,
        date=metadata.date,
    )


def _prepare_archive(archive: zipfile.ZipFile) -> io.BytesIO:
    """Return the file with formulas and numbers written as text, which mammoth would drop."""
    from lxml import etree

    parts = {name: archive.read(name) for name in archive.namelist() if "/media/" not in name}
    empty = b"<empty/>"
    numbering = parse_xml(parts.get("word/numbering.xml", empty))
    styles = parse_xml(parts.get("word/styles.xml", empty))
    for name in _TEXT_PARTS & parts.keys():
        body = parse_xml(parts[name])
        for formula in list(body.iter(f"{_OMML}oMath")):
            _replace_formula(formula)
        if name == "word/document.xml":
            insert_numbers(body, numbering, styles)
        parts[name] = etree.tostring(body)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for name, part in parts.items():
            changed.writestr(name, part)
    stream.seek(0)
    return stream


def _replace_formula(formula: Element) -> None:
    parent = formula.getparent()
    place = parent if parent.tag == f"{_OMML}oMathPara" else formula
    place.addprevious(make_run(formula, f" {formula_text(formula)} "))
    parent.remove(formula)


def _restart_list(soup: "BeautifulSoup", bookmark: "Tag") -> None:
    """Start a new list at an item whose number does not continue the list."""
    number = int(str(bookmark["id"]).removeprefix(NUMBER_BOOKMARK))
    item = bookmark.find_parent("li")
    bookmark.decompose()
    items = item.parent if item else None
    if item is None or items is None or items.name != "ol":
        return
    before = len(item.find_previous_siblings("li"))
    if int(str(items.get("start") or 1)) + before == number:
        return
    if before == 0:
        items["start"] = str(number)
        return
    rest = soup.new_tag("ol", attrs={"start": str(number)})
    for later in [item, *item.find_next_siblings("li")]:
        rest.append(later.extract())
    items.insert_after(rest)
