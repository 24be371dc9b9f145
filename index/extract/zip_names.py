"""Find the paths of the files in a ZIP archive: their names decoded, and brought into one form.

Old programs mark no encoding. Their names are read in the one of the usual encodings in which the
names of all files together look most like words. Reading the files is left to `unzip`.
"""

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
"""Type of the extra field in which programs repeat a name in UTF-8."""

_ENCODINGS = (
    *("utf-8", "cp437", "cp850", "cp866", "cp932", "euc_kr", "gb18030", "big5"),
    *("cp1252", "cp1251"),
)
"""Encodings of names in archives; of those that fit equally well, the first is taken."""

_DETECTION_BYTES = 10_000
"""Number of bytes of names from which their encoding is detected."""

_DRIVE = re.compile(r"[A-Za-z]:(?!\s)")


def list_files(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """Return the decoded name of each file in an archive, folders left out, with its record."""
    parts = [part for part in archive.infolist() if part.filename]
    marked = [_marked_name(part) for part in parts]
    unmarked = (part for part, name in zip(parts, marked, strict=True) if name is None)
    encoding = _detect_encoding(_raw_name(part) for part in unmarked)
    names = (
        _raw_name(part).decode(encoding, "replace") if name is None else name
        for part, name in zip(parts, marked, strict=True)
    )
    files = [(name.partition("\0")[0], part) for name, part in zip(names, parts, strict=True)]
    return [(name, part) for name, part in files if not name.endswith(("/", "\\"))]


def normalize_path(name: str) -> str | None:
    """Return the path of a file within its archive, None if it leads out of the archive.

    >>> [normalize_path(name) for name in ("./a.txt", "docs\\\\a.txt", "b//c/../a.txt")]
    ['a.txt', 'docs/a.txt', 'b/a.txt']
    >>> [normalize_path(name) for name in ("../a.txt", "/a.txt", "C:\\\\a.txt", "b/../../c")]
    [None, None, None, None]
    """
    path = name.replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path):
        return None
    folders: list[str] = []
    for folder in path.split("/"):
        if folder == ".." and not folders:
            return None
        if folder == "..":
            folders.pop()
        elif folder not in ("", "."):
            folders.append(folder)
    return "/".join(folders) or None


def _raw_name(part: zipfile.ZipInfo) -> bytes:
    return part.orig_filename.encode("cp437", "replace")


def _marked_name(part: zipfile.ZipInfo) -> str | None:
    """Return a name whose encoding is certain, None for another."""
    if part.flag_bits & _UTF8_FLAG or part.orig_filename.isascii():
        return part.filename
    for kind, field in _extra_fields(part.extra):
        if kind == _UNICODE_PATH and field[1:5] == struct.pack("<L", zlib.crc32(_raw_name(part))):
            return field[5:].decode("utf-8", "replace")
    return None


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size


def _detect_encoding(names: Iterable[bytes]) -> str:
    sample = b"\n".join(names)
    if len(sample) > _DETECTION_BYTES:
        sample = sample[: sample.rfind(b"\n", 0, _DETECTION_BYTES) + 1]
    fit: dict[str, float] = {}
    for encoding in _ENCODINGS:
        try:
            fit[encoding] = _strangeness(sample.decode(encoding))
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8":
            return encoding
    return min(fit, key=lambda encoding: fit[encoding])


def _strangeness(text: str) -> float:
    """Count what does not occur in words: symbols, mixed alphabets, capitals within words."""
    symbols = sum(not (c.isascii() or c.isalnum() or _is_punctuation(c)) for c in text)
    halves = sum("\uff61" <= c <= "\uff9f" for c in text)
    pairs = [(a, b) for a, b in pairwise(text) if a.isalpha() and b.isalpha()]
    foreign = [(a, b) for a, b in pairs if not (a.isascii() and b.isascii())]
    mixed = sum(_script(a) != _script(b) for a, b in foreign)
    capitals = sum(b.isupper() and not b.isascii() for _, b in foreign)
    raised = sum(a.islower() and b.isupper() for a, b in foreign)
    return symbols + halves + mixed + raised + capitals / 2


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character) in ("Pd", "Ps", "Pe", "Pi", "Pf", "Zs", "Mn")


def _script(character: str) -> str:
    """Return the alphabet of a letter; Japanese mixes three, which are one here."""
    first = unicodedata.name(character, "").split(" ")[0].split("-")[0]
    return "CJK" if first in ("HIRAGANA", "KATAKANA") else first
