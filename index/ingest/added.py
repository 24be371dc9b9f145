"""Documents that are added from memory: their contents become files of the index, with metadata.

The files lie in the uploads folder of the index, which has their only copy. Reading them is left to
`scan`, making a new generation to `index.build`.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from math import isfinite
from numbers import Integral, Real
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from index.errors import InvalidArgument, UnreadableFile
from index.extract.document import PLAIN_SUFFIXES, SUFFIXES
from index.extract.source import read_source
from index.extract.unzip import ARCHIVE_SUFFIX
from index.ingest.scan import UPLOADS_FOLDER, ScanScope, is_under, read_documents
from index.ingest.uploads import ADDED_FOLDER
from index.manifest import Entry, Manifest, SkippedFile
from index.progress import Progress
from index.store.generation import is_path
from index.store.library import Library
from index.text.canonical import is_unicode, shorten
from index.text.dates import is_iso_date

MAX_ID = 500
"""Limit of the characters of a document's id."""

RESERVED_NAMES = ("id", "document", "folder", "type")
"""Conditions on documents that metadata cannot set."""

Content: TypeAlias = str | bytes | Path
"""A text, the bytes of a file whose format the suffix of the id names, or the path of a file."""

Value: TypeAlias = str | int | float | date
Metadata: TypeAlias = Mapping[str, Value | Sequence[Value] | None]


@dataclass(frozen=True, slots=True)
class Added:
    """A document to add: its id, the bytes of its file, the suffix of that, and its metadata."""

    id: str
    data: bytes
    suffix: str
    metadata: dict[str, Any]


def check_added(
    documents: object, metadata: Mapping[str, Metadata] | Metadata | None
) -> tuple[list[Added], list[SkippedFile]]:
    """Return the documents to add, and those whose file cannot be read, by id.

    Raises `InvalidArgument`. `metadata` holds values by name for all of them or, if its values are
    mappings, these by id.
    """
    if not isinstance(documents, Mapping) or not documents:
        raise InvalidArgument(
            'documents is not a mapping of ids to contents, or an empty one; give {"id": "text"}, '
            "or bytes or a Path in place of the text."
        )
    by_id = _metadata_by_id(metadata, documents)
    added, unread = [], []
    for name, content in documents.items():
        known, own = _check_id(name), _check_metadata(by_id.get(name, {}))
        try:
            added.append(Added(known, *_read_content(name, content), own))
        except UnreadableFile as error:
            unread.append(SkippedFile(known, f"{content}: {error}"))
    return added, unread


@contextmanager
def written_files(
    folder: Path, added: Sequence[Added], before: Sequence[Entry]
) -> Iterator[dict[str, Added]]:
    """Write the files of added documents, and give the documents by the paths of their files.

    The files are deleted again if an error is raised. Raises `InvalidArgument` for an id that is
    that of a file which the index did not write.
    """
    uploads = folder / UPLOADS_FOLDER
    ids = {one.id for one in added}
    for entry in before:
        if entry.id in ids and not is_under(entry.source, [uploads]):
            raise InvalidArgument(
                f"{entry.id!r} is the id of the file {entry.source}; nothing was added. Give "
                "another id, or remove that document first."
            )
    home = uploads / ADDED_FOLDER
    home.mkdir(parents=True, exist_ok=True)
    files = {str(home / _file_name(one)): one for one in added}
    old = {entry.source for entry in before}
    try:
        for path, one in files.items():
            if path not in old:
                Path(path).write_bytes(one.data)
        yield files
    except BaseException:
        for path in files.keys() - old:
            Path(path).unlink(missing_ok=True)
        raise


def read_added(
    files: Mapping[str, Added],
    folder: Path,
    live: Manifest | None,
    library: Library,
    report: Progress,
) -> tuple[list[Entry], list[SkippedFile], list[SkippedFile]]:
    """Return the entries and skipped files of the next index, and what could not be added.

    The last has the ids of documents in the place of paths. A document that cannot be read does not
    replace the one with its id.
    """
    ids = {one.id for one in files.values()}
    before = live.documents if live else ()
    others = live and replace(live, documents=tuple(e for e in before if e.id not in ids))
    paths = [Path(path) for path in files]
    named = [(path, files[str(path)].id) for path in paths]
    read, skipped = read_documents(named, ScanScope(paths, folder), others, library, report)
    entries = [
        _describe(entry, files[entry.source]) if entry.source in files else entry for entry in read
    ]
    failed = [SkippedFile(files[s.path].id, s.reason) for s in skipped if s.path in files]
    failed_ids = {file.path for file in failed}
    entries += [entry for entry in before if entry.id in failed_ids]
    skipped = [file for file in skipped if file.path not in files]
    return sorted(entries, key=lambda entry: entry.id), skipped, failed


def keep_descriptions(entries: Iterable[Entry], live: Manifest | None, folder: Path) -> list[Entry]:
    """Return entries with what was given with added documents, though these were read again."""
    home = [folder / UPLOADS_FOLDER / ADDED_FOLDER]
    old = {one.id: one for one in (live.documents if live else ()) if is_under(one.source, home)}
    return [
        replace(
            entry,
            title=old[entry.id].title,
            author=old[entry.id].author,
            date=old[entry.id].date,
            metadata=old[entry.id].metadata,
        )
        if entry.id in old
        else entry
        for entry in entries
    ]


