"""Read Word documents (.docx) as Markdown, with changes accepted and notes in place.

What mammoth would drop is first rewritten: numbers of paragraphs by `numbering`, headers and
footers by `margins`, all else by `content`. Embedded documents are left to
`embedded`, what is not read at all to `unread`.
"""

import io
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING

from index.extract.metadata import CORE_PART, read_part_metadata
from index.extract.office.formula import set_apart
from index.extract.office.word.content import rewrite_content
from index.extract.office.word.embedded import mark_embedded, place_embedded
from index.extract.office.word.lists import place_numbers
from index.extract.office.word.margins import append_margins
from index.extract.office.word.notes import (
    NOTE_KINDS,
    mark_notes,
    name_commenters,
    prepare_references,
)
from index.extract.office.word.numbering import insert_numbers
from index.extract.office.word.parts import (
    drop_dangling,
    find_document,
    find_related,
    parse_part,
    read_parts,
    read_relations,
)
from index.extract.office.word.tables import mark_tables
from index.extract.office.word.unread import describe_unread
from index.extract.plain_text import infer_title
from index.extract.web.html.html import html_to_markdown
from index.extract.zip_container import Element, open_office_file
from index.text.canonical import Extract

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

# A table of contents repeats the headings, with page numbers that the text does not have.
_STYLE_MAP = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        "p[style-name='Source Code'] => pre:separator('\\n')",
        "comment-reference => sup",
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
    return _read_word(data, lambda embedded: _read_word(embedded, None).text)


def _read_word(data: bytes, read_embedded: Callable[[bytes], str] | None) -> Extract:
    """Read a Word document, and those embedded in it with `read_embedded`."""
    _, archive = open_office_file(data, "Word document")
    parts = read_parts(archive)
    document = find_document(parts)
    body = parse_part(parts, document)
    embedded, unread = mark_embedded(parts, document, body, read_embedded)
    _prepare_parts(parts, document, body)
    soup, messages = _convert_parts(parts)
    text = place_embedded(set_apart(html_to_markdown(str(soup))), embedded)
    relations = read_relations(parts, document).values()
    metadata = read_part_metadata(archive, CORE_PART)
    return Extract(
        metadata.title or infer_title(text),
        text,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        author=metadata.author,
        date=metadata.date,
        note=describe_unread(body, relations, messages, text=text, embedded=unread),
    )


def _prepare_parts(parts: dict[str, bytes], document: str, body: Element) -> None:
    """Rewrite parts so that mammoth reads all of them; `body` is the root of the document."""
    from lxml import etree

    styles = parse_part(parts, find_related(parts, document, "styles"))
    numbering = parse_part(parts, find_related(parts, document, "numbering"))
    paths = {kind: find_related(parts, document, f"{kind}s") for kind in NOTE_KINDS}
    notes = {kind: parse_part(parts, path) for kind, path in paths.items()}
    for root in (body, *notes.values()):
        rewrite_content(root, styles)
    prepare_references(body, notes)
    name_commenters(notes["comment"])
    append_margins(parts, document, body, styles)
    insert_numbers(body, numbering, styles)
    drop_dangling(parts, document, body)
    parts[document] = etree.tostring(body)
    for kind, path in paths.items():
        if path in parts:
            drop_dangling(parts, path, notes[kind])
            parts[path] = etree.tostring(notes[kind])


def _convert_parts(parts: dict[str, bytes]) -> tuple["BeautifulSoup", list[str]]:
    """Return the page that mammoth makes of a document, and its messages."""
    import mammoth
    from bs4 import BeautifulSoup

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for name, part in parts.items():
            changed.writestr(name, part)
    stream.seek(0)
    converted = mammoth.convert_to_html(
        stream,
        style_map=_STYLE_MAP,
        convert_image=mammoth.images.img_element(lambda image: {}),
    )
    soup = BeautifulSoup(converted.value, "lxml")
    for box in soup.find_all("input", type="checkbox"):
        box.replace_with("☒" if box.has_attr("checked") else "☐")
    mark_notes(soup)
    place_numbers(soup)
    mark_tables(soup)
    return soup, [message.message for message in converted.messages]
