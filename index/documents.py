"""A file -> Document: its canonical text, title and page starts.

The only reader of what is in the user's files; `scan` finds them. The canonical text is decoded,
in Unicode's composed form (NFC) and ends its lines with "\\n"; it is never altered again, so a
range of it stays valid. Cutting it into chunks is left to `chunk`, keeping it to `library`.
"""

import hashlib
import re
import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.errors import UnreadableFile

EXTRACTOR_VERSION = 1
"""Raised whenever a reader below would give another text for the same file."""

TITLE_LENGTH = 80
"""Characters of a title at most, so that it leaves room for the text it is embedded with."""


@dataclass(frozen=True, slots=True)
class Document:
    """One readable document.

    `id` is its path relative to the folder that was indexed, with "/" between the parts; `source`
    is the absolute path of the file. `page_starts[i]` is the offset in `text` (characters) where
    page i + 1 begins; it is empty for formats without pages. `sha256` is that of `text` in UTF-8.
    """

    id: str
    title: str
    text: str
    source: str
    media_type: str
    page_starts: tuple[int, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Extract:
    """What a reader takes from a file: all of a `Document` that depends on the content alone."""

    title: str
    text: str
    media_type: str
    page_starts: tuple[int, ...] = ()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def canonical(text: str) -> str:
    """Return text in NFC with "\\n" line ends.

    >>> canonical("cafe\\u0301\\r\\nbar\\rbaz")
    'café\\nbar\\nbaz'
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def extract(path: Path, data: bytes) -> Extract:
    """Return the text of a file from its bytes; the suffix of `path` tells the format.

    Raises `UnreadableFile` with the reason where there is no text to be had.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFile(
            f"the type {path.suffix or 'without a suffix'} is not read; "
            f"Footnote reads {', '.join(sorted(SUFFIXES))}"
        )
    if not data:
        raise UnreadableFile("the file is empty")
    try:
        found = reader(data)
    except RecursionError as error:
        raise UnreadableFile("its elements are nested too deeply to be read") from error
    if not found.text.strip():
        raise UnreadableFile("the file holds no text, only white space or markup")
    return found


def page_of(page_starts: tuple[int, ...], offset: int) -> int | None:
    """Return the page (from 1) that holds the character at `offset`; None without pages."""
    return sum(start <= offset for start in page_starts) or None


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


def _decode(data: bytes) -> str:
    """Return bytes as text: by byte order mark, as UTF-8, else by what the bytes look like."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise UnreadableFile(
                    f"it is marked as {encoding}, but its bytes are not; save it again as UTF-8"
                ) from error
    if b"\0" in data:
        raise UnreadableFile("the file is binary, not text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        from charset_normalizer import from_bytes

        guesses = from_bytes(data)
        guess = guesses.best()
        if guess is None:
            raise UnreadableFile(
                f"its bytes are in no known encoding (byte {error.start:,} is not UTF-8); "
                "save it again as UTF-8"
            ) from error
        # Of encodings that fit about as well, Western European is by far the commonest.
        western = (found for found in guesses if "cp1252" in found.could_be_from_charset)
        likely = next(western, guess)
        near = likely.chaos <= guess.chaos + 0.05 and likely.coherence >= guess.coherence - 0.05
        return str(likely if near else guess)


def _first_line(text: str) -> str:
    """Return the first line that holds a letter or digit, shortened to serve as a title."""
    for line in text.split("\n"):
        if any(character.isalnum() for character in line):
            return shorten(line)
    return ""


def _read_text(data: bytes) -> Extract:
    text = canonical(_decode(data))
    return Extract(_first_line(text), text, "text/plain")


def _read_markdown(data: bytes) -> Extract:
    text = canonical(_decode(data))
    heading = re.search(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", text, re.MULTILINE)
    return Extract(shorten(heading[1]) if heading else _first_line(text), text, "text/markdown")


def _read_html(data: bytes) -> Extract:
    """Read HTML as Markdown: headings, lists and tables stay, navigation and scripts go."""
    from bs4 import BeautifulSoup
    from bs4.element import Declaration, ProcessingInstruction
    from markdownify import MarkdownConverter

    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile("the file is binary, not text")
    # The parser honours a charset named in the page; bytes that are plain UTF-8 need no guess.
    # It also warns of XML and of a text that is a lone address, both of which it reads well.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            soup = BeautifulSoup(data.decode("utf-8-sig"), "lxml")
        except UnicodeDecodeError:
            soup = BeautifulSoup(data, "lxml")
    title = soup.title.get_text() if soup.title else ""
    for node in soup.find_all(string=True):
        if isinstance(node, Declaration | ProcessingInstruction):
            node.extract()
    # Not the whole head: HTML may leave out its end tag, and then all of the page is inside.
    for element in soup(
        ["title", "script", "style", "noscript", "template", "nav", "header", "footer", "aside"]
    ):
        # An article's own header holds its heading; the page's header holds its menu.
        if element.name != "header" or element.find_parent(["article", "main"]) is None:
            element.decompose()
    markdown = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        strip=["a", "img", "b", "strong", "i", "em", "code"],
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
        autolinks=False,
    ).convert_soup(soup)
    text = canonical(re.sub(r"[ \t]+$", "", markdown, flags=re.MULTILINE).strip() + "\n")
    return Extract(shorten(title) or _first_line(text.lstrip("# ")), text, "text/html")


def _read_pdf(data: bytes) -> Extract:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as pdf:
            pages = [_page_text(pdf[number]) for number in range(len(pdf))]
            title = pdf.get_metadata_value("Title").strip()
            if title.strip("()").lower() in ("anonymous", "untitled"):
                title = ""  # What a program writes where nobody gave a title.
    except pypdfium2.PdfiumError as error:
        wanted = "password" in str(error).lower()
        raise UnreadableFile(
            "the PDF is locked with a password; save a copy without it"
            if wanted
            else "the PDF is damaged: its structure cannot be read"
        ) from error
    if not any(page.strip() for page in pages):
        raise UnreadableFile(
            f"there is no text on its {len(pages)} pages, which may be scanned pictures; "
            "run text recognition (OCR) on it first"
        )
    starts, text = [], ""
    for page in pages:
        starts.append(len(text))
        text += page + "\n\n"
    return Extract(shorten(title) or _first_line(text), text, "application/pdf", tuple(starts))


def _page_text(page: "pypdfium2.PdfPage") -> str:  # type: ignore[name-defined]  # noqa: F821
    """Return the text of one page, words that were hyphenated at a line's end joined again.

    PDFium marks such a hyphen with U+0002 or U+FFFE instead of the line's end.
    """
    text = page.get_textpage().get_text_bounded()
    return canonical(re.sub("[\x02\ufffe](?:\r\n)?", "", text)).replace("\0", "").strip()


_READERS: dict[str, Callable[[bytes], Extract]] = {
    ".txt": _read_text,
    ".text": _read_text,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".xhtml": _read_html,
    ".pdf": _read_pdf,
}
SUFFIXES = frozenset(_READERS)
"""The suffixes of the files that can be read, in lower case."""
