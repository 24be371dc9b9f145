"""File names sent by browsers, made safe for every file system."""

import re
import unicodedata

_MAX_NAME_BYTES = 200
"""Length limit of a name in bytes. File systems allow 255, and a number may be appended."""

_JOINERS = "\u200c\u200d"
"""Invisible characters that Persian and Indian scripts need for correct spelling."""

_WINDOWS_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"]
)
"""Names that denote devices on Windows, with any suffix."""


def safe_name(name: str) -> str:
    """Return a recognisable name without folders that is valid on every file system.

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
    room = _MAX_NAME_BYTES - len(suffix.encode())
    stem = stem.strip(". ").encode()[:room].decode(errors="ignore").rstrip(". ")
    if stem.partition(".")[0].strip().lower() in _WINDOWS_DEVICES:
        stem = f"_{stem}"
    return f"{stem or 'document'}{suffix}"


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character.isspace() or unicodedata.category(character) == "Cc" else ""
