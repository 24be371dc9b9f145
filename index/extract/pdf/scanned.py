"""The pages of a PDF that are pictures: read by `recognise` where it can, and named."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.extract.pdf.ocr import MOST_PAGES, can_recognise, recognise_page

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage


def read_pictures(pdf: "PdfDocument", pages: Sequence[str]) -> tuple[list[str], str]:
    """Return the texts of the pages, those of pictures too, and a note on the pictures.

    The note is empty where each page has a text, or nothing at all on it.
    """
    found = [n for n, page in enumerate(pages) if not page and _has_picture(pdf[n])]
    tried = found[:MOST_PAGES] if found and can_recognise() else []
    texts = {number: recognise_page(pdf[number]) for number in tried}
    whole = [texts.get(number, page) for number, page in enumerate(pages)]
    return whole, _note([n for n in tried if texts[n]], tried, found)


def _has_picture(page: "PdfPage") -> bool:
    from pypdfium2 import PdfiumError
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    try:
        return any(page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]))
    except PdfiumError:
        return False  # What cannot be told does not keep the other pages from being read.


def _note(read: Sequence[int], tried: Sequence[int], found: Sequence[int]) -> str:
    parts = []
    if read:
        were = "were" if len(read) > 1 else "was"
        parts.append(f"{name_pages(read)} {were} read by text recognition")
    if nothing := [number for number in tried if number not in read]:
        parts.append(f"no text on {name_pages(nothing)}, not even by text recognition")
    if left := found[len(tried) :]:
        parts.append(f"no text on {name_pages(left)}, which may be scanned pictures")
        parts.append(
            f"text recognition reads {MOST_PAGES} pages of a file at most"
            if tried
            else "run text recognition (OCR) on them, or install it: pip install 'footnote[ocr]'"
        )
    return "; ".join(parts)


def name_pages(numbers: Sequence[int]) -> str:
    """Return the names of pages, numbered from 0, as one would say them.

    >>> name_pages([2, 3, 4, 8]), name_pages([0])
    ('pages 3\u20135 and 9', 'page 1')
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    names = [
        f"{run[0] + 1}\u2013{run[-1] + 1}" if len(run) > 1 else str(run[0] + 1) for run in runs
    ]
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f"{'pages' if len(numbers) > 1 else 'page'} {listed}"
