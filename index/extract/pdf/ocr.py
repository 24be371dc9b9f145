"""Recognise the text on images of PDF pages (OCR), if the "ocr" extra is installed.

Its models ship in its wheel and run on this machine; they support Latin letters, Chinese and
Japanese. Choosing the pages is left to `scanned`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from index.extract.pdf.hyphens import HYPHEN
from index.text.canonical import canonicalize

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MAX_OCR_PAGES = 300
"""Maximum number of recognised pages per file; each takes a second or more."""

_OCR_DPI = 200
_MAX_IMAGE_SIDE = 4000
"""Maximum length of the longer side of a page image in pixels, whatever the size of the page."""

_MIN_ASPECT_RATIO = 0.1
"""Minimum ratio of the shorter to the longer side of a page: the library rejects strips."""

_MIN_COLUMN_WIDTH = 8
"""Minimum median width of the lines in a column, in line heights; table cells are narrower."""


class OcrLine(NamedTuple):
    """A recognised line of text and its box, in pixels from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def height(self) -> float:
        return self.bottom - self.top


@cache
def is_ocr_installed() -> bool:
    """Return whether the text recognition library is installed."""
    return find_spec("rapidocr") is not None


def recognise_page(page: "PdfPage") -> str:
    """Return the text recognised on the image of a page as canonical text, "" if there is none.

    A `HYPHEN` stands for each hyphen at a line end within a word.
    """
    width, height = page.get_size()
    shorter, longer = sorted((width, height))
    if shorter < _MIN_ASPECT_RATIO * longer:
        return ""
    bitmap = page.render(scale=min(_OCR_DPI / 72, _MAX_IMAGE_SIDE / longer))
    try:
        result = _ocr_engine()(bitmap.to_numpy())
    except Exception:
        # The library documents no exceptions, and one page must not stop the others.
        return ""
    if result.boxes is None or not result.txts:
        return ""
    lines = [
        OcrLine(box[:, 0].min(), box[:, 1].min(), box[:, 0].max(), box[:, 1].max(), text)
        for box, text in zip(result.boxes, result.txts, strict=True)
        if text.strip()
    ]
    return canonicalize(join_lines(lines), kept=HYPHEN)


@cache
def _ocr_engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical"})


def join_lines(lines: Sequence[OcrLine]) -> str:
    """Join lines in reading order, with an empty line at each gap larger than the usual one.

    A hyphen at the end of a line, with that line end, becomes a `HYPHEN`.

    >>> line = OcrLine(0, 40, 99, 50, "Ice.")
    >>> join_lines([line, OcrLine(50, 0, 99, 9, "log"), OcrLine(0, 0, 9, 9, "A")])
    'A log\\nIce.'
    """
    if not lines:
        return ""
    rows = [row for column in _split_columns(lines) for row in _merge_rows(column)]
    gaps = [below.top - above.bottom for above, below in pairwise(rows)]
    gaps_below = [gap for gap, row in zip(gaps, rows, strict=False) if gap > -row.height]
    usual = median(gaps_below) if gaps_below else 0.0
    text = rows[0].text
    for gap, row in zip(gaps, rows[1:], strict=True):
        text += ("\n\n" if gap > usual + 0.8 * row.height else "\n") + row.text
    return re.sub(r"(?<=[^\W\d_])-\n(?=[a-zß-öø-ÿ])", HYPHEN, text)


def _split_columns(lines: Sequence[OcrLine]) -> Iterator[Sequence[OcrLine]]:
    """Yield the lines of each column in turn; a line across both columns ends the ones above it."""
    cut = _find_gutter(lines)
    if cut is None:
        yield lines
        return
    band: list[OcrLine] = []
    for line in sorted(lines, key=lambda line: line.top):
        if line.left < cut < line.right:
            yield from _split_band(band, cut)
            yield [line]
            band = []
        else:
            band.append(line)
    yield from _split_band(band, cut)


def _split_band(band: Sequence[OcrLine], cut: float) -> Iterator[Sequence[OcrLine]]:
    """Yield the columns on the left and on the right of `cut`."""
    for side in (
        [line for line in band if line.right <= cut],
        [line for line in band if line.right > cut],
    ):
        if side:
            yield from _split_columns(side)


def _find_gutter(lines: Sequence[OcrLine]) -> float | None:
    """Return the x position between two columns of prose; None for one column or a table."""
    height = median(line.height for line in lines)
    total_width = max(line.right for line in lines) - min(line.left for line in lines)
    narrow = sorted(line for line in lines if line.right - line.left <= 0.6 * total_width)
    cuts: list[tuple[float, float]] = []
    right_edge = narrow[0].right if narrow else 0.0
    for line in narrow:
        if line.left - right_edge > 0.8 * height:
            cuts.append((line.left - right_edge, (line.left + right_edge) / 2))
        right_edge = max(right_edge, line.right)
    for _, cut in sorted(cuts, reverse=True):
        sides = [
            [ln.right - ln.left for ln in narrow if (ln.left < cut) == left] for left in (1, 0)
        ]
        if all(len(side) >= 3 and median(side) >= _MIN_COLUMN_WIDTH * height for side in sides):
            return cut
    return None


def _merge_rows(column: Sequence[OcrLine]) -> list[OcrLine]:
    """Merge lines that are side by side; return the merged lines from top to bottom."""
    rows: list[list[OcrLine]] = []
    for line in sorted(column, key=lambda line: line.top + line.bottom):
        middle = (line.top + line.bottom) / 2
        if rows and rows[-1][-1].top < middle < rows[-1][-1].bottom:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [
        OcrLine(
            min(line.left for line in row),
            min(line.top for line in row),
            max(line.right for line in row),
            max(line.bottom for line in row),
            " ".join(line.text.strip() for line in sorted(row)),
        )
        for row in rows
    ]
