"""Write the elements of OpenDocument texts and slides as HTML."""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from html import escape

from index.extract.office.opendocument.numbers import ListNumbers
from index.extract.office.opendocument.styles import NS, Styles, read_int
from index.extract.zip_container import Element
from index.text.scripts import write_tagged_scripts

SKIPPED_ELEMENTS = frozenset(
    [
        *("office:annotation", "office:forms", "office:event-listeners", "table:shapes"),
        *("text:tracked-changes", "text:table-of-content", "text:alphabetical-index"),
        *("text:note-citation", "text:sequence-decls", "text:page-number", "text:page-count"),
        *("svg-compatible:title", "svg-compatible:desc", "style:header", "style:footer"),
        *("presentation:header", "presentation:footer", "presentation:date-time"),
    ]
)
WHITE_SPACE = {"text:s": " ", "text:tab": " ", "text:line-break": "<br>"}
AUTHOR = "{http://purl.org/dc/elements/1.1/}creator"
_HREF = "{http://www.w3.org/1999/xlink}href"
_TABLE = f"{{{NS}table:1.0}}"
_TEXT = f"{{{NS}text:1.0}}"
_TAGS = {
    "text:p": "p",
    "table:table": "table",
    "table:table-header-rows": "thead",
    "table:table-row": "tr",
    "table:table-cell": "td",
    "table:covered-table-cell": "td",
    "drawing:text-box": "div",
    "text:ruby": "ruby",
    "text:ruby-text": "rt",
}
_CELLS = ("table:table-cell", "table:covered-table-cell")
_REPEATS = {
    f"{_TABLE}table-cell": f"{_TABLE}number-columns-repeated",
    f"{_TABLE}covered-table-cell": f"{_TABLE}number-columns-repeated",
    f"{_TABLE}table-row": f"{_TABLE}number-rows-repeated",
}
"""The attribute of each element of a table that says for how many it stands."""

_MAX_REPEATS = 100
"""Maximum number of repetitions of a row or cell, in a text or on a slide."""


def prefixed_name(element: Element) -> str:
    """Return the name of an element with a short prefix, such as "text:p"; "" for other nodes."""
    if not isinstance(element.tag, str):
        return ""  # A comment or an unresolved entity.
    space, _, name = element.tag[1:].partition("}")
    return f"{space.removesuffix(':1.0').rpartition(':')[2]}:{name}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an element stands: the styles of the lists around it, and whether in a table cell."""

    lists: tuple[str, ...] = ()
    in_cell: bool = False


