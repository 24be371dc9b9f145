"""The lines of Markdown: what each begins, and where fenced code lies. Pure.

Offsets are characters of a whole text, end exclusive; nothing here reads all of one. Blocks are
made of lines by `blocks`.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from index.text.chunk import Span, next_fence
from index.text.markdown import front_matter_end

MOST_BLOCK = 8_000
"""Characters of a block at most; a longer one is cut."""

MOST_FENCES = 20_000
"""Lines of marks of fenced code that are looked at; code below them is shown as text."""

_LOOK_BACK = 4_000
"""Characters above a range by which it is told how deep its first item lies."""

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})([^\n]*)")
START = re.compile(
    r"(?P<heading>\#{1,6})[ \t]+(?=\S)"
    r"|[ ]{0,3}(?P<rule>(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$"
    r"|[ \t]*(?P<row>\|)"
    r"|(?P<indent>[ \t]*)(?:(?P<bullet>[-*+•‣◦])|(?P<number>[0-9]{1,9}[.)]))[ \t]+(?=\S)"
    r"|[ \t]*(?P<quote>>(?:[ \t]*>)*[ \t]?)"
)


def lines(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the ranges of the lines between two offsets, without their ends."""
    while start < end:
        line_end = line_end_of(text, start, end)
        yield start, line_end
        start = line_end + 1


def code_ranges(text: str, end: int) -> list[tuple[int, int, int, int]]:
    """Return where code lies in Markdown that begins before `end`: front matter and fenced code.

    Each is its start, the start and the end of what is within, and its end.

    >>> code_ranges("a\\n```py\\nb = 1\\n```\\nc", 21)
    [(2, 8, 13, 17)]
    """
    above = front_matter_end(text)
    found = []
    if above:
        inner = text.index("\n") + 1
        found.append((0, inner, max(inner, text.rfind("\n", inner, above - 1)), above))
    opened, first, inner = "", 0, 0
    for fence in _fence_lines(text, above, end):
        before, opened = opened, next_fence(opened, fence[1], fence[2])
        if opened and not before:
            first, inner = fence.start(), min(fence.end() + 1, len(text))
        elif before and not opened:
            found.append((first, inner, max(inner, fence.start() - 1), fence.end()))
    if opened:
        found.append((first, inner, len(text), len(text)))
    return found


def _fence_lines(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield the lines that begin with marks of fenced code, some thousands at most."""
    # Looking for one character is the fastest; most texts hold none of them.
    marks = [mark for mark in ("```", "~~~") if text.find(mark[0], start, end) >= 0]
    nexts = {mark: text.find(mark, start, end) for mark in marks}
    for _ in range(MOST_FENCES):
        at = min((place for place in nexts.values() if place >= 0), default=-1)
        if at < 0:
            return
        begin = text.rfind("\n", max(start, at - 100), at) + 1
        begin = begin or (start if at - start <= 100 else at)
        found = _FENCE.match(text, begin) if begins_line(text, begin) else None
        if found:
            yield found
        after = text.find("\n", at, end)
        for mark in marks:
            if 0 <= nexts[mark] < (after if after >= 0 else end):
                nexts[mark] = text.find(mark, after, end) if after >= 0 else -1


def cells_of(text: str, start: int, end: int) -> list[Span]:
    """Return the ranges of the cells of a row of a table, without white space around them.

    >>> row = r"| a | b \\| c ||"
    >>> [row[a:b] for a, b in cells_of(row, 0, len(row))]
    ['a', 'b \\\\| c', '']
    """
    bars = [m.start() for m in re.finditer(r"(?<!\\)\|", text[start:end])]
    stops = [start + bar for bar in bars]
    if not stops or text[stops[-1] + 1 : end].strip():
        stops.append(end)
    cells = []
    for a, b in pairwise(stops):
        cell = text[a + 1 : b]
        inner = a + 1 + len(cell) - len(cell.lstrip())
        cells.append((inner, max(inner, a + 1 + len(cell.rstrip()))))
    return cells


def deepen(indents: list[int], indent: str) -> None:
    """Change the indents of the items around, the outermost first, to those of one more item."""
    width = len(indent.expandtabs(4))
    while indents and indents[-1] >= width:
        indents.pop()
    indents.append(width)


def indents_above(text: str, start: int) -> list[int]:
    indents: list[int] = []
    for begin, line_end in lines(text, max(0, start - _LOOK_BACK), start):
        found = START.match(text, begin, line_end) if begins_line(text, begin) else None
        if found and (found["bullet"] or found["number"]):
            deepen(indents, found["indent"])
        elif found or not text[begin : begin + 1].isspace():
            indents = []
    return indents


def begins_line(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] == "\n"


def line_end_of(text: str, start: int, end: int) -> int:
    found = text.find("\n", start, end)
    return found if found >= 0 else end


def is_ruling(line: str) -> bool:
    """Whether a row of a table is the line between its header and its body."""
    return "-" in line and not line.strip("|-: \t")


def follows_row(text: str, start: int) -> bool:
    above = text.rfind("\n", max(0, start - 1 - MOST_BLOCK), max(0, start - 1)) + 1
    found = START.match(text, above, start)
    return start > 0 and bool(found and found["row"])


def cut(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a range in pieces of a bounded length, cut at a line's end or between words."""
    while end - start > MOST_BLOCK:
        stop, near = start + MOST_BLOCK, start + MOST_BLOCK // 2
        cut = text.rfind("\n", near, stop) + 1 or text.rfind(" ", near, stop) + 1 or stop
        yield start, cut
        start = cut
    if start < end:
        yield start, end
