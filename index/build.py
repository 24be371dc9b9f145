"""build(): scan -> extract -> chunk -> embed -> write -> verify -> swap. And what takes away again:
remove() and rollback().

The live index answers until the swap and is left alone if anything fails before it. What did
not change is taken from the library instead of being made again. What must be done in which order
is read from top to bottom here, which makes this a long module.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from index.encode.encoder import DEFAULT_ENCODER, Encoder, load_encoder
from index.errors import FootnoteError, IndexDamaged, IndexNotFound
from index.ingest.report import BuildReport, changes_between
from index.ingest.rows import Rows, embed_rows, make_rows, max_tokens, vector_keys
from index.ingest.scan import (
    UPLOADS,
    find_roots,
    is_under,
    nothing_to_index,
    read_all,
    scan_files,
)
from index.ingest.select import exactly, matching
from index.manifest import (
    FORMAT,
    EncoderRecord,
    EngineRecord,
    Entry,
    Manifest,
    Skipped,
    read_manifest,
)
from index.progress import Progress, silent
from index.search.dense import check_kind
from index.search.engine import choose_engine
from index.search.milvus.capabilities import ask_abilities
from index.search.milvus.collection import point
from index.store import generation
from index.store.library import Library
from index.store.lock import explain_disk_errors, hold_lock


def build(
    paths: Sequence[str | Path],
    *,
    index: str | Path | None = None,
    encoder: str | Encoder | None = None,
    engine: str | None = None,
    engine_uri: str | None = None,
    dask: str | None = None,
    faiss: str | None = None,
    prune: bool = False,
    patience: float = 0,
    progress: Progress | None = None,
) -> BuildReport:
    """Bring the index up to date with the files and folders in `paths`.

    Documents under these paths are added, renewed or removed as the files were; documents from
    elsewhere stay or, with `prune`, leave, and nothing of what left is kept: no earlier version,
    no text for `footnote check`. Uploaded ones, whose files lie in the index, stay until they are
    removed by name. `encoder` is the name or folder of one, by default the one that the index has.
    `engine` is "local" or "milvus", with the address of its server in `engine_uri`, by default
    what the index has. `dask` is the address of a Dask scheduler whose workers are to embed.
    `faiss` names the FAISS index, such as "IVF4096,SQ8", by default as before, else by its size.
    Raises `FootnoteError` where a path does not exist, nothing can be read, or another build is
    running that does not end within `patience` seconds; the live index is then as it was, also
    where `progress` raises `Cancelled`. What was embedded by then is kept for the next time.
    """
    folder = generation.index_folder(index).resolve()
    report = progress or silent
    if faiss:
        check_kind(faiss)
    with explain_disk_errors(folder):
        roots = find_roots(paths, _live_manifest(folder))
        with hold_lock(folder, patience, report):
            live = _live_manifest(folder)
            chosen = _reach(folder, live, engine, engine_uri, faiss)
            with _library(folder) as library:
                files = list(scan_files(roots, leave_out=folder))
                entries, skipped = read_all(files, roots, live, library, report, leave_out=folder)
                if prune:
                    stay = [*roots, folder / UPLOADS]
                    entries = [entry for entry in entries if is_under(entry.source, stay)]
                    skipped = [file for file in skipped if is_under(file.path, stay)]
                if not entries:
                    raise FootnoteError(nothing_to_index(roots, skipped, live))
                task = _Task(folder, library, live, encoder, chosen, prune, report, dask, faiss)
                return _renew(task, entries, skipped)


def remove(
    documents: Sequence[str],
    *,
    index: str | Path | None = None,
    encoder: Encoder | None = None,
    prune: bool = False,
    exact: bool = False,
    patience: float = 0,
    progress: Progress | None = None,
) -> BuildReport:
    """Take documents out of the index; their files are left alone, but for uploaded ones.

    `documents` are ids, files, folders, or patterns such as "reports/*.pdf" (see `matching`), with
    `exact` ids only. The file of an uploaded document lies in the index and is deleted with the
    last document that it holds. With `prune` nothing of them is kept, as in `build`; `patience` and
    `progress` are as there. Raises `FootnoteError` where one matches nothing, or all.
    """
    folder = generation.index_folder(index).resolve()
    if isinstance(documents, str):
        raise TypeError(f"documents is a list of ids, not one: remove([{documents!r}])")
    with explain_disk_errors(folder):
        if not (folder / "CURRENT").exists():
            raise IndexNotFound(f"There is no index in {folder}; nothing was removed.")
        report = progress or silent
        with hold_lock(folder, patience, report), _library(folder) as library:
            live = generation.open_index(folder).manifest
            gone: set[int] = set()
            for pattern in documents:
                numbers = (exactly if exact else matching)(pattern, live.documents)
                if not numbers:
                    raise FootnoteError(
                        f"No document matches {pattern!r}; nothing was removed. List what is "
                        "indexed: footnote status"
                    )
                gone |= numbers
            entries = [entry for n, entry in enumerate(live.documents) if n not in gone]
            if not entries:
                raise FootnoteError(
                    f"That is every document of the index; nothing was removed. Delete the folder "
                    f"{folder} to be rid of all of it."
                )
            chosen = _reach(folder, live)
            task = _Task(folder, library, live, encoder, chosen, prune, report)
            done = _renew(task, entries, live.skipped)
            _delete_uploads(
                folder, {e.source for e in live.documents} - {e.source for e in entries}
            )
            return done


def rollback(*, index: str | Path | None = None, to: str | None = None) -> str:
    """Make an earlier generation the live one and return its name; by default the last before it.

    The one that was live stays, and `rollback(to=...)` names it to go back to it, until the next
    build. Raises `FootnoteError` where there is no such generation.
    """
    folder = generation.index_folder(index).resolve()
    with explain_disk_errors(folder):
        live = generation.current(folder)
        if live is None:
            raise IndexNotFound(f"There is no index in {folder}; nothing was changed.")
        with hold_lock(folder, 0, silent):
            names = generation.names(folder)
            found = to or max((name for name in names if name < live), default=None)
            if found is None or found not in names:
                raise FootnoteError(
                    f"There is no {'generation ' + to if to else 'earlier generation'} to go back "
                    f"to; there are {', '.join(names)}, and {live} is live."
                )
            opened = generation.load_generation(folder, found)
            generation.swap(folder, found)
            _point(opened.manifest.engine)
    return found


@dataclass(frozen=True, slots=True)
class _Task:
    """What a new generation is made with, and after which one."""

    folder: Path
    library: Library
    live: Manifest | None
    encoder: str | Encoder | None
    engine: EngineRecord | None
    prune: bool
    report: Progress
    scheduler: str | None = None
    faiss: str | None = None


def _renew(task: _Task, entries: Sequence[Entry], skipped: Sequence[Skipped]) -> BuildReport:
    """Write a generation of these documents, check it and make it the live one."""
    folder, library, live, encoder = task.folder, task.library, task.live, task.encoder
    if encoder is None or isinstance(encoder, str):
        encoder = load_encoder(encoder or (live.encoder.name if live else DEFAULT_ENCODER))
    rows = make_rows(entries, library, encoder, task.report)
    vectors, embedded = embed_rows(rows, library, encoder, task.report, scheduler=task.scheduler)
    manifest = Manifest(
        format=FORMAT,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        encoder=EncoderRecord(
            encoder.name, encoder.weights_sha256, encoder.dimension, encoder.dtype, encoder.prompts
        ),
        max_tokens=max_tokens(encoder),
        documents=rows.entries,
        skipped=tuple(skipped),
        chunks=len(rows.chunks),
        files={},
        engine=task.engine,
        faiss=task.faiss if task.faiss is not None else live.faiss if live else "",
    )
    # Files are searched for by name too, but a name is no part of the meaning.
    named = [f"{name}\n{text}" for name, text in zip(rows.names, rows.texts, strict=True)]
    before = _live_name(folder)
    task.report("writing", 0, 1)
    name = generation.write_generation(
        folder, manifest, rows.chunks, vectors, named, partial(task.report, "writing")
    )
    engine = generation.load_generation(folder, name).manifest.engine
    library.settle()
    generation.swap(folder, name)
    trouble = _point(engine)
    left = _sweep(folder, None if task.prune else before)
    if task.prune:
        _forget(library, rows, vector_keys(rows.texts, encoder))
        if left:
            raise FootnoteError(
                f"The new index is live, but not all that it does not need is forgotten.{left}"
            )
    task.report("writing", 1, 1)
    return BuildReport(
        **changes_between(live.documents if live else (), rows.entries),
        skipped=tuple(skipped),
        chunks=len(rows.chunks),
        embedded=embedded,
        generation=name,
        engine=(f"{engine}.{trouble}{left}" if engine else left).strip(),
    )


def _reach(
    folder: Path,
    live: Manifest | None,
    name: str | None = None,
    uri: str | None = None,
    faiss: str | None = None,
) -> EngineRecord | None:
    """Return the engine to build for, its server reached and asked what it can do."""
    engine = choose_engine(folder, name, uri, live.engine if live else None)
    if engine and faiss:
        raise FootnoteError(
            f"{faiss} names an index on this machine, and this one is searched by Milvus. Leave "
            "--faiss out, or bring it here: --engine local"
        )
    return ask_abilities(engine, uri) if engine else None


def _point(engine: EngineRecord | None) -> str:
    """Move the alias of the live collection; return what went wrong, for which nobody waits."""
    if engine:
        try:
            point(engine)
        except FootnoteError as error:
            return f" The alias {engine.alias} could not be moved: {error}"
    return ""


def _sweep(folder: Path, keep: str | None) -> str:
    """Delete what is no longer needed; return why a server could not, which is tried again."""
    try:
        generation.sweep(folder, keep=keep)
    except FootnoteError as error:
        return f" {error}"
    return ""


def _delete_uploads(folder: Path, sources: Iterable[str]) -> None:
    """Delete those of the files that were uploaded: the index has the only copy."""
    for source in sources:
        if is_under(source, [folder / UPLOADS]):
            Path(source).unlink(missing_ok=True)


def _forget(library: Library, rows: Rows, vectors: Sequence[str]) -> None:
    """Keep in the library what these rows were made from, and nothing else."""
    try:
        library.keep_only(
            texts={entry.sha256 for entry in rows.entries}, chunkings=rows.keys, vectors=vectors
        )
        library.settle()
    except FootnoteError as error:
        raise FootnoteError(
            f"The new index is live, but what it does not need could not all be forgotten: {error}"
        ) from error


@contextmanager
def _library(folder: Path) -> Iterator[Library]:
    library = Library.open(folder, writable=True)
    try:
        yield library
    finally:
        library.close()


def _live_name(folder: Path) -> str | None:
    """Return the name of the live generation; None also where the pointer to it is damaged."""
    try:
        return generation.current(folder)
    except IndexDamaged:
        return None


def _live_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of the live generation, else of the newest that can be read, or None."""
    live = _live_name(folder)
    newest_first = generation.names(folder)[::-1]
    for name in dict.fromkeys([*([live] if live else []), *newest_first]):
        with suppress(IndexDamaged):
            return read_manifest(folder, name)
    return None
