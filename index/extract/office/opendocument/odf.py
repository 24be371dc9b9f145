"""Read OpenDocument texts, presentations and spreadsheets (.odt, .odp, .ods) as Markdown.

Texts and slides are converted to HTML first; lists, tables and notes are then left to `html`.
"""

import zipfile

from index.errors import UnreadableFile
from index.extract.metadata import META_PART, read_part_metadata
from index.extract.office.formula import set_apart
from index.extract.office.margin_lines import choose_margin_lines
from index.extract.office.opendocument.flat_text import flat_text
from index.extract.office.opendocument.html import HtmlWriter
from index.extract.office.opendocument.margins import margin_lines, slide_lines
from index.extract.office.opendocument.numbers import ListNumbers
from index.extract.office.opendocument.objects import read_objects
from index.extract.office.opendocument.rows import read_sheet
from index.extract.office.opendocument.styles import NS, Styles, read_styles
from index.extract.pdf.scanned import format_page_numbers
from index.extract.pictures import may_hold_text
from index.extract.plain_text import infer_title
from index.extract.web.html.html import html_to_markdown
from index.extract.zip_container import Element, open_archive, parse_xml
from index.text.canonical import Extract, canonicalize, join_pages
from index.text.plural import count_noun

_MEDIA_TYPE_PREFIX = "application/vnd.oasis.opendocument"
_STYLES_PART = "styles.xml"


def read_odt(data: bytes) -> Extract:
    """Read a text document with its lists, tables, notes, comments and objects.

    What stands only in headers and footers follows at the end.
    """
    archive, content = _open_content(data, "OpenDocument text")
    shared = _read_shared_styles(archive)
    styles = read_styles(content, shared)
    body = content.find(f".//{{{NS}office:1.0}}text")
    page = _make_writer(styles, read_objects(archive, styles)).page(
        body, margin_lines(body, shared, styles)
    )
    text = set_apart(html_to_markdown(page))
    pictures = _count_pictures(body)
    unread = may_hold_text(pictures, text, pages=pictures)
    note = f"not read: {count_noun(pictures, 'picture')}" if unread else ""
    return _make_extract(archive, text, "text", note=note)


def read_odp(data: bytes) -> Extract:
    """Read each slide as a page: its title as a heading, then its text and its notes.

    What several slides show by their styles stands on the first of them.
    """
    archive, content = _open_content(data, "OpenDocument presentation")
    shared = _read_shared_styles(archive)
    styles = read_styles(content, shared)
    objects = read_objects(archive, styles)
    pages: list[str] = []
    seen: list[str] = []
    drawn = []
    for page in content.iter(f"{{{NS}drawing:1.0}}page"):
        title = page.find(f".//*[@{{{NS}presentation:1.0}}class='title']")
        name = "" if title is None else " ".join(flat_text(title, styles).split())
        notes = page.find(f"{{{NS}presentation:1.0}}notes")
        for part in (title, notes):
            if part is not None and part.getparent() is not None:
                part.getparent().remove(part)
        writer = HtmlWriter(styles, objects, ListNumbers(styles.lists, on_slides=True))
        lines = choose_margin_lines(slide_lines(page, shared, styles), seen)
        seen += lines
        text = html_to_markdown(writer.page(page, lines))
        spoken = ""
        if notes is not None:
            spoken = html_to_markdown(_make_writer(styles, objects).page(notes)).strip()
        blocks = [f"# {name}" if name else "", text.strip(), f"Notes: {spoken}" if spoken else ""]
        if may_hold_text(_count_pictures(page), "".join(blocks)):
            drawn.append(len(pages))
        pages.append(set_apart("\n\n".join(block for block in blocks if block)))
    text, starts = join_pages([canonicalize(page) for page in pages])
    note = f"not read: pictures on {format_page_numbers(drawn, 'slide')}" if drawn else ""
    return _make_extract(archive, text, "presentation", starts, note=note)


def read_ods(data: bytes) -> Extract:
    """Read each sheet as a heading and a table of the displayed values, with comments and boxes."""
    archive, content = _open_content(data, "OpenDocument spreadsheet")
    styles = read_styles(content, _read_shared_styles(archive))
    blocks = []
    for sheet in content.iter(f"{{{NS}table:1.0}}table"):
        name = sheet.get(f"{{{NS}table:1.0}}name", "")
        if content := read_sheet(sheet, styles):
            blocks.append(f"# {name}\n\n{content}\n")
    return _make_extract(archive, canonicalize("\n".join(blocks)), "spreadsheet")


def _open_content(data: bytes, kind: str) -> tuple[zipfile.ZipFile, Element]:
    archive = open_archive(data, kind)
    if "META-INF/manifest.xml" in archive.namelist():
        manifest = archive.read("META-INF/manifest.xml")
        if b"encryption-data" in manifest:
            raise UnreadableFile(f"the {kind} is locked with a password; save a copy without it")
    return archive, parse_xml(archive.read("content.xml"))


def _read_shared_styles(archive: zipfile.ZipFile) -> Element:
    """Return the root of the part with the styles that the content does not define itself."""
    has_part = _STYLES_PART in archive.namelist()
    return parse_xml(archive.read(_STYLES_PART) if has_part else b"<empty/>")


def _make_writer(styles: Styles, objects: dict[str, str]) -> HtmlWriter:
    return HtmlWriter(styles, objects, ListNumbers(styles.lists))


def _count_pictures(element: Element) -> int:
    """Return how many frames hold a picture that stands for no table, formula or chart."""
    read = (f"{{{NS}table:1.0}}table", f"{{{NS}drawing:1.0}}object")
    frames = (image.getparent() for image in element.iter(f"{{{NS}drawing:1.0}}image"))
    return sum(next(frame.iterchildren(*read), None) is None for frame in frames)


def _make_extract(
    archive: zipfile.ZipFile,
    text: str,
    kind: str,
    starts: tuple[int, ...] = (),
    *,
    note: str = "",
) -> Extract:
    metadata = read_part_metadata(archive, META_PART)
    # The name of the first sheet does not name the whole spreadsheet.
    title = metadata.title or ("" if kind == "spreadsheet" else infer_title(text))
    return Extract(
        title,
        text,
        f"{_MEDIA_TYPE_PREFIX}.{kind}",
        starts,
        author=metadata.author,
        date=metadata.date,
        note=note,
    )
