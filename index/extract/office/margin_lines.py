"""Choose what of the headers and footers of a document belongs to its text."""

import re
from collections.abc import Iterable

PAGE_NUMBER = "\uf8f2"
"""Stands for a page number, or the number of pages, in a line of a header or footer."""

MAX_PAGE_WORDS = 2
"""Maximum number of words beside a page number that go with it: "Page 3 of 7" has two."""

_MAX_LINES = 1000


def choose_margin_lines(lines: Iterable[str], body: Iterable[str]) -> list[str]:
    """Return the lines of headers and footers that the lines of the body lack, each once.

    Page numbers are left out, with the words around them up to a tab or the end of the line.

    >>> choose_margin_lines(["Lease\\tPage \uf8f2 of \uf8f2", "Title", "Lease"], ["Title"])
    ['Lease']
    """
    seen = {" ".join(line.split()) for line in body}
    chosen: list[str] = []
    for line in lines:
        words = " ".join(_drop_page_number(part) for part in re.split(r"[\t\n]", line))
        words = " ".join(words.split())
        if words and words not in seen and len(chosen) < _MAX_LINES:
            seen.add(words)
            chosen.append(words)
    return chosen


def _drop_page_number(part: str) -> str:
    words = part.replace(PAGE_NUMBER, " ")
    has_digit = any(map(str.isdigit, words))
    is_label = PAGE_NUMBER in part and len(words.split()) <= MAX_PAGE_WORDS and not has_digit
    return "" if is_label else words
