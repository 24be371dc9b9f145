"""Reads which documents are indexed, even if the server that searches the index is unreachable."""

from dataclasses import dataclass
from pathlib import Path

from index.errors import EngineFailed
from index.manifest import Manifest, read_manifest
from index.store.generation import index_folder, read_live_name
from index.store.live import open_live


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The name and manifest of the live generation.

    `engine_error` is the reason why its server cannot search it, if any.
    """

    name: str
    manifest: Manifest
    engine_error: EngineFailed | None = None


def read_catalogue(path: str | Path | None = None) -> Catalogue:
    """Return what is indexed. Raises `IndexNotFound` or `IndexDamaged` as `open_live` does."""
    try:
        opened = open_live(path)
    except EngineFailed as error:
        folder = index_folder(path).resolve()
        name = read_live_name(folder)
        if name is None:
            raise
        return Catalogue(name, read_manifest(folder, name), error)
    return Catalogue(opened.name, opened.manifest)
