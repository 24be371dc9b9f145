"""Split a range of a document's text into parts with a style, those that are cited highlighted.

A part is an exact slice of the text: `text[start : start + len(part)] == part`. Markdown markup
lies between the parts. The server splits because a browser counts UTF-16 units.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from index.text.sentence import Span

StyledSpan = tuple[int, int, str]
"""A range of characters, end exclusive, and its style: "strong", "em", "code" or ""."""

_MAX_NESTING = 3
"""Levels of nested markup at most that are parsed."""

# Lengths are bounded, so that no text takes long to match.
_INLINE = re.compile(
    r"""
      \\(?P<escaped>[!-/:-@\[-`{-~])
    | (?<!`)(?P<ticks>`{1,3})(?!`)[ ]?(?P<code>[^`].{0,300}?)[ ]?(?<!`)(?P=ticks)(?!`)
    | !?\[(?P<link>(?:!\[[^\[\]\n]{0,300}\]\([^()\s]{0,500}\)|[^\[\]\n]){0,300})\]
      \([ ]?(?:<[^<>\n]{0,1000}>|[^\s()<>]{0,1000}(?:\([^\s()<>]{0,200}\)[^\s()<>]{0,200})?)
      (?:\s{1,9}(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'))?[ ]?\)
    | (?<!\w)(?P<lines>__)(?=\S)(?P<strong_lines>.{1,500}?)(?<![\s\\])__(?!\w)
    | (?P<stars>\*\*)(?=\S)(?P<strong>.{1,500}?)(?<![\s\\])\*\*(?!\*)
    | (?<![\w*])\*(?=[^\s*])(?P<em>.{1,500}?)(?<![\s\\*])\*(?![\w*])
    | (?<![\w_])_(?=[^\s_])(?P<em_line>.{1,500}?)(?<![\s\\_])_(?![\w_])
    """,
    re.VERBOSE | re.DOTALL,
)
_STYLES = {"strong": "strong", "strong_lines": "strong", "em": "em", "em_line": "em"}
_ESCAPED_BAR = re.compile(r"\\(?=\|)")


@dataclass(frozen=True, slots=True)
class Highlight:
    """The cited range, and the range of the answer within it, in characters."""

    start: int
    end: int
    answer: Span | None = None

    def split(self, start: int, end: int) -> Iterator[tuple[int, int, str | None]]:
        """Yield the pieces of a range, each with "cited", "answer" or None as its mark.

        >>> list(Highlight(2, 8, (4, 5)).split(0, 6))
        [(0, 2, None), (2, 4, 'cited'), (4, 5, 'answer'), (5, 6, 'cited')]
        """
        first, last = self.answer or (self.end, self.end)
        edges = (self.start, first, last, self.end)
        stops = [start, *sorted({edge for edge in edges if start < edge < end}), end]
        for a, b in pairwise(stops):
            if a < b:
                cited = self.start <= a < self.end
                yield a, b, "answer" if first <= a < last else "cited" if cited else None


def render_parts(
    text: str, spans: Iterable[StyledSpan], highlight: Highlight
) -> list[dict[str, Any]]:
    """Return the parts of a text as plain data, in order."""
    found = []
    for start, end, style in spans:
        for a, b, mark in highlight.split(start, end):
            part = {"text": text[a:b], "start": a, "mark": mark}
            found.append({**part, "style": style} if style else part)
    return found


def plain_spans(text: str, start: int, end: int) -> Iterator[StyledSpan]:
    """Yield a table cell's range without the backslashes that escape bars."""
    for bar in _ESCAPED_BAR.finditer(text, start, end):
        yield start, bar.start(), ""
        start = bar.end()
    yield start, end, ""


def styled_spans(
    text: str, start: int, end: int, style: str = "", depth: int = 0
) -> Iterator[StyledSpan]:
    """Yield a range without its Markdown markup; of a link its text remains.

    >>> text = r"A **big** \\* [cat](http://x)"
    >>> [(text[a:b], style) for a, b, style in styled_spans(text, 0, len(text))]
    [('A ', ''), ('big', 'strong'), (' ', ''), ('* ', ''), ('cat', '')]
    """
    at = start
    for found in _INLINE.finditer(text, start, end):
        name = found.lastgroup or ""
        if name == "escaped":
            yield from _if_not_empty(at, found.start(), style)
            at = found.start(name)
            continue
        yield from _if_not_empty(at, found.start(), style)
        inner = _STYLES.get(name, style)
        if name == "code":
            yield from _if_not_empty(*found.span(name), "code")
        elif depth < _MAX_NESTING:
            yield from styled_spans(text, *found.span(name), inner, depth + 1)
        else:
            yield from _if_not_empty(*found.span(name), inner)
        at = found.end()
    yield from _if_not_empty(at, end, style)


def _if_not_empty(start: int, end: int, style: str) -> Iterator[StyledSpan]:
    if start < end:
        yield start, end, style
