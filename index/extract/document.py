"""A file -> Document: its canonical text, title and page starts.

The only reader of what is in the user's files; `scan` finds them, and the readers of the formats
are in `formats`. The canonical text is decoded, in Unicode's composed form (NFC) and ends its
lines with "\\n"; it is never altered again, so a range of it stays valid. Cutting it into chunks
is left to `chunk`, keeping it to `library`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.errors import UnreadableFile
from index.extract.delimited import read_csv, read_tsv
from index.extract.office.docx import read_docx
from index.extract.office.odf import read_odp, read_ods, read_odt
from index.extract.office.pptx import read_pptx
from index.extract.office.rtf import read_rtf
from index.extract.office.xlsx import read_xlsx
from index.extract.pdf.pdf import read_pdf
from index.extract.plain_text import read_markdown, read_text
from index.extract.web.eml import read_eml
from index.extract.web.epub import read_epub
from index.extract.web.html import read_html
from index.extract.web.notebook import read_ipynb
from index.text.canonical import MAX_TITLE_LENGTH, Extract, canonicalize, shorten

__all__ = [
    "EXTRACTOR_VERSION",
    "MAX_TITLE_LENGTH",
    "MOST_BYTES",
    "MOST_TEXT",
    "PLAIN",
    "SUFFIXES",
    "UNMARKED",
    "Document",
    "Extract",
    "canonicalize",
    "extract",
    "most_bytes",
    "page_of",
    "shorten",
    "too_large",
]

EXTRACTOR_VERSION = 3
"""Raised whenever a reader would give another text for the same file."""

MOST_TEXT = 10_000_000
"""Characters of a document at most: some 4,000 pages."""

MOST_BYTES = 256 << 20
"""Bytes of a file at most, one that is not plain text."""

UNMARKED = ("text/plain", "application/pdf")
"""The media types whose text is not Markdown: a line that begins with "#" is no heading."""


@dataclass(frozen=True, slots=True)
class Document:
    """One readable document.

    `id` is its path relative to the folder that was indexed, with "/" between the parts; `source`
    is the absolute path of the file. `page_starts[i]` is the offset in `text` (characters) where
    page i + 1 begins; it is empty for formats without pages. `sha256` is that of `text` in UTF-8.
    `author` and `date` (YYYY-MM-DD, YYYY-MM or YYYY) are what the file says of itself, or empty.
    `also` are the ids of other documents of the index with the very same text.
    """

    id: str
    title: str
    text: str
    source: str
    media_type: str
    page_starts: tuple[int, ...]
    sha256: str
    author: str = ""
    date: str = ""
    also: tuple[str, ...] = ()


def extract(path: Path, data: bytes) -> Extract:
    """Return the text of a file from its bytes; the suffix of `path` tells the format.

    Raises `UnreadableFile` with the reason where there is no text to be had.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFile(
            f"the type {path.suffix or 'without a suffix'} is not read; "
            f"Footnote reads {', '.join(sorted(SUFFIXES))}"
        )
    if not data:
        raise UnreadableFile("the file is empty")
    try:
        found = reader(data)
    except (UnreadableFile, MemoryError):
        raise
    except RecursionError as error:
        raise UnreadableFile("its elements are nested too deeply to be read") from error
    except Exception as error:
        # What the parsers of these formats raise on damaged files has no end and no list. Of the
        # formats that are read without them, an error is ours, and is not to be hidden.
        if path.suffix.lower() not in _PARSED:
            raise
        raise UnreadableFile(
            f"the {_PARSED[path.suffix.lower()]} is damaged: it cannot be read"
        ) from error
    if not found.text.strip():
        raise UnreadableFile("the file holds no text, only white space or markup")
    if len(found.text) > MOST_TEXT:
        raise UnreadableFile(
            f"the file holds {len(found.text):,} characters of text, of which at most "
            f"{MOST_TEXT:,} are read; split it into several"
        )
    return found


def most_bytes(suffix: str) -> int:
    """Return how many bytes a file of this suffix may have."""
    return 4 * MOST_TEXT if suffix.lower() in PLAIN else MOST_BYTES


def too_large(most: int) -> str:
    return f"the file has more than {most / 1e6:,.0f} MB; split it into several"


def page_of(page_starts: tuple[int, ...], offset: int) -> int | None:
    """Return the page (from 1) that holds the character at `offset`; None without pages."""
    return sum(start <= offset for start in page_starts) or None


_READERS: dict[str, Callable[[bytes], Extract]] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    # Of a file with macros its text is read; they are never run.
    **dict.fromkeys((".docx", ".docm", ".dotx"), read_docx),
    **dict.fromkeys((".pptx", ".pptm", ".potx"), read_pptx),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx"), read_xlsx),
    ".odt": read_odt,
    ".odp": read_odp,
    ".ods": read_ods,
    ".rtf": read_rtf,
    ".epub": read_epub,
    ".eml": read_eml,
    ".ipynb": read_ipynb,
    ".csv": read_csv,
    ".tsv": read_tsv,
}
PLAIN = frozenset({".txt", ".text", ".md", ".markdown", ".csv", ".tsv"})
"""The suffixes of formats that need no parser."""

_PARSED = {
    **dict.fromkeys((".docx", ".docm", ".dotx"), "Word document"),
    **dict.fromkeys((".pptx", ".pptm", ".potx"), "PowerPoint presentation"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx"), "Excel workbook"),
    ".odt": "OpenDocument text",
    ".odp": "OpenDocument presentation",
    ".ods": "OpenDocument spreadsheet",
    ".rtf": "RTF document",
    ".epub": "e-book",
    ".eml": "e-mail",
    ".ipynb": "notebook",
}
SUFFIXES = frozenset(_READERS)
"""The suffixes of the files that can be read, in lower case."""
