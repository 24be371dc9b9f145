"""PDF: the text of its pages, without what is printed on every one of them.

Pages that are pictures are left to `pictures`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.extract.pdf.scanned import read_pictures
from index.text.canonical import (
    Extract,
    canonicalize,
    first_line,
    join_authors,
    parse_date,
    shorten,
)

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_EDGE = 3
"""Lines at the top and at the bottom of a page that may be printed on each page."""

_FEWEST = 3
"""Pages that a line must stand on to count as printed on each."""

_SHARE = 0.4
"""Share of the pages that it must stand on: left and right pages may differ."""


def read_pdf(data: bytes) -> Extract:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as pdf:
            pages = [_page_text(pdf[number]) for number in range(len(pdf))]
            pages, note = read_pictures(pdf, pages)
            title = _said(pdf, "Title").strip()
            author = join_authors(_said(pdf, "Author"))
            date = parse_date(_said(pdf, "ModDate"), _said(pdf, "CreationDate"))
            if title.strip("()").lower() in ("anonymous", "untitled"):
                title = ""  # What a program writes where nobody gave a title.
    except pypdfium2.PdfiumError as error:
        wanted = "password" in str(error).lower()
        raise UnreadableFile(
            "the PDF is locked with a password; save a copy without it"
            if wanted
            else "the PDF is damaged: its structure cannot be read"
        ) from error
    if not any(page.strip() for page in pages):
        raise UnreadableFile(note or f"there is no text on any of its {len(pages)} pages")
    named = first_line("\n".join(pages))
    text, starts = _join(drop_running_lines(pages))
    return Extract(
        shorten(title) or named,
        text,
        "application/pdf",
        starts,
        author=author,
        date=date,
        note=note,
    )


def _said(pdf: "PdfDocument", key: str) -> str:
    try:
        return str(pdf.get_metadata_value(key))
    except UnicodeDecodeError:
        return ""  # The pages can be read without it.


def _page_text(page: "PdfPage") -> str:
    """Return the text of one page, words that were hyphenated at a line's end joined again.

    PDFium marks such a hyphen with U+0002 or U+FFFE instead of the line's end.
    """
    text = page.get_textpage().get_text_bounded()
    return canonicalize(re.sub("[\x02\ufffe](?:\r\n)?", "", text)).replace("\0", "").strip()


def drop_running_lines(pages: Sequence[str]) -> list[str]:
    """Return pages without the headers and footers that stand on most of them.

    They are the same line, but for a number that grows with the pages. The first page keeps its
    header, which may be the title; a page that would be left empty keeps its lines.

    >>> drop_running_lines(["Log\\nIt was\\n1", "Log\\nraining\\n2", "Log\\nall day.\\n3"])
    ['Log\\nIt was', 'raining', 'all day.']
    """
    split = [page.split("\n") for page in pages]
    enough = max(_FEWEST, _SHARE * sum(bool(page) for page in pages))
    within = Counter(
        form
        for number, lines in enumerate(split)
        for line in lines[_EDGE:-_EDGE]
        for form in _forms(line, number)
    )
    running = {
        (last, form)
        for last in (False, True)
        for form, count in Counter(
            form
            for number, lines in enumerate(split)
            for form in {form for line in _edge(lines, last) for form in _forms(line, number)}
        ).items()
        # What also stands within pages is a line of the text.
        if count >= max(enough, _FEWEST * within[form])
    }

    def is_running(line: str, number: int, last: bool) -> bool:
        return any((last, form) in running for form in _forms(line, number))

    kept = []
    for number, lines in enumerate(split):
        first, end = 0, len(lines)
        while number == 0 and first < min(_EDGE, end) and (False, lines[first]) in running:
            first += 1
        header = lines[:first]
        while first < min(_EDGE, end) and is_running(lines[first], number, False):
            first += 1
        while end > max(first, len(lines) - _EDGE) and is_running(lines[end - 1], number, True):
            end -= 1
        kept.append("\n".join(header + lines[first:end]).strip() or pages[number])
    return kept


def _edge(lines: Sequence[str], last: bool) -> Sequence[str]:
    return lines[-_EDGE:] if last else lines[:_EDGE]


def _forms(line: str, page: int) -> Iterator[str]:
    """Yield what a line has in common with those of other pages: itself, and less each number.

    >>> list(_forms("2 of 9", 1))
    ['2 of 9', '{+1} of 9', '2 of {+8}']
    """
    line = " ".join(line.split())
    yield line
    for number in re.finditer(r"\d{1,5}", line):
        ahead = int(number[0]) - page
        yield f"{line[: number.start()]}{{{ahead:+}}}{line[number.end() :]}"


def _join(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Return the pages as one text; a sentence that runs over the end of a page stays whole."""
    starts, text = [], ""
    for page in pages:
        if re.match("[a-z]", page) and re.search(r"[^\W\d]-\n\n$", text):
            text = text[:-3]  # A word that was hyphenated at the end of the page.
        elif page[:1].islower() and re.search(r"[\w,;)\]’”\"\u2013\u2014-]\n\n$", text):
            text = text[:-1]
        starts.append(len(text))
        text += page + "\n\n"
    return text, tuple(starts)
