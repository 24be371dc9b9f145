"""Read the attachments of an e-mail that are plain text, Markdown, web pages or delimited files."""

from pathlib import PurePosixPath

from index.extract.delimited import read_csv, read_tsv
from index.extract.plain_text import decode
from index.extract.web.eml_text import decode_bytes, read_page
from index.extract.web.html.html import html_to_markdown

MAX_ATTACHED_LENGTH = 5_000_000
"""Maximum length of the attachments that are read of an e-mail, together, in bytes; as read, in
characters.
"""

_TABLES = {
    **dict.fromkeys(("text/csv", ".csv"), read_csv),
    **dict.fromkeys(("text/tab-separated-values", ".tsv"), read_tsv),
}
_PAGES = frozenset({"text/html", "application/xhtml+xml", ".html", ".htm", ".xhtml"})
_TEXTS = frozenset({"text/plain", "text/markdown", "text/x-markdown"})
_UNNAMED_TYPES = frozenset({"application/octet-stream", "application/vnd.ms-excel"})
"""Types under which programs send any file; then its name tells more."""

_TEXT_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown"})


def is_text(kind: str, name: str) -> bool:
    """Whether an attachment of this media type and name is read.

    >>> is_text("text/plain", "log"), is_text("application/octet-stream", "Fees.CSV")
    (True, True)
    >>> is_text("text/calendar", "may.ics"), is_text("application/pdf", "a.txt")
    (False, False)
    """
    suffix = _suffix_of(name)
    is_known = suffix in _TEXT_SUFFIXES | _PAGES | _TABLES.keys()
    return kind in _TEXTS | _PAGES | _TABLES.keys() or (kind in _UNNAMED_TYPES and is_known)


def read_attachment(data: bytes, label: str, kind: str, name: str) -> str:
    """Return the text of an attachment, of pages as Markdown, of delimited files as its table.

    `label` is the encoding that the e-mail names, "" for none. Raises `UnreadableFile` if the
    bytes are no text.
    """
    if kind in _PAGES or _suffix_of(name) in _PAGES:
        return html_to_markdown(data).strip() if b"\0" in data else read_page(data, label)
    text = decode(data) if b"\0" in data else decode_bytes(data, label)
    read_table = _TABLES.get(kind) or _TABLES.get(_suffix_of(name))
    return (read_table(text.encode()).text if read_table else text).strip()


def _suffix_of(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
