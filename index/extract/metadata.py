"""Read title, author and date of last change from the metadata of ZIP containers and HTML pages.

Damaged metadata is treated as missing, since the text can be read without it. Names and dates are
normalised by `index.text.canonical`.
"""

import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.extract.zip_container import Element, parse_xml
from index.text.canonical import join_authors, parse_date, shorten

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

CORE_PART = "docProps/core.xml"
"""The part with the metadata of a Word, PowerPoint or Excel file."""

META_PART = "meta.xml"
"""The part with the metadata of an OpenDocument file."""

_DC = "{http://purl.org/dc/elements/1.1/}"
_DCTERMS = "{http://purl.org/dc/terms/}"
_ODF_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DEFAULT_TITLES = ("untitled", "powerpoint presentation", "word document", "presentation")
_TEMPLATE_DATES = ("2013-12-23T23:15:00", "2013-01-27T09:14:16", "2013-01-27T09:15:58")
"""Creation dates of the templates of python-docx and python-pptx."""

_MODIFIED_NAMES = ("article:modified_time", "dcterms.modified", "article:published_time")
_PUBLISHED_NAMES = ("dcterms.date", "dcterms.created", "dc.date", "dcterms.issued", "date")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata of a document; a field is empty if it is not given."""

    title: str = ""
    author: str = ""
    date: str = ""


def read_part_metadata(archive: zipfile.ZipFile, part: str) -> Metadata:
    """Return the metadata in a part of an archive, `CORE_PART` or `META_PART`."""
    from lxml import etree

    try:
        root = parse_xml(archive.read(part))
    except (KeyError, ValueError, EOFError, NotImplementedError, RuntimeError):
        return Metadata()
    except (zipfile.BadZipFile, zlib.error, etree.LxmlError):
        return Metadata()
    title = shorten(next(iter(_element_texts(root, f"{_DC}title")), ""))
    names = (f"{_DCTERMS}modified", f"{_DC}date", f"{_DCTERMS}created", f"{_ODF_META}creation-date")
    dates = [text for name in names for text in _element_texts(root, name)]
    return Metadata(
        "" if title.lower() in _DEFAULT_TITLES else title,
        join_authors(*_element_texts(root, f"{_DC}creator"))
        or join_authors(*_element_texts(root, f"{_ODF_META}initial-creator")),
        parse_date(*(date for date in dates if not date.startswith(_TEMPLATE_DATES))),
    )


def blank_metadata(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return empty replacements of the metadata parts, on which some libraries fail if damaged."""
    return dict.fromkeys({CORE_PART, "docProps/custom.xml"} & set(archive.namelist()), b"<empty/>")


def read_epub_metadata(package: Element) -> Metadata:
    """Return the metadata in the package document of an e-book."""
    modified = [
        *(meta.text or "" for meta in package.iter("{*}meta") if _is_modified_date(meta)),
        *(date.text or "" for date in package.iter(f"{_DC}date") if _is_modified_date(date)),
    ]
    return Metadata(
        shorten(next(iter(_element_texts(package, f"{_DC}title")), "")),
        join_authors(*_element_texts(package, f"{_DC}creator")),
        parse_date(*modified, *_element_texts(package, f"{_DC}date")),
    )


def read_html_metadata(soup: "BeautifulSoup") -> Metadata:
    """Return the metadata in the head of a page; the date may also come from its article."""
    fields: dict[str, list[str]] = {}
    for meta in soup.find_all("meta", content=True):
        name = str(meta.get("name") or meta.get("property") or "").lower().replace("dc:", "dc.")
        fields.setdefault(name.replace("dcterms:", "dcterms."), []).append(str(meta["content"]))
    dates = [date for name in _MODIFIED_NAMES + _PUBLISHED_NAMES for date in fields.get(name, [])]
    article = soup.find("article")
    times = article.find_all("time", datetime=True) if article else []
    authors = fields.get("author") or fields.get("dc.creator") or fields.get("dcterms.creator", [])
    return Metadata(
        shorten(soup.title.get_text()) if soup.title else "",
        join_authors(*authors),
        parse_date(*dates, *(str(time["datetime"]) for time in times)),
    )


def _element_texts(root: Element, name: str) -> list[str]:
    return [text for element in root.iter(name) if (text := "".join(element.itertext()).strip())]


def _is_modified_date(element: Element) -> bool:
    event = element.get("{http://www.idpf.org/2007/opf}event")
    return bool(element.get("property") == "dcterms:modified" or event == "modification")
