"""Finds out which files can be read, before an index is built with them.

Extracted texts and reasons for refusal are stored in the library, so the build that follows need
not read the files again. The index itself stays unchanged.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from index.ingest.scan import ScanScope, read_documents
from index.manifest import SkippedFile
from index.progress import Progress
from index.store.library import Library
from index.store.lock import explain_disk_errors, hold_lock


def find_readable_files(
    paths: Sequence[Path],
    *,
    index: Path,
    patience: float,
    progress: Progress,
) -> tuple[frozenset[str], tuple[SkippedFile, ...]]:
    """Return the paths of the files that yield documents, and what was skipped with the reasons.

    `paths` are absolute paths of files. An archive can be in both results, if some of its members
    can be read. `patience`, `progress` and the errors raised are as in `build`.
    """
    folder = index.resolve()
    with (
        explain_disk_errors(folder),
        hold_lock(folder, patience, progress),
        closing(Library.open(folder, writable=True)) as library,
    ):
        files = [(path, path.name) for path in paths]
        scope = ScanScope(paths, excluded=folder)
        entries, skipped = read_documents(files, scope, None, library, progress)
    return frozenset(entry.source for entry in entries), tuple(skipped)
