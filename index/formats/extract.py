"""What every reader gives: an `Extract`, its text canonical, its title short."""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

TITLE_LENGTH = 80
"""Characters of a title at most, so that it leaves room for the text it is embedded with."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What a reader takes from a file: all of a `Document` that depends on the content alone.

    `author` and `date` (ISO 8601, YYYY-MM-DD, of its latest change where several are told) are
    what the file says of itself, empty where it says nothing. `note` tells what of it could not
    be read, such as pages that are pictures.
    """

    title: str
    text: str
    media_type: str
    page_starts: tuple[int, ...] = ()
    author: str = ""
    date: str = ""
    note: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def canonical(text: str) -> str:
    """Return text in NFC with "\\n" line ends, halves of characters (surrogates) put together.

    >>> canonical("cafe\\u0301\\r\\nbar\\rbaz")
    'café\\nbar\\nbaz'
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def shorten(text: str, length: int = TITLE_LENGTH) -> str:
    """Return text on one line in NFC, cut between words to at most `length` characters.

    >>> shorten("A long   road", 8)
    'A long…'
    """
    line = " ".join(canonical(text).split())
    if len(line) <= length:
        return line
    cut = line[:length]
    return (cut[: cut.rfind(" ")] if " " in cut else cut[:-1]).rstrip(" ,;:.-") + "…"


def first_line(text: str) -> str:
    """Return the first line that holds a letter or digit, shortened to serve as a title."""
    for line in text.split("\n"):
        if any(character.isalnum() for character in line):
            return shorten(line.lstrip("# "))
    return ""


def join_pages(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Return pages of canonical text as one text, and the offset where each of them begins.

    >>> join_pages(["One.", "Two."])
    ('One.\\n\\nTwo.\\n\\n', (0, 6))
    """
    starts, offset = [], 0
    for page in pages:
        starts.append(offset)
        offset += len(page) + 2
    return "".join(f"{page}\n\n" for page in pages), tuple(starts)
