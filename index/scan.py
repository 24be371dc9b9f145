"""Paths -> what the index is to hold from now on, and the files that it cannot hold.

Reading a file is left to `documents`, keeping what was read to `library`.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from index.documents import SUFFIXES, Extract, extract, shorten
from index.errors import FootnoteError, UnreadableFile
from index.library import Library
from index.manifest import Entry, Manifest, Skipped

Progress = Callable[[str, int, int], None]
"""Called with what is being done ("reading", "embedding"), how many are done, and of how many."""


def find_roots(paths: Sequence[str | Path], live: Manifest | None) -> list[Path]:
    """Return the paths as absolute ones; one that is gone must hold something that is indexed."""
    if isinstance(paths, str | Path):
        raise TypeError(f"paths is a list of files and folders, not one: build([{str(paths)!r}])")
    roots = [Path(path) for path in paths]
    for root in roots:
        gone = str(root.resolve()) + os.sep
        indexed = live and any(f"{e.source}{os.sep}".startswith(gone) for e in live.documents)
        if not root.exists() and not indexed:
            raise FootnoteError(
                f"There is no file or folder at {root}. Check the spelling; nothing was changed."
            )
    return [root.resolve() for root in roots]


def scan_files(roots: Sequence[Path], *, leave_out: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file once, in a steady order, with its path relative to its root.

    Hidden files and folders and the folder `leave_out`, which holds the index, are left out;
    symbolic links are not followed. A folder that cannot be opened is given like a file, so that
    it is reported.
    """
    seen = set()
    for root in roots:
        if not root.is_dir():
            found = [(root, root.name)]
        else:
            found = []
            closed: list[OSError] = []
            for parent, folders, files in os.walk(root, onerror=closed.append):
                folders[:] = sorted(
                    name
                    for name in folders
                    if not name.startswith(".") and Path(parent, name) != leave_out
                )
                found += [
                    (path, path.relative_to(root).as_posix())
                    for path in (Path(parent, name) for name in sorted(files))
                    if not path.name.startswith(".") and not path.is_symlink()
                ]
            found += [(Path(error.filename), error.filename) for error in closed]
        for path, relative in found:
            if path not in seen:
                seen.add(path)
                yield path, relative


def read_all(
    files: Sequence[tuple[Path, str]],
    roots: Sequence[Path],
    live: Manifest | None,
    library: Library,
    report: Progress,
) -> tuple[list[Entry], list[Skipped]]:
    """Return what the index holds from now on, documents of other roots included."""
    inside = [str(root) for root in roots]
    kept = [
        entry
        for entry in (live.documents if live else ())
        if not any(f"{entry.source}{os.sep}".startswith(root + os.sep) for root in inside)
    ]
    # Where the library was lost, what is in it is read again.
    lost = [entry for entry in kept if not library.has_text(entry.sha256)]
    kept = [entry for entry in kept if entry not in lost]
    files = [*files, *((Path(entry.source), entry.id) for entry in lost)]
    known_ids = {entry.source: entry.id for entry in (live.documents if live else ())}
    entries = kept
    skipped = [
        file
        for file in (live.skipped if live else ())
        if Path(file.path).exists()
        and not any(f"{file.path}{os.sep}".startswith(root + os.sep) for root in inside)
    ]
    # A document keeps its id, even where a new file that comes before it has the same path.
    taken = {entry.id for entry in kept}
    taken |= {known_ids[str(path)] for path, _ in files if str(path) in known_ids}
    for done, (path, relative) in enumerate(files):
        report("reading", done, len(files))
        try:
            found, file_sha256, size = _read_file(path, library)
        except UnreadableFile as reason:
            skipped.append(Skipped(os.fsencode(path).decode(errors="replace"), str(reason)))
            continue
        candidates = (relative, f"{path.parent.name}/{relative}")
        document_id = known_ids.get(str(path)) or next(
            (i for i in candidates if i not in taken), path.as_posix()
        )
        taken.add(document_id)
        entries.append(
            Entry(
                document_id,
                found.title or shorten(path.stem),
                str(path),
                found.media_type,
                found.page_starts,
                found.sha256,
                file_sha256,
                size,
            )
        )
    report("reading", len(files), len(files))
    return sorted(entries, key=lambda entry: entry.id), skipped


def _read_file(path: Path, library: Library) -> tuple[Extract, str, int]:
    """Return what a file says, the sha256 of its bytes, and its size in bytes."""
    if any("\ud800" <= character <= "\udfff" for character in str(path)):
        raise UnreadableFile("its name is not in UTF-8; rename it")
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UnreadableFile(f"it cannot be opened: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise UnreadableFile("the folder cannot be opened; check its permissions")
    if not stat.S_ISREG(mode):
        raise UnreadableFile("it is not a regular file but a pipe, a socket or a device")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        extract(path, b"")  # Raises the reason without reading what may be a large file.
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"it cannot be opened: {error.strerror}") from error
    file_sha256 = hashlib.sha256(data).hexdigest()
    found = library.extract(file_sha256, suffix)
    if found is None:
        found = extract(path, data)
        library.keep_extract(file_sha256, suffix, found)
    return found, file_sha256, len(data)


def nothing_to_index(roots: Sequence[Path], skipped: Sequence[Skipped]) -> str:
    where = ", ".join(str(root) for root in roots)
    if not skipped:
        return f"There are no files in {where}. Nothing was changed."
    reasons = "\n".join(f"  {file.path}: {file.reason}" for file in skipped[:20])
    return f"None of the files in {where} can be read. Nothing was changed.\n{reasons}"
