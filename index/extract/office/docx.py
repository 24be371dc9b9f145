"""Word files (.docx) as Markdown, changes accepted and footnotes at their places."""

import io
import zipfile
from typing import TYPE_CHECKING

from index.extract.metadata import CORE, read_properties
from index.extract.office.docx_numbering import MARK, W, write_numbers
from index.extract.office.formula import formula_text
from index.extract.plain_text import heading_title
from index.extract.web.html import html_to_markdown
from index.extract.zip_container import Element, open_archive, parse_xml, refuse_entities
from index.text.canonical import Extract

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_BODIES = {"word/document.xml", "word/footnotes.xml", "word/endnotes.xml"}
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"

# Contents repeat the headings, with numbers of pages that the text does not have.
_STYLES = "\n".join(
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
    archive = open_archive(data, "Word document")
    refuse_entities(archive, "Word document")
    import mammoth
    from bs4 import BeautifulSoup

    page = mammoth.convert_to_html(
        _prepared(archive),
        style_map=_STYLES,
        convert_image=mammoth.images.img_element(lambda image: {}),
    ).value
    soup = BeautifulSoup(page, "lxml")
    for link in soup.find_all("a", id=True):
        if str(link["id"]).startswith(("footnote-ref-", "endnote-ref-")):
            link["role"] = "doc-noteref"
        elif str(link["id"]).startswith(MARK):
            _number_item(soup, link)
    _, text = html_to_markdown(str(soup))
    said = read_properties(archive, CORE)
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return Extract(
        said.title or heading_title(text), text, media_type, author=said.author, date=said.date
    )


def _prepared(archive: zipfile.ZipFile) -> io.BytesIO:
    """Return the file with formulas and numbers as text, which the converter would leave out."""
    from lxml import etree

    parts = {name: archive.read(name) for name in archive.namelist() if "/media/" not in name}
    nothing = b"<nothing/>"
    numbering = parse_xml(parts.get("word/numbering.xml", nothing))
    styles = parse_xml(parts.get("word/styles.xml", nothing))
    for name in _BODIES & parts.keys():
        body = parse_xml(parts[name])
        for formula in list(body.iter(f"{_MATH}oMath")):
            _write_formula(formula)
        if name == "word/document.xml":
            write_numbers(body, numbering, styles)
        parts[name] = etree.tostring(body)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for name, part in parts.items():
            changed.writestr(name, part)
    stream.seek(0)
    return stream


def _write_formula(formula: Element) -> None:
    run = formula.makeelement(f"{W}r")
    text = formula.makeelement(f"{W}t")
    text.text = f" {formula_text(formula)} "
    run.append(text)
    line = formula.getparent()
    (line if line.tag == f"{_MATH}oMathPara" else formula).addprevious(run)
    line.remove(formula)


def _number_item(soup: "BeautifulSoup", mark: "Tag") -> None:
    """Let the list begin anew at an item whose number is not the next one."""
    number, item = int(str(mark["id"]).removeprefix(MARK)), mark.find_parent("li")
    mark.decompose()
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
