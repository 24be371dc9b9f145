"""Read OpenDocument texts, presentations and spreadsheets (.odt, .odp, .ods) as Markdown.

Texts and slides are converted to HTML first; lists, tables and notes are then left to `html`.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from index.errors import UnreadableFile
from index.extract.delimited import format_table
from index.extract.metadata import META_PART, read_part_metadata
from index.extract.office.formula import formula_text
from index.extract.plain_text import infer_title
from index.extract.web.html import html_to_markdown
from index.extract.zip_container import Element, open_archive, parse_xml
from index.text.canonical import Extract, canonicalize, join_pages

_MEDIA_TYPE_PREFIX = "application/vnd.oasis.opendocument"
_HREF = "{http://www.w3.org/1999/xlink}href"
_STYLES_PART = "styles.xml"
_NS = "urn:oasis:names:tc:opendocument:xmlns:"
_SKIPPED_ELEMENTS = frozenset(
    [
        *("office:annotation", "office:forms", "office:event-listeners", "table:shapes"),
        *("text:tracked-changes", "text:table-of-content", "text:alphabetical-index"),
        *("text:note-citation", "text:sequence-decls", "text:page-number", "text:page-count"),
        *("svg-compatible:title", "svg-compatible:desc", "style:header", "style:footer"),
        *("presentation:header", "presentation:footer", "presentation:date-time"),
    ]
)
_MAX_REPEATS = 1000
"""Maximum number of repetitions of a row or cell."""


def read_odt(data: bytes) -> Extract:
    """Read a text document with its lists, tables, notes and formulas."""
    archive, content = _open_content(data, "OpenDocument text")
    styles = (
        parse_xml(archive.read(_STYLES_PART)) if _STYLES_PART in archive.namelist() else content
    )
    writer = _HtmlWriter(
        _title_styles(content),
        frozenset(_numbered_levels(content) | _numbered_levels(styles)),
        _read_formulas(archive),
    )
    text = html_to_markdown(writer.page(content.find(f".//{{{_NS}office:1.0}}text")))
    return _make_extract(archive, text, "text")


def read_odp(data: bytes) -> Extract:
    """Read each slide as a page: its title as a heading, then its text and its notes."""
    archive, content = _open_content(data, "OpenDocument presentation")
    pages = []
    for page in content.iter(f"{{{_NS}drawing:1.0}}page"):
        title = page.find(f".//*[@{{{_NS}presentation:1.0}}class='title']")
        name = "" if title is None else " ".join("".join(title.itertext()).split())
        notes = page.find(f"{{{_NS}presentation:1.0}}notes")
        for part in (title, notes):
            if part is not None and part.getparent() is not None:
                part.getparent().remove(part)
        text = html_to_markdown(_HtmlWriter().page(page))
        spoken = "" if notes is None else html_to_markdown(_HtmlWriter().page(notes)).strip()
        blocks = [f"# {name}" if name else "", text.strip(), f"Notes: {spoken}" if spoken else ""]
        pages.append("\n\n".join(block for block in blocks if block))
    text, starts = join_pages([canonicalize(page) for page in pages])
    return _make_extract(archive, text, "presentation", starts)


def read_ods(data: bytes) -> Extract:
    """Read each sheet as a heading and a table of the displayed values."""
    archive, content = _open_content(data, "OpenDocument spreadsheet")
    blocks = []
    for sheet in content.iter(f"{{{_NS}table:1.0}}table"):
        name = sheet.get(f"{{{_NS}table:1.0}}name", "")
        if table := format_table(_sheet_rows(sheet)):
            blocks.append(f"# {name}\n\n{table}\n")
    return _make_extract(archive, canonicalize("\n".join(blocks)), "spreadsheet")


def _open_content(data: bytes, kind: str) -> tuple[zipfile.ZipFile, Element]:
    archive = open_archive(data, kind)
    if "META-INF/manifest.xml" in archive.namelist():
        manifest = archive.read("META-INF/manifest.xml")
        if b"encryption-data" in manifest:
            raise UnreadableFile(f"the {kind} is locked with a password; save a copy without it")
    return archive, parse_xml(archive.read("content.xml"))


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


def _title_styles(content: Element) -> frozenset[str]:
    """Return the names of the title style and of the styles derived from it."""
    styles = {
        style.get(f"{{{_NS}style:1.0}}name")
        for style in content.iter(f"{{{_NS}style:1.0}}style")
        if style.get(f"{{{_NS}style:1.0}}parent-style-name") == "Title"
    }
    return frozenset({"Title", *styles})


def _prefixed_name(element: Element) -> str:
    """Return the name of an element with a short prefix, such as "text:p"; "" for other nodes."""
    if not isinstance(element.tag, str):
        return ""  # A comment or an unresolved entity.
    space, _, name = element.tag[1:].partition("}")
    return f"{space.removesuffix(':1.0').rpartition(':')[2]}:{name}"


def _numbered_levels(root: Element) -> set[tuple[str, int]]:
    """Return the numbered levels of list styles as pairs of style name and level (from 1)."""
    return {
        (style.get(f"{{{_NS}style:1.0}}name"), int(level.get(f"{{{_NS}text:1.0}}level", "1")))
        for style in root.iter(f"{{{_NS}text:1.0}}list-style")
        for level in style.iter(f"{{{_NS}text:1.0}}list-level-style-number")
        if level.get(f"{{{_NS}style:1.0}}num-format")
    }


def _read_formulas(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the text of each formula by its folder; a formula is an embedded document."""
    parts = [name for name in archive.namelist() if name.endswith("/content.xml")]
    roots = {name.removesuffix("/content.xml"): parse_xml(archive.read(name)) for name in parts}
    return {
        name: f" {formula_text(root)} "
        for name, root in roots.items()
        if root.tag == "{http://www.w3.org/1998/Math/MathML}math"
    }


