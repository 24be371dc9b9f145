"""Text of documents as one line of plain text or of Markdown, in which nothing is markup. Pure."""

import re

_MARKDOWN_SYNTAX = re.compile(r"[\\`*_{}\[\]<>#|~&$^@]|(?<=www)\.|(?<=[ps]):(?=//)|^[-+=:]", re.I)
_NUMBERED = re.compile(r"^(\d+)([.)])")


def escape_markdown(text: str) -> str:
    r"""Return text on one line as Markdown that renders exactly these characters.

    >>> print(escape_markdown("1. <b>a_b</b> www.x.org"))
    1\. \<b\>a\_b\</b\> www\.x.org
    """
    return _NUMBERED.sub(r"\1\\\2", _MARKDOWN_SYNTAX.sub(r"\\\g<0>", printable_line(text)))


def printable_line(text: str) -> str:
    """Return text on one line, without control characters."""
    return "".join(c for c in " ".join(text.split()) if c >= " " and not "\x7f" <= c <= "\x9f")
