"""Read PowerPoint slides (.pptx), each as a page: title, text, tables and notes."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.extract.delimited import format_table
from index.extract.metadata import CORE_PART, blank_metadata, read_part_metadata
from index.extract.office.drawing_text import A, paragraph_text, resolve_alternates
from index.extract.office.margin_lines import MAX_PAGE_WORDS
from index.extract.office.slides.chart import chart_blocks
from index.extract.office.slides.diagram import DIAGRAM, diagram_list
from index.extract.office.slides.lists import mark_items
from index.extract.pdf.scanned import format_page_numbers
from index.extract.pictures import may_hold_text
from index.extract.plain_text import infer_title
from index.extract.zip_container import Element, open_office_file, parse_xml, replace_parts
from index.text.canonical import Extract, canonicalize, join_pages
from index.text.plural import count_noun

if TYPE_CHECKING:
    from pptx.slide import Slide

_REPEATED_PLACEHOLDERS = ("DATE", "FOOTER", "HEADER", "SLIDE_NUMBER")
"""Types of placeholders that repeat on every slide; each text of theirs is kept once."""

_BULLETED_PLACEHOLDERS = ("BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT")
"""Types of placeholders whose paragraphs have bullets by default."""

_WORD = re.compile(r"[^\W_]")
_DIGIT = re.compile(r"\d")
_CONTENT_TYPES = "[Content_Types].xml"
_NEW_CHART = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def read_pptx(data: bytes) -> Extract:
    """Read a presentation, also a template or one with macros."""
    data, archive = open_office_file(data, "PowerPoint presentation")
    import pptx

    # The library opens templates only under the content type of presentations.
    types = archive.read(_CONTENT_TYPES).replace(b".template.main+xml", b".presentation.main+xml")
    deck = pptx.Presentation(replace_parts(data, blank_metadata(archive) | {_CONTENT_TYPES: types}))
    repeated: set[str] = set()
    pages = [_slide_markdown(slide, repeated) for slide in deck.slides]
    text, starts = join_pages([canonicalize(page) for page in pages])
    drawn = [
        number
        for number, (slide, page) in enumerate(zip(deck.slides, pages, strict=True))
        if may_hold_text(_count_pictures(slide), page)
    ]
    metadata = read_part_metadata(archive, CORE_PART)
    title = metadata.title or infer_title(text)
    media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    return Extract(
        title,
        text,
        media_type,
        starts,
        author=metadata.author,
        date=metadata.date,
        note=_describe_unread([slide.shapes._spTree for slide in deck.slides], drawn),
    )


def _describe_unread(trees: Sequence[Element], drawn: Sequence[int]) -> str:
    """Return what of the slides is not read; `drawn` are those that pictures stand for."""
    files = sum(1 for tree in trees for _ in tree.iter("{*}oleObj"))
    charts = sum(1 for tree in trees for _ in tree.iter(f"{_NEW_CHART}chart"))
    parts = [count_noun(n, name) for n, name in ((charts, "chart"), (files, "embedded file")) if n]
    parts += [f"pictures on {format_page_numbers(drawn, 'slide')}"] if drawn else []
    return f"not read: {', '.join(parts)}" if parts else ""


def _count_pictures(slide: "Slide") -> int:
    return sum(bool(blip.get(f"{_R}embed")) for blip in slide.shapes._spTree.iter(f"{A}blip"))


def _slide_markdown(slide: "Slide", repeated: set[str]) -> str:
    """Return a slide as Markdown; `repeated` are the footers of the slides before, and of this."""
    blocks = []
    resolve_alternates(slide._element)
    title = slide.shapes.title
    if title is not None and (name := _flat_text(title.text_frame)):
        blocks.append(f"# {name}")
    for shape in slide.shapes:
        if title is None or shape._element is not title._element:
            blocks += _shape_blocks(shape, repeated)
    blocks += _background_blocks(slide, repeated)
    if slide.has_notes_slide:
        resolve_alternates(slide.notes_slide._element)
        if frame := slide.notes_slide.notes_text_frame:
            notes = "\n\n".join(words for p in frame.paragraphs if (words := paragraph_text(p._p)))
            blocks += [f"Notes: {notes}"] if notes else []
    return "\n\n".join(block for block in blocks if block)


def _background_blocks(slide: "Slide", repeated: set[str]) -> Iterator[str]:
    """Yield the texts that a slide shows from its layout and its master, each once."""
    shown: Element = slide
    for behind in (slide.slide_layout, slide.slide_layout.slide_master):
        if shown._element.get("showMasterSp") in ("0", "false"):
            return
        shown = behind
        resolve_alternates(behind._element)
        for shape in behind.shapes:
            if not shape.is_placeholder:  # Placeholders only say what may be written there.
                yield from _shape_blocks(shape, repeated, is_shared=True)


def _shape_blocks(shape: Element, repeated: set[str], *, is_shared: bool = False) -> Iterator[str]:
    """Yield the text blocks of a shape in PowerPoint's reading order.

    The text of a shape that slides share is treated as that of a footer.
    """
    kind = shape.placeholder_format.type.name if shape.is_placeholder else ""
    if hasattr(shape, "shapes"):
        for part in shape.shapes:
            yield from _shape_blocks(part, repeated, is_shared=is_shared)
    elif shape.has_text_frame and (is_shared or kind in _REPEATED_PLACEHOLDERS):
        words = _own_text(shape.text_frame, is_number=is_shared or kind == "SLIDE_NUMBER")
        if words and words not in repeated:
            repeated.add(words)
            yield words
    elif shape.has_text_frame:
        yield _format_paragraphs(shape.text_frame, listed=kind in _BULLETED_PLACEHOLDERS)
    elif getattr(shape, "has_table", False):
        yield format_table(
            [_flat_text(cell.text_frame) for cell in row.cells] for row in shape.table.rows
        )
    elif getattr(shape, "has_chart", False):
        yield from chart_blocks(shape.chart_part._element)
    elif (drawn := shape._element.find(f".//{DIAGRAM}relIds")) is not None:
        relation = shape.part.rels.get(drawn.get(f"{_R}dm"))
        if relation is not None and not relation.is_external:
            yield diagram_list(parse_xml(relation.target_part.blob))


def _flat_text(frame: Element) -> str:
    """Return paragraphs as one line, those with a bullet or number behind their mark."""
    filled = [(p._p, words) for p in frame.paragraphs if (words := paragraph_text(p._p))]
    marks = mark_items((paragraph for paragraph, _ in filled), listed=False)
    return " ".join(
        f"{m.strip()} {words}".strip() for m, (_, words) in zip(marks, filled, strict=True)
    )


def _own_text(frame: Element, *, is_number: bool) -> str:
    """Return the text of a footer without its fields, "" if it only shows the number of a page."""
    fields = list(frame._txBody.iter(f"{A}fld"))
    for field in fields:  # It stays, empty, as another slide may show the same text.
        for text in field.iter(f"{A}t"):
            text.text = ""
    words = _flat_text(frame)
    if is_number and words.isdecimal():
        return ""
    is_label = fields and len(words.split()) <= MAX_PAGE_WORDS and not _DIGIT.search(words)
    return words if _WORD.search(words) and not is_label else ""


def _format_paragraphs(frame: Element, *, listed: bool) -> str:
    """Return paragraphs as text; those with a bullet or number become list items."""
    filled = [(p._p, words) for p in frame.paragraphs if (words := paragraph_text(p._p))]
    marks = mark_items((paragraph for paragraph, _ in filled), listed=listed and len(filled) > 1)
    text, in_list = "", False
    for mark, (_, line) in zip(marks, filled, strict=True):
        between = "" if not text else "\n" if mark and in_list else "\n\n"
        text += between + mark + line
        in_list = bool(mark)
    return text