@dataclass(frozen=True, slots=True)
class _HtmlWriter:
    """Writes elements as HTML; notes are collected at the end and replaced by links."""

    titles: frozenset[str] = frozenset()
    numbered: frozenset[tuple[str, int]] = frozenset()
    formulas: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def page(self, element: Element) -> str:
        """Return an element and its notes as an HTML page."""
        body = "".join(self.children(element, ()))
        # Some programs write each item of a nested list as a separate list.
        body = re.sub(r"</(ul|ol)>\s*<\1>", "", body)
        body = re.sub(r"</li>\s*<li>(?=<[uo]l>)", "", body)
        return f"<body>{body}<div>{''.join(self.notes)}</div></body>"

    def children(self, element: Element, lists: tuple[str, ...]) -> Iterator[str]:
        """Yield the content of an element; `lists` are the styles of the enclosing lists."""
        yield escape(element.text or "")
        for child in element:
            name = _prefixed_name(child)
            if name == "text:note":
                yield self.note(child)
            elif name in _WHITE_SPACE:
                yield _WHITE_SPACE[name]
            elif name == "drawing:object":
                yield escape(self.formulas.get(child.get(_HREF, "").strip("./"), ""))
            elif name and name not in _SKIPPED_ELEMENTS:
                inner = lists
                if name == "text:list":
                    own = child.get(f"{{{_NS}text:1.0}}style-name")
                    inner = (*lists, own or (lists[-1] if lists else ""))
                tag = self.tag(child, name, inner)
                within = "".join(self.children(child, inner))
                yield f"<{tag}>{within}</{tag}>" if tag else within
            yield escape(child.tail or "")

    def tag(self, element: Element, name: str, lists: tuple[str, ...]) -> str:
        if name == "text:h":
            level = int(element.get(f"{{{_NS}text:1.0}}outline-level", "1"))
            return f"h{min(6, max(1, level))}"
        if name == "text:list":
            return "ol" if (lists[-1], len(lists)) in self.numbered else "ul"
        if name == "text:p" and element.get(f"{{{_NS}text:1.0}}style-name") in self.titles:
            return "h1"
        if name == "text:p" and lists and element.getprevious() is None:
            return ""  # The first paragraph of a list item needs no tag.
        return _TAGS.get(name, "")

    def note(self, element: Element) -> str:
        number = len(self.notes)
        self.notes.append("")
        body = element.find(f"{{{_NS}text:1.0}}note-body")
        words = "" if body is None else "".join(self.children(body, ()))
        self.notes[number] = f'<div id="note-{number}">{words}</div>'
        return f'<a role="doc-noteref" href="#note-{number}"></a>'


_WHITE_SPACE = {"text:s": " ", "text:tab": " ", "text:line-break": "<br>"}
_TAGS = {
    "text:p": "p",
    "text:list-item": "li",
    "text:list-header": "li",
    "table:table": "table",
    "table:table-header-rows": "thead",
    "table:table-row": "tr",
    "table:table-cell": "td",
    "table:covered-table-cell": "td",
    "drawing:text-box": "div",
}


def _sheet_rows(sheet: Element) -> Iterator[list[str]]:
    """Yield the rows of a sheet; repetitions that only fill the screen are cut short."""
    repeat = f"{{{_NS}table:1.0}}number-columns-repeated"
    for row in sheet.iter(f"{{{_NS}table:1.0}}table-row"):
        cells: list[str] = []
        for cell in row:
            if _prefixed_name(cell) not in ("table:table-cell", "table:covered-table-cell"):
                continue
            lines = cell.findall(f"{{{_NS}text:1.0}}p")
            words = " ".join("".join(_cell_text(line)) for line in lines)
            cells += [words] * min(int(cell.get(repeat, "1")), _MAX_REPEATS)
        times = int(row.get(f"{{{_NS}table:1.0}}number-rows-repeated", "1"))
        for _ in range(min(times, _MAX_REPEATS) if any(cells) else 1):
            yield cells if any(cells) else []


def _cell_text(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        name = _prefixed_name(child)
        yield " " if name in _WHITE_SPACE else ""
        if name and name not in _SKIPPED_ELEMENTS:
            yield from _cell_text(child)
        yield child.tail or ""
