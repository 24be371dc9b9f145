"""rollback(): make an earlier generation of an index live again."""

from pathlib import Path

from index.errors import FootnoteError, IndexNotFound
from index.ingest.taken_back import sort_uploads
from index.progress import Progress, ignore_progress
from index.publish import try_move_alias
from index.store.generation import (
    index_folder,
    list_generations,
    load_generation,
    read_live_name,
)
from index.store.lock import explain_disk_errors, hold_lock
from index.store.write import make_live


def rollback(
    *,
    index: str | Path | None = None,
    to: str | None = None,
    patience: float = 0,
    progress: Progress | None = None,
) -> str:
    """Make an earlier generation live and return its name; by default the one before the live one.

    The generation that was live is kept until the next build, and `rollback(to=...)` with its name
    returns to it; so are the uploads that only it lists, which the chat does not index again.
    `patience` and `progress` are as in `build`. Raises `FootnoteError` if there is no such
    generation.
    """
    folder = index_folder(index).resolve()
    with explain_disk_errors(folder):
        if not (folder / "CURRENT").exists():
            raise IndexNotFound(f"There is no index in {folder}; nothing was changed.")
        with hold_lock(folder, patience, progress or ignore_progress):
            live = read_live_name(folder) or ""
            names = list_generations(folder)
            target = to or max((name for name in names if name < live), default=None)
            if target is None or target not in names:
                raise FootnoteError(
                    f"There is no {'generation ' + to if to else 'earlier generation'} to go back "
                    f"to. The index has {', '.join(names)}; {live} is live."
                )
            opened = load_generation(folder, target)
            make_live(folder, target)
            sort_uploads(folder, target)
            try_move_alias(opened.manifest.engine)
    return target
