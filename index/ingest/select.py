"""Selects documents by id, by the path of their file, or by a pattern of either."""

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase

from index.manifest import Entry


def select_by_id(document_id: str, documents: Sequence[Entry]) -> set[int]:
    """Return the position of the document with this id, in which no character is a wildcard."""
    return {number for number, entry in enumerate(documents) if entry.id == document_id}


def select_matching(pattern: str, documents: Sequence[Entry]) -> set[int]:
    """Return the positions of the documents that a pattern selects.

    The pattern is tried as an id, then as a folder of ids, then as the path of a file or folder on
    disk, then as any of these with wildcards: "*" matches any characters, "?" one and "[ab]" one of
    several. Wildcards match "/" too, so "2024/*.pdf" also selects files in subfolders. A pattern
    that is the id of a document selects only that document.
    """
    wanted = pattern.removeprefix("./").rstrip("/")
    if not wanted or "\0" in wanted:
        return set()
    place = os.path.realpath(pattern)
    ids = [entry.id for entry in documents]
    sources = [entry.source for entry in documents]
    for names, name in ((ids, wanted), (sources, place)):
        for found in (
            {n for n, one in enumerate(names) if one == name},
            {n for n, one in enumerate(names) if one.startswith(f"{name}/")},
        ):
            if found:
                return found
    return {
        number
        for names, name in ((ids, wanted), (sources, place))
        for number, one in enumerate(names)
        if fnmatchcase(one, name) or fnmatchcase(one, f"{name}/*")
    }
