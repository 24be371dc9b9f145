"""Opens a generation, one built version of an index, and gives access to its documents.

    .footnote/
      library.sqlite            texts and embeddings by content hash
      generations/000007/       manifest.json  dense.faiss  lexical/  chunks.npy
      CURRENT                   the live generation's name, replaced by one atomic rename
      build.lock

A generation is never changed after it is written. Writing generations and making one live are left
to `write`. A little long, because the class and the cache of opened generations belong together.
"""

import os
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from index.encode.custom import EncoderLike, refuse_custom, take_encoder
from index.encode.encoder import Encoder, load_encoder
from index.errors import (
    EncoderMismatch,
    FootnoteError,
    IndexDamaged,
    IndexNotFound,
    InvalidArgument,
)
from index.extract.document import Document
from index.manifest import REBUILD_HINT, Entry, Manifest, read_manifest
from index.per_process import PerProcess
from index.search.dense import DenseIndex
from index.search.engine import DenseSearcher, LexicalSearcher
from index.search.file_sizes import MAX_READ_BYTES
from index.search.lexical import LEXICAL_FOLDER, LexicalIndex
from index.search.milvus.hosted import load_hosted
from index.store.checksums import BackgroundCheck, check_files
from index.store.custom import check_custom
from index.store.library import Library
from index.text.chunk import Chunk

DENSE_FILE, CHUNKS_FILE = "dense.faiss", "chunks.npy"

_open_lock = PerProcess(Lock)
"""Held while a generation is opened, so that concurrent threads open it only once."""

_array_header_lock = PerProcess(Lock)
"""Held while NumPy reads the header of an array: Python's parser is not safe to use in threads."""


@dataclass(frozen=True, slots=True)
class Searchers:
    """The two searchers of a generation, and the check of their files in the background."""

    dense: DenseSearcher
    lexical: LexicalSearcher
    check: BackgroundCheck


