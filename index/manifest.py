"""What a generation says of itself: its documents, its encoder, its files and their checksums.

Kept as JSON that a person can read. The files it speaks of are `generation`'s business.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.errors import IndexDamaged

FORMAT = 1
"""Of the files below. Raised when they change; an index of another format is built again."""

FILE_NAME = "manifest.json"
REBUILD = "Build it again: footnote index PATH"
"""What to do about an index that cannot be read, at the end of each such message."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest says of one document: all but its text, which is in the library.

    `language` is that of its text (ISO 639-1), `familiarity` how well the encoder knows it, between
    0 and 1. `author`, `date` and `note` are as in `Extract`.
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
    """The server that holds a generation, and what it can do. `uri` is without any secret.

    `index_id` begins the names of all collections of this index, whose folder has this `inode`.
    `words` tells whether the server searches by words itself, `aliases` whether it has these.
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
        """The name under which other programs find the live collection."""
        return f"footnote_{self.index_id}"

    def __str__(self) -> str:
        version = f" {self.version}" if self.version else ", which does not tell its version,"
        lacks = [
            "cannot search by words, so these are searched for on this machine"
            if not self.words
            else "",
            "has no aliases, so the live collection is named in the index alone"
            if not self.aliases
            else "",
        ]
        said = f"Milvus{version} at {self.uri}"
        return said + "".join(f"; it {lack}" for lack in lacks if lack)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that did not become a document, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself. `files` holds the sha256 of each of its other files.

    `engine` is the server that it is searched by, None where that is this machine. `faiss` is the
    name that was given for the FAISS index, "" where its size decides, and `faiss_kind` that of the
    one that was made.
    """

    format: int
    created: str
    encoder: EncoderRecord
    max_tokens: int
    documents: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]
    chunks: int
    files: dict[str, str]
    engine: EngineRecord | None = None
    faiss: str = ""
    faiss_kind: str = ""


def read_manifest(folder: Path, name: str) -> Manifest:
    """Return what a generation says of itself, its other files unopened. Raises `IndexDamaged`.

    The latest are remembered: a build asks for them again and again.
    """
    path = folder / "generations" / name / FILE_NAME
    try:
        stamp = path.stat()
        return _read(folder, path, stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
    except FileNotFoundError as error:
        raise IndexDamaged(f"The index file {path} is missing. {REBUILD}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexDamaged(f"The index file {path} is not as written. {REBUILD}") from error


@lru_cache(maxsize=3)
def _read(folder: Path, path: Path, mtime_ns: int, size: int, inode: int) -> Manifest:
    del mtime_ns, size, inode  # They tell a file apart from an earlier one of that name.
    found = json.loads(path.read_text("utf-8"))
    checksum = found.pop("sha256")
    if found["format"] != FORMAT:
        raise IndexDamaged(
            f"The index in {folder} has format {found['format']}; this version of Footnote "
            f"reads format {FORMAT}. {REBUILD}"
        )
    if checksum != _checksum(found):
        raise ValueError("the manifest was changed after it was written")
    return _found_from(folder, _manifest(found))


def write_manifest(path: Path, manifest: Manifest, folder: Path) -> None:
    """Write a manifest with its own checksum, and wait until it is on the disk.

    What lies in `folder`, that of the index, is named from there, so the folder may be moved.
    """
    found = _fields(_moved(manifest, lambda place: _named_from(folder, place)))
    for name in ("engine", "faiss", "faiss_kind"):  # What an index does not have is not named.
        if not found[name]:
            del found[name]
    found = {"sha256": _checksum(found), **found}
    # A document a line; that is easier to read, and sooner written.
    lines = ",\n  ".join(json.dumps(line, ensure_ascii=False) for line in found["documents"])
    text = json.dumps(found | {"documents": []}, ensure_ascii=False, indent=1)
    write_durably(path, text.replace('"documents": []', f'"documents": [\n  {lines}\n ]', 1))


def _fields(record: Any) -> dict[str, Any]:
    """Return the fields of a record by name, those of the records in it as well.

    As `dataclasses.asdict`, which copies each value and takes five times as long.
    """
    found = {field.name: getattr(record, field.name) for field in fields(record)}
    for name, value in found.items():
        if is_dataclass(value):
            found[name] = _fields(value)
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            names = [field.name for field in fields(value[0])]
            found[name] = [{name: getattr(one, name) for name in names} for one in value]
    return found


def write_durably(path: Path, text: str) -> None:
    """Write a file, and wait until it is on the disk."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _named_from(folder: Path, place: str) -> str:
    """Return a path in the folder of the index as it is written; any other as it is.

    >>> _named_from(Path("/ida/.footnote"), "/ida/.footnote/uploads/a.txt")
    './uploads/a.txt'
    >>> _named_from(Path("/ida/.footnote"), "/ida/a.txt")
    '/ida/a.txt'
    """
    path = Path(place)
    return f"./{path.relative_to(folder).as_posix()}" if path.is_relative_to(folder) else place


def _found_from(folder: Path, manifest: Manifest) -> Manifest:
    """Return a manifest with what lies in the folder of the index where that is now."""
    return _moved(
        manifest, lambda place: str(folder / place[2:]) if place.startswith("./") else place
    )


def _moved(manifest: Manifest, move: Callable[[str], str]) -> Manifest:
    return replace(
        manifest,
        documents=tuple(
            entry if place == entry.source else replace(entry, source=place)
            for entry, place in ((entry, move(entry.source)) for entry in manifest.documents)
        ),
        skipped=tuple(replace(file, path=move(file.path)) for file in manifest.skipped),
    )


def _checksum(found: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def _manifest(found: dict[str, Any]) -> Manifest:
    documents = tuple(
        Entry(**{**entry, "page_starts": tuple(entry["page_starts"])})
        for entry in found["documents"]
    )
    return Manifest(
        **{
            **found,
            "encoder": EncoderRecord(**found["encoder"]),
            "documents": documents,
            "skipped": tuple(Skipped(**skipped) for skipped in found["skipped"]),
            "engine": EngineRecord(**found["engine"]) if found.get("engine") else None,
        }
    )
