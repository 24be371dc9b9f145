"""The numbers of paragraphs in a Word file, which stand in no paragraph but are counted.

"2.1" before a heading and "(b)" before a clause are what people see and ask for. A plain number
is left to the list it makes, the others become text of their paragraphs.
"""

import re
from dataclasses import dataclass, field

from index.extract.zip_container import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MARK = "footnote-number-"
"""Bookmarks of this name hold the number of a paragraph that stays the item of a list."""

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"))
_ROMAN_SMALL = ((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_NO_NUMBER = "0"


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str


@dataclass(frozen=True, slots=True)
class _Numbering:
    """How paragraphs are numbered: `lists` by their id, each an id of counters and its levels."""

    lists: dict[str, tuple[str, dict[int, _Level]]] = field(default_factory=dict)
    restarts: dict[str, dict[int, int]] = field(default_factory=dict)
    of_style: dict[str, tuple[str, int]] = field(default_factory=dict)
    headings: frozenset[str] = frozenset()


def write_numbers(body: Element, numbering: Element, styles: Element) -> None:
    """Write the numbers of the paragraphs in `body` into them."""
    known = _read(numbering, styles)
    counters: dict[str, dict[int, int]] = {}
    begun: set[str] = set()
    for paragraph in body.iter(f"{W}p"):
        style, list_id, depth = _place(paragraph, known)
        if list_id not in known.lists:
            continue
        counter_id, levels = known.lists[list_id]
        level = levels.get(depth)
        if level is None:
            continue
        counter = counters.setdefault(counter_id, {})
        if list_id not in begun:
            begun.add(list_id)
            counter |= {at: start - 1 for at, start in known.restarts.get(list_id, {}).items()}
        counter[depth] = counter.get(depth, level.start - 1) + 1
        for deeper in [at for at in counter if at > depth]:
            del counter[deeper]
        if level.form == "bullet":
            if not level.text.strip():
                _end_list(paragraph)  # A paragraph that only goes on below an item.
            continue
        label = _label(level, levels, counter)
        if style in known.headings or not re.fullmatch(r"\d+[.)]", label):
            _end_list(paragraph)
            paragraph.insert(1, _run(paragraph, f"{label} ".lstrip()))
        else:
            mark = paragraph.makeelement(f"{W}bookmarkStart")
            mark.set(f"{W}name", f"{MARK}{counter[depth]}")
            paragraph.insert(1, mark)


def _read(numbering: Element, styles: Element) -> _Numbering:
    abstract = {
        kind.get(f"{W}abstractNumId"): {
            int(level.get(f"{W}ilvl")): _Level(
                int(_value(level, "start") or "1"),
                _value(level, "numFmt") or "decimal",
                _value(level, "lvlText"),
            )
            for level in kind.iter(f"{W}lvl")
        }
        for kind in numbering.iter(f"{W}abstractNum")
    }
    lists, restarts = {}, {}
    for number in numbering.iter(f"{W}num"):
        list_id, counter_id = number.get(f"{W}numId"), _value(number, "abstractNumId")
        lists[list_id] = (counter_id, abstract.get(counter_id, {}))
        restarts[list_id] = {
            int(override.get(f"{W}ilvl")): int(_value(override, "startOverride"))
            for override in number.iter(f"{W}lvlOverride")
            if _value(override, "startOverride")
        }
    depths = {
        _value(level, "pStyle"): int(level.get(f"{W}ilvl")) for level in numbering.iter(f"{W}lvl")
    }
    of_style, headings = {}, set()
    for style in styles.iter(f"{W}style"):
        style_id = style.get(f"{W}styleId")
        if re.match("heading [1-6]$|title$", _value(style, "name").lower()):
            headings.add(style_id)
        list_id = _value(style, "pPr/numPr/numId")
        if list_id in lists:
            depth = _value(style, "pPr/numPr/ilvl") or depths.get(style_id, 0)
            of_style[style_id] = (list_id, int(depth))
    return _Numbering(lists, restarts, of_style, frozenset(headings))


def _value(element: Element, path: str) -> str:
    """Return the value of the element at a path of names, empty where it is not there."""
    found = element.find("/".join(W + name for name in path.split("/")))
    return "" if found is None else found.get(f"{W}val", "")


def _place(paragraph: Element, known: _Numbering) -> tuple[str, str, int]:
    """Return the style of a paragraph, its list, and how deep in the list it stands."""
    style = _value(paragraph, "pPr/pStyle")
    list_id, depth = known.of_style.get(style, (_NO_NUMBER, 0))
    list_id = _value(paragraph, "pPr/numPr/numId") or list_id
    return style, list_id, int(_value(paragraph, "pPr/numPr/ilvl") or depth)


def _label(level: _Level, levels: dict[int, _Level], counter: dict[int, int]) -> str:
    """Return the number as it is shown: "%1.%2" stands for those of the first two levels."""

    def number(match: re.Match[str]) -> str:
        depth = int(match[1]) - 1
        shown = levels.get(depth, level)
        return _written(counter.get(depth, shown.start), shown.form)

    return "" if level.form == "none" else re.sub(r"%([1-9])", number, level.text)


def _written(number: int, form: str) -> str:
    """Return a number in the form that Word names so.

    >>> _written(3, "decimal"), _written(28, "lowerLetter"), _written(14, "upperRoman")
    ('3', 'bb', 'XIV')
    """
    text = str(number)
    if form.endswith("Letter") and 0 < number < 1000:
        text = "abcdefghijklmnopqrstuvwxyz"[(number - 1) % 26] * ((number + 25) // 26)
    elif form.endswith("Roman") and 0 < number < 4000:
        text = ""
        for value, letters in (*_ROMAN, *_ROMAN_SMALL):
            text += letters * (number // value)
            number %= value
    elif form == "decimalZero":
        text = f"{number:02}"
    return text.upper() if form.startswith("upper") else text


def _end_list(paragraph: Element) -> None:
    """Make a paragraph none of a list's."""
    properties = paragraph.find(f"{W}pPr")
    for own in properties.findall(f"{W}numPr"):
        properties.remove(own)
    none = paragraph.makeelement(f"{W}numPr")
    for name in ("ilvl", "numId"):
        child = paragraph.makeelement(W + name)
        child.set(f"{W}val", _NO_NUMBER)
        none.append(child)
    properties.append(none)


def _run(paragraph: Element, words: str) -> Element:
    run, text = paragraph.makeelement(f"{W}r"), paragraph.makeelement(f"{W}t")
    text.text = words
    run.append(text)
    return run
