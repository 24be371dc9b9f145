"""What a build did: which documents are new, others or gone, and what it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from index.manifest import Entry, Skipped


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: ids of documents, files skipped with the reason, and counts.

    `moved` are documents that were found again under another id, as pairs of the old and the new
    one; they are in none of the other lists. `engine` says of a server that holds the index what
    it is and what it lacks; it is "" where the index is searched on this machine.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    chunks: int
    embedded: int
    generation: str
    engine: str = ""


def changes_between(old: Sequence[Entry], new: Sequence[Entry]) -> dict[str, tuple[Any, ...]]:
    """Return what a report says of the documents."""
    before = {entry.id: entry for entry in old}
    after = {entry.id: entry for entry in new}
    gone = {entry.sha256: i for i, entry in reversed(before.items()) if i not in after}
    moved = tuple(
        (gone.pop(entry.sha256), i)
        for i, entry in after.items()
        if i not in before and entry.sha256 in gone
    )
    left, come = {i for i, _ in moved}, {i for _, i in moved}
    same = {i for i in after.keys() & before.keys() if after[i].sha256 == before[i].sha256}
    return {
        "added": tuple(i for i in after if i not in before and i not in come),
        "changed": tuple(i for i in after if i in before and i not in same),
        "moved": moved,
        "removed": tuple(i for i in before if i not in after and i not in left),
        "unchanged": tuple(i for i in after if i in same),
    }
