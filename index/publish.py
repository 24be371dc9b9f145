"""Write a generation of given documents, verify it and make it the live one.

Which documents are in it is decided in `build`; how files are written, in `store.write`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from index.encode.custom import EncoderLike, refuse_custom, take_encoder
from index.encode.encoder import DEFAULT_ENCODER, Encoder, load_encoder
from index.errors import FootnoteError, IndexDamaged, InvalidArgument
from index.ingest.report import BuildReport, compare_documents
from index.ingest.rows import Rows, embed_rows, make_rows, max_chunk_tokens, vector_keys
from index.manifest import (
    FORMAT_VERSION,
    EncoderRecord,
    EngineRecord,
    Entry,
    Manifest,
    SkippedFile,
)
from index.progress import Progress
from index.search.engine import SearchRows
from index.search.milvus.collection import move_alias
from index.store import generation, write
from index.store.custom import check_custom, probe_key
from index.store.library import Library


@dataclass(frozen=True, slots=True)
class Update:
    """An update of the index in `folder`: what the new generation is made with.

    `live` is the manifest of the generation before it. With `prune`, everything that the new one
    does not need is deleted. `scheduler` is the address of a Dask scheduler, `faiss` the FAISS
    index type if one was given.
    """

    folder: Path
    library: Library
    live: Manifest | None
    encoder: EncoderLike | None
    engine: EngineRecord | None
    prune: bool
    report: Progress
    scheduler: str | None = None
    faiss: str | None = None


def publish(
    update: Update, entries: Sequence[Entry], skipped: Sequence[SkippedFile]
) -> BuildReport:
    """Write a generation of these documents, verify it and make it live.

    Raises `FootnoteError`. If `prune` fails, the new generation is live; the message says so.
    """
    folder, library, live = update.folder, update.library, update.live
    encoder = _choose_encoder(update)
    check_custom(encoder, library, keep=True)
    rows = make_rows(entries, library, encoder, update.report)
    vectors, embedded = embed_rows(
        rows, library, encoder, update.report, scheduler=update.scheduler
    )
    manifest = Manifest(
        format=FORMAT_VERSION,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        encoder=EncoderRecord(
            encoder.name, encoder.weights_sha256, encoder.dimension, encoder.dtype, encoder.prompts
        ),
        max_tokens=max_chunk_tokens(encoder),
        documents=rows.entries,
        skipped=tuple(skipped),
        chunks=len(rows.chunks),
        files={},
        engine=update.engine,
        faiss=update.faiss if update.faiss is not None else live.faiss if live else "",
    )
    # Names are searched by words, but not by meaning.
    texts = [f"{name}\n{text}" for name, text in zip(rows.names, rows.texts, strict=True)]
    previous = try_read_live_name(folder)
    update.report("writing", 0, 1)
    name = write.write_generation(
        folder,
        manifest,
        SearchRows(rows.chunks, vectors, texts),
        partial(update.report, "writing"),
    )
    engine = generation.load_generation(folder, name).manifest.engine
    library.checkpoint()
    write.make_live(folder, name)
    alias_problem = try_move_alias(engine)
    cleanup_problem = _try_delete_old_generations(folder, None if update.prune else previous)
    if update.prune:
        _prune_library(library, rows, [*vector_keys(rows.texts, encoder), probe_key(encoder)])
        if cleanup_problem:
            raise FootnoteError(
                "The new index is live, but not everything that it does not need was deleted."
                f"{cleanup_problem}"
            )
    update.report("writing", 1, 1)
    return BuildReport(
        **compare_documents(live.documents if live else (), rows.entries),
        skipped=tuple(skipped),
        chunks=len(rows.chunks),
        embedded=embedded,
        generation=name,
        engine=(
            f"{engine}.{alias_problem}{cleanup_problem}" if engine else cleanup_problem
        ).strip(),
    )


def _choose_encoder(update: Update) -> Encoder:
    """Return the encoder that was given, or that of the index, or the default one."""
    if update.encoder is None or update.encoder == "":
        if update.live is None:
            return load_encoder(DEFAULT_ENCODER)
        built = update.live.encoder
        refuse_custom(built.name, built.weights_sha256, built.dimension)
        return load_encoder(built.name)
    encoder = take_encoder(update.encoder)
    if encoder.is_custom and update.scheduler:
        raise InvalidArgument(
            f"The encoder {encoder.name} was given by a program, which Dask workers do not have. "
            "Omit dask, or give the name or folder of a model."
        )
    return encoder


def try_read_live_name(folder: Path) -> str | None:
    """Return the name of the live generation, or None if its pointer is missing or damaged."""
    try:
        return generation.read_live_name(folder)
    except IndexDamaged:
        return None


def try_move_alias(engine: EngineRecord | None) -> str:
    """Move the alias to the live collection. Return the problem if that fails, which is harmless:
    only other programs use the alias."""
    if engine:
        try:
            move_alias(engine)
        except FootnoteError as error:
            return f" The alias {engine.alias} could not be moved: {error}"
    return ""


def _try_delete_old_generations(folder: Path, keep: str | None) -> str:
    """Delete old generations. Return the problem if a server fails; the next build retries."""
    try:
        write.delete_old_generations(folder, keep=keep)
    except FootnoteError as error:
        return f" {error}"
    return ""


def _prune_library(library: Library, rows: Rows, vectors: Sequence[str]) -> None:
    """Delete everything from the library except what these rows were made from."""
    try:
        library.prune(
            texts={entry.sha256 for entry in rows.entries}, chunkings=rows.keys, vectors=vectors
        )
        library.checkpoint()
    except FootnoteError as error:
        raise FootnoteError(
            f"The new index is live, but not everything that it does not need was deleted: {error}"
        ) from error
