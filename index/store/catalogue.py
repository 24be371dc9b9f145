"""What is indexed, as the index on this machine says: also while a server that it is searched by
does not answer.
"""

from dataclasses import dataclass
from pathlib import Path

from index.errors import EngineFailed
from index.manifest import Manifest, read_manifest
from index.store.generation import current, index_folder, open_index


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The manifest of the live generation and its name; `trouble` is why it cannot be searched."""

    name: str
    manifest: Manifest
    trouble: EngineFailed | None = None


def read_catalogue(path: str | Path | None = None) -> Catalogue:
    """Return what is indexed. Raises `IndexNotFound` or `IndexDamaged` as `open_index` does."""
    try:
        opened = open_index(path)
    except EngineFailed as error:
        folder = index_folder(path).resolve()
        name = current(folder)
        if name is None:
            raise
        return Catalogue(name, read_manifest(folder, name), error)
    return Catalogue(opened.name, opened.manifest)
