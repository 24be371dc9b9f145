"""Pictures of pages -> their text, by the library of the "ocr" extra where it is installed.

Its models are in its wheel and run here; they know Latin letters, Chinese and Japanese.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from index.text.canonical import canonicalize

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MOST_PAGES = 300
"""Pages of a file that are recognised at most; each takes a second or more."""

_DPI = 200
_LONGEST = 4000
"""Pixels of a picture's longer side at most, whatever the size of the page."""

_NARROWEST = 0.1
"""Shorter side by the longer one at least: the library refuses strips."""

_PROSE = 8
"""Heights of a line that those of a column are wide at least; cells of a table are not."""


class Line(NamedTuple):
    """A line of text and where it stands, in pixels from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def height(self) -> float:
        return self.bottom - self.top


@cache
def can_recognise() -> bool:
    """Whether the library is installed."""
    return find_spec("rapidocr") is not None


def recognise_page(page: "PdfPage") -> str:
    """Return the text on the picture of a page as canonical text, "" where none is found."""
    width, height = page.get_size()
    shorter, longer = sorted((width, height))
    if shorter < _NARROWEST * longer:
        return ""
    bitmap = page.render(scale=min(_DPI / 72, _LONGEST / longer))
    try:
        found = _engine()(bitmap.to_numpy())
    except Exception:
        # What it may raise has no list, and one page does not keep the others from being read.
        return ""
    if found.boxes is None or not found.txts:
        return ""
    lines = [
        Line(box[:, 0].min(), box[:, 1].min(), box[:, 0].max(), box[:, 1].max(), text)
        for box, text in zip(found.boxes, found.txts, strict=True)
        if text.strip()
    ]
    return canonicalize(join_lines(lines))


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical"})


def join_lines(lines: Sequence[Line]) -> str:
    """Return lines in the order of reading, an empty one where more than the usual is between.

    >>> join_lines([Line(0, 40, 99, 50, "Ice."), Line(50, 0, 99, 9, "log"), Line(0, 0, 9, 9, "A")])
    'A log\\nIce.'
    """
    if not lines:
        return ""
    rows = [row for block in _blocks(lines) for row in _rows(block)]
    gaps = [below.top - above.bottom for above, below in pairwise(rows)]
    downwards = [gap for gap, row in zip(gaps, rows, strict=False) if gap > -row.height]
    usual = median(downwards) if downwards else 0.0
    text = rows[0].text
    for gap, row in zip(gaps, rows[1:], strict=True):
        text += ("\n\n" if gap > usual + 0.8 * row.height else "\n") + row.text
    return re.sub(r"(?<=[^\W\d_])-\n(?=[a-zß-öø-ÿ])", "", text)


def _blocks(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Yield the columns one after another, those above a line across them before those below."""
    cut = _gutter(lines)
    if cut is None:
        yield lines
        return
    band: list[Line] = []
    for line in sorted(lines, key=lambda line: line.top):
        if line.left < cut < line.right:
            yield from _sides(band, cut)
            yield [line]
            band = []
        else:
            band.append(line)
    yield from _sides(band, cut)


def _sides(band: Sequence[Line], cut: float) -> Iterator[Sequence[Line]]:
    for side in (
        [line for line in band if line.right <= cut],
        [line for line in band if line.right > cut],
    ):
        if side:
            yield from _blocks(side)


def _gutter(lines: Sequence[Line]) -> float | None:
    """Return where two columns of prose are parted; None where there is one column, or a table."""
    height = median(line.height for line in lines)
    across = max(line.right for line in lines) - min(line.left for line in lines)
    narrow = sorted(line for line in lines if line.right - line.left <= 0.6 * across)
    cuts: list[tuple[float, float]] = []
    reached = narrow[0].right if narrow else 0.0
    for line in narrow:
        if line.left - reached > 0.8 * height:
            cuts.append((line.left - reached, (line.left + reached) / 2))
        reached = max(reached, line.right)
    for _, cut in sorted(cuts, reverse=True):
        sides = [
            [ln.right - ln.left for ln in narrow if (ln.left < cut) == left] for left in (1, 0)
        ]
        if all(len(side) >= 3 and median(side) >= _PROSE * height for side in sides):
            return cut
    return None


def _rows(block: Sequence[Line]) -> list[Line]:
    """Return what stands side by side as one line, from the top to the bottom."""
    rows: list[list[Line]] = []
    for line in sorted(block, key=lambda line: line.top + line.bottom):
        middle = (line.top + line.bottom) / 2
        if rows and rows[-1][-1].top < middle < rows[-1][-1].bottom:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [
        Line(
            min(line.left for line in row),
            min(line.top for line in row),
            max(line.right for line in row),
            max(line.bottom for line in row),
            " ".join(line.text.strip() for line in sorted(row)),
        )
        for row in rows
    ]