class Generation:
    """An opened generation: its documents and their chunks, one chunk per row.

    `chunks` is int64 of shape (n, 3): position of the document in the manifest, start and end in
    characters. The number of a document is its position in the manifest.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        chunks: npt.NDArray[np.int64],
        searchers: Searchers,
        library: Library,
    ):
        self.folder = folder
        self.manifest = manifest
        self.chunks = chunks
        self.lexical = searchers.lexical
        self._searchers = searchers
        self._library = library
        self._holders: dict[str, list[int]] = {}
        for number, entry in enumerate(manifest.documents):
            self._holders.setdefault(entry.sha256, []).append(number)
        self._familiarity = np.array([entry.familiarity for entry in manifest.documents])
        self._document = lru_cache(maxsize=256)(self._load_document)
        self._encoder: Encoder | None = None

    def __repr__(self) -> str:
        documents, chunks = len(self.manifest.documents), len(self.chunks)
        return f"Generation({self.name!r}, documents={documents}, chunks={chunks})"

    @property
    def encoder(self) -> Encoder:
        """The encoder that made this index, loaded when it is first needed.

        Raises `EncoderMismatch` where it is not on this machine, or has other weights now.
        """
        if self._encoder is None:
            built = self.manifest.encoder
            refuse_custom(built.name, built.weights_sha256, built.dimension)
            encoder = load_encoder(built.name)
            self._check_encoder(encoder)
            self._encoder = encoder
        return self._encoder

    def with_encoder(self, encoder: Encoder) -> "Generation":
        """Return this generation with an encoder that is loaded already.

        Raises `EncoderMismatch` unless it is the one that made this index.
        """
        if encoder is self._encoder:
            return self
        self._check_encoder(encoder)
        other = copy(self)
        other._encoder = encoder
        return other

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def dense(self) -> DenseSearcher:
        """The searcher by meaning. Raises `IndexDamaged` once a large file is found damaged."""
        self._searchers.check.raise_damage()
        return self._searchers.dense

    def chunk(self, row: int) -> Chunk:
        """Return the chunk in a row."""
        number, start, end = self.chunks[row].tolist()
        return Chunk(self.manifest.documents[number].id, start, end)

    def familiarities(self, rows: Sequence[int]) -> npt.NDArray[np.float64]:
        """Return, per row, how familiar the encoder is with the document's language, 0 to 1."""
        return np.asarray(self._familiarity[np.asarray(self.chunks)[rows, 0]])

    def document(self, row: int) -> Document:
        """Return the document that the chunk in a row belongs to."""
        return self._document(int(self.chunks[row, 0]))

    def holders(self, row: int) -> list[int]:
        """Return the numbers of all documents whose text is that of a row's document."""
        return self._holders[self.manifest.documents[int(self.chunks[row, 0])].sha256]

    def rows_of_documents(self, numbers: Sequence[int]) -> npt.NDArray[np.int64]:
        """Return the rows, in ascending order, with the texts of these documents."""
        texts = {self.manifest.documents[number].sha256 for number in numbers}
        owners = [self._holders[text][0] for text in texts]
        return np.flatnonzero(np.isin(self.chunks[:, 0], owners))

    def document_by_number(self, number: int) -> Document:
        """Return a document by its position in the manifest."""
        return self._document(number)

    def document_by_id(self, document_id: str) -> Document:
        """Return a document. Raises `KeyError` for an id that is not in this generation."""
        return self._document(self._number_of(document_id))

    def entry(self, document_id: str) -> Entry:
        """Return a document's entry in the manifest. Raises `KeyError` as `document_by_id` does."""
        return self.manifest.documents[self._number_of(document_id)]

    def has_document(self, document_id: str) -> bool:
        """Whether this generation has a document with this id."""
        return any(entry.id == document_id for entry in self.manifest.documents)

    def _number_of(self, document_id: str) -> int:
        for number, entry in enumerate(self.manifest.documents):
            if entry.id == document_id:
                return number
        raise KeyError(document_id)

    def stored_text(self, sha256: str) -> str | None:
        """Return the text of a current or former document, None if it is no longer stored."""
        try:
            return self._library.text(sha256)
        except IndexDamaged:
            return None

    def has_text(self, sha256: str) -> bool:
        """Whether a document of this generation has the text with this sha256."""
        return sha256 in self._holders

    def documents_with_text(self, sha256: str) -> list[Document]:
        """Return the documents whose text has this sha256."""
        return [self._document(number) for number in self._holders.get(sha256, [])]

    def documents_containing(self, quote: str) -> list[Document]:
        """Return the documents whose text contains a quote verbatim, each text once."""
        found = (self._holders.get(sha256) for sha256 in self._library.texts_containing(quote))
        return [self._document(numbers[0]) for numbers in sorted(filter(None, found))]

    def _check_encoder(self, encoder: Encoder) -> None:
        """Raise `EncoderMismatch` unless `encoder` is the one that made this index."""
        built = self.manifest.encoder
        found = (encoder.weights_sha256, encoder.dimension, encoder.prompts)
        if found != (built.weights_sha256, built.dimension, built.prompts):
            raise EncoderMismatch(
                f"The index was built with the encoder {built.name} (weights "
                f"{built.weights_sha256[:12]}…, {built.dimension} dimensions), but the encoder "
                f"in use is {encoder.name} (weights {encoder.weights_sha256[:12]}…, "
                f"{encoder.dimension} dimensions). Use the first, or build the index again: "
                f"footnote index --encoder {encoder.name} PATH"
            )
        check_custom(encoder, self._library)

    def _load_document(self, number: int) -> Document:
        entry = self.manifest.documents[number]
        return Document(
            entry.id,
            entry.title,
            self._library.text(entry.sha256),
            entry.source,
            entry.media_type,
            entry.page_starts,
            entry.sha256,
            entry.author,
            entry.date,
            tuple(
                self.manifest.documents[other].id
                for other in self._holders[entry.sha256]
                if other != number
            ),
            entry.metadata,
        )


def is_path(path: object) -> bool:
    """Whether a path could name a file or folder on this machine; "" could not.

    >>> is_path("a"), is_path(""), is_path(b"a"), is_path("a\\0b"), is_path("\\ud800")
    (True, False, False, False, False)
    """
    try:
        name = os.fspath(path) if isinstance(path, str | os.PathLike) else b""
        return isinstance(name, str) and bool(name) and b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def index_folder(path: str | Path | None = None) -> Path:
    """Return the index folder: `path`, else $FOOTNOTE_INDEX, else .footnote/ in the working one."""
    if path not in (None, "") and not is_path(path):
        raise InvalidArgument(f"index is {path!r:.40}; give the folder of an index.")
    folder = Path(path or os.environ.get("FOOTNOTE_INDEX") or ".footnote")
    if folder.exists() and not folder.is_dir():
        raise FootnoteError(
            f"The index {folder} is a file, but must be a folder. Name another one with --index or "
            "$FOOTNOTE_INDEX."
        )
    return folder


