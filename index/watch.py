"""watch(): build the index, and again whenever the files change."""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from index.build import build
from index.encode.encoder import Encoder
from index.errors import FootnoteError
from index.ingest.report import BuildReport
from index.ingest.scan import is_under
from index.progress import Progress
from index.store.generation import index_folder

QUIET = 800
"""Milliseconds without a change after which files count as written."""

_TICK = 1000
"""Milliseconds between two looks at whether something is due."""

_LONGEST_WAIT = 60
"""Seconds after which a build that failed is tried again at the latest."""


def watch(
    paths: Sequence[str | Path],
    *,
    index: str | Path | None = None,
    encoder: str | Encoder | None = None,
    engine: str | None = None,
    engine_uri: str | None = None,
    faiss: str | None = None,
    progress: Progress | None = None,
) -> Iterator[BuildReport | FootnoteError]:
    """Yield what came of the first build and of one after each change of the files, without end.

    A build that fails, such as for another one that is running, is tried again; its reason is
    given once. Raises `FootnoteError` where a path does not exist or cannot be watched.
    """
    for path in paths:
        if not Path(path).exists():
            raise FootnoteError(f"There is no file or folder at {path}, so it cannot be watched.")
    folder = index_folder(index).resolve()
    wait, said = 0.0, ""
    due: float | None = 0.0
    for changed in _changes([Path(path).resolve() for path in paths], folder):
        if changed:
            due = 0.0
        if due is None or time.monotonic() < due:
            continue
        try:
            report = build(
                paths,
                index=index,
                encoder=encoder,
                engine=engine,
                engine_uri=engine_uri,
                faiss=faiss,
                progress=progress,
            )
        except FootnoteError as error:
            wait = min(_LONGEST_WAIT, max(_TICK / 1000, 2 * wait))
            due = time.monotonic() + wait
            if str(error) != said:
                said = str(error)
                yield error
            continue
        due, wait, said = None, 0.0, ""
        yield report


def _changes(roots: Sequence[Path], folder: Path) -> Iterator[bool]:
    """Yield, without end, whether files of the roots have changed since the last time."""
    from watchfiles import watch as changes

    def counts(_: object, name: str) -> bool:
        path = Path(name)
        return not is_under(name, [folder]) and any(
            not any(part.startswith(".") for part in path.relative_to(root).parts)
            for root in roots
            if path == root or root in path.parents
        )

    folders = [root for root in roots if root.is_dir()]
    # A program that saves a file may put a new one in its place, which only its folder tells. What
    # lies deeper in that folder is not watched.
    around = [root.parent for root in roots if not is_under(str(root), folders)]
    deep = dict.fromkeys(around, False) | dict.fromkeys(folders, True)
    moved = False
    while True:
        places = _places(deep)
        if not places:
            time.sleep(_TICK / 1000)
            continue
        try:
            watchers = [
                changes(
                    *some,
                    watch_filter=counts,
                    debounce=QUIET,
                    step=max(1, QUIET // 8),
                    rust_timeout=_TICK,
                    yield_on_timeout=True,
                    recursive=recursive,
                    ignore_permission_denied=True,
                )
                for recursive in (True, False)
                if (some := [place for place in places if deep[place] is recursive])
            ]
            for seen in zip(*watchers, strict=True):
                yield moved or any(seen)
                moved = _places(deep) != places
                if moved:  # What is watched is a folder, not its name: begin anew.
                    break
        except (OSError, RuntimeError) as error:
            raise FootnoteError(
                f"Cannot watch {', '.join(map(str, places))} ({error}). Index them now and then "
                "instead: footnote index PATH"
            ) from error


def _places(folders: Iterable[Path]) -> dict[Path, int]:
    """Return those of the folders that exist, each with what tells it from another of its name."""
    return {folder: folder.stat().st_ino for folder in folders if folder.is_dir()}
