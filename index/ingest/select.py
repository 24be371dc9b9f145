"""Selects documents by name: an id, the path of a file, a pattern of either, or as people type it.

Names as typed may differ from the documents' in case, in Unicode composition, or by a missing
suffix. An exact match always comes first.
"""

import os
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from heapq import nlargest
from unicodedata import normalize

from index.manifest import Entry

NEAREST_NAMES = 3
"""Names that are offered in place of one that no document has."""

MAX_ALIGNED = 100
"""Names that are compared letter by letter in search of the nearest ones."""

MAX_COMPARED = 200
"""Characters of a name that are compared in search of the nearest ones."""


def select_by_id(document_id: str, documents: Sequence[Entry]) -> set[int]:
    """Return the position of the document with this id, in which no character is a wildcard."""
    return {number for number, entry in enumerate(documents) if entry.id == document_id}


def select_by_names(names: Sequence[str], documents: Sequence[Entry]) -> set[int]:
    """Return the positions of the documents with these ids as typed, no character a wildcard.

    Names that no document has are ignored.
    """
    by_id = {entry.id: number for number, entry in enumerate(documents)}
    found = {by_id[name] for name in names if name in by_id}
    others = {fold_name(name) for name in names if name not in by_id}
    if not others:
        return found
    folded = [fold_name(entry.id) for entry in documents]
    named = {number for number, one in enumerate(folded) if one in others}
    without_suffix = others - {folded[number] for number in named}
    stems = {n for n, one in enumerate(folded) if os.path.splitext(one)[0] in without_suffix}
    return found | named | stems


def select_matching(pattern: str, documents: Sequence[Entry], *, on_disk: bool = True) -> set[int]:
    """Return the positions of the documents that a pattern selects.

    The pattern is tried as an id, then as a folder of ids, then, if `on_disk`, as the path of a
    file or folder on disk, then as any of these with wildcards: "*" matches any characters, "?" one
    and "[ab]" one of several. Wildcards match "/" too, so "2024/*.pdf" also selects files in
    subfolders. A pattern that is the id of a document selects only that document.
    """
    return _match(pattern, documents, str, on_disk=on_disk)


def select_folded(pattern: str, documents: Sequence[Entry], *, on_disk: bool = True) -> set[int]:
    """Return the positions that a pattern selects; where none, ignore case and composition."""
    found = select_matching(pattern, documents, on_disk=on_disk)
    return found or _match(pattern, documents, fold_name, on_disk=on_disk)


def select_as_typed(pattern: str, documents: Sequence[Entry], *, on_disk: bool = True) -> set[int]:
    """Return the positions that `select_folded` finds or, where none, those without their suffix.

    "Handbook" then selects "handbook.pdf" and "handbook.md".
    """
    found = select_folded(pattern, documents, on_disk=on_disk)
    return found or select_by_names([pattern.removeprefix("./")], documents)


def describe_nearest(name: str, documents: Sequence[Entry]) -> str:
    """Return a sentence that names the documents whose names are nearest to a name; "" for none.

    A name without a folder is compared with file names, any other with ids.
    """
    wanted = fold_name(name)[:MAX_COMPARED]
    matcher = SequenceMatcher(b=wanted, autojunk=False)

    def compare(entry: Entry, ratio: Callable[[], float]) -> float:
        compared = entry.id if "/" in wanted else entry.id.rpartition("/")[2]
        matcher.set_seq1(fold_name(compared)[:MAX_COMPARED])
        return ratio()

    # Among 100,000 names, the quick upper bound takes a seventh of the time.
    near = nlargest(MAX_ALIGNED, documents, key=lambda one: compare(one, matcher.quick_ratio))
    near = nlargest(NEAREST_NAMES, near, key=lambda one: compare(one, matcher.ratio))
    nearest = [repr(entry.id) for entry in near]
    if not nearest:
        return ""
    noun = "name is" if len(nearest) == 1 else "names are"
    return f"The nearest {noun} {', '.join(nearest)}."


def fold_name(name: str) -> str:
    """Return a name without differences of case and of Unicode composition.

    >>> fold_name("Re\\u0301sume\\u0301.PDF") == fold_name("r\\u00e9sum\\u00e9.pdf")
    True
    """
    return normalize("NFC", normalize("NFC", name).casefold())


def _match(
    pattern: str, documents: Sequence[Entry], spell: Callable[[str], str], *, on_disk: bool
) -> set[int]:
    """Return the positions that a pattern selects, each name compared in the spelling `spell`."""
    wanted = pattern.removeprefix("./").rstrip("/")
    if not wanted or "\0" in wanted:
        return set()
    named = [([spell(entry.id) for entry in documents], spell(wanted))]
    if on_disk:
        sources = [spell(entry.source) for entry in documents]
        # A document that only a symbolic link leads to has the path of the link.
        places = dict.fromkeys((os.path.realpath(pattern), os.path.abspath(pattern)))
        named += [(sources, spell(place)) for place in places]
    for names, name in named:
        for found in (
            {n for n, one in enumerate(names) if one == name},
            {n for n, one in enumerate(names) if one.startswith(f"{name}/")},
        ):
            if found:
                return found
    if not set(pattern) & set("*?["):
        return set()
    return {
        number
        for names, name in named
        for number, one in enumerate(names)
        if fnmatchcase(one, name) or fnmatchcase(one, f"{name}/*")
    }
