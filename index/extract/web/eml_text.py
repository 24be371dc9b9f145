"""Decode the headers and the text of an e-mail, whichever encoding they name.

Which parts of an e-mail are read is left to `eml`.
"""

import re
from email.errors import HeaderParseError
from email.header import decode_header

from index.errors import UnreadableFile
from index.extract.encoding import decode_windows, superset
from index.extract.plain_text import decode
from index.extract.web.html.html import html_to_markdown
from index.text.controls import remove_controls

_NOT_OF_TEXT = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"})
"""Python's codecs that no text is written in; some take quadratic time."""

_PAGE_CHARSET = re.compile(rb"<meta[^>]+charset", re.IGNORECASE)
_ENCODED_WORD = r"=\?[^?\s]+\?[bq]\?[^?]*\?="
_ENCODED_WORDS = re.compile(rf"({_ENCODED_WORD}(?:\s*{_ENCODED_WORD})*)", re.IGNORECASE)


def decode_bytes(data: bytes, label: str) -> str:
    """Decode bytes in the encoding that they name, or else in the one that fits them.

    Text named Latin-1 or ASCII is UTF-8 if its bytes are, and otherwise Windows-1252.

    >>> decode_bytes(b"\\x80 5", "iso-8859-1"), decode_bytes("5 €".encode(), "us-ascii")
    ('€ 5', '5 €')
    """
    encoding = _find_encoding(label) or "utf-8"
    if encoding.startswith(("utf-16", "utf-32")) and b"\0" not in data:
        encoding = "utf-8"  # Every line end holds a zero byte in these encodings.
    attempts = ("utf-8", "cp1252") if encoding == "cp1252" else (encoding,)
    for attempt in attempts:
        try:
            return data.decode(attempt).removeprefix("\ufeff")
        except (UnicodeError, LookupError):
            continue
    if encoding == "cp1252":
        return decode_windows(data)
    try:
        return decode(data.replace(b"\0", b""))
    except UnreadableFile:
        return decode_windows(data)


def read_page(data: bytes, label: str) -> str:
    """Return the text of an HTML part; the encoding named in the page counts if no other does."""
    is_named = label not in ("", "us-ascii")
    if is_named or not _PAGE_CHARSET.search(data[:4096]):
        return html_to_markdown(decode_bytes(data, label)).strip()
    return html_to_markdown(data.replace(b"\0", b"")).strip()


def decode_header_text(value: str) -> str:
    """Decode a header's encoded words and raw bytes; return it on one line.

    >>> decode_header_text("=?iso-8859-1?q?=8010?= for\\n =?utf-8?b?w6k=?=")
    '€10 for é'
    """
    pieces = _ENCODED_WORDS.split(value)
    text = "".join(
        _decode_words(piece) if number % 2 else _decode_raw(piece)
        for number, piece in enumerate(pieces)
    )
    return " ".join(remove_controls(text).split())


def join_flowed_lines(text: str, *, delete_space: bool) -> str:
    """Join lines that end in a space with the next one, as format=flowed asks (RFC 3676).

    Lines of a quotation are joined with those of the same depth.

    >>> join_flowed_lines("The quay \\nis free.\\n-- \\nAnna", delete_space=False)
    'The quay is free.\\n-- \\nAnna'
    """
    lines: list[list[str]] = []
    open_depth = -1
    for line in text.replace("\r\n", "\n").split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        shown = content[:-1] if flows and delete_space else content
        if depth == open_depth and content != "-- ":
            lines[-1].append(shown)
        else:
            lines.append([">" * depth, " " if depth and content else "", shown])
        open_depth = depth if flows else -1
    joined = ("".join(pieces) for pieces in lines)
    return "\n".join(line if line.endswith("-- ") else line.rstrip() for line in joined)


def _find_encoding(label: str) -> str:
    """Return Python's name of an encoding, or of the one that its name is used for."""
    label = label.strip().lower()
    names = (label, label.removeprefix("x-"), label.replace("windows-", "cp").removesuffix("-i"))
    for name in names:
        try:
            found = superset(name)
        except (LookupError, ValueError):
            continue
        if found.replace("_", "-") not in _NOT_OF_TEXT:
            return found
    return ""


def _decode_raw(text: str) -> str:
    """Decode the bytes above ASCII that the parser kept as surrogates."""
    try:
        return decode_bytes(text.encode("ascii", "surrogateescape"), "us-ascii")
    except UnicodeEncodeError:
        return text


def _decode_words(words: str) -> str:
    try:
        parts = decode_header(words)
    except HeaderParseError:
        return words
    return "".join(
        part if isinstance(part, str) else decode_bytes(part, (label or "").partition("*")[0])
        for part, label in parts
    )
