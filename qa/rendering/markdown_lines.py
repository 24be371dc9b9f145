"""Recognise the lines of Markdown and find fenced code. Pure.

Offsets are characters of the whole text, end exclusive; no function reads a whole text. `blocks`
combines lines into blocks.
"""

import re
from collections.abc import Iterator

from index.text.fence import next_fence
from index.text.markdown import front_matter_end
from index.text.sentence import Span

MAX_BLOCK_LENGTH = 8_000
"""Characters of a block at most; longer ones are split."""

MAX_FENCE_LINES = 20_000
"""Fence lines of code that are looked at; code below them is rendered as text."""

_LOOK_BACK = 4_000
"""Characters above a range that are read to find the depth of its first list item."""

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})([^\n]*)")
LINE_START = re.compile(
    r"(?P<heading>\#{1,6})[ \t]+(?=\S)"
    r"|[ ]{0,3}(?P<rule>(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$"
    r"|[ \t]*(?P<row>\|)"
    r"|(?P<indent>[ \t]*)(?:(?P<bullet>[-*+•‣◦])|(?P<number>[0-9]{1,9}[.)]))[ \t]+(?=\S)"
    r"|[ \t]*(?P<quote>>(?:[ \t]*>)*[ \t]?)"
)


def line_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the ranges of the lines between two offsets, without their line breaks."""
    while start < end:
        line_end = find_line_end(text, start, end)
        yield start, line_end
        start = line_end + 1


def find_code_ranges(text: str, end: int) -> list[tuple[int, int, int, int]]:
    """Return the front matter and the fenced code of Markdown that begin before `end`.

    Each is (start, start of its content, end of its content, end).

    >>> find_code_ranges("a\\n```py\\nb = 1\\n```\\nc", 21)
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
    """Yield the fence lines of a range, at most MAX_FENCE_LINES."""
    # Searching for one character is fastest, and most texts contain neither.
    marks = [mark for mark in ("```", "~~~") if text.find(mark[0], start, end) >= 0]
    nexts = {mark: text.find(mark, start, end) for mark in marks}
    for _ in range(MAX_FENCE_LINES):
        at = min((place for place in nexts.values() if place >= 0), default=-1)
        if at < 0:
            return
        begin = text.rfind("\n", max(start, at - 100), at) + 1
        begin = begin or (start if at - start <= 100 else at)
        found = _FENCE.match(text, begin) if is_line_start(text, begin) else None
        if found:
            yield found
        after = text.find("\n", at, end)
        for mark in marks:
            if 0 <= nexts[mark] < (after if after >= 0 else end):
                nexts[mark] = text.find(mark, after, end) if after >= 0 else -1


def add_indent(indents: list[int], indent: str) -> None:
    """Update the indents of the enclosing list items, outermost first, for a further item."""
    width = len(indent.expandtabs(4))
    while indents and indents[-1] >= width:
        indents.pop()
    indents.append(width)


def find_list_indents(text: str, start: int) -> list[int]:
    """Return the indents of the list items that enclose an offset, outermost first."""
    indents: list[int] = []
    for begin, line_end in line_spans(text, max(0, start - _LOOK_BACK), start):
        found = LINE_START.match(text, begin, line_end) if is_line_start(text, begin) else None
        if found and (found["bullet"] or found["number"]):
            add_indent(indents, found["indent"])
        elif found or not text[begin : begin + 1].isspace():
            indents = []
    return indents


def is_line_start(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] == "\n"


def find_line_end(text: str, start: int, end: int) -> int:
    found = text.find("\n", start, end)
    return found if found >= 0 else end


def is_table_rule(line: str) -> bool:
    """Whether a table row is the line between the header and the body."""
    return "-" in line and not line.strip("|-: \t")


def is_after_row(text: str, start: int) -> bool:
    """Whether the line above an offset is a table row."""
    above = text.rfind("\n", max(0, start - 1 - MAX_BLOCK_LENGTH), max(0, start - 1)) + 1
    found = LINE_START.match(text, above, start)
    return start > 0 and bool(found and found["row"])


def split_span(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a range in pieces of at most MAX_BLOCK_LENGTH, split after lines or between words."""
    while end - start > MAX_BLOCK_LENGTH:
        limit, middle = start + MAX_BLOCK_LENGTH, start + MAX_BLOCK_LENGTH // 2
        cut = text.rfind("\n", middle, limit) + 1 or text.rfind(" ", middle, limit) + 1 or limit
        yield start, cut
        start = cut
    if start < end:
        yield start, end
