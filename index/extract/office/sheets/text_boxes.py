"""Read the text of the boxes that are drawn on a sheet of an Excel workbook."""

import posixpath
import zipfile

from index.extract.office.drawing_text import A, paragraph_text, resolve_alternates
from index.extract.office.word.parts import read_relations
from index.extract.zip_container import parse_xml

_MAX_BOXES = 10_000


def read_text_boxes(archive: zipfile.ZipFile, sheet: str) -> list[str]:
    """Return the paragraphs of each text box of the sheet in this part, in their order."""
    from lxml import etree

    folder, name = posixpath.split(sheet)
    links = posixpath.join(folder, "_rels", f"{name}.rels")
    parts = set(archive.namelist())
    if links not in parts:
        return []
    boxes: list[str] = []
    for relation in read_relations({links: archive.read(links)}, sheet).values():
        if relation.kind != "drawing" or relation.target not in parts:
            continue
        try:
            drawing = parse_xml(archive.read(relation.target))
        except etree.LxmlError:
            continue  # The cells can be read without a damaged drawing.
        resolve_alternates(drawing)
        for box in drawing.iter("{*}txBody"):
            lines = [words for p in box.iterchildren(f"{A}p") if (words := paragraph_text(p))]
            if lines and len(boxes) < _MAX_BOXES:
                boxes.append("\n\n".join(lines))
    return boxes
