"""Count the items of lists in OpenDocument files, which do not contain their own numbers."""

import re
from dataclasses import dataclass, field

from index.extract.office.opendocument.styles import NS, OUTLINE, ListLevel, read_int
from index.extract.zip_container import Element
from index.text.numerals import MAX_ROMAN, to_letters, to_roman

_TEXT = f"{{{NS}text:1.0}}"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PLACE = re.compile(r"%(\d)%")
"""Stands for the number of a level in a label."""


@dataclass(slots=True)
class ListNumbers:
    """Counters of the lists read so far.

    Each counter maps a level to the number of its last item. `counter` is that of the current
    list, `by_id` and `by_style` hold those of all lists, which later lists may continue. On slides,
    the next list in the same box goes on at the levels that it numbers alike: `by_box` holds the
    levels and the counter of the last one.
    """

    styles: dict[str, dict[int, ListLevel]]
    on_slides: bool = False
    counter: dict[int, int] = field(default_factory=dict)
    by_id: dict[str, dict[int, int]] = field(default_factory=dict)
    by_style: dict[str, dict[int, int]] = field(default_factory=dict)
    headings: dict[int, int] = field(default_factory=dict)
    by_box: dict[Element, tuple[dict[int, ListLevel], dict[int, int]]] = field(default_factory=dict)

    def start_list(self, element: Element, style: str) -> None:
        """Start or continue a list that stands in no other list."""
        continued = element.get(f"{_TEXT}continue-list", "")
        if continued in self.by_id:
            self.counter = self.by_id[continued]
        elif element.get(f"{_TEXT}continue-numbering") == "true" and style in self.by_style:
            self.counter = self.by_style[style]
        elif self.on_slides:
            levels = self.styles.get(style, {})
            before, counter = self.by_box.get(element.getparent(), ({}, {}))
            self.counter = {at: n for at, n in counter.items() if levels.get(at) == before.get(at)}
            self.by_box[element.getparent()] = levels, self.counter
        else:
            self.counter = self.headings if style == OUTLINE else {}
        self.by_style[style] = self.counter
        if own := element.get(_XML_ID):
            self.by_id[own] = self.counter

    def number_item(self, item: Element, style: str, depth: int) -> tuple[int, str]:
        """Count an item at a level from 1, and return its number and its label."""
        level = self.styles.get(style, {}).get(depth, ListLevel())
        return self._count(self.counter, item, (style, depth), level)

    def skip_item(self, style: str, depth: int) -> None:
        """Count an item that only holds a list, if it is the first of its level."""
        if not self.on_slides:
            start = self.styles.get(style, {}).get(depth, ListLevel()).start
            self.counter.setdefault(depth, start)

    def number_heading(self, heading: Element, depth: int) -> str:
        """Count a heading outside of lists, and return its label, "" if it has none."""
        level = self.styles.get(OUTLINE, {}).get(depth)
        if level is None or heading.get(f"{_TEXT}is-list-header") == "true":
            return ""
        if heading.get(f"{_TEXT}restart-numbering") == "true":
            self.headings.pop(depth, None)
        return self._count(self.headings, heading, (OUTLINE, depth), level)[1]

    def _count(
        self, counter: dict[int, int], item: Element, place: tuple[str, int], level: ListLevel
    ) -> tuple[int, str]:
        style, depth = place
        following = counter.get(depth, level.start - 1) + 1
        counter[depth] = read_int(item, f"{_TEXT}start-value", following)
        for deeper in [other for other in counter if other > depth]:
            del counter[deeper]
        if not level.form:
            return counter[depth], ""

        def shown(at: int) -> str:
            upper = self.styles[style].get(at, ListLevel())
            return format_number(counter.get(at, upper.start), upper) if upper.form else ""

        if level.template:
            return counter[depth], _PLACE.sub(lambda at: shown(int(at[1])), level.template).strip()
        places = range(max(1, depth - level.shown_levels + 1), depth + 1)
        numbers = ".".join(filter(None, map(shown, places)))
        return counter[depth], f"{level.prefix}{numbers}{level.suffix}".strip()


def format_number(number: int, level: ListLevel) -> str:
    """Return a number in the format of a level.

    >>> format_number(28, ListLevel("a")), format_number(28, ListLevel("a", synchronous=True))
    ('ab', 'bb')
    >>> [format_number(14, ListLevel(form)) for form in ("I", "1", "01, 02, 03, ...")]
    ['XIV', '14', '14']
    """
    form, text = level.form.lower(), str(number)
    if form.startswith("0"):  # The first number says how many digits there are at least.
        return text.zfill(len(form.partition(",")[0]))
    if form == "a" and 0 < number < 1000:
        if level.synchronous:
            text = _LETTERS[(number - 1) % 26] * ((number + 25) // 26)
        else:
            text = to_letters(number)
    elif form == "i" and 0 < number <= MAX_ROMAN:
        text = to_roman(number)
    return text.upper() if level.form.isupper() else text
