"""Find the parts of a Word file: its main document and the parts that refer to each other."""

import posixpath
import re
import zipfile
from dataclasses import dataclass

from index.extract.zip_container import Element, parse_xml

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DEFAULT_DOCUMENT = "word/document.xml"


@dataclass(frozen=True, slots=True)
class Relation:
    """A reference of one part to another: the last word of its type, and the path in the file."""

    kind: str
    target: str


def read_parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the parts of a file by path, without pictures."""
    return {name: archive.read(name) for name in archive.namelist() if "/media/" not in name}


def find_document(parts: dict[str, bytes]) -> str:
    """Return the path of the main document."""
    for relation in read_relations(parts, "").values():
        if relation.kind == "officeDocument" and relation.target in parts:
            return relation.target
    return _DEFAULT_DOCUMENT


def find_related(parts: dict[str, bytes], document: str, kind: str) -> str:
    """Return the path of the part of one kind that the document refers to, such as "styles"."""
    for relation in read_relations(parts, document).values():
        if relation.kind == kind and relation.target in parts:
            return relation.target
    return posixpath.join(posixpath.dirname(document), f"{kind}.xml")


def read_relations(parts: dict[str, bytes], name: str) -> dict[str, Relation]:
    """Return the relations of a part by their ids; those of the whole file if `name` is ""."""
    folder, base = posixpath.split(name)
    links = parts.get(posixpath.join(folder, "_rels", f"{base}.rels"))
    if links is None:
        return {}
    return {
        link.get("Id", ""): Relation(
            link.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/"),
        )
        for link in parse_xml(links)
        if isinstance(link.tag, str) and link.get("TargetMode") != "External"
    }


def drop_dangling(parts: dict[str, bytes], name: str, root: Element) -> None:
    """Remove references of a part to relations that it lacks."""
    folder, base = posixpath.split(name)
    links = parse_part(parts, posixpath.join(folder, "_rels", f"{base}.rels"))
    known = {link.get("Id") for link in links}
    for element in root.iter():
        for attribute in (f"{R}embed", f"{R}link", f"{R}id"):
            if element.get(attribute, "") not in known:
                element.attrib.pop(attribute, None)


def parse_part(parts: dict[str, bytes], name: str) -> Element:
    """Return the root element of a part, an empty one if the file lacks the part."""
    return parse_xml(parts.get(name, b"<empty/>"))


def attribute_value(element: Element, path: str) -> str:
    """Return the value of the element at a path of names, "" if there is none."""
    target = element.find("/".join(W + name for name in path.split("/")))
    return "" if target is None else target.get(f"{W}val", "")


def is_on(element: Element, path: str) -> bool:
    """Return whether the property at a path of names is set, and not set to false."""
    target = element.find("/".join(W + name for name in path.split("/")))
    return target is not None and target.get(f"{W}val", "1") not in ("0", "false", "off")


def make_run(element: Element, words: str) -> Element:
    """Return a new run of text for the document of `element`."""
    run, text = element.makeelement(f"{W}r"), element.makeelement(f"{W}t")
    text.text = words
    run.append(text)
    return run


def parse_number(text: str | None, default: int) -> int:
    """Return a number of at most nine digits, else a default."""
    return int(text) if text and text.isascii() and re.fullmatch(r"-?\d{1,9}", text) else default
