"""Build an index, add documents to it, remove documents from it.

build(): scan -> extract -> chunk -> embed -> write -> verify -> swap. The live index answers until
the swap, and stays unchanged if anything fails before it. Whatever has not changed is taken from
the library. `ingest` reads documents and makes rows; `publish` writes and swaps.
A little long, because adding and removing are builds too, and share its steps.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from numbers import Real
from pathlib import Path

from index.encode.custom import EncoderLike
from index.errors import (
    FootnoteError,
    IndexDamaged,
    IndexNewer,
    IndexNotFound,
    InvalidArgument,
    NoMatch,
    UnreadableFile,
)
from index.ingest.added import (
    Content,
    Metadata,
    check_added,
    keep_descriptions,
    read_added,
    written_files,
)
from index.ingest.report import BuildReport
from index.ingest.scan import (
    UPLOADS_FOLDER,
    ScanScope,
    explain_nothing_to_index,
    is_under,
    read_documents,
    resolve_roots,
)
from index.ingest.select import (
    describe_nearest,
    select_as_typed,
    select_by_id,
    select_matching,
)
from index.ingest.taken_back import delete_taken_back
from index.ingest.uploads import delete_upload
from index.manifest import EngineRecord, Entry, Manifest, SkippedFile, read_manifest
from index.progress import Progress, ignore_progress
from index.publish import Update, publish, try_read_live_name
from index.search.dense import check_faiss_kind
from index.search.engine import choose_engine
from index.search.milvus.capabilities import probe_capabilities
from index.store import generation
from index.store.library import Library
from index.store.lock import explain_disk_errors, hold_lock

MAX_LISTED = 10
"""Documents that an error lists."""


def build(
    paths: Sequence[str | Path],
    *,
    index: str | Path | None = None,
    encoder: EncoderLike | None = None,
    engine: str | None = None,
    engine_uri: str | None = None,
    dask: str | None = None,
    faiss: str | None = None,
    prune: bool = False,
    patience: float = 0,
    progress: Progress | None = None,
) -> BuildReport:
    """Update the index to match the files and folders in `paths`.

    Documents under these paths are added, updated or removed, as their files were. Documents from
    elsewhere stay unless `prune` is set, which removes them and deletes everything that the library
    keeps of removed documents: earlier versions, and texts for `footnote check`. So do, without
    `prune`, documents of folders that cannot be opened, are empty or gone. Uploaded documents
    stay until they are removed by name.

    `encoder` is a name or folder, a loaded one or what `make_encoder` takes, by default the encoder
    of the index. `engine` is "local" or "milvus", with the address of its server in `engine_uri`,
    by default the engine of the index. `dask` is the address of a Dask scheduler whose workers
    compute the embeddings. `faiss` is a FAISS index type such as "IVF4096,SQ8", by default the one
    given before, or else chosen by size.

    Raises `FootnoteError` if a path does not exist, nothing can be read, or another build runs for
    more than `patience` seconds, and passes on `Cancelled` from `progress`. The live index is then
    unchanged, and the embeddings computed so far are kept for the next build.
    """
    _check_settings(prune, patience)
    folder = generation.index_folder(index).resolve()
    report = progress or ignore_progress
    if faiss:
        check_faiss_kind(faiss)
    with explain_disk_errors(folder):
        roots = resolve_roots(paths, _read_latest_manifest(folder))
        with hold_lock(folder, patience, report):
            live = _read_latest_manifest(folder)
            record = _connect_engine(folder, live, engine, engine_uri, faiss)
            with _open_library(folder) as library:
                scope = ScanScope(roots, excluded=folder)
                files, links = scope.find_files()
                entries, skipped = read_documents(files, scope, live, library, report, prune=prune)
                skipped += links
                if prune:
                    kept = [*roots, folder / UPLOADS_FOLDER]
                    entries = [entry for entry in entries if is_under(entry.source, kept)]
                    skipped = [file for file in skipped if is_under(file.path, kept)]
                entries = keep_descriptions(entries, live, folder)
                if not entries:
                    raise FootnoteError(explain_nothing_to_index(roots, skipped, live))
                update = Update(folder, library, live, encoder, record, prune, report, dask, faiss)
                return _publish(update, entries, skipped)


def add(
    documents: Mapping[str, Content],
    *,
    metadata: Mapping[str, Metadata] | Metadata | None = None,
    index: str | Path | None = None,
    encoder: EncoderLike | None = None,
    patience: float = 0,
    progress: Progress | None = None,
) -> BuildReport:
    """Add documents from memory to an index, or replace those that were added under their ids.

    `documents` holds by id a text, the bytes of a file in the format that the suffix of the id
    names, or the path of a file. The index keeps a copy, so they stay until they are removed,
    whatever is built later. `metadata` holds values by name for all of the documents, such as
    {"team": "legal", "due": date(2024, 5, 31)}, or such values by id; a value is a string, a
    number, a date or a list of these. "title", "author" and "date" take the place of the file's.

    The other arguments are as in `build`. Raises `InvalidArgument` for what cannot be used,
    `UnreadableFile` if none of the documents can be read, and `FootnoteError` as `build` does; the
    live index is then unchanged. `skipped` of the report has the ids of those that cannot be read.
    """
    _check_settings(False, patience)
    given, unread = check_added(documents, metadata)
    if not given:
        raise UnreadableFile(_explain_unread(unread))
    folder = generation.index_folder(index).resolve()
    report = progress or ignore_progress
    with (
        explain_disk_errors(folder),
        hold_lock(folder, patience, report),
        _open_library(folder) as library,
    ):
        live = _read_latest_manifest(folder)
        before = live.documents if live else ()
        record = _connect_engine(folder, live)
        with written_files(folder, given, before) as files:
            entries, skipped, failed = read_added(files, folder, live, library, report)
            if len(failed) == len(given):
                raise UnreadableFile(_explain_unread([*unread, *failed]))
            update = Update(folder, library, live, encoder, record, False, report)
            result = _publish(update, entries, skipped)
        used = {entry.source for entry in entries}
        _delete_uploads(folder, {*(entry.source for entry in before), *files} - used)
        return replace(result, skipped=(*unread, *failed))


def remove(
    documents: Sequence[str],
    *,
    index: str | Path | None = None,
    encoder: EncoderLike | None = None,
    prune: bool = False,
    exact: bool = False,
    patience: float = 0,
    progress: Progress | None = None,
) -> BuildReport:
    """Remove documents from the index. Their files are not deleted, except uploaded ones.

    `documents` are ids, files, folders or patterns such as "reports/*.pdf" (see `select_matching`),
    with `exact` ids only; other case or Unicode composition, or a missing suffix, is allowed where
    one document fits. The file of an uploaded document is in the index folder and is deleted with
    the last document that it contains. `prune`, `patience` and `progress` are as in `build`. Raises
    `NoMatch` if one of `documents` matches nothing, `InvalidArgument` if one may mean several, and
    `FootnoteError` if a Milvus server holds the index and no document would be left. An index on
    this machine may be left without documents.
    """
    _check_settings(prune, patience)
    folder = generation.index_folder(index).resolve()
    if isinstance(documents, str) or not isinstance(documents, Iterable):
        raise InvalidArgument(f"documents is a list of ids, not one: remove([{documents!r:.40}])")
    documents = list(documents)
    if wrong := [
        one for one in documents if not isinstance(one, str) or not generation.is_path(one)
    ]:
        raise InvalidArgument(f"{wrong[0]!r:.40} is no id of a document; give a string.")
    if not documents:
        raise NoMatch("The list of documents is empty, so none is removed. List at least one.")
    with explain_disk_errors(folder):
        if not (folder / "CURRENT").exists():
            raise IndexNotFound(f"There is no index in {folder}; nothing was removed.")
        report = progress or ignore_progress
        with hold_lock(folder, patience, report), _open_library(folder) as library:
            live = generation.open_index(folder).manifest
            selected: set[int] = set()
            for pattern in documents:
                selected |= _select_to_remove(pattern, live.documents, exact=exact)
            entries = [entry for n, entry in enumerate(live.documents) if n not in selected]
            record = _connect_engine(folder, live)
            if record and not entries:
                raise FootnoteError(
                    "That would remove every document of the index, but a Milvus server holds no "
                    "empty index; nothing was removed. To delete the whole index, delete the "
                    f"folder {folder}."
                )
            update = Update(folder, library, live, encoder, record, prune, report)
            result = _publish(update, entries, live.skipped)
            sources = {entry.source for entry in live.documents}
            _delete_uploads(folder, sources - {entry.source for entry in entries})
            return result


def _check_settings(prune: object, patience: object) -> None:
    if not isinstance(prune, bool):
        raise InvalidArgument(f"prune is {prune!r:.40}; give True or False.")
    if (
        isinstance(patience, bool)
        or not isinstance(patience, Real)
        or not 0 <= float(patience) < inf
    ):
        raise InvalidArgument(f"patience is {patience!r:.40}; give a number of seconds, 0 or more.")


def _explain_unread(unread: Sequence[SkippedFile]) -> str:
    reasons = "\n".join(f"  {file.path}: {file.reason}" for file in unread[:MAX_LISTED])
    return f"None of the documents can be read. Nothing was added.\n{reasons}"


def _publish(
    update: Update, entries: Sequence[Entry], skipped: Sequence[SkippedFile]
) -> BuildReport:
    """Publish a generation, and delete uploads to whose generation nobody can return any more."""
    result = publish(update, entries, skipped)
    delete_taken_back(update.folder)
    return result


def _select_to_remove(pattern: str, documents: Sequence[Entry], *, exact: bool) -> set[int]:
    """Return the positions of the documents with a name: all that it fits exactly, or one as typed.

    Raises `NoMatch` where there is none, and `InvalidArgument` where a name as typed fits several.
    """
    if found := (select_by_id if exact else select_matching)(pattern, documents):
        return found
    found = set() if exact else select_as_typed(pattern, documents)
    if not found:
        raise NoMatch(
            f"No document matches {pattern!r}; nothing was removed. "
            f"{describe_nearest(pattern, documents)} List the indexed documents: footnote status"
        )
    if len(found) > 1:
        names = [repr(documents[number].id) for number in sorted(found)]
        more = f" and {len(names) - MAX_LISTED:,} more" if len(names) > MAX_LISTED else ""
        raise InvalidArgument(
            f"{pattern!r} may mean any of {', '.join(names[:MAX_LISTED])}{more}; nothing was "
            "removed. Give the names of those to remove as they are listed here."
        )
    return found


def _connect_engine(
    folder: Path,
    live: Manifest | None,
    name: str | None = None,
    uri: str | None = None,
    faiss: str | None = None,
) -> EngineRecord | None:
    """Return the engine to build for, after probing the capabilities of its server."""
    engine = choose_engine(folder, name, uri, live.engine if live else None)
    if engine and faiss:
        raise FootnoteError(
            f"{faiss} is an index type for this machine, but this index is searched by Milvus. "
            "Omit --faiss, or move the index to this machine: --engine local"
        )
    return probe_capabilities(engine, uri) if engine else None


def _delete_uploads(folder: Path, sources: Iterable[str]) -> None:
    """Delete the uploaded ones of these files; the index folder has the only copy."""
    for source in sources:
        if is_under(source, [folder / UPLOADS_FOLDER]):
            delete_upload(Path(source), folder / UPLOADS_FOLDER)


@contextmanager
def _open_library(folder: Path) -> Iterator[Library]:
    library = Library.open(folder, writable=True)
    try:
        yield library
    finally:
        library.close()


def _read_latest_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of the live generation, or of the newest readable one, or None.

    Raises `IndexNewer` for a live one in a newer format, which must not be replaced.
    """
    live = try_read_live_name(folder)
    newest_first = generation.list_generations(folder)[::-1]
    for name in dict.fromkeys([*([live] if live else []), *newest_first]):
        try:
            return read_manifest(folder, name)
        except IndexDamaged as error:
            if isinstance(error, IndexNewer) and name == live:
                raise
    return None
