"""Find the scanned pages of a PDF, have `ocr` read them if it is installed, and report them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.extract.pdf.ocr import MAX_OCR_PAGES, is_ocr_installed, recognise_page
from index.installation import install_command

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage


def recognise_scanned_pages(pdf: "PdfDocument", pages: Sequence[str]) -> tuple[list[str], str]:
    """Return the text of each page, scanned ones included, and a note on the scanned pages.

    A page counts as scanned if it has an image and no text. The note is empty if there is none.
    """
    scanned = [n for n, page in enumerate(pages) if not page and _has_image(pdf[n])]
    tried = scanned[:MAX_OCR_PAGES] if scanned and is_ocr_installed() else []
    texts = {number: recognise_page(pdf[number]) for number in tried}
    all_texts = [texts.get(number, page) for number, page in enumerate(pages)]
    return all_texts, _describe_scanned_pages([n for n in tried if texts[n]], tried, scanned)


def _has_image(page: "PdfPage") -> bool:
    from pypdfium2 import PdfiumError
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    try:
        return any(page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]))
    except PdfiumError:
        return False  # A damaged page must not stop the others.


def _describe_scanned_pages(
    read: Sequence[int], tried: Sequence[int], scanned: Sequence[int]
) -> str:
    """Return a note on scanned pages: those read, those tried without result and the rest."""
    parts = []
    if read:
        were = "were" if len(read) > 1 else "was"
        parts.append(f"{format_page_numbers(read)} {were} read by text recognition (OCR)")
    if without_text := [number for number in tried if number not in read]:
        parts.append(f"text recognition found no text on {format_page_numbers(without_text)}")
    if left := scanned[len(tried) :]:
        parts.append(f"no text on {format_page_numbers(left)}, which may be scanned")
        parts.append(
            f"text recognition is limited to {MAX_OCR_PAGES} pages per file"
            if tried
            else f"to read scanned pages, install text recognition: {install_command('ocr')}"
        )
    return "; ".join(parts)


def format_page_numbers(numbers: Sequence[int], noun: str = "page") -> str:
    """Return page numbers, counted from 0, as an English phrase that counts from 1.

    >>> format_page_numbers([2, 3, 4, 8]), format_page_numbers([0], "slide")
    ('pages 3\u20135 and 9', 'slide 1')
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
    return f"{noun}{'s' if len(numbers) > 1 else ''} {listed}"
