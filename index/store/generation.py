"""One built index on disk: written aside, verified, swapped in, opened.

    .footnote/
      library.sqlite            texts and embeddings by content hash
      generations/000007/       manifest.json  dense.faiss  lexical/  chunks.npy
      CURRENT                   the live generation's name, replaced by one atomic rename
      build.lock

A generation is never changed once it is written. What goes into one is decided in `build`.
Writing one, swapping it in and opening it rely on one another's order, so they stand together in
what is a long module.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from index.encode.encoder import Encoder
from index.errors import EncoderMismatch, FootnoteError, IndexDamaged, IndexNotFound
from index.extract.document import Document
from index.manifest import FILE_NAME as MANIFEST
from index.manifest import (
    REBUILD,
    EngineRecord,
    Entry,
    Manifest,
    read_manifest,
    write_durably,
    write_manifest,
)
from index.search.dense import Dense, choose_kind
from index.search.engine import ByMeaning, ByWords
from index.search.lexical import Lexical
from index.search.milvus.collection import drop_others
from index.search.milvus.hosted import load_hosted, write_hosted
from index.store.checksums import Meanwhile, check_files, file_sha256
from index.store.library import Library
from index.text.chunk import Chunk

_DENSE, _LEXICAL, _CHUNKS = "dense.faiss", "lexical", "chunks.npy"

_opening, _parsing = Lock(), Lock()
"""Held while the live generation is opened, so that threads which ask at once open it once; and
while the head of an array is read, since Python's own parser takes one thread at a time."""


class Generation:
    """An opened generation: documents, and their chunks by row, to be searched."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        chunks: npt.NDArray[np.int64],
        searchers: tuple[ByMeaning, ByWords],
        library: Library,
        checked: Meanwhile,
    ):
        self.folder = folder
        self.manifest = manifest
        self.chunks = chunks
        self._dense, self.lexical = searchers
        self._checked = checked
        self._library = library
        self._holders: dict[str, list[int]] = {}
        for number, entry in enumerate(manifest.documents):
            self._holders.setdefault(entry.sha256, []).append(number)
        self._familiarity = np.array([entry.familiarity for entry in manifest.documents])
        self._document = lru_cache(maxsize=256)(self._load_document)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def dense(self) -> ByMeaning:
        """What searches by meaning. Raises `IndexDamaged` once a large file is found damaged."""
        self._checked.raise_damage()
        return self._dense

    def chunk(self, row: int) -> Chunk:
        number, start, end = self.chunks[row].tolist()
        return Chunk(self.manifest.documents[number].id, start, end)

    def familiarities(self, rows: Sequence[int]) -> npt.NDArray[np.float64]:
        """Return how well the encoder knows the language of each chunk's document, 0 to 1."""
        return np.asarray(self._familiarity[np.asarray(self.chunks)[rows, 0]])

    def document(self, row: int) -> Document:
        """Return the document that the chunk in this row is a part of."""
        return self._document(int(self.chunks[row, 0]))

    def holders(self, row: int) -> list[int]:
        """Return the numbers of all documents that hold the text which this row is a part of."""
        return self._holders[self.manifest.documents[int(self.chunks[row, 0])].sha256]

    def rows_of(self, numbers: Sequence[int]) -> npt.NDArray[np.int64]:
        """Return the rows, in rising order, that hold the texts of these documents."""
        texts = {self.manifest.documents[number].sha256 for number in numbers}
        owners = [self._holders[text][0] for text in texts]
        return np.flatnonzero(np.isin(self.chunks[:, 0], owners))

    def numbered(self, number: int) -> Document:
        """Return a document by its place in the manifest."""
        return self._document(number)

    def document_by_id(self, document_id: str) -> Document:
        """Return a document. Raises KeyError for an id that is not in this generation."""
        for number, entry in enumerate(self.manifest.documents):
            if entry.id == document_id:
                return self._document(number)
        raise KeyError(document_id)

    def entry(self, document_id: str) -> Entry:
        """Return what the manifest says of a document. Raises KeyError as `document_by_id`."""
        for entry in self.manifest.documents:
            if entry.id == document_id:
                return entry
        raise KeyError(document_id)

    def kept_text(self, sha256: str) -> str | None:
        """Return a text that is, or once was, that of a document; None where it is not kept."""
        try:
            return self._library.text(sha256)
        except IndexDamaged:
            return None

    def documents_of(self, sha256: str) -> list[Document]:
        """Return the documents with this text."""
        return [self._document(number) for number in self._holders.get(sha256, [])]

    def documents_with(self, quote: str) -> list[Document]:
        """Return the documents whose text holds these very characters, each text once."""
        found = (self._holders.get(sha256) for sha256 in self._library.texts_with(quote))
        return [self._document(numbers[0]) for numbers in sorted(filter(None, found))]

    def check_encoder(self, encoder: Encoder) -> None:
        """Raise `EncoderMismatch` unless `encoder` is the one that made this index."""
        built = self.manifest.encoder
        found = (encoder.weights_sha256, encoder.dimension, encoder.prompts)
        if found != (built.weights_sha256, built.dimension, built.prompts):
            raise EncoderMismatch(
                f"The index was built with the encoder {built.name} (weights "
                f"{built.weights_sha256[:12]}…, {built.dimension} dimensions), but the encoder at "
                f"hand is {encoder.name} (weights {encoder.weights_sha256[:12]}…, "
                f"{encoder.dimension} dimensions). Ask with the first, or build the index again: "
                f"footnote index --encoder {encoder.name} PATH"
            )

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
        )


