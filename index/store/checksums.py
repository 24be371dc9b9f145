"""Files against the checksums that are kept of them: all at once, or large ones meanwhile."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

from index.errors import IndexDamaged
from index.manifest import REBUILD

LARGE = 50_000_000
"""Bytes from which reading a file takes too long to wait for it before the first answer."""


def file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_files(home: Path, expected: Mapping[str, str], *, wait: bool) -> "Meanwhile":
    """Raise `IndexDamaged` where a file in a folder is missing or is not as written.

    `expected` holds their checksums by their names. Unless told to `wait`, large files are checked
    by a thread; what is returned tells what that finds.
    """
    later = {}
    for file, sha256 in expected.items():
        if not (home / file).is_file():
            raise IndexDamaged(f"The index file {home / file} is missing. {REBUILD}")
        if not wait and (home / file).stat().st_size >= LARGE:
            later[file] = sha256
        else:
            _check(home / file, sha256)
    return Meanwhile(home, later)


def _check(path: Path, expected: str) -> None:
    if file_sha256(path) != expected:
        raise IndexDamaged(f"The index file {path} is not as written. {REBUILD}")


class Meanwhile:
    """Files that are checked while they are used."""

    def __init__(self, home: Path, expected: Mapping[str, str]):
        self._home, self._expected = home, expected
        self._damage: str | None = None
        self.thread = Thread(target=self._run, name="checksums", daemon=True)
        if expected:
            self.thread.start()

    def raise_damage(self) -> None:
        """Raise `IndexDamaged` if one of them was found not to be as written by now."""
        if self._damage:
            raise IndexDamaged(self._damage)

    def _run(self) -> None:
        try:
            for file, sha256 in self._expected.items():
                _check(self._home / file, sha256)
        except FileNotFoundError:
            return  # The generation was deleted; who has it open reads on.
        except (IndexDamaged, OSError) as error:
            self._damage = str(error)
