"""Read plain text and Markdown in any encoding; their text is kept unchanged.

Other readers decode bytes and find titles with the functions here.
"""

import contextlib
import unicodedata

from index.errors import UnreadableFile
from index.extract.encoding import decode_detected, decode_nearly_utf8
from index.text.canonical import (
    Extract,
    canonicalize,
    first_line,
    join_authors,
    parse_date,
    shorten,
)
from index.text.chunk import find_headings
from index.text.markdown import front_matter_end, read_front_matter

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

_UNMARKED_ENCODINGS = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")

_DETECTION_BYTES = 1 << 12
"""Number of bytes from which an encoding without a byte order mark is detected."""

_NO_TEXT = ("Cc", "Cn", "Co", "Cs")
"""Unicode categories of characters that do not occur in text, but for some white space."""

_ASCII_TEXT = bytes([*b"\t\n\r", *range(32, 127)])

_WHITE_SPACE = "\t\n\v\f\r\x1a\x85"


def decode(data: bytes) -> str:
    """Decode bytes by their byte order mark, as UTF-8, or else in the detected encoding.

    Bytes that contain zero are text only if they are UTF-16 or UTF-32.

    Raises `UnreadableFile` if the bytes are binary or in no known encoding.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise UnreadableFile(
                    f"its byte order mark says {encoding}, but its bytes are not valid; "
                    "save it again as UTF-8"
                ) from error
    if b"\0" in data:
        return _decode_unmarked(data)
    try:
        # Text in ISO 2022 is ASCII with commands to change the set of characters.
        return data.decode("utf-8") if b"\x1b$" not in data else data.decode("iso-2022-jp")
    except UnicodeDecodeError as error:
        text = decode_nearly_utf8(data)
        if text is None:
            text = decode_detected(data)
        if text is None:
            raise UnreadableFile(
                f"its encoding was not recognised (byte {error.start:,} is not UTF-8); "
                "save it again as UTF-8"
            ) from error
        return text


def _decode_unmarked(data: bytes) -> str:
    """Decode UTF-16 or UTF-32 without a byte order mark; the order is that with more ASCII text.

    >>> _decode_unmarked("ice".encode("utf-16-be"))
    'ice'
    """
    sample = data[:_DETECTION_BYTES]
    others = sample.replace(b"\0", b"")
    if len(others) > len(sample) * 0.6 and not others.translate(None, _ASCII_TEXT):
        sample = b""  # In UTF-16 every other byte of ASCII text is zero, not a few.
    likely = max(_UNMARKED_ENCODINGS, key=lambda encoding: _count_ascii(sample, encoding))
    if _count_ascii(sample, likely):
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(likely)
            if "\0" not in text:
                return text
    raise UnreadableFile("the file is binary, not text")


def _count_ascii(sample: bytes, encoding: str) -> int:
    """Return the number of ASCII characters, 0 if the sample is no text in this encoding."""
    width = 4 if "32" in encoding else 2
    text = sample[: len(sample) // width * width].decode(encoding, "ignore")
    if any(unicodedata.category(c) in _NO_TEXT and c not in _WHITE_SPACE for c in text):
        return 0
    # A sample may end within a pair of surrogates, which is ignored; other errors are not.
    units = len(text.encode(encoding)) // width
    return sum(map(str.isascii, text)) if units >= len(sample) // width - 1 else 0


def read_text(data: bytes) -> Extract:
    """Read plain text; its title is its first line."""
    text = canonicalize(decode(data))
    return Extract(first_line(text), text, "text/plain")


def read_markdown(data: bytes) -> Extract:
    """Read Markdown; its front matter, between lines of "---", stays part of the text."""
    text = canonicalize(decode(data))
    front_matter = read_front_matter(text)
    title = shorten(front_matter.get("title", "")) or infer_title(text)
    author = join_authors(front_matter.get("author") or front_matter.get("authors", ""))
    date = parse_date(*(front_matter.get(key, "") for key in ("lastmod", "updated", "date")))
    return Extract(title, text, "text/markdown", author=author, date=date)


def infer_title(text: str) -> str:
    """Return the first Markdown heading, else the first line, shortened to a title."""
    marked = find_headings(text)
    return shorten(marked[0][1]) if marked else first_line(text[front_matter_end(text) :])
