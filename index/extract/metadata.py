"""What a document says of itself beside its text: its title, who wrote it, when it last changed.

What is damaged here counts as not said: the text can be read without it.
"""

import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.extract.zip_container import Element, parse_xml
from index.text.canonical import join_authors, parse_date, shorten

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

CORE = "docProps/core.xml"
"""The part of a Word, PowerPoint or Excel file that says it."""

META = "meta.xml"
"""The part of an OpenDocument file that does."""

_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_UNTITLED = ("untitled", "powerpoint presentation", "word document", "presentation")
_TEMPLATES = ("2013-12-23T23:15:00", "2013-01-27T09:14:16", "2013-01-27T09:15:58")
"""When the files were made that python-docx and python-pptx begin with."""

_CHANGED = ("article:modified_time", "dcterms.modified", "article:published_time")
_PUBLISHED = ("dcterms.date", "dcterms.created", "dc.date", "dcterms.issued", "date")


@dataclass(frozen=True, slots=True)
class Properties:
    """The three, each empty where it is not said."""

    title: str = ""
    author: str = ""
    date: str = ""


def read_properties(archive: zipfile.ZipFile, part: str) -> Properties:
    """Return what a part of an archive, `CORE` or `META`, says."""
    from lxml import etree

    try:
        root = parse_xml(archive.read(part))
    except (KeyError, ValueError, EOFError, NotImplementedError, RuntimeError):
        return Properties()
    except (zipfile.BadZipFile, zlib.error, etree.LxmlError):
        return Properties()
    title = shorten(next(iter(_texts(root, f"{_DC}title")), ""))
    names = (f"{_TERMS}modified", f"{_DC}date", f"{_TERMS}created", f"{_META}creation-date")
    dates = [text for name in names for text in _texts(root, name)]
    return Properties(
        "" if title.lower() in _UNTITLED else title,
        join_authors(*_texts(root, f"{_DC}creator"))
        or join_authors(*_texts(root, f"{_META}initial-creator")),
        parse_date(*(date for date in dates if not date.startswith(_TEMPLATES))),
    )


def without_properties(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return these parts with nothing in them: some libraries read and stumble on them."""
    return dict.fromkeys({CORE, "docProps/custom.xml"} & set(archive.namelist()), b"<nothing/>")


def book_properties(package: Element) -> Properties:
    """Return what the package of an e-book says."""
    changed = [
        *(meta.text or "" for meta in package.iter("{*}meta") if _is_changed(meta)),
        *(date.text or "" for date in package.iter(f"{_DC}date") if _is_changed(date)),
    ]
    return Properties(
        shorten(next(iter(_texts(package, f"{_DC}title")), "")),
        join_authors(*_texts(package, f"{_DC}creator")),
        parse_date(*changed, *_texts(package, f"{_DC}date")),
    )


def page_properties(soup: "BeautifulSoup") -> Properties:
    """Return what the head of a page says, the date else by the first one of its article."""
    said: dict[str, list[str]] = {}
    for meta in soup.find_all("meta", content=True):
        name = str(meta.get("name") or meta.get("property") or "").lower().replace("dc:", "dc.")
        said.setdefault(name.replace("dcterms:", "dcterms."), []).append(str(meta["content"]))
    dates = [date for name in _CHANGED + _PUBLISHED for date in said.get(name, [])]
    article = soup.find("article")
    times = article.find_all("time", datetime=True) if article else []
    authors = said.get("author") or said.get("dc.creator") or said.get("dcterms.creator") or []
    return Properties(
        shorten(soup.title.get_text()) if soup.title else "",
        join_authors(*authors),
        parse_date(*dates, *(str(time["datetime"]) for time in times)),
    )


def _texts(root: Element, name: str) -> list[str]:
    return [text for found in root.iter(name) if (text := "".join(found.itertext()).strip())]


def _is_changed(element: Element) -> bool:
    event = element.get("{http://www.idpf.org/2007/opf}event")
    return bool(element.get("property") == "dcterms:modified" or event == "modification")
