"""Find the elements of a page to which the rules of its style sheets apply."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_OTHER_MEDIA = re.compile(
    r"@(?:media|container)\b(?!\s*(?:only\s+)?(?:screen|all)\s*\{)"
    r"[^{}@]{0,500}\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}",
    re.IGNORECASE,
)
_SELECTOR = re.compile(r"[\w.#-]+(?:\s*[\s>+~]\s*[\w.#-]+){0,4}")
_LAST_NAME = re.compile(r"(?:^|[.#\s>+~])([\w-]+)$")

_MAX_RULES = 100
"""Maximum number of rules of style sheets that are applied."""


def apply_sheets(
    soup: "BeautifulSoup",
    elements: Sequence["Tag"],
    find: Callable[[str], str],
    read_sheet: Callable[[str], str] | None = None,
) -> dict[int, str]:
    """Return what the sheets declare for elements, by the `id` of each; the last rule counts.

    `find` returns the value that declarations give, "" for none; `read_sheet` returns the style
    sheet that a page links to, "" if there is none. Rules for some screens only do not count.
    """
    from soupsieve import SelectorSyntaxError, compile

    named: dict[str, list[Tag]] = defaultdict(list)
    values: dict[int, str] = {}
    rules: dict[str, str] = {}
    for selector, value in _read_rules(soup, find, read_sheet):
        rules.pop(selector, None)  # It counts where it stands last.
        rules[selector] = value
    for selector, value in rules.items():
        if not named:
            for element in elements:
                classes = str(element.get("class") or "")
                names = element.get_attribute_list("class") if classes else []
                for name in {element.name, str(element.get("id") or ""), *map(str, names)}:
                    named[name].append(element)
        last = _LAST_NAME.search(selector)
        try:
            pattern = compile(selector)
        except SelectorSyntaxError:
            continue
        for element in named.get(last[1], []) if last else []:
            if pattern.match(element):
                values[id(element)] = value
    return values


def _read_rules(
    soup: "BeautifulSoup",
    find: Callable[[str], str],
    read_sheet: Callable[[str], str] | None,
) -> Iterator[tuple[str, str]]:
    """Yield the selectors of rules that `find` a value, each with it, in order."""
    count = 0
    for element in soup(["style", "link"]):
        if element.name == "style":
            sheet = element.get_text()
        elif read_sheet and "stylesheet" in str(element.get("rel") or "").lower():
            sheet = read_sheet(str(element.get("href") or ""))
        else:
            continue
        for rule in _OTHER_MEDIA.sub("", _COMMENT.sub("", sheet)).split("}"):
            head, _, declarations = rule.rpartition("{")
            if value := find(declarations):
                for selector in head.rpartition("{")[2].rpartition(";")[2].split(","):
                    count += 1
                    if count <= _MAX_RULES and _SELECTOR.fullmatch(selector.strip()):
                        yield selector.strip(), value
