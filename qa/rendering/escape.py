"""Text of documents as one line of plain text or of Markdown, in which nothing is markup. Pure."""

import re

from index.text.invisible import reveal_controls

_MARKDOWN_SYNTAX = re.compile(r"[\\`*_{}\[\]<>#|~&$^@]|(?<=www)\.|(?<=[ps]):(?=//)|^[-+=:]", re.I)
_VISIBLE = re.compile("[^\u200b\u2060\ufeff]+")
_NUMBERED = re.compile(r"^(\d+)([.)])")


def escape_markdown(text: str) -> str:
    r"""Return text on one line as Markdown that renders exactly these characters.

    >>> print(escape_markdown("1. <b>a_b</b> www.x.org"))
    1\. \<b\>a\_b\</b\> www\.x.org
    """
    return _NUMBERED.sub(r"\1\\\2", _MARKDOWN_SYNTAX.sub(r"\\\g<0>", printable_line(text)))


def printable_line(text: str) -> str:
    """Return text on one line that shows where it had control characters, as `reveal_controls`.

    Characters without width stay: they stand between words in Thai, and control nothing.

    >>> printable_line("a\\n\\x1b[2J \\u202eb")
    'a \ufffd[2J \ufffdb'
    """
    return _VISIBLE.sub(lambda found: reveal_controls(found[0]), " ".join(text.split()))
