"""HTML as Markdown: headings, lists and tables stay, navigation and scripts go.

What other formats are turned into on their way to Markdown is read here as well.
"""

import re
import warnings
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.extract.metadata import page_properties
from index.text.canonical import Extract, canonicalize, first_line, shorten

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_SECTIONS = ["body", "div", "section", "article", "main", "blockquote", "[document]", "html"]
_BLOCKS = ["table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre"]


def read_html(data: bytes) -> Extract:
    soup = _parse(data)
    said = page_properties(soup)
    text = _content(soup)
    title = said.title or first_line(text)
    return Extract(title, text, "text/html", author=said.author, date=said.date)


def html_to_markdown(page: bytes | str) -> tuple[str, str]:
    """Return the title that a page names, shortened, and its text as canonical Markdown."""
    soup = _parse(page)
    title = shorten(soup.title.get_text()) if soup.title else ""
    return title, _content(soup)


def _content(soup: "BeautifulSoup") -> str:
    place_notes(soup)
    _drop_furniture(soup)
    for table in soup("table"):
        if _is_layout(table):
            _unlay(table)
        else:
            _fill_spans(soup, table)
    return _to_markdown(soup)


def place_notes(soup: "BeautifulSoup") -> None:
    """Move each note behind the block that refers to it, and drop the number that does.

    A number in the middle of a sentence would stand in every quotation of it.
    """
    named = {str(element["id"]): element for element in soup.find_all(id=True)}
    for link in soup.find_all("a", href=re.compile(r"^#.")):
        if link.decomposed or not _is(link, "noteref", "doc-noteref"):
            continue
        note = named.get(str(link["href"])[1:])
        block = link
        while block.parent is not None and block.parent.name not in _SECTIONS:
            block = block.parent
        if (
            note is None
            or note.decomposed
            or note is block
            or note in link.parents
            or block in note.parents
        ):
            continue
        for back in note.find_all("a", href=f"#{link.get('id', '')}"):
            back.decompose()
        words = " ".join(note.get_text(" ").rstrip(" \n↩↑\ufe0e").split())
        _drop_note(note)
        if words:
            while (after := block.find_next_sibling()) and after.get("data-note"):
                block = after
            placed = soup.new_tag("p", attrs={"data-note": "placed"})
            placed.string = f"Note: {words}"
            block.insert_after(placed)
        _drop_empty(link, link.find_parent("sup"))


def _drop_note(note: "Tag") -> None:
    """Drop a note, and with the last one the section of notes and the line drawn above it."""
    section = note.parent
    note.decompose()
    while section and section.name not in ("body", "[document]") and not _says(section):
        around = section.parent
        section.decompose()
        section = around


def _drop_empty(link: "Tag", around: "Tag | None") -> None:
    link.decompose()
    if around is not None and not _says(around):
        around.decompose()


def _says(element: "Tag") -> bool:
    return next(element.stripped_strings, None) is not None


def _parse(page: bytes | str) -> "BeautifulSoup":
    from bs4 import BeautifulSoup

    if (
        isinstance(page, bytes)
        and b"\0" in page
        and not page.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        raise UnreadableFile("the file is binary, not text")
    # The parser honours a charset named in the page; bytes that are plain UTF-8 need no guess.
    # It also warns of XML and of a text that is a lone address, both of which it reads well.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            text = canonicalize(page) if isinstance(page, str) else page.decode("utf-8-sig")
            return BeautifulSoup(text, "lxml")
        except UnicodeDecodeError:
            return BeautifulSoup(page, "lxml")


def _drop_furniture(soup: "BeautifulSoup") -> None:
    from bs4.element import Declaration, ProcessingInstruction

    for node in soup.find_all(string=True):
        if isinstance(node, Declaration | ProcessingInstruction):
            node.extract()
    # Not the whole head: HTML may leave out its end tag, and then all of the page is inside.
    for element in soup(
        [
            "title",
            "script",
            "style",
            "noscript",
            "template",
            "nav",
            "header",
            "footer",
            "aside",
            "hr",
        ]
    ):
        # An article's own header holds its heading; the page's header holds its menu.
        articles = element.name == "header" and element.find_parent(["article", "main"])
        notes = element.name == "aside" and _is(
            element, *("footnote", "endnote", "footnotes", "endnotes"), "doc-footnote"
        )
        if not articles and not notes:
            element.decompose()


def _is(element: "Tag", *kinds: str) -> bool:
    """Whether an element says of itself, in a page's or an e-book's way, what it is."""
    said = f"{element.get('role') or ''} {element.get('epub:type') or ''}".split()
    return any(kind in said for kind in kinds)


def _is_layout(table: "Tag") -> bool:
    """Whether a table only arranges a page, as those of e-mails do."""
    if table.get("role") == "presentation":
        return True
    if any(head.find_parent("table") is table for head in table(["th", "thead"])):
        return False
    if table.find(_BLOCKS):
        return True
    return all(len(row.find_all(["td", "th"])) <= 1 for row in table("tr"))


def _unlay(table: "Tag") -> None:
    for part in table.find_all(["thead", "tbody", "tfoot", "tr", "td", "th", "caption"]):
        if part.find_parent("table") is table:
            part.name = "div"
    table.name = "div"


def _fill_spans(soup: "BeautifulSoup", table: "Tag") -> None:
    """Put empty cells where a cell of a row above reaches down, so that columns stay columns."""
    reaching: dict[int, int] = {}
    for row in table("tr"):
        column = 0
        for cell in row.find_all(["td", "th"], recursive=False):
            while reaching.get(column, 0) > 0:
                reaching[column] -= 1
                cell.insert_before(soup.new_tag("td"))
                column += 1
            for _ in range(_span(cell, "colspan")):
                reaching[column] = _span(cell, "rowspan") - 1
                column += 1
        for rest in sorted(reaching):
            if rest >= column and reaching[rest] > 0:
                reaching[rest] -= 1
                row.append(soup.new_tag("td"))


def _span(cell: "Tag", name: str) -> int:
    said = str(cell.get(name, "1"))
    return max(1, min(1000, int(said))) if said.isdecimal() else 1


def _to_markdown(soup: "BeautifulSoup") -> str:
    from markdownify import MarkdownConverter

    markdown = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        strip=["a", "img", "b", "strong", "i", "em", "code"],
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
        autolinks=False,
        table_infer_header=True,
    ).convert_soup(soup)
    markdown = re.sub(r"^\|.*$", lambda row: re.sub(" {2,}", " ", row[0]), markdown, flags=re.M)
    return canonicalize(re.sub(r"[ \t]+$", "", markdown, flags=re.MULTILINE).strip() + "\n")
