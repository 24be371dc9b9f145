"""Read the text of a PDF page by page.

Headers and footers are left to `running`, scanned pages to `scanned`, images of
pages to `index.pages`.
"""

import re
from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.extract.pdf.fields import open_form, read_filled
from index.extract.pdf.hyphens import (
    HYPHEN,
    collect_words,
    decide_hyphens,
    keeps_hyphen,
    mark_hyphens,
)
from index.extract.pdf.right_to_left import LAM_ALEF
from index.extract.pdf.running import drop_running_lines
from index.extract.pdf.scanned import recognise_scanned_pages
from index.text.canonical import (
    Extract,
    canonicalize,
    first_line,
    join_authors,
    parse_date,
    shorten,
)
from index.text.plural import count_noun

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_MAX_WORD_LENGTH = 100
"""Number of characters at the end of a page within which a divided word is looked for."""


def read_pdf(data: bytes) -> Extract:
    """Read the pages of a PDF, scanned ones with text recognition if it is installed."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as pdf:
            open_form(pdf)
            pages = [_read_page(pdf[number]) for number in range(len(pdf))]
            pages, note = recognise_scanned_pages(pdf, pages)
            pages, words = _decide_hyphens(pages)
            title = _metadata_value(pdf, "Title").strip()
            author = join_authors(_metadata_value(pdf, "Author"))
            date = parse_date(_metadata_value(pdf, "ModDate"), _metadata_value(pdf, "CreationDate"))
            if title.strip("()").lower() in ("anonymous", "untitled"):
                title = ""  # A placeholder that programs write.
    except pypdfium2.PdfiumError as error:
        is_locked = "password" in str(error).lower()
        raise UnreadableFile(
            "the PDF is locked with a password; save a copy without it"
            if is_locked
            else "the PDF is damaged: its structure cannot be read"
        ) from error
    if not any(page.strip() for page in pages):
        count = count_noun(len(pages), "page")
        raise UnreadableFile(note or f"the PDF contains no text ({count})")
    fallback_title = first_line("\n".join(pages))
    text, starts = _merge_pages(drop_running_lines(pages, title), words)
    return Extract(
        shorten(title) or fallback_title,
        text,
        "application/pdf",
        starts,
        author=author,
        date=date,
        note=note,
    )


def _metadata_value(pdf: "PdfDocument", key: str) -> str:
    try:
        return str(pdf.get_metadata_value(key))
    except UnicodeDecodeError:
        return ""  # Damaged metadata must not stop the pages from being read.


def _read_page(page: "PdfPage") -> str:
    """Return the text of one page, with a `HYPHEN` for each hyphen at a line end."""
    text = canonicalize(mark_hyphens(read_filled(page)), kept=HYPHEN)
    return text.translate(LAM_ALEF).strip()


def _decide_hyphens(pages: Sequence[str]) -> tuple[list[str], frozenset[str]]:
    """Return pages whose hyphens at line ends are decided, and the words that tell."""
    if not any(HYPHEN in page or page.endswith(("-", "\u2010")) for page in pages):
        return list(pages), frozenset()
    words = collect_words("\n".join(pages))
    return [decide_hyphens(page, words) for page in pages], words


def _merge_pages(pages: Sequence[str], words: Set[str]) -> tuple[str, tuple[int, ...]]:
    """Join pages into one text, with sentences that continue on the next page kept whole.

    `words` are those of the document, which tell whether a hyphen belongs to the word.
    """
    starts, text = [], ""
    for page in pages:
        tail = text[-_MAX_WORD_LENGTH:]
        right, left = re.match("[a-z]+", page), re.search(r"([^\W\d_]+)[-\u2010]\n\n$", tail)
        if left and right:  # A word hyphenated at the end of the page.
            text = text[: -2 if keeps_hyphen(left[1], right[0], words) else -3]
        elif page[:1].islower() and re.search(r"[\w,;)\]’”\"\u2013\u2014-]\n\n$", tail):
            text = text[:-1]
        starts.append(len(text))
        text += page + "\n\n"
    return text, tuple(starts)
