"""Draw the answers of documents as SVG: a bar for each quantity, a point on a time line for dates.

Every row is a link to the place of its answer, as in the table. The colours are those of the page,
by classes that each.css names; lengths along a row are in percent, so that the text keeps its size
on a narrow page. Names and answers are untrusted: they are only ever text nodes and attributes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element, SubElement, tostring

from index.text.canonical import shorten
from qa.chat.each.values import Group
from qa.rendering.escape import printable_line

MAX_BARS = 100
"""Rows of a picture at most; the others are in the table."""

ROW_HEIGHT, AXIS_HEIGHT = 42, 26
"""Heights in pixels."""

MAX_NAME, MAX_WORDS = 70, 40
"""Characters of a name and of an answer that are drawn; a screen reader hears all."""

MAX_TICKS = 5
"""Marks of a time line at most."""

_MONTHS_BETWEEN_TICKS = (1, 3, 6, *(12 * years for years in (1, 2, 5, 10, 20, 50, 100, 200, 500)))


@dataclass(frozen=True, slots=True)
class Row:
    """What stands beside a bar: the name of its document, the answer, and the link to its place."""

    name: str
    words: str
    link: str


def draw_group(group: Group, rows: Sequence[Row]) -> str:
    """Return the picture of a group as an SVG element; `rows` belong to its values.

    Quantities are ordered by size, dates by time. Of more than MAX_BARS, the first are drawn.
    """
    order = sorted(
        range(len(rows)),
        key=lambda number: group.values[number].number * (1 if group.dates else -1),
    )[:MAX_BARS]
    numbers = [group.values[number].number for number in order]
    shown = [rows[number] for number in order]
    return _draw_dates(numbers, shown) if group.dates else _draw_bars(numbers, shown)


def _draw_bars(numbers: Sequence[float], rows: Sequence[Row]) -> str:
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    scale = 100 / ((high - low) or 1)
    svg = _new_picture(len(rows) * ROW_HEIGHT)
    for place, (number, row) in enumerate(zip(numbers, rows, strict=True)):
        top = place * ROW_HEIGHT
        link = _add_row(svg, row, top)
        start, end = sorted((0.0, number))
        bar = {"x": _percent((start - low) * scale), "width": _percent((end - start) * scale)}
        _add(link, "rect", "track", x="0", width="100%", y=top + 24, height=10, rx=2)
        _add(link, "rect", "bar", **bar, y=top + 24, height=10, rx=2)
    return tostring(svg, encoding="unicode")


def _draw_dates(days: Sequence[float], rows: Sequence[Row]) -> str:
    ticks = find_ticks(date.fromordinal(int(min(days))), date.fromordinal(int(max(days))))
    first, last = ticks[0][0], ticks[-1][0]
    height = AXIS_HEIGHT + len(rows) * ROW_HEIGHT
    svg = _new_picture(height)
    for place, (mark, label) in enumerate(ticks):
        x = _place_of(mark, first, last)
        anchor = "start" if not place else "end" if place == len(ticks) - 1 else "middle"
        _add(svg, "line", "tick", x1=x, x2=x, y1=AXIS_HEIGHT - 6, y2=height)
        _add(svg, "text", "axis", x=x, y=14, **{"text-anchor": anchor}).text = label
    for place, (day, row) in enumerate(zip(days, rows, strict=True)):
        top = AXIS_HEIGHT + place * ROW_HEIGHT
        link = _add_row(svg, row, top)
        _add(link, "line", "track", x1="0", x2="100%", y1=top + 29, y2=top + 29)
        _add(link, "circle", "point", cx=_place_of(day, first, last), cy=top + 29, r=6)
    return tostring(svg, encoding="unicode")


def find_ticks(first: date, last: date) -> list[tuple[int, str]]:
    """Return the marks of a time line that holds two days: their ordinals and labels.

    >>> [label for _, label in find_ticks(date(2024, 11, 5), date(2025, 6, 1))]
    ['Oct 2024', 'Jan 2025', 'Apr 2025', 'Jul 2025']
    """
    begin, end = (day.year * 12 + day.month - 1 for day in (first, last))
    for step in _MONTHS_BETWEEN_TICKS:
        at = begin // step * step
        months = list(range(max(at, 12), (end // step + 1) * step + 1, step))
        if len(months) <= MAX_TICKS:
            break
    days = [date(min(month // 12, date.max.year), month % 12 + 1, 1) for month in months]
    form = "%Y" if all(day.month == 1 for day in days) else "%b %Y"
    return [(day.toordinal(), day.strftime(form)) for day in days]


def _new_picture(height: int) -> Element:
    size = f"width: 100%; height: {height}px"  # The page gives icons another size.
    return Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "class": "chart", "style": size})


def _add_row(svg: Element, row: Row, top: int) -> Element:
    """Add a link that holds the name of a document and, at the end of the line, its answer."""
    name, words = printable_line(row.name), printable_line(row.words)
    link = SubElement(svg, "a", {"href": row.link, "aria-label": f"{name}: {words}"})
    _add(link, "rect", "area", x="0", width="100%", y=top, height=ROW_HEIGHT, rx=6)
    _add(link, "text", "name", x="0", y=top + 16).text = shorten(name, MAX_NAME)
    # The answer is drawn over the end of a name for which there is no room.
    at = {"x": "100%", "text-anchor": "end"}
    _add(link, "text", "value", y=top + 16, **at).text = shorten(words, MAX_WORDS)
    return link


def _add(parent: Element, tag: str, kind: str, **attributes: str | int) -> Element:
    named = {"class": kind} if kind else {}
    values = {name: str(value) for name, value in attributes.items()}
    return SubElement(parent, tag, named | values)


def _place_of(day: float, first: int, last: int) -> str:
    return _percent(100 * (day - first) / ((last - first) or 1))


def _percent(share: float) -> str:
    return f"{share:.2f}%"