def _describe(entry: Entry, added: Added) -> Entry:
    """Return an entry with the title, author, date and metadata that it was added with."""
    own = added.metadata
    name = PurePosixPath(added.id).name
    stem = name.removesuffix(added.suffix) if added.suffix in SUFFIXES else name
    title = shorten(stem) if entry.title == shorten(Path(entry.source).stem) else entry.title
    return replace(
        entry,
        title=own.get("title", title),
        author=own.get("author", entry.author),
        date=own.get("date", entry.date),
        metadata=own,
    )


def _file_name(added: Added) -> str:
    digest = hashlib.sha256(added.id.encode() + b"\0" + added.data).hexdigest()
    return digest[:40] + added.suffix


def _check_id(name: object) -> str:
    if not isinstance(name, str) or not name.isprintable() or not PurePosixPath(name).name.strip():
        raise InvalidArgument(f"{name!r:.40} is not an id; give a string of printable characters.")
    if len(name) > MAX_ID or name != name.strip().rstrip("/"):
        raise InvalidArgument(
            f"{name!r:.40} is not an id; give at most {MAX_ID} characters, without white space "
            'around them and without "/" at the end.'
        )
    return name


def _read_content(name: str, content: object) -> tuple[bytes, str]:
    """Return the bytes of a document's file, and its suffix."""
    if isinstance(content, os.PathLike):
        path = Path(content)
        if not is_path(path):
            raise InvalidArgument(f"{str(path)!r:.40} cannot be the path of a file.")
        if path.is_dir() or (path.suffix.lower() not in SUFFIXES and path.is_file()):
            raise InvalidArgument(
                f"{path} is of no type of a single document ({', '.join(sorted(SUFFIXES))}). "
                "Index an archive or a folder: index.build"
            )
        return read_source(path), path.suffix.lower()
    suffix = PurePosixPath(name).suffix.lower()
    if isinstance(content, str):
        if not is_unicode(content):
            raise InvalidArgument(f"The text of {name!r:.40} is not valid Unicode.")
        return content.encode(), suffix if suffix in PLAIN_SUFFIXES else ".txt"
    if isinstance(content, bytes):
        if suffix == ARCHIVE_SUFFIX:
            raise InvalidArgument(f"{name!r:.40} is an archive; index its file: index.build")
        return content, suffix if suffix in SUFFIXES else ".txt"
    raise InvalidArgument(
        f"The content of {name!r:.40} is a {type(content).__name__}; give a string, bytes or a "
        "Path."
    )


def _metadata_by_id(metadata: object, ids: Iterable[str]) -> Mapping[str, Any]:
    if metadata is None:
        return {}
    if not isinstance(metadata, Mapping):
        raise InvalidArgument(
            f'metadata is {metadata!r:.40}; give {{"team": "legal"}} or the like.'
        )
    if not metadata or not all(isinstance(value, Mapping) for value in metadata.values()):
        return dict.fromkeys(ids, metadata)
    if unknown := [name for name in metadata if name not in set(ids)]:
        raise InvalidArgument(
            f"metadata names the document {unknown[0]!r:.40}, which is not among those to add."
        )
    return metadata


def _check_metadata(metadata: Mapping[Any, Any]) -> dict[str, Any]:
    """Return metadata as it is kept: dates as text, values that are None left out."""
    kept: dict[str, Any] = {}
    for name, value in metadata.items():
        is_name = isinstance(name, str) and name.strip() and is_unicode(name)
        if not is_name or name in RESERVED_NAMES:
            raise InvalidArgument(
                f"{name!r:.40} cannot be a name of metadata; give a string other than "
                f"{', '.join(RESERVED_NAMES)}."
            )
        if value is None:
            continue
        if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
            kept[name] = [_check_value(name, one) for one in value]
        else:
            kept[name] = _check_value(name, value)
        if name in ("title", "author", "date") and not isinstance(kept[name], str):
            raise InvalidArgument(f"The {name} of a document is {value!r:.40}; give a string.")
    if "date" in kept:
        _check_date(kept["date"])
    return kept


def _check_value(name: str, value: object) -> str | int | float:
    """Return a value as JSON holds it."""
    if isinstance(value, bool) or (isinstance(value, str) and is_unicode(value)):
        return value
    if isinstance(value, date):
        return value.isoformat()[: len("2024-05-31")]  # A date and time too.
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and isfinite(value):
        return float(value)
    raise InvalidArgument(
        f"{name!r:.40} is {value!r:.40} in metadata; give a string, a number, a date, or a list of "
        "these."
    )


def _check_date(text: str) -> None:
    if not is_iso_date(text):
        raise InvalidArgument(
            f"The date of a document is {text!r:.40}; give a date, or text such as 2024, 2024-05 "
            "or 2024-05-31."
        )
