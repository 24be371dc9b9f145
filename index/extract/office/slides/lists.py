"""Number the items of lists on slides, which do not contain their own numbers."""

import re
from collections.abc import Iterable, Iterator

from index.extract.office.drawing_text import A
from index.extract.zip_container import Element
from index.text.numerals import MAX_ROMAN, to_letters, to_roman

_BULLETS = {f"{A}{mark}" for mark in ("buChar", "buBlip")}
_MAX_LEVEL = 8
_MAX_START = 32767
"""The largest level and first number that the format allows."""


def mark_items(paragraphs: Iterable[Element], *, listed: bool) -> Iterator[str]:
    """Yield what stands before each `a:p` element: its indent and label, "" if it is no list item.

    With `listed`, paragraphs are items unless they say otherwise. A number goes on from the last
    item of its level with the same numbering, and starts again behind any other paragraph there.
    """
    counts: dict[int, tuple[tuple[str, int], int]] = {}
    widths: dict[int, int] = {}
    for paragraph in paragraphs:
        properties = paragraph.find(f"{A}pPr")
        level = 0 if properties is None else _read_int(properties, "lvl", 0, _MAX_LEVEL)
        counts = {depth: count for depth, count in counts.items() if depth <= level}
        widths = {depth: width for depth, width in widths.items() if depth < level}
        bullets = {} if properties is None else {child.tag: child for child in properties}
        numbering = bullets.get(f"{A}buAutoNum")
        if numbering is None:
            counts.pop(level, None)
            is_item = bool(bullets.keys() & _BULLETS) or (listed and f"{A}buNone" not in bullets)
            label = "- " if is_item else ""
        else:
            kind = (numbering.get("type", ""), _read_int(numbering, "startAt", 1, _MAX_START))
            last = counts.get(level)
            number = last[1] + 1 if last and last[0] == kind else kind[1]
            counts[level] = (kind, number)
            label = f"{format_number(number, kind[0])} "
        yield " " * sum(widths.get(depth, 2) for depth in range(level)) + label if label else ""
        widths[level] = len(label) or 2


def format_number(number: int, scheme: str) -> str:
    """Return a number in a numbering scheme, in plain digits if the scheme is not known.

    >>> [format_number(4, s) for s in ("arabicPeriod", "alphaLcParenBoth", "romanUcParenR", "ea1")]
    ['4.', '(d)', 'IV)', '4.']
    """
    text = str(number)
    if scheme.startswith("alpha"):
        text = to_letters(number)
    elif scheme.startswith("roman") and number <= MAX_ROMAN:
        text = to_roman(number)
    text = text.upper() if re.match("[a-z]+Uc", scheme) else text
    if scheme.endswith("ParenBoth"):
        return f"({text})"
    return f"{text})" if scheme.endswith("ParenR") else f"{text}."


def _read_int(element: Element, name: str, default: int, largest: int) -> int:
    value = element.get(name, "")
    return min(int(value), largest) if re.fullmatch(r"[0-9]{1,9}", value) else default
