"""PowerPoint slides, each a page: its title as a heading, its text, its tables, its notes."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.extract.delimited import markdown_table
from index.extract.metadata import CORE, read_properties, without_properties
from index.extract.plain_text import heading_title
from index.extract.zip_container import (
    Element,
    open_archive,
    parse_xml,
    refuse_entities,
    with_parts,
)
from index.text.canonical import Extract, canonicalize, join_pages

if TYPE_CHECKING:
    from pptx.slide import Slide

_FURNITURE = ("DATE", "FOOTER", "HEADER", "SLIDE_NUMBER")
"""What stands on each slide."""

_BODIES = ("BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT")
"""Where a paragraph is a bullet unless it says otherwise."""

_TYPES = "[Content_Types].xml"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def read_pptx(data: bytes) -> Extract:
    archive = open_archive(data, "PowerPoint presentation")
    refuse_entities(archive, "PowerPoint presentation")
    import pptx

    # The library opens a template only where that is said to be a presentation.
    types = archive.read(_TYPES).replace(b".template.main+xml", b".presentation.main+xml")
    deck = pptx.Presentation(with_parts(data, without_properties(archive) | {_TYPES: types}))
    pages = [_page(slide) for slide in deck.slides]
    text, starts = join_pages([canonicalize(page) for page in pages])
    said = read_properties(archive, CORE)
    title = said.title or heading_title(text)
    media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    return Extract(title, text, media_type, starts, author=said.author, date=said.date)


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
        yield from _chart(shape.chart_part._element)
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
    """Yield the title of a chart and the table that it is drawn from, as kept with the drawing."""
    title = chart.find(f".//{_CHART}title")
    if title is not None:
        yield " ".join("".join(title.itertext(f"{_A}t")).split())
    header, columns = [""], []
    for series in chart.iter(f"{_CHART}ser"):
        header.append(" ".join(_points(series, "tx").values()))
        columns.append(_points(series, "val") or _points(series, "yVal"))
        if len(columns) == 1:
            columns.insert(0, _points(series, "cat") or _points(series, "xVal"))
    numbers = sorted({number for column in columns for number in column})
    yield markdown_table([header, *([c.get(n, "") for c in columns] for n in numbers)])


def _points(series: Element, name: str) -> dict[int, str]:
    """Return the texts of the points of a series by their numbers."""
    points = series.iterfind(f"{_CHART}{name}//{_CHART}pt")
    return {int(point.get("idx")): _point(point.findtext(f"{_CHART}v", "")) for point in points}


def _point(text: str) -> str:
    """Return the text of a point; fifteen digits of a number, as more are noise.

    >>> _point("0.30000000000000004"), _point("2024"), _point("May")
    ('0.3', '2024', 'May')
    """
    return f"{float(text):.15g}" if re.fullmatch(r"-?\d+\.\d{15,}(?:E-?\d+)?", text) else text
