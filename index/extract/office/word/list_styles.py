"""Parse how a Word document numbers its paragraphs: its lists, their levels and their styles."""

import re
from dataclasses import dataclass, field

from index.extract.office.word.parts import W, attribute_value, is_on, parse_number
from index.extract.zip_container import Element


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list; it restarts after the first `restart` levels, by default after all."""

    start: int
    form: str
    text: str
    restart: int | None
    is_legal: bool


@dataclass(frozen=True, slots=True)
class NumberedList:
    """A list: the id of its counters, its levels by depth, and the start numbers it overrides."""

    counter_id: str
    levels: dict[int, Level]
    restarts: dict[int, int]

    def start(self, depth: int) -> int:
        """Return the first number of a level."""
        default = self.levels[depth].start if depth in self.levels else 1
        return self.restarts.get(depth, default)


@dataclass(frozen=True, slots=True)
class Numbering:
    """The numbering scheme of a document.

    `of_style` maps a style to its list id and depth; `headings` are the ids of heading styles.
    """

    lists: dict[str, NumberedList] = field(default_factory=dict)
    of_style: dict[str, tuple[str, int]] = field(default_factory=dict)
    headings: frozenset[str] = frozenset()


def parse_numbering(numbering: Element, styles: Element) -> Numbering:
    """Return the scheme that the parts on numbering and styles describe."""
    by_id = {style.get(f"{W}styleId", ""): style for style in styles.iter(f"{W}style")}
    lists = _parse_lists(numbering, by_id)
    depths = {
        attribute_value(level, "pStyle"): parse_number(level.get(f"{W}ilvl"), 0)
        for level in numbering.iter(f"{W}lvl")
    }
    headings = frozenset(
        style_id
        for style_id, style in by_id.items()
        if re.match("heading [1-6]$|title$", attribute_value(style, "name").lower())
    )
    of_style: dict[str, tuple[str, int]] = {}
    for style_id in by_id:
        owner = _find_numbered_style(style_id, by_id)
        list_id = attribute_value(by_id[owner], "pPr/numPr/numId") if owner else ""
        if list_id in lists:
            depth = attribute_value(by_id[owner], "pPr/numPr/ilvl")
            of_style[style_id] = (list_id, parse_number(depth, depths.get(owner, 0)))
    return Numbering(lists, of_style, headings)


def _parse_lists(numbering: Element, styles: dict[str, Element]) -> dict[str, NumberedList]:
    abstract = {kind.get(f"{W}abstractNumId"): kind for kind in numbering.iter(f"{W}abstractNum")}
    kinds = {
        number.get(f"{W}numId"): attribute_value(number, "abstractNumId")
        for number in numbering.iter(f"{W}num")
    }
    levels_of = {kind: _parse_levels(element) for kind, element in abstract.items()}
    lists = {}
    for number in numbering.iter(f"{W}num"):
        list_id = number.get(f"{W}numId")
        kind = kinds[list_id]
        linked = attribute_value(abstract[kind], "numStyleLink") if kind in abstract else ""
        if linked in styles:
            kind = kinds.get(attribute_value(styles[linked], "pPr/numPr/numId"), kind)
        restarts = {
            parse_number(override.get(f"{W}ilvl"), 0): parse_number(start, 1)
            for override in number.iter(f"{W}lvlOverride")
            if (start := attribute_value(override, "startOverride"))
        }
        lists[list_id] = NumberedList(
            kind, levels_of.get(kind, {}) | _parse_levels(number), restarts
        )
    return lists


def _parse_levels(element: Element) -> dict[int, Level]:
    return {
        parse_number(level.get(f"{W}ilvl"), 0): Level(
            parse_number(attribute_value(level, "start"), 1),
            _parse_form(level),
            attribute_value(level, "lvlText"),
            parse_number(restart, 0) if (restart := attribute_value(level, "lvlRestart")) else None,
            is_on(level, "isLgl"),
        )
        for level in element.iter(f"{W}lvl")
    }


def _parse_form(level: Element) -> str:
    """Return the format of a level; a custom one is its first number, such as "001"."""
    form = next(level.iter(f"{W}numFmt"), None)
    if form is None:
        return "decimal"
    if form.get(f"{W}val") != "custom":
        return str(form.get(f"{W}val", "decimal"))
    first = form.get(f"{W}format", "").partition(",")[0].strip()
    return first if first.isascii() and first.isdigit() else "decimal"


def _find_numbered_style(style_id: str, styles: dict[str, Element]) -> str:
    """Return the style from which a style has its list, "" if it has none."""
    seen: set[str] = set()
    while style_id in styles and style_id not in seen and len(seen) < 20:
        if attribute_value(styles[style_id], "pPr/numPr/numId"):
            return style_id
        seen.add(style_id)
        style_id = attribute_value(styles[style_id], "basedOn")
    return ""
