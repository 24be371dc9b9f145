"""Finds the files below files and folders, each once, and the symbolic links that lead elsewhere.

Reading the files is left to `scan`.
"""

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from index.manifest import SkippedFile

LEADS_NOWHERE = "a symbolic link that leads nowhere"
LEADS_OUTSIDE = "a symbolic link that leads outside the folder"


def find_files(
    roots: Sequence[Path], covers: Callable[[str], bool], excluded: Path
) -> tuple[list[tuple[Path, str]], list[SkippedFile]]:
    """Return each file with its path relative to its root, and the links that are not followed.

    The order is stable. Hidden files and folders and the folder `excluded` are left out. A link is
    followed if `covers` its real path; what it leads to is found once, without the link if that is
    possible. A folder that cannot be opened is returned like a file, so that it is reported.
    """
    found: list[tuple[Path, str]] = []
    skipped: list[SkippedFile] = []
    links: list[tuple[Path, str]] = []
    seen = {str(excluded)}  # Real paths.
    for root in roots:
        if os.path.isdir(root):
            found += _walk(root, "", seen, links)
        else:
            found += _take_file(root, root.name, seen)
    for path, relative in links:  # A folder that a link leads to adds to them.
        if reason := _explain_link(path, covers):
            skipped.append(SkippedFile(os.fsencode(path).decode(errors="replace"), reason))
        elif os.path.isdir(path):
            found += _walk(path, f"{relative}/", seen, links)
        else:
            found += _take_file(path, relative, seen)
    return found, skipped


def _walk(
    top: Path, prefix: str, seen: set[str], links: list[tuple[Path, str]]
) -> list[tuple[Path, str]]:
    """Return the files below a folder whose real paths are not in `seen`, and put links aside."""
    real_top = os.path.realpath(top)
    if real_top in seen:
        return []
    found = []
    unopened: list[OSError] = []
    for parent, folders, files in os.walk(top, onerror=unopened.append):
        folder = Path(parent)
        below = folder.relative_to(top)
        real = os.path.join(real_top, below) if folder != top else real_top
        seen.add(real)
        start = prefix if folder == top else f"{prefix}{below.as_posix()}/"
        shown = sorted(name for name in (*folders, *files) if not name.startswith("."))
        linked = {name for name in shown if os.path.islink(os.path.join(parent, name))}
        links += [(folder / name, start + name) for name in shown if name in linked]
        inner = {name for name in folders if os.path.join(real, name) not in seen} - linked
        folders[:] = [name for name in shown if name in inner]
        for name in sorted({*files} & {*shown} - linked):
            if (place := os.path.join(real, name)) not in seen:
                seen.add(place)
                found.append((folder / name, start + name))
    return found + [one for e in unopened for one in _take_file(Path(e.filename), e.filename, seen)]


def _take_file(path: Path, relative: str, seen: set[str]) -> list[tuple[Path, str]]:
    """Return a file as a list, which is empty if its real path is in `seen`."""
    real = os.path.realpath(path)
    if real in seen:
        return []
    seen.add(real)
    return [(path, relative)]


def _explain_link(path: Path, covers: Callable[[str], bool]) -> str:
    """Return why a link is not followed, "" for one that is."""
    try:
        os.stat(path)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return LEADS_NOWHERE
    return "" if covers(os.path.realpath(path)) else LEADS_OUTSIDE
