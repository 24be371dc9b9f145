"""File names and paths sent by browsers, made safe for every file system."""

import re
import unicodedata

from index.ingest.uploads import ADDED_FOLDER

_MAX_NAME_BYTES = 200
"""Length limit of a name in bytes. File systems allow 255, and a number may be appended."""

MAX_PATH_BYTES = 1000
"""Length limit of a path with its folders; many systems allow four times as much in all."""

LEADS_OUT = "its path leads out of the folder that is sent; send the folder itself"

PATH_TOO_LONG = f"its path has more than {MAX_PATH_BYTES:,} bytes; send one of the inner folders"

_JOINERS = "\u200c\u200d"
"""Invisible characters that Persian and Indian scripts need for correct spelling."""

_WINDOWS_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"]
)
"""Names that denote devices on Windows, with any suffix."""


def safe_path(path: str) -> str:
    """Return a relative path of safe names, which leads to no folder above.

    >>> safe_path("goats/./deep: 1/herd.txt"), safe_path("../.git/con/a.txt")
    ('goats/deep_ 1/herd.txt', 'git/_con/a.txt')
    >>> safe_path("Added/a.txt"), safe_path("added.txt")
    ('_Added/a.txt', 'added.txt')
    """
    *folders, name = _split(path)
    safe = [one for one in map(_safe_folder_name, folders) if one]
    if safe and safe[0].lower() == ADDED_FOLDER:  # It holds other documents.
        safe[0] = f"_{safe[0]}"
    return "/".join([*safe, safe_name(name)])


def refuse_path(path: str) -> str:
    """Return why a path that was sent is refused, or an empty string.

    >>> refuse_path("goats/herd.txt"), refuse_path("goats/../../herd.txt") == LEADS_OUT
    ('', True)
    """
    parts = _split(path)
    if ".." in parts or (len(parts) > 1 and (not parts[0] or re.fullmatch("[A-Za-z]:", parts[0]))):
        return LEADS_OUT
    return PATH_TOO_LONG if len(safe_path(path).encode()) > MAX_PATH_BYTES else ""


def _split(path: str) -> list[str]:
    return path.replace("\\", "/").split("/")


def safe_name(name: str) -> str:
    """Return a recognisable name without folders that is valid on every file system.

    >>> safe_name("../../etc/Über uns\\n(neu).PDF")
    'Über uns (neu).PDF'
    >>> safe_name(".pdf"), safe_name("con.txt"), safe_name("a:b?.md"), safe_name("..")
    ('document.pdf', '_con.txt', 'a_b_.md', 'document')
    """
    stem, dot, suffix = _clean(_split(name)[-1]).rpartition(".")
    if not dot:
        stem, suffix = suffix, ""
    suffix = f".{suffix.strip()[:20]}" if dot else ""
    room = _MAX_NAME_BYTES - len(suffix.encode())
    return f"{_cut(stem, room) or 'document'}{suffix}"


def _safe_folder_name(name: str) -> str:
    """Return a safe name of a folder, "" for one that stands for the folder itself."""
    return _cut(_clean(name), _MAX_NAME_BYTES)


def _clean(name: str) -> str:
    """Return a name without the characters that a file system may refuse, or that deceive."""
    name = "".join(map(_visible, unicodedata.normalize("NFC", name)))
    return " ".join(re.sub(r'[<>:"|?*]', "_", name).split()).rstrip(". ")


def _cut(name: str, room: int) -> str:
    """Return a name in at most so many bytes that is neither hidden nor a device on Windows."""
    name = name.strip(". ").encode()[:room].decode(errors="ignore").rstrip(". ")
    is_device = name.partition(".")[0].strip().lower() in _WINDOWS_DEVICES
    return f"_{name}" if is_device else name


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character.isspace() or unicodedata.category(character) == "Cc" else ""