@dataclass(frozen=True, slots=True)
class HtmlWriter:
    """Writes elements as HTML; notes are collected at the end and replaced by links.

    `objects` holds the HTML of each formula, chart or other embedded document by its folder.
    """

    styles: Styles
    objects: dict[str, str]
    numbers: ListNumbers
    notes: list[str] = field(default_factory=list)

    def page(self, element: Element, margins: Iterable[str] = ()) -> str:
        """Return an element, lines of headers and footers, and its notes as an HTML page."""
        _copy_repeated(element)
        body = _merge_lists("".join(self.children(element, _Place())))
        lines = "".join(f"<p>{escape(line)}</p>" for line in margins)
        return f"<body>{body}{lines}<div>{''.join(self.notes)}</div></body>"

    def children(self, element: Element, place: _Place) -> Iterator[str]:
        """Yield the content of an element."""
        yield _write_text(element.text)
        spanned = 0
        for child in element:
            name = prefixed_name(child)
            if name == "table:covered-table-cell" and spanned:
                spanned -= 1
            elif name == "text:note":
                yield self.note(child.find(f"{_TEXT}note-body"))
            elif name == "office:annotation":
                yield self.comment(child)
            elif name == "text:list":
                yield from self.list(child, place)
            elif name in WHITE_SPACE:
                yield WHITE_SPACE[name]
            elif name == "drawing:object":
                yield self.objects.get(child.get(_HREF, "").strip("./"), "")
            elif name and name not in SKIPPED_ELEMENTS:
                inner = _Place(in_cell=True) if name in _CELLS else place
                tag = self.tag(child, name, place)
                label = self.heading_label(child, place) if name == "text:h" else ""
                within = "".join(self.children(child, inner))
                spanned = max(0, read_int(child, f"{_TABLE}number-columns-spanned", 1) - 1)
                span = f' colspan="{spanned + 1}"' if spanned else ""
                yield f"<{tag}{span}>{label}{within}</{tag}>" if tag else within
            yield _write_text(child.tail)

    def tag(self, element: Element, name: str, place: _Place) -> str:
        """Return the HTML tag of an element, "" if only its content is written."""
        style = element.get(f"{_TEXT}style-name", "")
        if name == "text:span":
            return self.styles.scripts.get(style, "")
        if name == "text:p" and place.lists and element.getprevious() is None:
            return ""  # The first paragraph of a list item needs no tag.
        if place.in_cell and (name == "text:h" or name.startswith("table:")):
            return "div"  # A cell of Markdown holds neither headings nor tables.
        if name == "text:h":
            return f"h{min(6, max(1, read_int(element, f'{_TEXT}outline-level', 1)))}"
        if name == "text:p" and style in self.styles.titles and not place.in_cell:
            return "h1"
        return _TAGS.get(name, "")

    def heading_label(self, heading: Element, place: _Place) -> str:
        if place.lists or heading.get(f"{_TEXT}style-name", "") in self.styles.unnumbered:
            return ""
        depth = read_int(heading, f"{_TEXT}outline-level", 1)
        label = self.numbers.number_heading(heading, depth)
        return f"{escape(label)} " if label else ""

    def list(self, element: Element, place: _Place) -> Iterator[str]:
        """Yield a list; where the numbers do not go on by one, another list begins."""
        style = element.get(f"{_TEXT}style-name") or (place.lists[-1] if place.lists else "")
        inner = replace(place, lists=(*place.lists, style))
        outer = self.numbers.counter
        if not place.lists:
            self.numbers.start_list(element, style)
        opened, following = "", 0
        for item in element.iterchildren(f"{_TEXT}list-item", f"{_TEXT}list-header"):
            tag, number, label = self.item_mark(item, inner)
            if opened and (tag != opened or (tag == "ol" and number not in (None, following))):
                yield _end_list(opened, following)
                opened = ""
            if tag and not opened:
                counted = self.numbers.counter.get(len(inner.lists), 0)
                following = counted + 1 if number is None else number
                yield f'<ol start="{following}">' if tag == "ol" else "<ul>"
            opened, following = tag, following if number is None else number + 1
            within = "".join(self.children(item, inner))
            heading = re.match(r"\s*<h[1-6]>", within)
            at = heading.end() if heading else 0
            words = f"{within[:at]}{escape(label)} {within[at:]}" if label else within
            yield f"<li>{words}</li>" if tag else f"<div>{words}</div>"
        if opened:
            yield _end_list(opened, following)
        if not place.lists:
            self.numbers.counter = outer

    def item_mark(self, item: Element, place: _Place) -> tuple[str, int | None, str]:
        """Return the tag of the list that an item needs, its number and its label as text.

        The number is None for an item without one; the label is "" where the tag says enough.
        """
        depth, style = len(place.lists), place.lists[-1]
        first = _first_paragraph(item)
        level = self.styles.lists.get(style, {}).get(depth)
        plain = "ol" if level is not None and level.form == "1" else "ul"
        if item.tag == f"{_TEXT}list-header" or first is None:
            return "", None, ""
        is_heading = first.tag == f"{_TEXT}h"
        if first.getparent() is not item:
            loose = is_heading or place.in_cell or not _follows_list(item)
            # Its number would be that of an item which is not there.
            loose |= plain == "ol" and depth not in self.numbers.counter
            self.numbers.skip_item(style, depth)
            return "" if loose else plain, None, ""
        number, label = self.numbers.number_item(item, style, depth)
        if place.in_cell:
            return "", number, label or "-"
        if is_heading or (label and not re.fullmatch(r"(0|[1-9]\d*)[.)]?", label)):
            return "", number, label
        return ("ol", number, "") if label else ("ul", None, "")

    def note(self, content: Element | None, lead: str = "") -> str:
        """Keep the content of a note, with words that lead it, and return a link to it."""
        number = len(self.notes)
        self.notes.append("")
        words = ""
        if content is not None and "".join(content.itertext()).strip():
            html = "".join(self.children(content, _Place()))
            words = f"{escape(lead)}{write_tagged_scripts(html)}"
        self.notes[number] = f'<div id="note-{number}">{words}</div>'
        return f'<a role="doc-noteref" href="#note-{number}"></a>'

    def comment(self, element: Element) -> str:
        author = " ".join((element.findtext(AUTHOR) or "").split())
        for child in list(element):
            if not prefixed_name(child).startswith("text:"):
                element.remove(child)  # It tells about the comment.
        return self.note(element, f"comment by {author}: " if author else "comment: ")


def _copy_repeated(element: Element) -> None:
    """Put copies beside each cell and row that stands for several, unless it only fills a table."""
    for part in reversed(list(element.iter(*_REPEATS))):  # Cells before the row that they are in.
        fills = part.tag == f"{_TABLE}table-row" or part.getnext() is None
        if fills and not "".join(part.itertext()).strip():
            continue
        for _ in range(min(read_int(part, _REPEATS[part.tag], 1), _MAX_REPEATS) - 1):
            part.addnext(deepcopy(part))


def _write_text(text: str | None) -> str:
    """Return text as HTML; line ends and runs of blanks mean one blank in OpenDocument files."""
    return escape(re.sub(r"[ \t\r\n]+", " ", text or ""))


def _first_paragraph(item: Element) -> Element | None:
    """Return the first paragraph or heading of a list item, also one in a list within."""
    for element in item.iter(f"{_TEXT}p", f"{_TEXT}h"):
        return element
    return None


def _follows_list(item: Element) -> bool:
    """Return whether an item goes on where another list or item ends.

    Some programs write each item of a nested list as a separate list.
    """
    before = item.getprevious()
    if before is None:
        before = item.getparent().getprevious()
    return before is not None and before.tag in (f"{_TEXT}list", f"{_TEXT}list-item")


def _end_list(tag: str, following: int) -> str:
    return f"</ol><!--{following}-->" if tag == "ol" else "</ul>"


def _merge_lists(body: str) -> str:
    """Join lists that follow each other, if the second goes on with the number of the first.

    >>> _merge_lists('<ol start="1"><li>a</li></ol><!--2--><ol start="2"><li>b</li></ol><!--3-->')
    '<ol start="1"><li>a</li><li>b</li></ol>'
    """
    count = 1
    while count:
        body, lists = re.subn(
            r'</ul>\s*<ul>|</ol><!--(\d+)-->\s*<ol start="\1">|</li>\s*<li>(?=<[uo]l)', "", body
        )
        count = lists
    return re.sub(r"<!--\d+-->", "", body)
