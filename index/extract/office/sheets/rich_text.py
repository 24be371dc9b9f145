"""Write the raised and lowered characters of rich text in cells, which openpyxl passes over."""

import zipfile

from index.extract.zip_container import parse_xml
from index.text.scripts import to_subscript, to_superscript

_WRITERS = {"superscript": to_superscript, "subscript": to_subscript}


def write_raised_runs(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the parts of a workbook that hold raised or lowered characters, with these written.

    Cells hold their text themselves or refer to the strings that all sheets share.
    """
    from lxml import etree

    changed = {}
    for name in archive.namelist():
        lower = name.lower()
        if not lower.endswith("sharedstrings.xml") and "worksheets/sheet" not in lower:
            continue
        markup = archive.read(name)
        if b"vertAlign" not in markup:
            continue
        try:
            root = parse_xml(markup)
        except etree.LxmlError:
            continue  # Openpyxl reads a part that breaks off as far as it goes.
        for aligned in root.iter("{*}vertAlign"):
            write = _WRITERS.get(aligned.get("val", ""), str)
            for text in aligned.getparent().getparent().iterchildren("{*}t"):
                text.text = write(text.text or "")
        changed[name] = etree.tostring(root)
    return changed
