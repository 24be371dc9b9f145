"""Paths -> what the index is to hold from now on, and the files that it cannot hold.

Reading a file is left to `documents`, keeping what was read to `library`.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import FootnoteError, UnreadableFile
from index.extract import unzip as unpack
from index.extract.document import SUFFIXES, Extract, extract, most_bytes, shorten, too_large
from index.extract.sandbox import Worker
from index.manifest import Entry, Manifest, Skipped
from index.progress import Progress
from index.store.library import Library

UPLOADS = "uploads"
"""The folder within that of the index which holds files that lie nowhere else."""


def is_under(path: str, roots: Sequence[Path]) -> bool:
    """Whether a path is one of the roots or lies below one."""
    return any(
        f"{path}{os.sep}".startswith(f"{str(root).rstrip(os.sep)}{os.sep}") for root in roots
    )


def is_walked(path: str, roots: Sequence[Path], *, leave_out: Path) -> bool:
    """Whether a path is found from one of the roots: nothing in the folder `leave_out` is, but from
    a root that lies in it.
    """
    if is_under(path, [leave_out]):
        roots = [root for root in roots if root != leave_out and is_under(str(root), [leave_out])]
    return is_under(path, roots)


def find_roots(paths: Sequence[str | Path], live: Manifest | None) -> list[Path]:
    """Return the paths as absolute ones; one that is gone must hold something that is indexed."""
    if isinstance(paths, str | Path):
        raise TypeError(f"paths is a list of files and folders, not one: build([{str(paths)!r}])")
    roots = [Path(path) for path in paths]
    for root in roots:
        indexed = live and any(is_under(e.source, [root.resolve()]) for e in live.documents)
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
        if root == leave_out:
            continue
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
                folder = Path(parent)
                within = "" if folder == root else f"{folder.relative_to(root).as_posix()}/"
                found += [
                    (folder / name, within + name)
                    for name in sorted(files)
                    if not name.startswith(".") and not os.path.islink(os.path.join(parent, name))
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
    *,
    leave_out: Path,
) -> tuple[list[Entry], list[Skipped]]:
    """Return what the index holds from now on, documents of other roots included."""
    documents = live.documents if live else ()
    kept = [e for e in documents if not is_walked(e.source, roots, leave_out=leave_out)]
    # Where the library was lost, what is in it is read again.
    lost = {entry.source for entry in kept if not library.has_text(entry.sha256)}
    again = {Path(e.source): _id_of_file(e) for e in kept if e.source in lost}
    kept = [entry for entry in kept if entry.source not in lost]
    files = [*files, *again.items()]
    known_ids = {_place(entry): entry.id for entry in documents}
    entries = kept
    again_too = [*roots, *map(Path, lost)]
    skipped = [
        file
        for file in (live.skipped if live else ())
        if _is_there(Path(file.path)) and not is_walked(file.path, again_too, leave_out=leave_out)
    ]
    # A document keeps its id, even where a new file that comes before it has the same path.
    taken = {entry.id for entry in kept}
    sources = {str(path) for path, _ in files}
    taken |= {entry.id for entry in documents if entry.source in sources}
    done = 0
    with Worker(lambda: report("reading", done, len(files))) as worker:
        for done, (path, relative) in enumerate(files):
            report("reading", done, len(files))
            for inner, found in _read_file(path, library, worker):
                place = path / inner
                if isinstance(found, UnreadableFile):
                    skipped.append(Skipped(os.fsencode(place).decode(errors="replace"), str(found)))
                    continue
                name = f"{relative}/{inner}" if inner else relative
                document_id = known_ids.get(str(place)) or next(
                    (i for i in _names(name, place) if i not in taken), place.as_posix()
                )
                taken.add(document_id)
                entries.append(_entry(document_id, place, path, found))
    report("reading", len(files), len(files))
    return sorted(entries, key=lambda entry: entry.id), skipped


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file says, the sha256 of its bytes, and its size in bytes."""

    extract: Extract
    file_sha256: str
    size: int


def _entry(document_id: str, place: Path, source: Path, found: _Found) -> Entry:
    return Entry(
        document_id,
        found.extract.title or shorten(place.stem),
        str(source),
        found.extract.media_type,
        found.extract.page_starts,
        found.extract.sha256,
        found.file_sha256,
        found.size,
        author=found.extract.author,
        date=found.extract.date,
        note=found.extract.note,
    )


