"""The name of a file, as a browser tells it -> one that every file system takes."""

import re
import unicodedata

_NAME_BYTES = 200
"""Bytes of a name at most: file systems take 255, and a number may be added."""

_JOINERS = "\u200c\u200d"
"""They cannot be seen, but Persian and Indian names are not themselves without them."""

_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"]
)
"""Names that are devices on Windows, whatever their suffix."""


def safe_name(name: str) -> str:
    """Return a name that a person recognises and every file system takes, without folders.

    >>> safe_name("../../etc/Über uns\\n(neu).PDF")
    'Über uns (neu).PDF'
    >>> safe_name(".pdf"), safe_name("con.txt"), safe_name("a:b?.md"), safe_name("..")
    ('document.pdf', '_con.txt', 'a_b_.md', 'document')
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = re.sub(r'[<>:"|?*]', "_", "".join(map(_visible, name)))
    stem, dot, suffix = " ".join(name.split()).rstrip(". ").rpartition(".")
    if not dot:
        stem, suffix = suffix, ""
    suffix = f".{suffix.strip()[:20]}" if dot else ""
    room = _NAME_BYTES - len(suffix.encode())
    stem = stem.strip(". ").encode()[:room].decode(errors="ignore").rstrip(". ")
    if stem.partition(".")[0].strip().lower() in _RESERVED:
        stem = f"_{stem}"
    return f"{stem or 'document'}{suffix}"


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character.isspace() or unicodedata.category(character) == "Cc" else ""
