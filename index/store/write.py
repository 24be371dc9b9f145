"""Writes a generation next to the live one, makes one live, and deletes old ones.

A generation is written to a temporary folder that is renamed when it is complete, so a killed
build leaves the live index unchanged. Deciding what goes into one is left to `build`, opening it
to `generation`.
"""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.errors import IndexDamaged
from index.manifest import (
    MANIFEST_FILE,
    EngineRecord,
    Manifest,
    read_manifest,
    write_durably,
    write_manifest,
)
from index.search.dense import DenseIndex, choose_faiss_kind
from index.search.engine import SearchRows
from index.search.lexical import LEXICAL_FOLDER, LexicalIndex
from index.search.milvus.collection import drop_other_collections
from index.search.milvus.hosted import write_hosted
from index.store.checksums import hash_file
from index.store.generation import (
    CHUNKS_FILE,
    DENSE_FILE,
    list_generations,
    read_live_name,
)


def write_generation(
    folder: Path,
    manifest: Manifest,
    rows: SearchRows,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> str:
    """Write a generation next to the live one and return its name. It is not made live.

    `report` is called with the number of finished and of all steps.
    """
    chunks, vectors, texts = rows.chunks, rows.vectors, rows.texts
    if not len(chunks) == len(vectors) == len(texts):
        raise ValueError(
            f"chunks, vectors and texts must be equally many, found {len(chunks)} chunks, "
            f"{len(vectors)} vectors and {len(texts)} texts"
        )
    generations = folder / "generations"
    generations.mkdir(parents=True, exist_ok=True)
    name = f"{max(map(int, list_generations(folder)), default=0) + 1:06d}"
    aside = generations / f"{name}.building"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        np.save(aside / CHUNKS_FILE, chunks)
        if manifest.engine:
            engine = replace(manifest.engine, collection=f"{manifest.engine.alias}_{name}")
            manifest = replace(manifest, engine=engine)
            write_hosted(aside, engine, manifest.documents, rows)
        else:
            # An index type that was chosen for many vectors cannot be trained on none.
            kind = (len(vectors) and manifest.faiss) or choose_faiss_kind(len(vectors))
            manifest = replace(manifest, faiss_kind=kind)
            languages = [manifest.documents[number].language for number, _, _ in chunks.tolist()]
            with ThreadPoolExecutor(1) as pool:  # FAISS releases the GIL.
                lexical = pool.submit(
                    LexicalIndex.write, texts, aside / LEXICAL_FOLDER, languages=languages
                )
                live = _live_dense(folder, manifest)
                DenseIndex.from_vectors(vectors, kind, report, live).save(aside / DENSE_FILE)
                lexical.result()
        _finish(aside, manifest)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)  # The disk may be full.
        raise
    aside.rename(generations / name)
    return name


def _live_dense(folder: Path, manifest: Manifest) -> DenseIndex | None:
    """Return the live vectors if they are of the same encoder and FAISS kind, else None."""
    with suppress(IndexDamaged):
        if name := read_live_name(folder):
            live = read_manifest(folder, name)
            if (live.faiss_kind, live.encoder) == (manifest.faiss_kind, manifest.encoder):
                return DenseIndex.load(folder / "generations" / name / DENSE_FILE)
    return None


def _finish(aside: Path, manifest: Manifest) -> None:
    """Write the manifest with the checksums of all files, and flush them to disk.

    All files can be read by whom the umask allows: tantivy writes some for their owner only.
    """
    readable, searchable = (aside / CHUNKS_FILE).stat().st_mode, aside.stat().st_mode
    for path in aside.rglob("*"):
        path.chmod((searchable if path.is_dir() else readable) & 0o777)
    files = sorted(file for file in aside.rglob("*") if file.is_file() and file.suffix != ".lock")
    hashes = {file.relative_to(aside).as_posix(): hash_file(file) for file in files}
    write_manifest(aside / MANIFEST_FILE, replace(manifest, files=hashes), aside.parent.parent)
    for file in files:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def make_live(folder: Path, name: str) -> None:
    """Make a generation the live one by one atomic rename."""
    write_durably(folder / "CURRENT.next", name + "\n")
    (folder / "CURRENT.next").replace(folder / "CURRENT")


def delete_old_generations(folder: Path, *, keep: str | None) -> None:
    """Delete unfinished generations, and all others but the live one and `keep`.

    Raises `FootnoteError` if a server that holds one of them does not answer.
    """
    live = read_live_name(folder)
    engines = _list_engines(folder)
    for home in list((folder / "generations").iterdir()):
        if home.name in (live, keep):
            continue
        if home.name.isdigit():  # A partly deleted one must not look complete.
            home = home.rename(home.with_suffix(".removed"))
        shutil.rmtree(home, ignore_errors=True)
    kept = [engine.collection for engine in _list_engines(folder)]
    own = [engine for engine in engines if engine.inode == folder.stat().st_ino]
    for engine in {(e.uri, e.index_id): e for e in own}.values():
        drop_other_collections(engine, kept)


def _list_engines(folder: Path) -> list[EngineRecord]:
    """Return the servers that hold generations, according to their manifests."""
    found = []
    for name in list_generations(folder):
        with suppress(IndexDamaged):
            found.append(read_manifest(folder, name).engine)
    return [engine for engine in found if engine]
