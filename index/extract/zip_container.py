"""Open the ZIP files that documents are stored in, within limits, and parse their XML safely.

Word, PowerPoint, Excel, OpenDocument and EPUB files are ZIP files. What their parts mean is left
to the reader of each format, archives of separate files to `unzip`.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any, TypeAlias

from index.errors import UnreadableFile

MAX_UNPACKED_BYTES = 1 << 30
"""Maximum unpacked size of all parts together in bytes, media included."""

MAX_MARKUP_BYTES = 100 << 20
"""Maximum unpacked size in bytes of all parts that are not media."""

MAX_EXPANSION_RATIO = 200
"""Maximum ratio of unpacked to packed size, for files above `_RATIO_CHECK_BYTES` unpacked."""

_RATIO_CHECK_BYTES = 10 << 20
_OLE_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_MEDIA_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".tif", ".tiff", ".bmp", ".bin"),
    *(".svg", ".mp3", ".mp4", ".m4a", ".wav", ".mov", ".ttf", ".otf", ".woff", ".woff2"),
)

# The strict variant of the Office formats has other names for the same elements.
_STRICT_NAME = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
_USUAL_NAME = rb"http://schemas.openxmlformats.org/\1/2006/\2"

Element: TypeAlias = Any
"""An lxml element; lxml ships no type annotations."""


def open_archive(data: bytes, kind: str, *, max_markup: int | None = None) -> zipfile.ZipFile:
    """Open an archive that is safe to unpack; `kind` names the format in error messages.

    Raises `UnreadableFile` if it is damaged, encrypted or too large when unpacked.
    """
    if data.startswith(_OLE_SIGNATURE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableFile(f"the {kind} is locked with a password; save a copy without it")
        raise UnreadableFile(
            f"the {kind} is in an old Office format; open it and save it in the current format"
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
        part.file_size for part in parts if not part.filename.lower().endswith(_MEDIA_SUFFIXES)
    )
    for unpacked, limit in ((size, MAX_UNPACKED_BYTES), (markup, max_markup or MAX_MARKUP_BYTES)):
        if unpacked > limit:
            raise UnreadableFile(
                f"the {kind} is too large when unpacked: {unpacked >> 20:,} MiB, of at most "
                f"{limit >> 20:,}; split it into several files"
            )
    if size > _RATIO_CHECK_BYTES and size > MAX_EXPANSION_RATIO * len(data):
        raise UnreadableFile(
            f"the {kind} unpacks to {size // len(data):,} times its size, as a file made to "
            f"exhaust memory would (the limit is {MAX_EXPANSION_RATIO} times)"
        )
    return archive


def open_office_file(data: bytes, kind: str) -> tuple[bytes, zipfile.ZipFile]:
    """Open a Word, PowerPoint or Excel file; return its bytes too, both in the usual variant.

    Raises `UnreadableFile` like `open_archive`, and if a part declares XML entities, which can
    exhaust a parser.
    """
    archive = open_archive(data, kind)
    renamed = {}
    for name in archive.namelist():
        if not name.endswith((".xml", ".rels")):
            continue
        part = archive.read(name)
        if b"<!ENTITY" in part or "<!ENTITY".encode("utf-16-le") in part:
            raise UnreadableFile(
                f"the {kind} declares XML entities, which no Office program writes; "
                "open it in one and save it again"
            )
        if b"//purl.oclc.org/" in part:
            renamed[name] = _STRICT_NAME.sub(_USUAL_NAME, part)
    if not renamed:
        return data, archive
    data = replace_parts(data, renamed).getvalue()
    return data, zipfile.ZipFile(io.BytesIO(data))


def replace_parts(data: bytes, parts: Mapping[str, bytes]) -> io.BytesIO:
    """Return a copy of an archive in which the given parts are replaced."""
    stream = io.BytesIO(data)
    # A part that is appended under an existing name takes its place.
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "a") as changed:
        warnings.simplefilter("ignore", UserWarning)
        for name, part in parts.items():
            changed.writestr(name, part)
    stream.seek(0)
    return stream


def parse_xml(data: bytes) -> Element:
    """Return the root element; entities stay unresolved and nothing external is loaded."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    return etree.fromstring(data, parser)
