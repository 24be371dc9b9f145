"""Patterns -> documents: by id, or by where their files lie."""

import os
from fnmatch import fnmatchcase

from index.manifest import Entry


def matches(pattern: str, entry: Entry) -> bool:
    """Whether a pattern names a document.

    It is an id, a folder of ids, or the path of a file or folder on the disk; or one of these with
    wildcards: "*" stands for any characters, "?" for one and "[ab]" for one of several. "/" is a
    character like any other, so that "2024/*.pdf" also finds what lies deeper.
    """
    return _names(pattern.removeprefix("./").rstrip("/"), entry.id) or _names(
        os.path.realpath(pattern), entry.source
    )


def _names(wanted: str, path: str) -> bool:
    """Whether a path is the wanted one, lies below it, or is what its wildcards stand for.

    >>> [_names(w, "2024/may/a.pdf") for w in ("2024/may/a.pdf", "2024", "2024/*.pdf", "a.pdf")]
    [True, True, True, False]
    """
    if path == wanted or path.startswith(f"{wanted}/"):
        return True
    return fnmatchcase(path, wanted) or fnmatchcase(path, f"{wanted}/*")
