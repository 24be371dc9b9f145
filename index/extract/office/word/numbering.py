"""Compute the numbers of paragraphs in a Word document, which the file itself does not contain.

People see "2.1" before a heading or "(b)" before a clause and ask for it. A plain number, such as
"2.", stays the number of a list item; any other becomes text of its paragraph. The schemes of
numbers are left to `list_styles`, formats to `number_format`.
"""

import re

from index.extract.office.word.list_styles import Level, NumberedList, Numbering, parse_numbering
from index.extract.office.word.number_format import format_number
from index.extract.office.word.parts import W, attribute_value, make_run, parse_number
from index.extract.zip_container import Element

NUMBER_BOOKMARK = "footnote-number-"
"""Prefix of bookmarks that carry the number of a paragraph which stays a list item."""

_NO_LIST = "0"


def insert_numbers(body: Element, numbering: Element, styles: Element) -> None:
    """Insert the number of each numbered paragraph in `body` into the paragraph."""
    scheme = parse_numbering(numbering, styles)
    counters: dict[str, dict[int, int]] = {}
    started: set[tuple[str, int]] = set()
    for paragraph in body.iter(f"{W}p"):
        style, list_id, depth = _list_position(paragraph, scheme)
        numbered = scheme.lists.get(list_id)
        level = numbered.levels.get(depth) if numbered else None
        if numbered is None or level is None or _is_removed(paragraph):
            continue
        counter = counters.setdefault(numbered.counter_id, {})
        if (list_id, depth) not in started:
            started.add((list_id, depth))
            if depth in numbered.restarts:
                counter.pop(depth, None)
        _count(counter, numbered, depth)
        if level.form == "bullet":
            if not level.text.strip():
                _remove_from_list(paragraph)  # It continues the item above.
            continue
        label = _format_label(level, numbered, counter)
        if style in scheme.headings or label != f"{counter[depth]}.":
            _remove_from_list(paragraph)
            paragraph.insert(1, make_run(paragraph, f"{label} ".lstrip()))
        else:
            bookmark = paragraph.makeelement(f"{W}bookmarkStart")
            bookmark.set(f"{W}name", f"{NUMBER_BOOKMARK}{counter[depth]}")
            paragraph.insert(1, bookmark)


def _count(counter: dict[int, int], numbered: NumberedList, depth: int) -> None:
    """Advance the counter of a level and restart those of deeper levels."""
    counter[depth] = counter.get(depth, numbered.start(depth) - 1) + 1
    for deeper in [other for other in counter if other > depth]:
        restart = numbered.levels[deeper].restart if deeper in numbered.levels else None
        if restart is None or depth < restart:
            del counter[deeper]


def _list_position(paragraph: Element, scheme: Numbering) -> tuple[str, str, int]:
    """Return the style, the list id and the depth in the list of a paragraph."""
    style = attribute_value(paragraph, "pPr/pStyle")
    list_id, depth = scheme.of_style.get(style, (_NO_LIST, 0))
    list_id = attribute_value(paragraph, "pPr/numPr/numId") or list_id
    return style, list_id, parse_number(attribute_value(paragraph, "pPr/numPr/ilvl"), depth)


def _is_removed(paragraph: Element) -> bool:
    """Return whether a tracked change removes a paragraph: its text joins the next, if it stays."""
    mark = f"{W}pPr/{W}rPr/{W}"
    return any(paragraph.find(mark + name) is not None for name in ("del", "moveFrom"))


def _format_label(level: Level, numbered: NumberedList, counter: dict[int, int]) -> str:
    """Return the label of a paragraph; "%1.%2" stands for the numbers of the first two levels."""

    def number(match: re.Match[str]) -> str:
        depth = int(match[1]) - 1
        form = numbered.levels.get(depth, level).form
        if level.is_legal and form not in ("none", "decimalZero"):
            form = "decimal"
        return format_number(counter.get(depth, numbered.start(depth)), form)

    return "" if level.form == "none" else re.sub(r"%([1-9])", number, level.text)


def _remove_from_list(paragraph: Element) -> None:
    """Remove a paragraph from its list, also from that of its style."""
    properties = paragraph.find(f"{W}pPr")
    for previous in properties.findall(f"{W}numPr"):
        properties.remove(previous)
    no_list = paragraph.makeelement(f"{W}numPr")
    for name in ("ilvl", "numId"):
        child = paragraph.makeelement(W + name)
        child.set(f"{W}val", _NO_LIST)
        no_list.append(child)
    properties.append(no_list)
