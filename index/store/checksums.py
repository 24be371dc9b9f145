"""Verifies files against their checksums, large ones in the background if wanted.

Recording the checksums is left to `write`.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

from index.errors import IndexDamaged
from index.manifest import REBUILD_HINT
from index.search.file_sizes import MAX_READ_BYTES, FileSizes


def hash_file(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_files(home: Path, expected: Mapping[str, str], *, wait: bool) -> "BackgroundCheck":
    """Raise `IndexDamaged` if a file in the folder `home` is missing or damaged.

    `expected` maps names of files to their sha256. Without `wait`, large files are verified by a
    thread, and the returned object reports the result.
    """
    later = {}
    sizes = FileSizes(home / file for file in expected)
    for file, sha256 in expected.items():
        if not (home / file).is_file():
            raise IndexDamaged(f"The index file {home / file} is missing. {REBUILD_HINT}")
        if not wait and (home / file).stat().st_size > MAX_READ_BYTES:
            later[file] = sha256
        else:
            _verify_file(home / file, sha256)
    return BackgroundCheck(home, later, sizes)


def _verify_file(path: Path, expected: str) -> None:
    if hash_file(path) != expected:
        raise IndexDamaged(f"The index file {path} is damaged. {REBUILD_HINT}")


class BackgroundCheck:
    """Verifies files while they are in use: the contents of those `expected` in a thread, and the
    `sizes` when asked."""

    def __init__(self, home: Path, expected: Mapping[str, str], sizes: FileSizes):
        self._home, self._expected, self._sizes = home, expected, sizes
        self._damage: str | None = None
        self.thread = Thread(target=self._run, name="checksums", daemon=True)
        if expected:
            self.thread.start()

    def raise_damage(self) -> None:
        """Raise `IndexDamaged` if a file was found damaged so far, or was shortened."""
        if self._damage:
            raise IndexDamaged(self._damage)
        self._sizes.check()

    def _run(self) -> None:
        try:
            for file, sha256 in self._expected.items():
                _verify_file(self._home / file, sha256)
        except FileNotFoundError:
            return  # The generation was deleted; readers that have it open are not affected.
        except (IndexDamaged, OSError) as error:
            self._damage = str(error)