def index_folder(path: str | Path | None = None) -> Path:
    """Return the folder of the index: `path`, else $FOOTNOTE_INDEX, else .footnote/ here."""
    folder = Path(path or os.environ.get("FOOTNOTE_INDEX") or ".footnote")
    if folder.exists() and not folder.is_dir():
        raise FootnoteError(
            f"The index {folder} is a file, expected a folder. Name another with --index or "
            "$FOOTNOTE_INDEX."
        )
    return folder


def open_index(path: str | Path | None = None) -> Generation:
    """Open the live generation of an index; the same one is opened once.

    A swap by another process is seen by the next call, so a reader that calls this for each
    question moves on by itself. Raises `IndexNotFound` or `IndexDamaged`.
    """
    folder = index_folder(path).resolve()
    for _ in range(3):
        pointer = folder / "CURRENT"
        name = current(folder)
        if name is None:
            raise IndexNotFound(
                f"There is no index in {folder}. Build one: footnote index PATH, or name the "
                "folder of one with --index."
            )
        try:
            stamp = pointer.stat()
            with _opening:
                return _open(folder, name, stamp.st_mtime_ns, stamp.st_ino)
        except (IndexDamaged, OSError) as error:
            # Swaps in the moment between reading the pointer and opening what it names.
            if current(folder) == name:
                if isinstance(error, IndexDamaged):
                    raise
                raise IndexDamaged(
                    f"The index in {folder} cannot be read ({error}). {REBUILD}"
                ) from error
    raise IndexDamaged(f"The index in {folder} is replaced faster than it can be opened.")


@lru_cache(maxsize=4)
def _open(folder: Path, name: str, mtime_ns: int, inode: int) -> Generation:
    del mtime_ns, inode  # They tell an index apart from a deleted one of the same name.
    return load_generation(folder, name, wait=False)


def current(folder: Path) -> str | None:
    """Return the name of the live generation; None where there is no index."""
    try:
        name = (folder / "CURRENT").read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(f"{folder / 'CURRENT'} cannot be read ({error}). {REBUILD}") from error
    if not name.isdigit():
        raise IndexDamaged(
            f"{folder / 'CURRENT'} holds {name[:20]!r}, expected the number of a generation. "
            f"{REBUILD}"
        )
    return name


def load_generation(folder: Path, name: str, *, wait: bool = True) -> Generation:
    """Open one generation. Raises `IndexDamaged` where a file is not as written.

    Large files are read for that before it is opened, or without `wait` while it is used.
    """
    home = folder / "generations" / name
    manifest = read_manifest(folder, name)
    checked = check_files(home, manifest.files, wait=wait)
    with _parsing:
        chunks = np.load(home / _CHUNKS, mmap_mode="r", allow_pickle=False)
    languages = [entry.language for entry in manifest.documents]
    dense: ByMeaning
    lexical: ByWords
    if manifest.engine:
        dense, lexical = load_hosted(home, manifest.engine, chunks, languages)
    else:
        dense = Dense.load(home / _DENSE)
        lexical = Lexical.load(home / _LEXICAL, languages=languages)
    counts = {len(chunks), len(dense), len(lexical), manifest.chunks}
    if len(counts) > 1 or dense.dimension != manifest.encoder.dimension:
        raise IndexDamaged(
            f"The index in {home} holds {len(chunks)} chunks, {len(dense)} vectors of "
            f"{dense.dimension} dimensions and {len(lexical)} texts, expected {manifest.chunks} "
            f"of each and {manifest.encoder.dimension} dimensions. {REBUILD}"
        )
    return Generation(home, manifest, chunks, (dense, lexical), Library.open(folder), checked)


