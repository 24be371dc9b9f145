"""Write what a part of a page holds in one line: a note, or a cell of a nested table."""

from typing import TYPE_CHECKING

from index.extract.web.html.blocks import mark_blocks
from index.extract.web.html.fields import write_fields
from index.extract.web.html.mathml import write_formulas
from index.extract.web.html.ruby import write_readings
from index.extract.web.html.scripts import write_scripts

if TYPE_CHECKING:
    from bs4 import Tag

_BLOCKS = [
    *("div", "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "article", "section"),
    *("ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "table", "caption", "tr"),
    *("td", "th"),
]


def one_line(element: "Tag") -> str:
    """Return the text of an element, whose formulas, readings and scripts are written in place.

    Only the ends of blocks set words apart.

    >>> from bs4 import BeautifulSoup
    >>> one_line(BeautifulSoup("<p>Ost<b>ro</b><p>10<sup>6</sup>", "lxml"))
    'Ostro 10⁶'
    """
    write_fields(element)
    write_formulas(element)
    write_readings(element)
    write_scripts(element)
    mark_blocks(element)
    for block in element(_BLOCKS):
        block.insert(0, " ")
        block.append(" ")
    return " ".join(element.get_text().split())