def open_index(
    index: str | Path | Generation | None = None, *, encoder: EncoderLike | None = None
) -> Generation:
    """Open the live generation of an index; the same one is opened once.

    `index` is its folder, by default as in `index_folder`; an opened one is returned as it is.
    `encoder` is a name, a loaded one or what `make_encoder` takes; by default the one that made the
    index, loaded when it is needed.

    A swap by another process is seen by the next call, so a reader that calls this for each
    question moves on by itself. Raises `IndexNotFound`, `IndexDamaged` or `EncoderMismatch`.
    """
    opened = index if isinstance(index, Generation) else _open_live(index_folder(index).resolve())
    return opened if encoder is None else opened.with_encoder(take_encoder(encoder))


def _open_live(folder: Path) -> Generation:
    for _ in range(3):
        pointer = folder / "CURRENT"
        name = read_live_name(folder)
        if name is None:
            raise IndexNotFound(
                f"There is no index in {folder}. Build one: footnote index PATH, or name the "
                "folder of one with --index."
            )
        try:
            stamp = pointer.stat()
            with _open_lock.get():
                return _open(folder, name, stamp.st_mtime_ns, stamp.st_ino)
        except (IndexDamaged, OSError) as error:
            # Another generation may have been made live after the pointer was read: try again.
            if read_live_name(folder) == name:
                if isinstance(error, IndexDamaged):
                    raise
                raise IndexDamaged(
                    f"The index in {folder} cannot be read ({error}). {REBUILD_HINT}"
                ) from error
    raise IndexDamaged(
        f"The index in {folder} is being replaced faster than it can be opened. Try again later."
    )


@lru_cache(maxsize=4)
def _open(folder: Path, name: str, mtime_ns: int, inode: int) -> Generation:
    del mtime_ns, inode  # Cache keys: they differ for a new index in the place of a deleted one.
    return load_generation(folder, name, wait=False)


def read_live_name(folder: Path) -> str | None:
    """Return the name of the live generation, None if there is no index."""
    try:
        name = (folder / "CURRENT").read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(
            f"{folder / 'CURRENT'} cannot be read ({error}). {REBUILD_HINT}"
        ) from error
    if not name.isdigit():
        raise IndexDamaged(
            f"{folder / 'CURRENT'} holds {name[:20]!r}, expected the number of a generation. "
            f"{REBUILD_HINT}"
        )
    return name


def load_generation(folder: Path, name: str, *, wait: bool = True) -> Generation:
    """Open one generation. Raises `IndexDamaged` if a file is missing or damaged.

    Without `wait`, large files are verified in the background after it is opened.
    """
    home = folder / "generations" / name
    manifest = read_manifest(folder, name)
    check = check_files(home, manifest.files, wait=wait)
    with _array_header_lock.get():
        path = home / CHUNKS_FILE
        mapped = path.stat().st_size > MAX_READ_BYTES
        chunks = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    languages = [entry.language for entry in manifest.documents]
    dense: DenseSearcher
    lexical: LexicalSearcher
    if manifest.engine:
        dense, lexical = load_hosted(home, manifest.engine, chunks, languages)
    else:
        dense = DenseIndex.load(home / DENSE_FILE)
        lexical = LexicalIndex.load(home / LEXICAL_FOLDER, languages=languages)
    counts = {len(chunks), len(dense), len(lexical), manifest.chunks}
    if len(counts) > 1 or dense.dimension != manifest.encoder.dimension:
        raise IndexDamaged(
            f"The index in {home} holds {len(chunks)} chunks, {len(dense)} vectors of "
            f"{dense.dimension} dimensions and {len(lexical)} texts, expected {manifest.chunks} "
            f"of each and {manifest.encoder.dimension} dimensions. {REBUILD_HINT}"
        )
    searchers = Searchers(dense, lexical, check)
    return Generation(home, manifest, chunks, searchers, Library.open(folder))


def list_generations(folder: Path) -> list[str]:
    """Return the names of the generations on disk, oldest first."""
    return sorted(
        home.name for home in folder.glob("generations/*") if home.name.isdigit() and home.is_dir()
    )
