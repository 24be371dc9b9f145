"""The report of a build: documents added, changed, moved or removed, and the work it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from index.manifest import Entry, SkippedFile


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The result of a build: ids of documents, skipped files with reasons, and counts.

    `moved` holds documents whose text is now under another id, as pairs of the old and the new id;
    they are in none of the other lists. `chunks` is the number of chunks of the index, `embedded`
    the number of those that had to be embedded. `engine` describes the server that holds the index
    and the features it lacks; it is "" if the index is searched on this machine.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[SkippedFile, ...]
    chunks: int
    embedded: int
    generation: str
    engine: str = ""


def compare_documents(old: Sequence[Entry], new: Sequence[Entry]) -> dict[str, tuple[Any, ...]]:
    """Return the fields of a `BuildReport` about documents, by name."""
    before = {entry.id: entry for entry in old}
    after = {entry.id: entry for entry in new}
    removed = {entry.sha256: i for i, entry in reversed(before.items()) if i not in after}
    moved = tuple(
        (removed.pop(entry.sha256), i)
        for i, entry in after.items()
        if i not in before and entry.sha256 in removed
    )
    moved_from, moved_to = {i for i, _ in moved}, {i for _, i in moved}
    same = {i for i in after.keys() & before.keys() if after[i].sha256 == before[i].sha256}
    return {
        "added": tuple(i for i in after if i not in before and i not in moved_to),
        "changed": tuple(i for i in after if i in before and i not in same),
        "moved": moved,
        "removed": tuple(i for i in before if i not in after and i not in moved_from),
        "unchanged": tuple(i for i in after if i in same),
    }