def _names(name: str, place: Path) -> Iterator[str]:
    """Yield names of a file: the given one, then with the names of the folders it lies in.

    >>> list(_names("a.txt", Path("/home/ida/a.txt")))
    ['a.txt', 'ida/a.txt', 'home/ida/a.txt']
    """
    parts = place.parts[1:] if place.is_absolute() else place.parts
    yield name
    for first in range(len(parts) - name.count("/") - 2, -1, -1):
        yield "/".join(parts[first:])


def inner_name(entry: Entry) -> str:
    """Return the name that a document has within its archive; empty where it is a file."""
    if not entry.source.lower().endswith(unpack.SUFFIX):
        return ""
    return entry.id.partition(f"{Path(entry.source).name}/")[2]


def _place(entry: Entry) -> str:
    inner = inner_name(entry)
    return str(Path(entry.source, inner)) if inner else entry.source


def _id_of_file(entry: Entry) -> str:
    """Return the id of a document, that of the archive where it is in one."""
    return entry.id.removesuffix(f"/{inner_name(entry)}")


def _is_there(path: Path) -> bool:
    return os.path.exists(path) or any(
        parent.suffix.lower() == unpack.SUFFIX and os.path.isfile(parent) for parent in path.parents
    )


def _read_file(
    path: Path, library: Library, worker: Worker
) -> Iterator[tuple[str, _Found | UnreadableFile]]:
    """Yield what a file says, or the reason why it cannot be read; of an archive, each file's.

    The files in an archive come with their names in it, others with none.
    """
    try:
        data = read_bytes(path)
        parts: Iterable[tuple[str, bytes | UnreadableFile]] = [("", data)]
        if path.suffix.lower() == unpack.SUFFIX:
            parts = unpack.unpack(data, suffixes=SUFFIXES)
    except UnreadableFile as reason:
        yield "", reason
        return
    for inner, part in parts:
        try:
            if isinstance(part, UnreadableFile):
                raise part
            yield inner, _extract(path / inner, part, library, worker)
        except UnreadableFile as reason:
            yield inner, reason


def _extract(path: Path, data: bytes, library: Library, worker: Worker) -> _Found:
    file_sha256, suffix = hashlib.sha256(data).hexdigest(), path.suffix.lower()
    found = library.extract(file_sha256, suffix)
    if found is None:
        if reason := library.refusal(file_sha256, suffix):
            raise UnreadableFile(reason)
        try:
            found = worker.extract(path, data)
        except UnreadableFile as error:
            library.keep_refusal(file_sha256, suffix, str(error))
            raise
        library.keep_extract(file_sha256, suffix, found)
    return _Found(found, file_sha256, len(data))


def read_bytes(path: Path) -> bytes:
    """Return what is in a file; raises the reason where that is not to be had."""
    if any("\ud800" <= character <= "\udfff" for character in str(path)):
        raise UnreadableFile("its name is not in UTF-8; rename it")
    try:
        found = path.lstat()
        mode, size = found.st_mode, found.st_size
    except OSError as error:
        raise UnreadableFile(f"it cannot be opened: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise UnreadableFile("the folder cannot be opened; check its permissions")
    if not stat.S_ISREG(mode):
        raise UnreadableFile("it is not a regular file but a pipe, a socket or a device")
    if path.suffix.lower() not in SUFFIXES | {unpack.SUFFIX}:
        extract(path, b"")  # Raises the reason without reading what may be a large file.
    most = most_bytes(path.suffix)
    if size > most:
        raise UnreadableFile(too_large(most))
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"it cannot be opened: {error.strerror}") from error


def nothing_to_index(
    roots: Sequence[Path], skipped: Sequence[Skipped], live: Manifest | None
) -> str:
    where = ", ".join(str(root) for root in roots)
    if not skipped:
        still = " The documents that were indexed still answer; delete the index to be rid of them."
        return f"There are no files in {where}. Nothing was changed.{still if live else ''}"
    reasons = "\n".join(f"  {file.path}: {file.reason}" for file in skipped[:20])
    return f"None of the files in {where} can be read. Nothing was changed.\n{reasons}"
