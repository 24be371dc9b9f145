"""The manifest of a generation: its documents, its encoder, its files and their checksums.

Stored as JSON that people can read. The files that it lists are left to `store`.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.errors import IndexDamaged, IndexNewer

FORMAT_VERSION = 1
"""The version of the file format of a generation. An index of another version is rebuilt."""

MANIFEST_FILE = "manifest.json"
REBUILD_HINT = "Build it again: footnote index PATH"
"""The end of each message about an index that cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in the manifest: everything except its text, which is in the library.

    `language` is that of the text (ISO 639-1), `familiarity` how well the encoder knows it, between
    0 and 1. `author`, `date` and `note` are as in `Extract`, `metadata` as in `index.add`.
    """

    id: str
    title: str
    source: str
    media_type: str
    page_starts: tuple[int, ...]
    sha256: str
    file_sha256: str
    size: int
    familiarity: float = 1.0
    language: str = "en"
    author: str = ""
    date: str = ""
    note: str = ""
    metadata: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class EncoderRecord:
    """The encoder that made the vectors."""

    name: str
    weights_sha256: str
    dimension: int
    dtype: str
    prompts: dict[str, str]


@dataclass(frozen=True, slots=True)
class EngineRecord:
    """The server that holds a generation, and its capabilities. `uri` has no credentials in it.

    `index_id` is part of the names of all collections of this index, whose folder has this `inode`.
    `words` is whether the server can search by words, `aliases` whether it has aliases.
    """

    name: str
    uri: str
    index_id: str
    inode: int
    version: str = ""
    words: bool = False
    aliases: bool = False
    collection: str = ""

    @property
    def alias(self) -> str:
        """The name by which other programs find the live collection."""
        return f"footnote_{self.index_id}"

    def __str__(self) -> str:
        version = f" {self.version}" if self.version else " of unknown version"
        text = f"Milvus{version} at {self.uri}"
        if not self.words:
            text += "; it cannot search by words, so this machine does"
        if not self.aliases:
            text += "; it has no aliases, so only the index knows its live collection"
        return text


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that did not become a document, and the reason."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of a generation. `files` holds the sha256 of each of its other files.

    `engine` is the server that searches it, None for this machine. `faiss` is the FAISS index type
    that the user chose, "" if its size decides, and `faiss_kind` the type that was built.
    """

    format: int
    created: str
    encoder: EncoderRecord
    max_tokens: int
    documents: tuple[Entry, ...]
    skipped: tuple[SkippedFile, ...]
    chunks: int
    files: dict[str, str]
    engine: EngineRecord | None = None
    faiss: str = ""
    faiss_kind: str = ""


def read_manifest(folder: Path, name: str) -> Manifest:
    """Return the manifest of a generation; its other files are not opened. Raises `IndexDamaged`.

    The last ones read are cached, since a build reads them several times.
    """
    path = folder / "generations" / name / MANIFEST_FILE
    try:
        stamp = path.stat()
        return _read_cached(folder, path, stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
    except FileNotFoundError as error:
        raise IndexDamaged(f"The index file {path} is missing. {REBUILD_HINT}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexDamaged(f"The index file {path} is damaged. {REBUILD_HINT}") from error


@lru_cache(maxsize=3)
def _read_cached(folder: Path, path: Path, mtime_ns: int, size: int, inode: int) -> Manifest:
    del mtime_ns, size, inode  # Part of the cache key: the file may have been replaced.
    record = json.loads(path.read_text("utf-8"))
    if isinstance(record["format"], int) and record["format"] > FORMAT_VERSION:
        raise IndexNewer(
            f"The index in {folder} has format {record['format']}, but this version of Footnote "
            f"reads format {FORMAT_VERSION}. A newer version made it. Update Footnote or, to go on "
            "with this version, restore a backup that it made or build another index: "
            "footnote index --index FOLDER PATH"
        )
    checksum = record.pop("sha256")
    if record["format"] != FORMAT_VERSION:
        raise IndexDamaged(
            f"The index in {folder} has format {record['format']}, but this version of Footnote "
            f"reads format {FORMAT_VERSION}. {REBUILD_HINT}"
        )
    if checksum != _checksum(record):
        raise ValueError("the manifest was changed after it was written")
    return _resolve_paths(folder, _parse_manifest(record))


def write_manifest(path: Path, manifest: Manifest, folder: Path) -> None:
    """Write a manifest with its own checksum, and flush it to disk.

    Paths within the index in `folder` are stored relative to it, so that the folder can be moved.
    """
    record = _to_dict(_map_paths(manifest, lambda path: _to_stored_path(folder, path)))
    for name in ("engine", "faiss", "faiss_kind"):  # Omitted if empty.
        if not record[name]:
            del record[name]
    for document in record["documents"]:
        if not document["metadata"]:
            del document["metadata"]
    record = {"sha256": _checksum(record), **record}
    # One document per line is easier to read and faster to write.
    lines = ",\n  ".join(json.dumps(line, ensure_ascii=False) for line in record["documents"])
    text = json.dumps(record | {"documents": []}, ensure_ascii=False, indent=1)
    write_durably(path, text.replace('"documents": []', f'"documents": [\n  {lines}\n ]', 1))


def _to_dict(record: Any) -> dict[str, Any]:
    """Convert a dataclass and those in it to dictionaries.

    `dataclasses.asdict` copies each value and takes five times as long.
    """
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    for name, value in values.items():
        if is_dataclass(value):
            values[name] = _to_dict(value)
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            names = [field.name for field in fields(value[0])]
            values[name] = [{name: getattr(item, name) for name in names} for item in value]
    return values


def write_durably(path: Path, text: str) -> None:
    """Write a file and flush it to disk."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _to_stored_path(folder: Path, name: str) -> str:
    """Return a path within the index folder relative to it, and any other path unchanged.

    >>> _to_stored_path(Path("/ida/.footnote"), "/ida/.footnote/uploads/a.txt")
    './uploads/a.txt'
    >>> _to_stored_path(Path("/ida/.footnote"), "/ida/a.txt")
    '/ida/a.txt'
    """
    path = Path(name)
    return f"./{path.relative_to(folder).as_posix()}" if path.is_relative_to(folder) else name


def _resolve_paths(folder: Path, manifest: Manifest) -> Manifest:
    """Return the manifest with relative paths resolved against the index folder."""
    return _map_paths(
        manifest, lambda path: str(folder / path[2:]) if path.startswith("./") else path
    )


def _map_paths(manifest: Manifest, convert: Callable[[str], str]) -> Manifest:
    return replace(
        manifest,
        documents=tuple(
            entry if path == entry.source else replace(entry, source=path)
            for entry, path in ((entry, convert(entry.source)) for entry in manifest.documents)
        ),
        skipped=tuple(replace(file, path=convert(file.path)) for file in manifest.skipped),
    )


def _checksum(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _parse_manifest(record: dict[str, Any]) -> Manifest:
    documents = tuple(
        Entry(**{**entry, "page_starts": tuple(entry["page_starts"])})
        for entry in record["documents"]
    )
    return Manifest(
        **{
            **record,
            "encoder": EncoderRecord(**record["encoder"]),
            "documents": documents,
            "skipped": tuple(SkippedFile(**skipped) for skipped in record["skipped"]),
            "engine": EngineRecord(**record["engine"]) if record.get("engine") else None,
        }
    )
