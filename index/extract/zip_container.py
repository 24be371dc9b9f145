"""ZIP files that hold a document in parts: opened within limits, their XML parsed without entities.

Word, PowerPoint, Excel, OpenDocument and EPUB files are such files.
"""

import io
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any, TypeAlias

from index.errors import UnreadableFile

MOST_UNPACKED = 1 << 30
"""Bytes of all parts together at most, pictures included."""

MOST_MARKUP = 100 << 20
"""Bytes of the parts that are not pictures or the like at most."""

MOST_RATIO = 200
"""Times that a file may grow when unpacked; only what is large is held to it."""

_LARGE = 10 << 20
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".tif", ".tiff", ".bmp", ".bin")
_MORE_MEDIA = (".svg", ".mp3", ".mp4", ".m4a", ".wav", ".mov", ".ttf", ".otf", ".woff", ".woff2")

Element: TypeAlias = Any
"""An element of lxml's, which has no types of its own."""


def open_archive(data: bytes, kind: str, *, most_markup: int | None = None) -> zipfile.ZipFile:
    """Return an archive that is safe to unpack; `kind` names the file where it is refused."""
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableFile(f"the {kind} is locked with a password; save a copy without it")
        raise UnreadableFile(
            f"it is a file of an old Office program, not a {kind}; open it and save it as one"
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
        raise UnreadableFile(f"the {kind} is damaged: it cannot be unpacked") from error
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableFile(f"the {kind} is locked with a password; save a copy without it")
    size = sum(part.file_size for part in parts)
    markup = sum(
        part.file_size for part in parts if not part.filename.lower().endswith(_MEDIA + _MORE_MEDIA)
    )
    for unpacked, limit in ((size, MOST_UNPACKED), (markup, most_markup or MOST_MARKUP)):
        if unpacked > limit:
            raise UnreadableFile(
                f"the {kind} is too large when unpacked ({unpacked >> 20:,} MiB, of which "
                f"{limit >> 20:,} are read at most)"
            )
    if size > _LARGE and size > MOST_RATIO * len(data):
        raise UnreadableFile(
            f"the {kind} unpacks to {size // len(data):,} times its size, as files made to fill "
            "a computer's memory do"
        )
    return archive


def refuse_entities(archive: zipfile.ZipFile, kind: str) -> None:
    """Refuse what Office programs never write, and what a parser may be made to choke on."""
    for part in archive.infolist():
        if part.filename.endswith((".xml", ".rels")):
            markup = archive.read(part)
            if b"<!ENTITY" in markup or "<!ENTITY".encode("utf-16-le") in markup:
                raise UnreadableFile(f"the {kind} declares entities, which no program writes")


def with_parts(data: bytes, parts: Mapping[str, bytes]) -> io.BytesIO:
    """Return an archive in which some parts hold other bytes."""
    stream = io.BytesIO(data)
    # What is appended under a name that is there already comes in its place.
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "a") as changed:
        warnings.simplefilter("ignore", UserWarning)
        for name, part in parts.items():
            changed.writestr(name, part)
    stream.seek(0)
    return stream


def parse_xml(data: bytes) -> Element:
    """Return the root element; entities stay unresolved, and nothing else is opened."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    return etree.fromstring(data, parser)
