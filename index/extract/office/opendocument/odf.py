"""Read OpenDocument texts, presentations and spreadsheets (.odt, .odp, .ods) as Markdown.

Texts and slides are converted to HTML first; lists, tables and notes are then left to `html`.
"""

import zipfile
from collections.abc import Iterator

from index.errors import UnreadableFile
from index.extract.delimited import format_table
from index.extract.metadata import META_PART, read_part_metadata
from index.extract.office.formula import FORMULA_EDGE, formula_text, set_apart
from index.extract.office.opendocument.flat_text import flat_text
from index.extract.office.opendocument.html import HtmlWriter, prefixed_name
from index.extract.office.opendocument.margins import margin_lines
from index.extract.office.opendocument.numbers import ListNumbers
from index.extract.office.opendocument.styles import NS, Styles, read_styles
from index.extract.plain_text import infer_title
from index.extract.web.html import html_to_markdown
from index.extract.zip_container import Element, open_archive, parse_xml
from index.text.canonical import Extract, canonicalize, join_pages

_MEDIA_TYPE_PREFIX = "application/vnd.oasis.opendocument"
_STYLES_PART = "styles.xml"
_MAX_REPEATS = 1000
"""Maximum number of repetitions of a row or cell."""


def read_odt(data: bytes) -> Extract:
    """Read a text document with its lists, tables, notes, comments and formulas.

    What stands only in headers and footers follows at the end.
    """
    archive, content = _open_content(data, "OpenDocument text")
    shared = _read_shared_styles(archive)
    styles = read_styles(content, shared)
    body = content.find(f".//{{{NS}office:1.0}}text")
    page = _make_writer(styles, _read_formulas(archive)).page(
        body, margin_lines(body, shared, styles)
    )
    text = set_apart(html_to_markdown(page))
    return _make_extract(archive, text, "text")


def read_odp(data: bytes) -> Extract:
    """Read each slide as a page: its title as a heading, then its text and its notes."""
    archive, content = _open_content(data, "OpenDocument presentation")
    styles = read_styles(content, _read_shared_styles(archive))
    formulas = _read_formulas(archive)
    pages = []
    for page in content.iter(f"{{{NS}drawing:1.0}}page"):
        title = page.find(f".//*[@{{{NS}presentation:1.0}}class='title']")
        name = "" if title is None else " ".join(flat_text(title, styles).split())
        notes = page.find(f"{{{NS}presentation:1.0}}notes")
        for part in (title, notes):
            if part is not None and part.getparent() is not None:
                part.getparent().remove(part)
        text = html_to_markdown(_make_writer(styles, formulas).page(page))
        spoken = ""
        if notes is not None:
            spoken = html_to_markdown(_make_writer(styles, formulas).page(notes)).strip()
        blocks = [f"# {name}" if name else "", text.strip(), f"Notes: {spoken}" if spoken else ""]
        pages.append(set_apart("\n\n".join(block for block in blocks if block)))
    text, starts = join_pages([canonicalize(page) for page in pages])
    return _make_extract(archive, text, "presentation", starts)


def read_ods(data: bytes) -> Extract:
    """Read each sheet as a heading and a table of the displayed values."""
    archive, content = _open_content(data, "OpenDocument spreadsheet")
    styles = read_styles(content, _read_shared_styles(archive))
    blocks = []
    for sheet in content.iter(f"{{{NS}table:1.0}}table"):
        name = sheet.get(f"{{{NS}table:1.0}}name", "")
        if table := format_table(_sheet_rows(sheet, styles)):
            blocks.append(f"# {name}\n\n{table}\n")
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


def _make_writer(styles: Styles, formulas: dict[str, str]) -> HtmlWriter:
    return HtmlWriter(styles, formulas, ListNumbers(styles.lists))


def _make_extract(
    archive: zipfile.ZipFile, text: str, kind: str, starts: tuple[int, ...] = ()
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
    )


def _read_formulas(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the text of each formula by its folder; a formula is an embedded document."""
    parts = [name for name in archive.namelist() if name.endswith("/content.xml")]
    roots = {name.removesuffix("/content.xml"): parse_xml(archive.read(name)) for name in parts}
    return {
        name: f"{FORMULA_EDGE}{formula_text(root)}{FORMULA_EDGE}"
        for name, root in roots.items()
        if root.tag == "{http://www.w3.org/1998/Math/MathML}math"
    }


def _sheet_rows(sheet: Element, styles: Styles) -> Iterator[list[str]]:
    """Yield the rows of a sheet; repetitions that only fill the screen are cut short."""
    repeat = f"{{{NS}table:1.0}}number-columns-repeated"
    for row in sheet.iter(f"{{{NS}table:1.0}}table-row"):
        cells: list[str] = []
        for cell in row:
            if prefixed_name(cell) not in ("table:table-cell", "table:covered-table-cell"):
                continue
            cells += [flat_text(cell, styles)] * min(int(cell.get(repeat, "1")), _MAX_REPEATS)
        times = int(row.get(f"{{{NS}table:1.0}}number-rows-repeated", "1"))
        for _ in range(min(times, _MAX_REPEATS) if any(cells) else 1):
            yield cells if any(cells) else []
