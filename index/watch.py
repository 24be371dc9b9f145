"""watch(): build the index, and rebuild it whenever files change."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event

from index.build import build
from index.encode.custom import EncoderLike
from index.errors import Cancelled, FootnoteError
from index.ingest.report import BuildReport
from index.ingest.scan import is_under
from index.progress import Progress, ignore_progress
from index.store.generation import index_folder

DEBOUNCE_MS = 800
"""Milliseconds without a change after which files count as completely written."""

POLL_MS = 1000
"""Milliseconds between two checks whether a build is due."""

LOGGER = logging.getLogger("index")

LOOK_MS = 5_000
"""Milliseconds between two looks at all files, where the system does not notify of changes."""

MAX_RETRY_DELAY = 60
"""The longest delay, in seconds, before a failed build is retried."""


def watch(
    paths: Sequence[str | Path],
    *,
    index: str | Path | None = None,
    encoder: EncoderLike | None = None,
    engine: str | None = None,
    engine_uri: str | None = None,
    faiss: str | None = None,
    progress: Progress | None = None,
    stop: Event | None = None,
) -> Iterator[BuildReport | FootnoteError]:
    """Yield the result of a first build, and of one after each change of the files.

    It ends once `stop` is set, which another thread can do; a build that is running then is given
    up, and the live index stays as it was. Without `stop` there is no end.
    A build that fails, for example because another one is running, is retried; the same error is
    yielded once. Where the system does not notify of changes, because its limit is reached, all
    files are looked through every `LOOK_MS` instead, and a line in the log says so. Raises
    `FootnoteError` if a path does not exist or cannot be watched.
    """
    for path in paths:
        if not Path(path).exists():
            raise FootnoteError(f"There is no file or folder at {path}, so it cannot be watched.")
    folder = index_folder(index).resolve()
    stop = stop or Event()
    delay, last_error = 0.0, ""
    due: float | None = 0.0
    for changed in _watch_changes([Path(path).resolve() for path in paths], folder, stop):
        if changed:
            due = 0.0
        if due is None or time.monotonic() < due:
            continue
        try:
            result = build(
                paths,
                index=index,
                encoder=encoder,
                engine=engine,
                engine_uri=engine_uri,
                faiss=faiss,
                progress=_cancel_once_set(stop, progress or ignore_progress),
            )
        except Cancelled:
            if stop.is_set():
                return
            raise
        except FootnoteError as error:
            delay = min(MAX_RETRY_DELAY, max(POLL_MS / 1000, 2 * delay))
            due = time.monotonic() + delay
            if str(error) != last_error:
                last_error = str(error)
                yield error
            continue
        due, delay, last_error = None, 0.0, ""
        yield result


def _cancel_once_set(stop: Event, progress: Progress) -> Progress:
    """Return a function that passes progress on, and cancels the build once `stop` is set."""

    def report(stage: str, done: int, total: int) -> None:
        if stop.is_set() and (stage, done) != ("writing", total):  # Then the new index is live.
            raise Cancelled
        progress(stage, done, total)

    return report


def _watch_changes(roots: Sequence[Path], folder: Path, stop: Event) -> Iterator[bool]:
    """Yield, until `stop` is set, whether files under the roots have changed since the last."""
    from watchfiles import watch as watch_files

    def is_relevant(_: object, name: str) -> bool:
        path = Path(name)
        return not is_under(name, [folder]) and any(
            not any(part.startswith(".") for part in path.relative_to(root).parts)
            for root in roots
            if path == root or root in path.parents
        )

    folders = [root for root in roots if root.is_dir()]
    # A program may save a file by replacing it, which only its folder notices. Such a folder is not
    # watched recursively.
    parents = [root.parent for root in roots if not is_under(str(root), folders)]
    recursive_by_folder = dict.fromkeys(parents, False) | dict.fromkeys(folders, True)
    replaced = looking = skipping = False
    while not stop.is_set():
        watched = _existing_folders(recursive_by_folder)
        if not watched:
            stop.wait(POLL_MS / 1000)
            continue
        try:
            watchers = [
                watch_files(
                    *group,
                    watch_filter=is_relevant,
                    debounce=DEBOUNCE_MS,
                    step=max(1, DEBOUNCE_MS // 8),
                    rust_timeout=POLL_MS,
                    yield_on_timeout=True,
                    stop_event=stop,
                    recursive=recursive,
                    # Set only where it is needed: watchfiles then ignores a limit that is reached.
                    ignore_permission_denied=skipping,
                    force_polling=looking or None,
                    poll_delay_ms=LOOK_MS,
                )
                for recursive in (True, False)
                if (group := [f for f in watched if recursive_by_folder[f] is recursive])
            ]
            for changes in zip(*watchers, strict=True):
                yield replaced or any(changes)
                replaced = _existing_folders(recursive_by_folder) != watched
                if replaced:  # The watchers still follow the old folder.
                    break
        except (OSError, RuntimeError) as error:
            if isinstance(error, PermissionError) and not skipping:
                skipping = True
                continue
            names = ", ".join(map(str, watched))
            if looking:
                raise FootnoteError(
                    f"Cannot watch {names} ({error}). Index from time to time instead: "
                    "footnote index PATH"
                ) from error
            looking = True
            LOGGER.warning(
                "The system does not notify of changes in %s (%s), so all files there are looked "
                "through every %g seconds.%s",
                *(names, error, LOOK_MS / 1000, _describe_limits()),
            )


def _describe_limits() -> str:
    """Return how many folders Linux lets a user watch, and how to raise it; elsewhere ""."""
    found = []
    for name in ("max_user_watches", "max_user_instances"):
        with suppress(OSError):
            limit = Path("/proc/sys/fs/inotify", name).read_text("ascii").strip()
            found.append(f"fs.inotify.{name} (now {limit})")
    return f" To be notified, raise {' or '.join(found)} with sysctl." if found else ""


def _existing_folders(folders: Iterable[Path]) -> dict[Path, int]:
    """Return the inodes of the folders that exist; a folder that was replaced has another one."""
    return {folder: folder.stat().st_ino for folder in folders if folder.is_dir()}
