"""What the styles of an OpenDocument file say about its content: titles, scripts and lists.

How list numbers are counted is left to `numbers`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from index.extract.zip_container import Element

NS = "urn:oasis:names:tc:opendocument:xmlns:"
_STYLE = f"{{{NS}style:1.0}}"
_TEXT = f"{{{NS}text:1.0}}"
_EXTENSION = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
_UNNUMBERED = "//style:style[@style:list-style-name='']/@style:name"
OUTLINE = "Outline"
"""Name of the list style of headings."""


@dataclass(frozen=True, slots=True)
class ListLevel:
    """One level of a list style; `form` is "" for bullets and for levels without a label.

    A `template`, such as "%1%-%2%", says where the numbers of levels stand in the label; without
    one, there are points between those of the `shown_levels`.
    """

    form: str = ""
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    shown_levels: int = 1
    synchronous: bool = False
    template: str = ""


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a document.

    `titles` are the names of the title style and of those derived from it; `scripts` maps the name
    of a style to "sup" or "sub", `lists` that of a list style to its levels from 1. Headings in
    the styles `unnumbered` have no number.
    """

    titles: frozenset[str] = frozenset({"Title"})
    scripts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, dict[int, ListLevel]] = field(default_factory=dict)
    unnumbered: frozenset[str] = frozenset()


def read_styles(*roots: Element) -> Styles:
    """Return the styles of these parts of a document; the first definition of a name counts."""
    titles, unnumbered = {"Title"}, set()
    scripts: dict[str, str] = {}
    lists: dict[str, dict[int, ListLevel]] = {}
    for root in roots:
        titles |= set(_title_styles(root))
        unnumbered |= set(root.xpath(_UNNUMBERED, namespaces={"style": _STYLE[1:-1]}))
        scripts = dict(_script_styles(root)) | scripts
        for style in root.iter(f"{_TEXT}list-style"):
            levels = dict(_list_levels(style, f"{_TEXT}list-level-style-number"))
            lists.setdefault(style.get(f"{_STYLE}name", ""), levels)
        for style in root.iter(f"{_TEXT}outline-style"):
            lists.setdefault(OUTLINE, dict(_list_levels(style, f"{_TEXT}outline-level-style")))
    tags = {name: tag for name, tag in scripts.items() if tag}
    return Styles(frozenset(titles), tags, lists, frozenset(unnumbered))


def read_int(element: Element, name: str, default: int) -> int:
    """Return the value of an attribute as a number; `default` if it is none."""
    value = element.get(name, "")
    return int(value) if re.fullmatch(r"\d{1,9}", value) else default


def _title_styles(root: Element) -> Iterator[str]:
    for style in root.iter(f"{_STYLE}style"):
        if style.get(f"{_STYLE}parent-style-name") == "Title":
            yield style.get(f"{_STYLE}name", "")


def _script_styles(root: Element) -> Iterator[tuple[str, str]]:
    """Yield the styles of raised and lowered text with the tag that HTML has for them.

    The position is "super", "sub" or a percentage of the font's height, then a size.
    """
    for style in root.iter(f"{_STYLE}style"):
        properties = style.find(f"{_STYLE}text-properties")
        position = "" if properties is None else properties.get(f"{_STYLE}text-position", "")
        words = position.split()
        if not words:
            continue
        if words[0] == "super" or re.fullmatch(r"\+?[\d.]*[1-9][\d.]*%", words[0]):
            tag = "sup"
        else:
            tag = "sub" if words[0] == "sub" or words[0].startswith("-") else ""
        yield style.get(f"{_STYLE}name", ""), tag


def _list_levels(style: Element, tag: str) -> Iterator[tuple[int, ListLevel]]:
    for level in style.iter(tag):
        yield (
            read_int(level, f"{_TEXT}level", 1),
            ListLevel(
                level.get(f"{_STYLE}num-format", ""),
                level.get(f"{_STYLE}num-prefix", ""),
                level.get(f"{_STYLE}num-suffix", ""),
                read_int(level, f"{_TEXT}start-value", 1),
                read_int(level, f"{_TEXT}display-levels", 1),
                level.get(f"{_STYLE}num-letter-sync") == "true",
                level.get(f"{_EXTENSION}num-list-format", ""),
            ),
        )
