"""Read the text of a PDF page by page, without running headers and footers.

Scanned pages are left to `scanned`, images of pages to `index.pages`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
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

_EDGE_LINES = 3
"""Number of lines at the top and bottom of a page that may be headers or footers."""

_MIN_PAGES = 3
"""Minimum number of pages that repeat a header or footer."""

_MIN_PAGE_SHARE = 0.4
"""Minimum share of pages that repeat it; below half, as left and right pages may differ."""


def read_pdf(data: bytes) -> Extract:
    """Read the pages of a PDF, scanned ones with text recognition if it is installed."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as pdf:
            pages = [_read_page(pdf[number]) for number in range(len(pdf))]
            pages, note = recognise_scanned_pages(pdf, pages)
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
    text, starts = _merge_pages(drop_running_lines(pages))
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
    """Return the text of one page, with words hyphenated at line ends joined.

    PDFium marks such a hyphen with U+0002 or U+FFFE instead of the line end.
    """
    text = page.get_textpage().get_text_bounded()
    return canonicalize(re.sub("[\x02\ufffe](?:\r\n)?", "", text)).replace("\0", "").strip()


def drop_running_lines(pages: Sequence[str]) -> list[str]:
    """Return pages without running headers and footers.

    A running line is the same on many pages, apart from a number that grows with the page number.
    The first page keeps its header, which may be the title; a page that would become empty keeps
    its lines.

    >>> drop_running_lines(["Log\\nIt was\\n1", "Log\\nraining\\n2", "Log\\nall day.\\n3"])
    ['Log\\nIt was', 'raining', 'all day.']
    """
    split = [page.split("\n") for page in pages]
    min_pages = max(_MIN_PAGES, _MIN_PAGE_SHARE * sum(bool(page) for page in pages))
    inner_counts = Counter(
        pattern
        for number, lines in enumerate(split)
        for line in lines[_EDGE_LINES:-_EDGE_LINES]
        for pattern in _line_patterns(line, number)
    )
    running = {
        (at_end, pattern)
        for at_end in (False, True)
        for pattern, count in Counter(
            pattern
            for number, lines in enumerate(split)
            for pattern in _edge_patterns(lines, number, at_end)
        ).items()
        # A line that also occurs in the middle of pages belongs to the text.
        if count >= max(min_pages, _MIN_PAGES * inner_counts[pattern])
    }

    def is_running(line: str, number: int, at_end: bool) -> bool:
        return any((at_end, pattern) in running for pattern in _line_patterns(line, number))

    kept = []
    for number, lines in enumerate(split):
        first, end = 0, len(lines)
        while number == 0 and first < min(_EDGE_LINES, end) and (False, lines[first]) in running:
            first += 1
        header = lines[:first]
        while first < min(_EDGE_LINES, end) and is_running(lines[first], number, False):
            first += 1
        while end > max(first, len(lines) - _EDGE_LINES) and is_running(
            lines[end - 1], number, True
        ):
            end -= 1
        kept.append("\n".join(header + lines[first:end]).strip() or pages[number])
    return kept


def _edge_patterns(lines: Sequence[str], number: int, at_end: bool) -> set[str]:
    edge = lines[-_EDGE_LINES:] if at_end else lines[:_EDGE_LINES]
    return {pattern for line in edge for pattern in _line_patterns(line, number)}


def _line_patterns(line: str, page: int) -> Iterator[str]:
    """Yield a line, and variants in which one number is relative to the page number.

    >>> list(_line_patterns("2 of 9", 1))
    ['2 of 9', '{+1} of 9', '2 of {+8}']
    """
    line = " ".join(line.split())
    yield line
    for number in re.finditer(r"\d{1,5}", line):
        offset = int(number[0]) - page
        yield f"{line[: number.start()]}{{{offset:+}}}{line[number.end() :]}"


def _merge_pages(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Join pages into one text, with sentences that continue on the next page kept whole."""
    starts, text = [], ""
    for page in pages:
        if re.match("[a-z]", page) and re.search(r"[^\W\d]-\n\n$", text):
            text = text[:-3]  # A word hyphenated at the end of the page.
        elif page[:1].islower() and re.search(r"[\w,;)\]’”\"\u2013\u2014-]\n\n$", text):
            text = text[:-1]
        starts.append(len(text))
        text += page + "\n\n"
    return text, tuple(starts)
