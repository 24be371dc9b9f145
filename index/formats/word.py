"""Word files (.docx) as Markdown, changes accepted and footnotes at their places."""

import io
import zipfile

from index.formats.archive import named_title, open_archive, parse_xml, refuse_entities
from index.formats.extract import Extract
from index.formats.formulas import formula_text
from index.formats.html import html_to_markdown
from index.formats.text import heading_title

_BODIES = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

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
    if any(b"oMath" in archive.read(name) for name in _BODIES if name in archive.namelist()):
        data = _with_formulas(archive)
    import mammoth
    from bs4 import BeautifulSoup

    page = mammoth.convert_to_html(
        io.BytesIO(data),
        style_map=_STYLES,
        convert_image=mammoth.images.img_element(lambda image: {}),
    ).value
    soup = BeautifulSoup(page, "lxml")
    for link in soup.find_all("a", id=True):
        if str(link["id"]).startswith(("footnote-ref-", "endnote-ref-")):
            link["role"] = "doc-noteref"
    _, text = html_to_markdown(str(soup))
    title = named_title(archive, "docProps/core.xml") or heading_title(text)
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return Extract(title, text, media_type)


def _with_formulas(archive: zipfile.ZipFile) -> bytes:
    """Return a Word file whose formulas are plain text, which the converter would leave out."""
    from lxml import etree

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for name in dict.fromkeys(archive.namelist()):
            part = archive.read(name)
            if name in _BODIES:
                root = parse_xml(part)
                for formula in list(root.iter(f"{_MATH}oMath")):
                    run = etree.Element(f"{_WORD}r")
                    etree.SubElement(run, f"{_WORD}t").text = f" {formula_text(formula)} "
                    line = formula.getparent()
                    shown = line if line.tag == f"{_MATH}oMathPara" else formula
                    shown.addprevious(run)
                    line.remove(formula)
                part = etree.tostring(root)
            changed.writestr(name, part)
    return stream.getvalue()
