"""PowerPoint slides, each a page: its title as a heading, its text, its tables, its notes."""

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from index.formats.archive import Element, named_title, open_archive, parse_xml, refuse_entities
from index.formats.extract import Extract, canonical, join_pages
from index.formats.table import markdown_table
from index.formats.text import heading_title

if TYPE_CHECKING:
    from pptx.slide import Slide

_FURNITURE = ("DATE", "FOOTER", "HEADER", "SLIDE_NUMBER")
"""What stands on each slide."""

_BODIES = ("BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT")
"""Where a paragraph is a bullet unless it says otherwise."""

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def read_pptx(data: bytes) -> Extract:
    archive = open_archive(data, "PowerPoint presentation")
    refuse_entities(archive, "PowerPoint presentation")
    import pptx

    pages = [_page(slide) for slide in pptx.Presentation(io.BytesIO(data)).slides]
    text, starts = join_pages([canonical(page) for page in pages])
    title = named_title(archive, "docProps/core.xml") or heading_title(text)
    media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    return Extract(title, text, media_type, starts)


def _page(slide: "Slide") -> str:
    blocks = []
    title = slide.shapes.title
    if title is not None and (name := " ".join(title.text_frame.text.split())):
        blocks.append(f"# {name}")
    for shape in slide.shapes:
        if title is None or shape.shape_id != title.shape_id:
            blocks += _blocks(shape)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame):
        notes = "\n\n".join(" ".join(p.text.split()) for p in frame.paragraphs if p.text.strip())
        blocks += [f"Notes: {notes}"] if notes else []
    return "\n\n".join(block for block in blocks if block)


def _blocks(shape: Element) -> Iterator[str]:
    """Yield what a shape says, in the order in which PowerPoint reads it out."""
    kind = shape.placeholder_format.type.name if shape.is_placeholder else ""
    if hasattr(shape, "shapes"):
        for part in shape.shapes:
            yield from _blocks(part)
    elif shape.has_text_frame and kind not in _FURNITURE:
        yield _paragraphs(shape.text_frame, listed=kind in _BODIES)
    elif getattr(shape, "has_table", False):
        yield markdown_table([cell.text for cell in row.cells] for row in shape.table.rows)
    elif getattr(shape, "has_chart", False):
        yield from _chart(shape.chart)
    elif (drawn := shape._element.find(f".//{_DIAGRAM}relIds")) is not None:
        yield _diagram(parse_xml(shape.part.related_part(drawn.get(f"{_R}dm")).blob))


def _paragraphs(frame: Element, *, listed: bool) -> str:
    """Return paragraphs as text, those with a bullet or a number as items of a list."""
    filled = [p for p in frame.paragraphs if p.text.strip()]
    text, in_list = "", False
    for paragraph in filled:
        properties = paragraph._p.find(f"{_A}pPr")
        marks = {child.tag for child in properties} if properties is not None else set()
        said = marks & {f"{_A}{mark}" for mark in ("buChar", "buAutoNum", "buBlip", "buNone")}
        item = f"{_A}buNone" not in said if said else listed and len(filled) > 1
        line = " ".join(paragraph.text.split())
        mark = "  " * paragraph.level + "- " if item else ""
        between = "" if not text else "\n" if item and in_list else "\n\n"
        text += between + mark + line
        in_list = item
    return text


def _diagram(data: Element) -> str:
    """Return the boxes of a drawn diagram (SmartArt) as a list."""
    boxes = ["".join(box.itertext(f"{_A}t")) for box in data.iter(f"{_DIAGRAM}pt")]
    return "\n".join(f"- {' '.join(words.split())}" for words in boxes if words.strip())


def _chart(chart: Element) -> Iterator[str]:
    """Yield the title of a chart and the table that it is drawn from."""
    if chart.has_title and chart.chart_title.has_text_frame:
        yield " ".join(chart.chart_title.text_frame.text.split())
    series = list(chart.series)
    plot = next(iter(chart.plots), None)
    if plot is not None and series:
        names: Iterable[object] = plot.categories
        columns = [[str(name) for name in names], *([_cell(v) for v in s.values] for s in series)]
        rows = [list(row) for row in zip(*columns, strict=False)]
        yield markdown_table([["", *(str(s.name) for s in series)], *rows])


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.15g}"
