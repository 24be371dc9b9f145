"""Which documents stay in the index although their files cannot be read at this build.

A disk that is not mounted or a file that is locked for a moment takes no document away. What is
deleted, or can be read and holds no text, is removed as usual.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from index.extract.source import member_name
from index.manifest import Entry, SkippedFile
from index.store.library import Library
from index.text.plural import count_noun


def find_documents(place: Path, documents: Sequence[Entry], library: Library) -> list[Entry]:
    """Return the documents at or below a place whose texts are stored.

    A place is a file, a folder, an archive, or a name in an archive.
    """
    return [
        entry
        for entry in documents
        if (path := full_path(entry)) == place or place in path.parents
        if library.has_text(entry.sha256)
    ]


def explain_kept(path: str, reason: str, kept: Sequence[Entry]) -> SkippedFile:
    """Return a skipped file or folder with the reason and what became of its documents.

    >>> explain_kept("/ida/a.pdf", "it cannot be opened: Permission denied", []).reason
    'it cannot be opened: Permission denied'
    """
    if not kept:
        return SkippedFile(path, reason)
    return SkippedFile(path, f"{reason}; {count_noun(len(kept), 'document')} kept as read before")


def keep_unmounted(
    roots: Sequence[Path], documents: Sequence[Entry], library: Library
) -> dict[Path, list[Entry]]:
    """Return the documents of those roots that look like folders of a disk that is not mounted.

    Such a folder is empty or gone, and documents below it are indexed.
    """
    unmounted = (root for root in roots if not os.path.lexists(root) or _is_empty_folder(root))
    found = {root: find_documents(root, documents, library) for root in unmounted}
    return {
        root: kept
        for root, kept in found.items()
        if kept and all(Path(entry.source) != root for entry in kept)
    }


UNMOUNTED = (
    "the folder is empty or gone, as where a disk is not mounted; to remove its documents: "
    "footnote remove"
)
"""The reason that is shown for a folder of `keep_unmounted`."""


def full_path(entry: Entry) -> Path:
    """Return the path of a document, that of its archive and its name in it if it is in one."""
    return Path(entry.source, member_name(entry.source, entry.id))


def _is_empty_folder(path: Path) -> bool:
    try:
        with os.scandir(path) as found:
            return next(found, None) is None
    except OSError:
        return False  # It is a file, or reported as a folder that cannot be opened.
