"""Convert HTML to Markdown: keep headings, lists and tables, drop navigation and scripts.

Readers of other formats write HTML and convert it here.
"""

import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from index.extract.metadata import read_html_metadata
from index.extract.web.html.blocks import mark_blocks, number_items
from index.extract.web.html.boxes import mark_boxes
from index.extract.web.html.fields import write_fields
from index.extract.web.html.mathml import write_formulas
from index.extract.web.html.notes import has_role, place_notes
from index.extract.web.html.page_text import clean_page, decode_page
from index.extract.web.html.render import render_markdown
from index.extract.web.html.ruby import write_readings
from index.extract.web.html.scripts import write_scripts
from index.extract.web.html.shifts import mark_shifted
from index.extract.web.html.tables import arrange_tables
from index.text.canonical import Extract, canonicalize, first_line

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_CONTENT = ["article", "main", "section", "blockquote", "figure", "td", "th"]
"""Parts of a page that may have headers, footers and sidebars of their own."""

_SURROUNDINGS = {"header": "header", "footer": "footer", "aside": "side column"}
"""Elements around the content of a page, and what they are called in its note."""

_LETTER = re.compile(r"^[^\W\d_]$")


def read_html(data: bytes) -> Extract:
    """Read a web page; its title is the one it declares, else its first line."""
    soup = _parse_html(data)
    metadata = read_html_metadata(soup)
    _arrange_words(soup)
    note = _remove_surroundings(soup)
    text = _convert_soup(soup)
    title = metadata.title or first_line(text)
    author, date = metadata.author, metadata.date
    return Extract(title, text, "text/html", author=author, date=date, note=note)


def html_to_markdown(page: bytes | str, *, read_sheet: Callable[[str], str] | None = None) -> str:
    """Return all text of a page as canonical Markdown but for its menus.

    E-books, e-mails and documents within others have nothing around their content. `read_sheet`
    returns the style sheet of an address that the page names, "" if there is none.
    """
    soup = _parse_html(page)
    _arrange_words(soup, read_sheet)
    return _convert_soup(soup)


def _arrange_words(soup: "BeautifulSoup", read_sheet: Callable[[str], str] | None = None) -> None:
    """Leave only what is read, its words whole and its notes in their places."""
    _join_words(soup)
    mark_shifted(soup, read_sheet)
    mark_boxes(soup, read_sheet)
    place_notes(soup)
    _remove_boilerplate(soup)


def _convert_soup(soup: "BeautifulSoup") -> str:
    write_fields(soup)
    write_formulas(soup)
    write_readings(soup)
    write_scripts(soup)
    mark_blocks(soup)
    number_items(soup)
    arrange_tables(soup)
    return render_markdown(soup)


def _parse_html(page: bytes | str) -> "BeautifulSoup":
    from bs4 import BeautifulSoup

    text = canonicalize(page) if isinstance(page, str) else decode_page(page)
    # It warns about XML and about text that is just a URL, both of which it parses correctly.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return BeautifulSoup(clean_page(text), "lxml")


def _join_words(soup: "BeautifulSoup") -> None:
    """Remove the numbers of printed pages, and turn pictures of a word's first letter into it."""
    from bs4.element import NavigableString

    for number in soup.find_all(lambda element: has_role(element, "pagebreak", "doc-pagebreak")):
        number.decompose()
    for picture in soup.find_all("img", alt=_LETTER):
        after = picture.next_element
        if isinstance(after, NavigableString) and after[:1].isalpha():
            picture.replace_with(str(picture["alt"]))


def _remove_boilerplate(soup: "BeautifulSoup") -> None:
    from bs4.element import Declaration, ProcessingInstruction

    for node in soup.find_all(string=True):
        if isinstance(node, Declaration | ProcessingInstruction):
            node.extract()
    # The head itself stays: its end tag may be omitted, and then it contains the whole page.
    for element in soup(["title", "script", "style", "noscript", "template"]):
        element.decompose()
    for menu in soup("nav"):
        if not menu.decomposed:
            _remove_block(menu)


def _remove_surroundings(soup: "BeautifulSoup") -> str:
    """Remove what surrounds the content of a website's page; return what of it had words.

    These are headers, footers and side columns. Within a part of the content they belong to it: the
    heading of an article, the author of a quotation; so does a header with a heading of the page.
    """
    removed: set[str] = set()
    for element in soup(list(_SURROUNDINGS)):
        is_note = element.name == "aside" and has_role(
            element, *("footnote", "endnote", "footnotes", "endnotes"), "doc-footnote"
        )
        has_heading = element.name == "header" and any(
            not heading.find("a") and not heading.find_parent("a")
            for heading in element(["h1", "h2", "h3"])
        )
        if element.decomposed or is_note or has_heading or element.find_parent(_CONTENT):
            continue
        linked = sum(len(link.get_text().strip()) for link in element("a"))
        if len(element.get_text().strip()) > 2 * linked:
            removed.add(_SURROUNDINGS[element.name])
        _remove_block(element)
    return f"not read: {', '.join(sorted(removed))} of the page" if removed else ""


def _remove_block(element: "Tag") -> None:
    element.clear(decompose=True)
    element.name = "hr"  # It keeps the words around it apart.
