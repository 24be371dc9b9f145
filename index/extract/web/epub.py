"""Read e-books (.epub): their chapters in reading order, each as HTML."""

import posixpath
import re
import zipfile
from urllib.parse import unquote

from index.errors import UnreadableFile
from index.extract.metadata import read_epub_metadata
from index.extract.pictures import may_hold_text
from index.extract.plain_text import infer_title
from index.extract.web.html.html import html_to_markdown
from index.extract.zip_container import Element, open_archive, parse_xml
from index.text.canonical import Extract, canonicalize
from index.text.plural import count_noun

_OPF = "{http://www.idpf.org/2007/opf}"
_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_IMAGE = re.compile(rb"<(?:\w+:)?(?:img|image)\s", re.IGNORECASE)
_ENCRYPTION = "META-INF/encryption.xml"


def read_epub(data: bytes) -> Extract:
    """Read the chapters of an e-book; raise `UnreadableFile` if they are encrypted."""
    archive = open_archive(data, "e-book")
    container = parse_xml(archive.read("META-INF/container.xml"))
    package_name = container.find(f".//{_CONTAINER}rootfile").get("full-path")
    package = parse_xml(archive.read(package_name))
    chapters = _chapter_names(package, posixpath.dirname(package_name))
    encrypted = _encrypted_names(archive)
    if encrypted & set(chapters):
        raise UnreadableFile("the e-book is protected by DRM and cannot be read")
    existing = set(archive.namelist())

    def read_chapter(name: str) -> tuple[str, int]:
        """Return the text of a chapter and the number of its pictures."""

        def read_sheet(address: str) -> str:
            sheet = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(address)))
            return archive.read(sheet).decode("utf-8", "replace") if sheet in existing else ""

        page = archive.read(name)
        return html_to_markdown(page, read_sheet=read_sheet), len(_IMAGE.findall(page))

    missing = sum(name not in existing for name in chapters)
    read = [read_chapter(name) for name in chapters if name in existing]
    # The first page is the cover.
    drawn = sum(may_hold_text(pictures, text) for text, pictures in read[1:])
    text = canonicalize("\n".join(text for text, _ in read if text.strip()))
    unread = [f"{count_noun(missing, 'chapter')} missing from the file"] if missing else []
    if drawn:
        unread.append(f"pictures on {count_noun(drawn, 'page')} with hardly any text")
    metadata = read_epub_metadata(package)
    title = metadata.title or infer_title(text)
    return Extract(
        title,
        text,
        "application/epub+zip",
        author=metadata.author,
        date=metadata.date,
        note=f"not read: {', '.join(unread)}" if unread else "",
    )


def _chapter_names(package: Element, folder: str) -> list[str]:
    """Return the names of the chapters in reading order, without the table of contents."""
    items = {item.get("id"): item for item in package.iter(f"{_OPF}item")}
    names = []
    for reference in package.iter(f"{_OPF}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or "nav" in item.get("properties", "").split():
            continue
        if "html" in item.get("media-type", "") or item.get("href", "").endswith("html"):
            names.append(posixpath.normpath(posixpath.join(folder, unquote(item.get("href")))))
    return names


def _encrypted_names(archive: zipfile.ZipFile) -> set[str]:
    """Return the names of encrypted files; in e-books without DRM, only fonts may be."""
    if _ENCRYPTION not in archive.namelist():
        return set()
    root = parse_xml(archive.read(_ENCRYPTION))
    return {
        unquote(reference.get("URI", ""))
        for reference in root.iter("{http://www.w3.org/2001/04/xmlenc#}CipherReference")
    }
