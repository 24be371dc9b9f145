"""Turns files into the entries of the next index, or into reasons for skipping them.

Finding the files is left to `walk`, reading their bytes to `extract.source`, extracting the text to
`extract.sandbox`, storing it to `store.library`.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import FootnoteError, InvalidArgument, UnreadableFile, UnreadableForNow
from index.extract import unzip
from index.extract.document import NON_MARKDOWN_TYPES, SUFFIXES
from index.extract.sandbox import Sandbox
from index.extract.source import member_name, read_source
from index.ingest.keep import UNMOUNTED, explain_kept, find_documents, full_path, keep_unmounted
from index.ingest.walk import find_files
from index.manifest import Entry, Manifest, SkippedFile
from index.progress import Progress
from index.store.generation import is_path
from index.store.library import Library
from index.text.canonical import Extract, shorten
from index.text.dates import find_date, find_date_in_name

UPLOADS_FOLDER = "uploads"
"""Name of the folder, inside that of the index, for files of which the index has the only copy."""


def is_under(path: str, roots: Sequence[Path]) -> bool:
    """Whether a path is one of the roots or lies below one."""
    return any(
        f"{path}{os.sep}".startswith(f"{str(root).rstrip(os.sep)}{os.sep}") for root in roots
    )


def resolve_roots(paths: Sequence[str | Path], live: Manifest | None) -> list[Path]:
    """Return the paths as absolute paths.

    Raises `FootnoteError` for a path that does not exist, unless documents from it are indexed.
    """
    if isinstance(paths, str | Path):
        raise InvalidArgument(
            f"paths must be a list of files and folders, not a single one: build([{str(paths)!r}])"
        )
    if not isinstance(paths, Iterable):
        raise InvalidArgument(f"paths must be a list of files and folders, not {paths!r:.40}.")
    paths = list(paths)
    if not paths:
        raise InvalidArgument("The list of paths is empty. List a file or a folder to index.")
    if wrong := [path for path in paths if not is_path(path)]:
        raise InvalidArgument(
            f"{wrong[0]!r:.40} is not the path of a file or folder; list some, such as "
            '["reports"], or ["."] for the working folder. Nothing was changed.'
        )
    roots = [Path(path) for path in paths]
    for root in roots:
        indexed = live and any(is_under(e.source, [root.resolve()]) for e in live.documents)
        if not root.exists() and not indexed:
            raise FootnoteError(
                f"There is no file or folder at {root}. Check the spelling; nothing was changed."
            )
    return [root.resolve() for root in roots]


@dataclass(frozen=True, slots=True)
class ScanScope:
    """The files that a build looks at: those under `roots`, without the folder `excluded`.

    `excluded` is the folder of the index; a root inside it is scanned nevertheless.
    """

    roots: Sequence[Path]
    excluded: Path

    def covers(self, path: str) -> bool:
        """Whether a scan would reach this path."""
        roots = self.roots
        if is_under(path, [self.excluded]):
            inner = [root for root in roots if is_under(str(root), [self.excluded])]
            roots = [root for root in inner if root != self.excluded]
        return is_under(path, roots)

    def find_files(self) -> tuple[list[tuple[Path, str]], list[SkippedFile]]:
        """Return the files with their paths relative to their roots, and the links not followed.

        Uploaded files have their paths below the folder of the uploads.
        """
        uploads = self.excluded / UPLOADS_FOLDER
        files, links = find_files(self.roots, self.covers, self.excluded)
        return [
            (path, path.relative_to(uploads).as_posix() if uploads in path.parents else relative)
            for path, relative in files
        ], links


def read_documents(
    files: Sequence[tuple[Path, str]],
    scope: ScanScope,
    live: Manifest | None,
    library: Library,
    report: Progress,
    *,
    prune: bool = False,
) -> tuple[list[Entry], list[SkippedFile]]:
    """Read files; return the entries and the skipped files of the next index.

    `files` are as `find_files` returns them. Documents of the live index outside `scope` stay, and
    so do those that cannot be read for now. Documents of a folder that cannot be opened, is empty
    or gone stay unless `prune`.
    """
    documents = live.documents if live else ()
    outside = [entry for entry in documents if not scope.covers(entry.source)]
    # A document whose text is missing from the library is read again.
    lost = {entry.source for entry in outside if not library.has_text(entry.sha256)}
    entries = [entry for entry in outside if entry.source not in lost]
    files = [*files, *{Path(e.source): _file_id(e) for e in outside if e.source in lost}.items()]
    by_source: dict[str, list[Entry]] = {}
    for entry in documents:
        by_source.setdefault(entry.source, []).append(entry)
    known_ids = {str(full_path(entry)): entry.id for entry in documents}
    scope = replace(scope, roots=[*scope.roots, *map(Path, lost)])
    skipped = [
        file
        for file in (live.skipped if live else ())
        if _still_exists(Path(file.path)) and not scope.covers(file.path)
    ]
    # Ids of known documents are reserved, so that a new file read earlier cannot take one.
    taken = {entry.id for entry in entries}
    sources = {str(path) for path, _ in files}
    taken |= {entry.id for entry in documents if entry.source in sources}
    folders = [root for root in scope.roots if not is_under(str(root), [scope.excluded])]
    unmounted = {} if prune else keep_unmounted(folders, documents, library)
    files = [(path, relative) for path, relative in files if path not in unmounted]
    skipped += [explain_kept(str(root), UNMOUNTED, kept) for root, kept in unmounted.items()]
    kept = [entry for found in unmounted.values() for entry in found]
    # Where a disk does not answer, only the documents below a path tell that it is a folder.
    holding = {
        str(parent)
        for folder in {os.path.dirname(entry.source) for entry in documents}
        for parent in (Path(folder), *Path(folder).parents)
    }
    done = 0
    with Sandbox(lambda: report("reading", done, len(files))) as sandbox:
        for done, (path, relative) in enumerate(files):
            report("reading", done, len(files))
            for member, result in _read_file(path, library, sandbox):
                place = path / member
                if isinstance(result, UnreadableFile):
                    shown = os.fsencode(place).decode(errors="replace")
                    is_folder = str(path) in holding or os.path.isdir(path)
                    stays = isinstance(result, UnreadableForNow) and not (prune and is_folder)
                    near = documents if is_folder else by_source.get(str(path), ())
                    found = find_documents(place, near, library) if stays else []
                    skipped.append(explain_kept(shown, str(result), found))
                    kept += found
                    continue
                name = f"{relative}/{member}" if member else relative
                document_id = known_ids.get(str(place)) or next(
                    (i for i in _candidate_ids(name, place) if i not in taken), place.as_posix()
                )
                taken.add(document_id)
                entries.append(_make_entry(document_id, place, path, result))
    report("reading", len(files), len(files))
    # What was read is newer than what is kept of a folder around it.
    by_id = {entry.id: entry for entry in (*kept, *entries)}
    return [by_id[i] for i in sorted(by_id)], skipped


@dataclass(frozen=True, slots=True)
class _FileContent:
    """The text of a file, the sha256 of its bytes and their number."""

    extract: Extract
    file_sha256: str
    size: int


def _make_entry(document_id: str, place: Path, source: Path, content: _FileContent) -> Entry:
    extract = content.extract
    markdown = extract.media_type not in NON_MARKDOWN_TYPES
    written = find_date(extract.text, markdown=markdown) or find_date_in_name(document_id)
    # The date of an office file or a PDF is that of its being saved, often long after.
    is_saved = extract.media_type.startswith("application/") and "epub" not in extract.media_type
    return Entry(
        document_id,
        extract.title or shorten(place.stem),
        str(source),
        extract.media_type,
        extract.page_starts,
        extract.sha256,
        content.file_sha256,
        content.size,
        author=extract.author,
        date=(written or extract.date) if is_saved else (extract.date or written),
        note=extract.note,
    )


def _candidate_ids(name: str, place: Path) -> Iterator[str]:
    """Yield ids for a file: its name, then longer ones with the folders above it.

    >>> list(_candidate_ids("a.txt", Path("/home/ida/a.txt")))
    ['a.txt', 'ida/a.txt', 'home/ida/a.txt']
    """
    parts = place.parts[1:] if place.is_absolute() else place.parts
    yield name
    for first in range(len(parts) - name.count("/") - 2, -1, -1):
        yield "/".join(parts[first:])


def _file_id(entry: Entry) -> str:
    """Return the id of the file that a document is in: its own or that of its archive."""
    return entry.id.removesuffix(f"/{member_name(entry.source, entry.id)}")


def _still_exists(path: Path) -> bool:
    """Whether a path, or the archive that it leads into, exists."""
    return os.path.lexists(path) or any(
        parent.suffix.lower() == unzip.ARCHIVE_SUFFIX and os.path.isfile(parent)
        for parent in path.parents
    )


def _read_file(
    path: Path, library: Library, sandbox: Sandbox
) -> Iterator[tuple[str, _FileContent | UnreadableFile]]:
    """Yield the content of a file, or the reason why it cannot be read, with the name "".

    For an archive, yield those of each member with its name.
    """
    try:
        data = read_source(path)
        parts: Iterable[tuple[str, bytes | UnreadableFile]] = [("", data)]
        if path.suffix.lower() == unzip.ARCHIVE_SUFFIX:
            parts = unzip.unpack_archive(data, suffixes=SUFFIXES)
    except UnreadableFile as reason:
        yield "", reason
        return
    for member, part in parts:
        try:
            if isinstance(part, UnreadableFile):
                raise part
            yield member, _extract_content(path / member, part, library, sandbox)
        except UnreadableFile as reason:
            yield member, reason


def _extract_content(path: Path, data: bytes, library: Library, sandbox: Sandbox) -> _FileContent:
    """Return the content of a file, from the library if the same bytes were extracted before."""
    file_sha256, suffix = hashlib.sha256(data).hexdigest(), path.suffix.lower()
    extract = library.extract(file_sha256, suffix)
    if extract is None:
        if reason := library.refusal(file_sha256, suffix):
            raise UnreadableFile(reason)
        try:
            extract = sandbox.extract(path, data)
        except UnreadableForNow:
            raise  # Nothing is kept about the file: the next build tries again.
        except UnreadableFile as error:
            library.save_refusal(file_sha256, suffix, str(error))
            raise
        library.save_extract(file_sha256, suffix, extract)
    return _FileContent(extract, file_sha256, len(data))


def explain_nothing_to_index(
    roots: Sequence[Path], skipped: Sequence[SkippedFile], live: Manifest | None
) -> str:
    """Return the message for a build that found no readable file."""
    where = ", ".join(str(root) for root in roots)
    if not skipped:
        hint = " The live index still answers; to get rid of it, delete its folder." if live else ""
        return f"There are no files in {where}. Nothing was changed.{hint}"
    reasons = "\n".join(f"  {file.path}: {file.reason}" for file in skipped[:20])
    return f"None of the files in {where} can be read. Nothing was changed.\n{reasons}"