def write_generation(
    folder: Path,
    manifest: Manifest,
    chunks: npt.NDArray[np.int64],
    vectors: npt.NDArray[np.float32],
    texts: Sequence[str],
    report: Callable[[int, int], None] = lambda done, total: None,
) -> str:
    """Write a generation beside the live one and return its name; it is not live yet.

    `chunks` has the shape (n, 3): number of the document, start, end. `vectors` (n, dimension)
    and `texts` (n) say what is searched for each of them.
    """
    if not len(chunks) == len(vectors) == len(texts):
        raise ValueError(f"{len(chunks)} chunks, {len(vectors)} vectors, {len(texts)} texts")
    generations = folder / "generations"
    generations.mkdir(parents=True, exist_ok=True)
    name = f"{max(map(int, names(folder)), default=0) + 1:06d}"
    aside = generations / f"{name}.building"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        np.save(aside / _CHUNKS, chunks)
        if manifest.engine:
            engine = replace(manifest.engine, collection=f"{manifest.engine.alias}_{name}")
            manifest = replace(manifest, engine=engine)
            write_hosted(aside, engine, manifest.documents, chunks, vectors, texts)
        else:
            kind = manifest.faiss or choose_kind(len(vectors))
            manifest = replace(manifest, faiss_kind=kind)
            languages = [manifest.documents[number].language for number, _, _ in chunks.tolist()]
            with ThreadPoolExecutor(1) as beside:  # FAISS leaves Python to others.
                words = beside.submit(Lexical.write, texts, aside / _LEXICAL, languages=languages)
                like = _live_dense(folder, manifest)
                Dense.from_vectors(vectors, kind, report, like).save(aside / _DENSE)
                words.result()
        _seal(aside, manifest)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)  # A full disk needs the space.
        raise
    aside.rename(generations / name)
    return name


def _live_dense(folder: Path, manifest: Manifest) -> Dense | None:
    """Return the live vectors, where those of this manifest are to be indexed in the same way."""
    with suppress(IndexDamaged):
        if name := current(folder):
            live = read_manifest(folder, name)
            if (live.faiss_kind, live.encoder) == (manifest.faiss_kind, manifest.encoder):
                return Dense.load(folder / "generations" / name / _DENSE)
    return None


def _seal(aside: Path, manifest: Manifest) -> None:
    """Write the manifest with the checksums of all files, and wait until they are on the disk."""
    files = sorted(file for file in aside.rglob("*") if file.is_file() and file.suffix != ".lock")
    hashes = {file.relative_to(aside).as_posix(): file_sha256(file) for file in files}
    write_manifest(aside / MANIFEST, replace(manifest, files=hashes), aside.parent.parent)
    for file in files:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def swap(folder: Path, name: str) -> None:
    """Make a generation the live one, by one atomic rename."""
    write_durably(folder / "CURRENT.next", name + "\n")
    (folder / "CURRENT.next").replace(folder / "CURRENT")


def names(folder: Path) -> list[str]:
    """Return the names of the generations that are on the disk, the oldest first."""
    return sorted(
        home.name for home in folder.glob("generations/*") if home.name.isdigit() and home.is_dir()
    )


def sweep(folder: Path, *, keep: str | None) -> None:
    """Delete all generations but the live one and `keep`, and unfinished ones.

    Raises `FootnoteError` where a server that holds some of it does not answer.
    """
    live = current(folder)
    engines = _engines(folder)
    for home in list((folder / "generations").iterdir()):
        if home.name in (live, keep):
            continue
        if home.name.isdigit():  # Deleted in part, it must not pass for a whole one.
            home = home.rename(home.with_suffix(".removed"))
        shutil.rmtree(home, ignore_errors=True)
    kept = [engine.collection for engine in _engines(folder)]
    own = [engine for engine in engines if engine.inode == folder.stat().st_ino]
    for engine in {(e.uri, e.index_id): e for e in own}.values():
        drop_others(engine, kept)


def _engines(folder: Path) -> list[EngineRecord]:
    """Return the servers that hold generations, as these say."""
    found = []
    for name in names(folder):
        with suppress(IndexDamaged):
            found.append(read_manifest(folder, name).engine)
    return [engine for engine in found if engine]
