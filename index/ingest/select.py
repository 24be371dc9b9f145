"""Ids and patterns -> documents: by id, or by where their files lie."""

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase

from index.manifest import Entry


def exactly(document_id: str, documents: Sequence[Entry]) -> set[int]:
    """Return the number of the document with this very id, whatever characters are in it."""
    return {number for number, entry in enumerate(documents) if entry.id == document_id}


def matching(pattern: str, documents: Sequence[Entry]) -> set[int]:
    """Return the numbers of the documents that a pattern names.

    It is an id, else a folder of ids, else the path of a file or folder on the disk, else one of
    these with wildcards: "*" stands for any characters, "?" for one and "[ab]" for one of several.
    "/" is a character like any other, so that "2024/*.pdf" also finds what lies deeper. What names
    a document as it stands is not taken for a pattern.
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
