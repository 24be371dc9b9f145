"""The result of every reader, an `Extract`, and the functions that bring text into its form.

Reading the formats themselves is left to `extract`.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate

from index.text.controls import remove_controls
from index.text.table import is_header_end

MAX_TITLE_LENGTH = 80
"""Maximum length of a title in characters, so that it leaves room for the text embedded with it."""

MAX_AUTHOR_LENGTH = 120
"""Maximum length of the names of all authors together, in characters."""

_PLACEHOLDER_AUTHORS = frozenset(
    [
        *("", "python-docx", "python-pptx", "openpyxl", "apache poi", "xlsxwriter", "steve canny"),
        *("anonymous", "unknown", "unknown author", "author", "user", "default user", "none"),
        *("administrator", "admin", "root", "owner", "microsoft office user", "windows user"),
    ]
)
"""Names, in lower case, that programs or their templates set as the author by default."""

_SEPARATED_DATE = re.compile(
    r"(?P<year>\d{4})([-./])(?P<month>\d\d?)\2(?P<day>\d\d?)(?!\d)", re.ASCII
)
# A time may follow; a number with any other count of digits is not a date.
_COMPACT_DATE = re.compile(
    r"(?:D:|(?=(?:\d{8}|\d{12}|\d{14})(?!\d)))(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
    re.ASCII,
)
# A year, or a year and a month: 2025, 2025-04, D:202504.
_PARTIAL_DATE = re.compile(
    r"(?P<pdf>D:)?(?P<year>[12]\d{3})((?(pdf)|[-/])(?P<month>0?[1-9]|1[0-2]))?", re.ASCII
)

_ROW = re.compile(r"\s*\|.*\|\s*")


@dataclass(frozen=True, slots=True)
class Extract:
    """What a reader takes from a file: the parts of a `Document` that depend on its content alone.

    `page_starts` are offsets in characters. `author` and `date` come from the file's metadata and
    are empty if it has none; `date` is in ISO 8601 (YYYY-MM-DD, YYYY-MM or YYYY), that of the
    latest change if there are several. `note` names parts that could not be read, such as pages
    that are pictures.
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


_SURROGATE = re.compile("[\ud800-\udfff]")


def is_unicode(text: str) -> bool:
    """Whether a text holds no half of a surrogate pair, which neither a file nor a page can show.

    >>> is_unicode("caf\u00e9"), is_unicode("\\ud800")
    (True, False)
    """
    return not _SURROGATE.search(text)


def canonicalize(text: str, *, kept: str = "") -> str:
    """Return text in NFC with "\\n" line ends, surrogate pairs combined and no control characters.

    The control character that is `kept` stands for something else, which is decided later.

    >>> canonicalize("cafe\\u0301\\r\\nbar\\rbaz"), canonicalize("it\\x92s\\x00")
    ('café\\nbar\\nbaz', 'it’s')
    """
    if not is_unicode(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = remove_controls(text, kept=kept).replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text)


def shorten(text: str, length: int = MAX_TITLE_LENGTH) -> str:
    """Return text on one line in NFC, truncated between words to at most `length` characters.

    >>> shorten("A long   road", 8)
    'A long…'
    """
    line = " ".join(canonicalize(text).split())
    if len(line) <= length:
        return line
    space = line.rfind(" ", length // 2, length)  # Some languages have hardly any.
    return line[: space if space >= 0 else length - 1].rstrip(" ,;:.-") + "…"


def begins_with(text: str, line: str) -> bool:
    """Whether a text begins with the words of a line, which may be shortened, or be its heading.

    >>> begins_with("# The quay rises", "The quay"), begins_with("Portland is far.", "Port")
    (True, False)
    """
    opening = " ".join(text[: 4 * len(line) + 100].split()).lstrip("# ")
    words = line.rstrip("…")
    within_word = words == line and opening[len(words) : len(words) + 1].isalnum()
    return opening.startswith(words) and not within_word


def join_authors(*names: str) -> str:
    """Return names on one line, each once, without placeholders that programs set.

    >>> join_authors("Ann  Lee; Bo Ek", "(anonymous)", "Ann Lee")
    'Ann Lee, Bo Ek'
    """
    parts = [" ".join(part.split()) for name in names for part in name.split(";")]
    clean = ["".join(c for c in canonicalize(part) if c.isprintable()).strip() for part in parts]
    authors = [
        name
        for name in dict.fromkeys(clean)
        if name.strip("()<>").lower() not in _PLACEHOLDER_AUTHORS
    ]
    return shorten(", ".join(authors), MAX_AUTHOR_LENGTH)


def parse_date(*texts: str) -> str:
    """Return the first full date in several texts as YYYY-MM-DD, "" if there is none.

    The date is local to where it was written; time zones are ignored. If no text holds a full
    date, the first month (YYYY-MM) or year (YYYY) is returned.

    >>> [parse_date(t) for t in ("D:20250409143000+02'00'", "2025-04-09T23:30Z", "2025-13-01")]
    ['2025-04-09', '2025-04-09', '']
    >>> parse_date("2025", "Wed, 09 Apr 2025 14:30:00 +0200"), parse_date("soon", "2025/4")
    ('2025-04-09', '2025-04')
    """
    parsers = (_parse_day, _parse_month_or_year)
    return next((date for parse in parsers for text in texts if (date := parse(text))), "")


def _parse_day(text: str) -> str:
    text = text.strip()
    found = _SEPARATED_DATE.match(text) or _COMPACT_DATE.match(text)
    try:
        if found:
            day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        elif parts := parsedate(text):
            day = date(*parts[:3])
        else:
            return ""
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""  # Not a calendar day, or malformed input that `parsedate` raises on.
    return day.isoformat() if 1000 <= day.year < 3000 else ""


def _parse_month_or_year(text: str) -> str:
    found = _PARTIAL_DATE.fullmatch(text.strip())
    if not found:
        return ""
    return found["year"] + (f"-{int(found['month']):02}" if found["month"] else "")


def first_line(text: str) -> str:
    """Return the first line with a letter or digit, shortened for use as a title.

    The row of a table is no title: "" is returned.

    >>> first_line("---\\n# The quay"), first_line("| Ship | Dues |\\n| --- | --- |")
    ('The quay', '')
    """
    end = -1
    for line in text.split("\n"):
        end += len(line) + 1
        if any(character.isalnum() for character in line):
            is_row = _ROW.fullmatch(line) or ("|" in line and is_header_end(text, end))
            return "" if is_row else shorten(re.sub(r"^#+ +", "", line.strip()))
    return ""


def join_pages(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Join pages of canonical text; return the text and the offset where each page begins.

    >>> join_pages(["One.", "Two."])
    ('One.\\n\\nTwo.\\n\\n', (0, 6))
    """
    starts, offset = [], 0
    for page in pages:
        starts.append(offset)
        offset += len(page) + 2
    return "".join(f"{page}\n\n" for page in pages), tuple(starts)
