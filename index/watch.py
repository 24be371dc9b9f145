"""watch(): build the index, and again whenever the files change."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from index.build import BuildReport, build
from index.embed import Encoder
from index.errors import FootnoteError
from index.generation import index_folder
from index.scan import Progress

QUIET = 800
"""Milliseconds without a change after which files count as written."""

_TICK = 1000
"""Milliseconds after which a build that failed is tried again."""


def watch(
    paths: Sequence[str | Path],
    *,
    index: str | Path | None = None,
    encoder: str | Encoder | None = None,
    progress: Progress | None = None,
) -> Iterator[BuildReport | FootnoteError]:
    """Yield what came of the first build and of one after each change of the files, without end.

    A build that fails, such as for another one that is running, is tried again; its reason is
    given once.
    """
    from watchfiles import watch as changes

    roots = [Path(path).resolve() for path in paths]
    folder = index_folder(index).resolve()

    def counts(_: object, name: str) -> bool:
        path = Path(name)
        if path == folder or folder in path.parents:
            return False
        return any(
            not any(part.startswith(".") for part in path.relative_to(root).parts)
            for root in roots
            if path == root or root in path.parents
        )

    # A program that saves a file may put a new one in its place, which only its folder tells.
    watched = dict.fromkeys(root if root.is_dir() else root.parent for root in roots)
    due, said = True, ""
    for seen in changes(
        *(path for path in watched if path.exists()),
        watch_filter=counts,
        debounce=QUIET,
        step=QUIET // 8,
        rust_timeout=_TICK,
        yield_on_timeout=True,
        recursive=any(root.is_dir() for root in roots),
    ):
        if not (seen or due):
            continue
        try:
            report = build(paths, index=index, encoder=encoder, progress=progress)
        except FootnoteError as error:
            due = True
            if str(error) != said:
                said = str(error)
                yield error
            continue
        due, said = False, ""
        yield report
