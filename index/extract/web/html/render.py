"""Write a page as Markdown, after the other modules have brought it into the form for that."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from index.text.canonical import canonicalize

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag


def render_markdown(soup: "BeautifulSoup") -> str:
    from markdownify import MarkdownConverter

    converter: Any = MarkdownConverter(
        heading_style="ATX",
        strip=["a", "img", "b", "strong", "i", "em", "code"],
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
        autolinks=False,
        table_infer_header=True,
    )
    converter.convert_li = _start_line(_render_item)
    converter.convert_dd = _start_line(converter.convert_dd)
    converter.convert_td = converter.convert_th = _escape_bars(converter.convert_td)
    markdown = converter.convert_soup(soup)
    markdown = re.sub(r"^\|.*$", lambda row: re.sub(" {2,}", " ", row[0]), markdown, flags=re.M)
    return canonicalize(re.sub(r"[ \t]+$", "", markdown, flags=re.MULTILINE).strip() + "\n")


def _escape_bars(convert: Callable[..., str]) -> Callable[..., str]:
    """Return a function that renders a cell whose own "|" are told from its border."""

    def render(cell: "Tag", text: str, parent_tags: set[str]) -> str:
        return convert(cell, text.replace("|", "\\|"), parent_tags=parent_tags)

    return render


def _start_line(convert: Callable[..., str]) -> Callable[..., str]:
    """Return a function that renders an item on a line of its own also behind other words."""
    from bs4.element import NavigableString

    def render(item: "Tag", text: str, parent_tags: set[str]) -> str:
        before = item.previous_sibling
        while isinstance(before, NavigableString) and not before.get_text().strip():
            before = before.previous_sibling
        is_first = before is None or getattr(before, "name", None) in ("li", "dt", "dd")
        return "\n" * (not is_first) + convert(item, text, parent_tags=parent_tags)

    return render


def _render_item(item: "Tag", text: str, parent_tags: set[str]) -> str:
    """Return an item with its label; its other lines are indented by as much."""
    text = text.strip()
    if not text:
        return "\n"
    label = str(item.get("data-label", "-"))
    indent = " " * (len(label) + 1)
    lines = [indent + line if line else "" for line in text.split("\n")]
    return f"{label} " + "\n".join(lines).lstrip() + "\n"
