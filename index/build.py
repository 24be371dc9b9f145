"""build(): scan -> extract -> chunk -> embed -> write -> verify -> swap.

The live index answers until the swap and is left alone if anything fails before it. What did
not change is taken from the library instead of being made again.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from index import generation
from index.chunk import MAX_TOKENS, Chunk, chunk_document, headings
from index.documents import UNMARKED, shorten
from index.embed import DEFAULT_ENCODER, Encoder, load_encoder
from index.errors import FootnoteError, IndexDamaged
from index.language import language_of
from index.library import Chunking, Library, content_key
from index.manifest import FORMAT, EncoderRecord, Entry, Manifest, Skipped, read_manifest
from index.scan import Progress, find_roots, nothing_to_index, read_all, scan_files

CHUNKER_VERSION = "2"
"""Raised whenever `chunk_document` would cut the same text in another way."""

_CONTEXT_TOKENS = 56
"""Tokens kept free for the title and the heading that a chunk is embedded with."""

_SLAB = 256
"""Texts embedded between two writes to the library: what a killed build may lose."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: ids of documents, files skipped with the reason, and counts."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    chunks: int
    embedded: int
    generation: str


def build(
    paths: Sequence[str | Path],
    *,
    index: str | Path | None = None,
    encoder: str | Encoder | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Bring the index up to date with the files and folders in `paths`.

    Documents under these paths are added, renewed or removed as the files were; documents from
    elsewhere stay. `encoder` is the name or folder of one, by default the one that the index
    has. Raises `FootnoteError` where a path does not exist, nothing can be read, or another build
    is running; the live index is then as it was.
    """
    folder = generation.index_folder(index).resolve()
    try:
        return _build(paths, folder, encoder, progress)
    except OSError as error:
        raise FootnoteError(
            f"Cannot read or write {error.filename or folder} ({error.strerror or error}). Check "
            "the permissions and the free space; the live index is as it was."
        ) from error


def _build(
    paths: Sequence[str | Path],
    folder: Path,
    encoder: str | Encoder | None,
    progress: Progress | None,
) -> BuildReport:
    roots = find_roots(paths, _live_manifest(folder))
    report = progress or (lambda stage, done, total: None)
    with _lock(folder):
        live = _live_manifest(folder)
        loaded = encoder if isinstance(encoder, Encoder) else None
        library = Library.open(folder, writable=True)
        try:
            files = list(scan_files(roots, leave_out=folder))
            entries, skipped = read_all(files, roots, live, library, report)
            if not entries:
                raise FootnoteError(nothing_to_index(roots, skipped))
            if loaded is None:
                name = encoder or (live.encoder.name if live else DEFAULT_ENCODER)
                loaded = load_encoder(str(name))
            entries, chunks, texts = _chunk_all(entries, library, loaded)
            vectors, embedded = _embed_all(texts, library, loaded, report)
        finally:
            library.close()
        manifest = Manifest(
            format=FORMAT,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            encoder=EncoderRecord(
                loaded.name,
                loaded.weights_sha256,
                loaded.dimension,
                loaded.dtype,
                loaded.prompts,
            ),
            max_tokens=_max_tokens(loaded),
            documents=tuple(entries),
            skipped=tuple(skipped),
            chunks=len(chunks),
            files={},
        )
        # Files are searched for by name too, but a name is no part of the meaning.
        named = [f"{entries[row[0]].id}\n{text}" for row, text in zip(chunks, texts, strict=True)]
        name = generation.write_generation(folder, manifest, chunks, vectors, named)
        generation.load_generation(folder, name)
        generation.swap(folder, name)
        generation.sweep(folder)
    before = {entry.id: entry for entry in live.documents} if live else {}
    after = {entry.id: entry for entry in entries}
    same = {i for i in after.keys() & before.keys() if after[i].sha256 == before[i].sha256}
    return BuildReport(
        added=tuple(i for i in after if i not in before),
        changed=tuple(i for i in after if i in before and i not in same),
        removed=tuple(i for i in before if i not in after),
        unchanged=tuple(i for i in after if i in same),
        skipped=tuple(skipped),
        chunks=len(chunks),
        embedded=embedded,
        generation=name,
    )


def searched_text(title: str, heading: str, text: str) -> str:
    """Return what is embedded and indexed for a chunk: where it stands, then what it says.

    >>> searched_text("Report", "Costs", "They rose.")
    'Report\\nCosts\\nThey rose.'
    >>> searched_text("They rose…", "", "They rose. They fell.")
    'They rose. They fell.'
    """
    opening = " ".join(text.split())
    context = [
        line
        for line in dict.fromkeys((title, shorten(heading)))
        if line and not opening.lstrip("# ").startswith(line.rstrip("…"))
    ]
    return "\n".join([*context, text])


def _lock(folder: Path) -> AbstractContextManager[object]:
    """Hold the lock of the index; as a context manager it lets go at the end."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / "build.lock").acquire(timeout=0)
    except Timeout as error:
        raise FootnoteError(
            f"Another build of the index in {folder} is running. Wait for it to end; "
            "the live index answers meanwhile."
        ) from error
    except OSError as error:
        raise FootnoteError(
            f"Cannot write to {folder} ({error.strerror}). Make it writable, or put the index "
            "elsewhere with --index."
        ) from error


def _live_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of the live generation, else of the newest that can be read, or None."""
    names = sorted((home.name for home in folder.glob("generations/[0-9]*")), reverse=True)
    try:
        live = generation.current(folder)
    except IndexDamaged:
        live = None
    for name in dict.fromkeys([*([live] if live else []), *names]):
        try:
            return read_manifest(folder, name)
        except IndexDamaged:
            continue
    return None


def _max_tokens(encoder: Encoder) -> int:
    """Return the most tokens of a chunk, so that the encoder reads it whole with its title."""
    return min(MAX_TOKENS, max(1, encoder.max_tokens - _CONTEXT_TOKENS))


def _chunk_all(
    entries: Sequence[Entry], library: Library, encoder: Encoder
) -> tuple[list[Entry], npt.NDArray[np.int64], list[str]]:
    """Return the entries completed, the chunks, shape (n, 3), and what is searched for each."""
    limit = _max_tokens(encoder)
    complete: list[Entry] = []
    rows: list[tuple[int, int, int]] = []
    texts: list[str] = []
    for number, entry in enumerate(entries):
        text = library.text(entry.sha256)
        key = content_key(entry.sha256, encoder.weights_sha256, str(limit), CHUNKER_VERSION)
        kept = library.chunking(key)
        if kept is None:
            chunks = chunk_document(entry.id, text, encoder.token_spans(text), max_tokens=limit)
            spans = [(chunk.start, chunk.end) for chunk in chunks]
            kept = Chunking(spans, encoder.familiarity(text), language_of(text))
            library.keep_chunking(key, kept)
        complete.append(replace(entry, familiarity=kept.familiarity, language=kept.language))
        marks = [] if entry.media_type in UNMARKED else headings(text)
        for chunk in (Chunk(entry.id, start, end) for start, end in kept.spans):
            rows.append((number, chunk.start, chunk.end))
            heading = next((h for offset, h in reversed(marks) if offset <= chunk.start), "")
            texts.append(searched_text(entry.title, heading, text[chunk.start : chunk.end]))
    return complete, np.array(rows, dtype=np.int64), texts


def _embed_all(
    texts: Sequence[str], library: Library, encoder: Encoder, report: Progress
) -> tuple[npt.NDArray[np.float32], int]:
    """Return one unit vector per text, and how many had to be made."""
    prompt = encoder.prompts.get("document", "")
    keys = [content_key(encoder.weights_sha256, prompt, text) for text in texts]
    vectors = {
        key: vector
        for key, vector in library.vectors(keys).items()
        if vector.shape == (encoder.dimension,) and abs(float(vector @ vector) - 1) < 1e-3
    }
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
    order = sorted(missing, key=lambda key: len(missing[key]))
    for first in range(0, len(order), _SLAB):
        report("embedding", first, len(order))
        some = order[first : first + _SLAB]
        made = encoder.embed_passages([missing[key] for key in some])
        new = dict(zip(some, made, strict=True))
        library.keep_vectors(new)
        vectors |= new
    report("embedding", len(order), len(order))
    return np.stack([vectors[key] for key in keys]), len(order)
