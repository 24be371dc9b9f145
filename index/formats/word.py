"""Word files (.docx) as Markdown, changes accepted and footnotes at their places."""

import io

from index.formats.archive import named_title, open_archive, refuse_entities
from index.formats.extract import Extract
from index.formats.html import html_to_markdown
from index.formats.text import heading_title

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
