"""Compute the numbers of paragraphs in a Word document, which the file itself does not contain.

People see "2.1" before a heading or "(b)" before a clause and ask for it. A plain number, such as
"2.", stays the number of a list item; any other becomes text of its paragraph.
"""

import re
from dataclasses import dataclass, field

from index.extract.office.docx_parts import W, attribute_value, make_run
from index.extract.zip_container import Element

NUMBER_BOOKMARK = "footnote-number-"
"""Prefix of bookmarks that carry the number of a paragraph which stays a list item."""

_ROMAN_NUMERALS = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_NO_LIST = "0"


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str


@dataclass(frozen=True, slots=True)
class _Numbering:
    """The numbering scheme of a document.

    `lists` maps a list id to the id of its counters and its levels by depth; `restarts` maps it to
    the start numbers that it overrides, by depth. `of_style` maps a style to its list id and depth.
    `headings` are the ids of the heading styles.
    """

    lists: dict[str, tuple[str, dict[int, _Level]]] = field(default_factory=dict)
    restarts: dict[str, dict[int, int]] = field(default_factory=dict)
    of_style: dict[str, tuple[str, int]] = field(default_factory=dict)
    headings: frozenset[str] = frozenset()


def insert_numbers(body: Element, numbering: Element, styles: Element) -> None:
    """Insert the number of each numbered paragraph in `body` into the paragraph."""
    scheme = _parse_numbering(numbering, styles)
    counters: dict[str, dict[int, int]] = {}
    started: set[str] = set()
    for paragraph in body.iter(f"{W}p"):
        style, list_id, depth = _list_position(paragraph, scheme)
        if list_id not in scheme.lists:
            continue
        counter_id, levels = scheme.lists[list_id]
        level = levels.get(depth)
        if level is None:
            continue
        counter = counters.setdefault(counter_id, {})
        if list_id not in started:
            started.add(list_id)
            counter |= {at: start - 1 for at, start in scheme.restarts.get(list_id, {}).items()}
        counter[depth] = counter.get(depth, level.start - 1) + 1
        for deeper in [other for other in counter if other > depth]:
            del counter[deeper]
        if level.form == "bullet":
            if not level.text.strip():
                _remove_from_list(paragraph)  # It continues the item above.
            continue
        label = _format_label(level, levels, counter)
        if style in scheme.headings or not re.fullmatch(r"\d+[.)]", label):
            _remove_from_list(paragraph)
            paragraph.insert(1, make_run(paragraph, f"{label} ".lstrip()))
        else:
            bookmark = paragraph.makeelement(f"{W}bookmarkStart")
            bookmark.set(f"{W}name", f"{NUMBER_BOOKMARK}{counter[depth]}")
            paragraph.insert(1, bookmark)


def _parse_numbering(numbering: Element, styles: Element) -> _Numbering:
    abstract = {
        kind.get(f"{W}abstractNumId"): {
            int(level.get(f"{W}ilvl")): _Level(
                int(attribute_value(level, "start") or "1"),
                attribute_value(level, "numFmt") or "decimal",
                attribute_value(level, "lvlText"),
            )
            for level in kind.iter(f"{W}lvl")
        }
        for kind in numbering.iter(f"{W}abstractNum")
    }
    lists, restarts = {}, {}
    for number in numbering.iter(f"{W}num"):
        list_id, counter_id = number.get(f"{W}numId"), attribute_value(number, "abstractNumId")
        lists[list_id] = (counter_id, abstract.get(counter_id, {}))
        restarts[list_id] = {
            int(override.get(f"{W}ilvl")): int(attribute_value(override, "startOverride"))
            for override in number.iter(f"{W}lvlOverride")
            if attribute_value(override, "startOverride")
        }
    depths = {
        attribute_value(level, "pStyle"): int(level.get(f"{W}ilvl"))
        for level in numbering.iter(f"{W}lvl")
    }
    of_style, headings = {}, set()
    for style in styles.iter(f"{W}style"):
        style_id = style.get(f"{W}styleId")
        if re.match("heading [1-6]$|title$", attribute_value(style, "name").lower()):
            headings.add(style_id)
        list_id = attribute_value(style, "pPr/numPr/numId")
        if list_id in lists:
            depth = attribute_value(style, "pPr/numPr/ilvl") or depths.get(style_id, 0)
            of_style[style_id] = (list_id, int(depth))
    return _Numbering(lists, restarts, of_style, frozenset(headings))


def _list_position(paragraph: Element, scheme: _Numbering) -> tuple[str, str, int]:
    """Return the style, the list id and the depth in the list of a paragraph."""
    style = attribute_value(paragraph, "pPr/pStyle")
    list_id, depth = scheme.of_style.get(style, (_NO_LIST, 0))
    list_id = attribute_value(paragraph, "pPr/numPr/numId") or list_id
    return style, list_id, int(attribute_value(paragraph, "pPr/numPr/ilvl") or depth)


def _format_label(level: _Level, levels: dict[int, _Level], counter: dict[int, int]) -> str:
    """Return the label of a paragraph; "%1.%2" stands for the numbers of the first two levels."""

    def number(match: re.Match[str]) -> str:
        depth = int(match[1]) - 1
        numbered = levels.get(depth, level)
        return _format_list_number(counter.get(depth, numbered.start), numbered.form)

    return "" if level.form == "none" else re.sub(r"%([1-9])", number, level.text)


def _format_list_number(number: int, form: str) -> str:
    """Return a number in one of the formats of Word's `numFmt`.

    >>> _format_list_number(28, "lowerLetter"), _format_list_number(14, "upperRoman")
    ('bb', 'XIV')
    """
    text = str(number)
    if form.endswith("Letter") and 0 < number < 1000:
        text = "abcdefghijklmnopqrstuvwxyz"[(number - 1) % 26] * ((number + 25) // 26)
    elif form.endswith("Roman") and 0 < number < 4000:
        text = ""
        for value, letters in _ROMAN_NUMERALS:
            text += letters * (number // value)
            number %= value
    elif form == "decimalZero":
        text = f"{number:02}"
    return text.upper() if form.startswith("upper") else text


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
