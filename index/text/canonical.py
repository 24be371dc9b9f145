"""What every reader gives: an `Extract`, its text canonical, its title short."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate

TITLE_LENGTH = 80
"""Characters of a title at most, so that it leaves room for the text it is embedded with."""

AUTHOR_LENGTH = 120
"""Characters of all authors together at most."""

_NOBODY = frozenset(
    [
        *("", "python-docx", "python-pptx", "openpyxl", "apache poi", "xlsxwriter", "steve canny"),
        *("anonymous", "unknown", "unknown author", "author", "user", "default user", "none"),
        *("administrator", "admin", "root", "owner", "microsoft office user", "windows user"),
    ]
)
"""What programs write where nobody gave a name, and whose template some of them begin with."""

_SEPARATED = re.compile(r"(?P<year>\d{4})([-./])(?P<month>\d\d?)\2(?P<day>\d\d?)(?!\d)", re.ASCII)
# A time may follow; other numbers of that size are no dates.
_TOGETHER = re.compile(
    r"(?:D:|(?=(?:\d{8}|\d{12}|\d{14})(?!\d)))(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
    re.ASCII,
)
# A year alone, or with its month: 2025, 2025-04, D:202504.
_PARTIAL = re.compile(
    r"(?P<pdf>D:)?(?P<year>[12]\d{3})((?(pdf)|[-/])(?P<month>0?[1-9]|1[0-2]))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Extract:
    """What a reader takes from a file: all of a `Document` that depends on the content alone.

    `author` and `date` (ISO 8601: YYYY-MM-DD, YYYY-MM or YYYY, of its latest change where several
    are told) are what the file says of itself, empty where it says nothing. `note` tells what of
    it could not be read, such as pages that are pictures.
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


def join_authors(*names: str) -> str:
    """Return names on one line, each once, without those that programs make up.

    >>> join_authors("Ann  Lee; Bo Ek", "(anonymous)", "Ann Lee")
    'Ann Lee, Bo Ek'
    """
    parts = [" ".join(part.split()) for name in names for part in name.split(";")]
    shown = ["".join(c for c in canonical(part) if c.isprintable()).strip() for part in parts]
    kept = [name for name in dict.fromkeys(shown) if name.strip("()<>").lower() not in _NOBODY]
    return shorten(", ".join(kept), AUTHOR_LENGTH)


def parse_date(*told: str) -> str:
    """Return the first date that there is among several texts, as YYYY-MM-DD; "" without one.

    It is the day where it was written, whatever the time zone. Where no day is told, it is the
    first month, as YYYY-MM, or year.

    >>> [parse_date(t) for t in ("D:20250409143000+02'00'", "2025-04-09T23:30Z", "2025-13-01")]
    ['2025-04-09', '2025-04-09', '']
    >>> parse_date("2025", "Wed, 09 Apr 2025 14:30:00 +0200"), parse_date("soon", "2025/4")
    ('2025-04-09', '2025-04')
    """
    return next((found for read in (_day, _month_or_year) for t in told if (found := read(t))), "")


def _day(text: str) -> str:
    text = text.strip()
    found = _SEPARATED.match(text) or _TOGETHER.match(text)
    try:
        if found:
            day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        elif parts := parsedate(text):
            day = date(*parts[:3])
        else:
            return ""
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""  # No such day, or what the parser of e-mail dates stumbles on.
    return day.isoformat() if 1000 <= day.year < 3000 else ""


def _month_or_year(text: str) -> str:
    found = _PARTIAL.fullmatch(text.strip())
    if not found:
        return ""
    return found["year"] + (f"-{int(found['month']):02}" if found["month"] else "")


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
