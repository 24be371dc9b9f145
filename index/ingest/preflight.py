"""try_files(): which files can be read, before an index is built with them.

What they say is kept in the library, so that the build which follows has no need to read them
again. The index stays as it is.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from index.ingest.scan import read_all
from index.manifest import Skipped
from index.progress import Progress
from index.store.generation import index_folder
from index.store.library import Library
from index.store.lock import explain_disk_errors, hold_lock


def try_files(
    paths: Sequence[Path],
    *,
    index: str | Path | None = None,
    patience: float = 0,
    progress: Progress,
) -> tuple[frozenset[str], tuple[Skipped, ...]]:
    """Return which of these files a document can be made of, and what cannot be read, and why.

    `paths` are absolute paths of files. An archive may be among both: some of the files in it can
    be read. `patience` and `progress` are as in `build`, and so is what is raised.
    """
    folder = index_folder(index).resolve()
    with (
        explain_disk_errors(folder),
        hold_lock(folder, patience, progress),
        closing(Library.open(folder, writable=True)) as library,
    ):
        files = [(path, path.name) for path in paths]
        entries, skipped = read_all(files, paths, None, library, progress, leave_out=folder)
    return frozenset(entry.source for entry in entries), tuple(skipped)
