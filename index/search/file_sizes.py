"""Notices that a file was shortened in use: to read a mapped one beyond its end kills a process."""

from collections.abc import Iterable
from pathlib import Path

from index.errors import IndexDamaged
from index.manifest import REBUILD_HINT

MAX_READ_BYTES = 50_000_000
"""A larger file is mapped, not read, and verifying it would delay the first answer noticeably."""


class FileSizes:
    """The sizes of files when they were opened. One that was deleted or replaced since stays as it
    was for whoever has it open."""

    def __init__(self, paths: Iterable[Path] = ()):
        self._opened = {path: state for path in paths if (state := _read_state(path))}

    def check(self) -> None:
        """Raise `IndexDamaged` if a file is shorter than when it was opened."""
        for path, (inode, size) in self._opened.items():
            now = _read_state(path)
            if now and now[0] == inode and now[1] < size:
                raise IndexDamaged(
                    f"The index file {path} was shortened while it was in use: it has {now[1]:,} "
                    f"bytes, expected {size:,}. {REBUILD_HINT}"
                )


def _read_state(path: Path) -> tuple[int, int] | None:
    """Return the inode of a file and its size in bytes; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size
