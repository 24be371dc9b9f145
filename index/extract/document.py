"""Extract a file's canonical text, title and page starts with the reader of its format.

All content of the user's files passes through here. The canonical text is decoded, in Unicode's
composed form (NFC), with "\\n" line ends; it is never altered again, so a range of it stays valid.
Finding files is left to `index.ingest.scan`, reading each format to the modules of this package,
limits on time and memory to `sandbox`, splitting into chunks to `index.text.chunk`, and storage to
`index.store.library`.
"""

import reprlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.errors import UnreadableFile
from index.extract.delimited import read_csv, read_tsv
from index.extract.office.opendocument.odf import read_odp, read_ods, read_odt
from index.extract.office.rtf import read_rtf
from index.extract.office.sheets.xlsx import read_xlsx
from index.extract.office.slides.pptx import read_pptx
from index.extract.office.word.docx import read_docx
from index.extract.pdf.pdf import read_pdf
from index.extract.plain_text import read_markdown, read_text
from index.extract.web.eml import read_eml
from index.extract.web.epub import read_epub
from index.extract.web.html.html import read_html
from index.extract.web.notebook import read_ipynb
from index.text.canonical import Extract

EXTRACTOR_VERSION = 11
"""Increased whenever a reader would extract a different text from the same file."""

MAX_TEXT_LENGTH = 10_000_000
"""Maximum length of a document in characters: about 4,000 pages."""

MAX_FILE_BYTES = 256 << 20
"""Maximum size in bytes of a file that is not plain text."""

NON_MARKDOWN_TYPES = ("text/plain", "application/pdf")
"""Media types whose text is not Markdown: a line that starts with "#" is not a heading."""


@dataclass(frozen=True, slots=True)
class Document:
    """One readable document.

    `id` is its path relative to the indexed folder, with "/" as separator; `source` is the
    absolute path of the file. `page_starts[i]` is the offset in `text` (characters) where page
    i + 1 begins; it is empty for formats without pages. `sha256` is the hash of `text` in UTF-8.
    `author` and `date` (YYYY-MM-DD, YYYY-MM or YYYY) come from the file's metadata and may be
    empty. `also` holds the ids of other documents in the index with the identical text. `metadata`
    is what it was added with, as in `index.add`.
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
    metadata: dict[str, Any] = field(default_factory=dict, hash=False)

    def __repr__(self) -> str:
        """Return it in short, without its text."""
        title = reprlib.repr(self.title)
        return f"Document({reprlib.repr(self.id)}, {title}, {len(self.text):,} characters)"


def extract(path: Path, data: bytes) -> Extract:
    """Extract the text of a file from its bytes; the suffix of `path` determines the format.

    Raises `UnreadableFile` with the reason if no text can be extracted.
    """
    reader = _READERS_BY_SUFFIX.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFile(unsupported_type_reason(path.suffix, SUFFIXES))
    if not data:
        raise UnreadableFile("the file is empty")
    try:
        extracted = reader(data)
    except (UnreadableFile, MemoryError):
        raise
    except RecursionError as error:
        raise UnreadableFile("its elements are nested too deeply to be parsed") from error
    except Exception as error:
        # Third-party parsers raise undocumented exceptions on damaged files. In the formats that
        # need none, an exception is a bug of this package and must not be hidden.
        if path.suffix.lower() not in _PARSED_FORMATS:
            raise
        raise UnreadableFile(
            f"the {_PARSED_FORMATS[path.suffix.lower()]} is damaged: it cannot be read"
        ) from error
    if not extracted.text.strip():
        raise UnreadableFile("the file contains no text, only white space or markup")
    if len(extracted.text) > MAX_TEXT_LENGTH:
        raise UnreadableFile(
            f"the file contains {len(extracted.text):,} characters of text, more than the limit of "
            f"{MAX_TEXT_LENGTH:,}; split it into several files"
        )
    return extracted


def max_file_bytes(suffix: str) -> int:
    """Return the maximum size in bytes of a file with this suffix."""
    return 4 * MAX_TEXT_LENGTH if suffix.lower() in PLAIN_SUFFIXES else MAX_FILE_BYTES


def too_large_reason(limit: int) -> str:
    """Return why a file larger than `limit` bytes is refused."""
    return f"the file is larger than {limit / 1e6:,.0f} MB; split it into several files"


def unsupported_type_reason(suffix: str, supported: Iterable[str]) -> str:
    """Return why a file with this suffix, or with none, is refused.

    >>> unsupported_type_reason("", [".md", ".csv"])
    'files without a suffix are not supported; Footnote reads .csv, .md'
    """
    subject = f"the type {suffix} is" if suffix else "files without a suffix are"
    return f"{subject} not supported; Footnote reads {', '.join(sorted(supported))}"


def page_of(page_starts: tuple[int, ...], offset: int) -> int | None:
    """Return the page (from 1) of the character at `offset`; None if there are no pages."""
    return sum(start <= offset for start in page_starts) or None


_READERS_BY_SUFFIX: dict[str, Callable[[bytes], Extract]] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    # Files with macros are read as well; the macros are never run.
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
PLAIN_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".csv", ".tsv"})
"""Suffixes of the formats that need no third-party parser."""

_PARSED_FORMATS = {
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
SUFFIXES = frozenset(_READERS_BY_SUFFIX)
"""Suffixes of all supported formats, in lower case."""
