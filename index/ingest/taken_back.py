"""Uploaded files that a rollback took out of the index.

A file among the uploads that the live index does not list counts as not indexed yet, so that the
chat indexes it when it starts. Those of documents that were taken back lie in a folder of their
own, as long as a generation lists them to which the index can return.
"""

from contextlib import suppress
from pathlib import Path

from index.errors import IndexDamaged
from index.ingest.scan import UPLOADS_FOLDER
from index.manifest import read_manifest
from index.store.generation import list_generations

TAKEN_BACK_FOLDER = ".taken-back"


def sort_uploads(folder: Path, live: str) -> None:
    """Move the files that the generation `live` lists among the uploads, and those of others away.

    Files that no generation lists stay where they are.
    """
    uploads = folder / UPLOADS_FOLDER
    away = uploads / TAKEN_BACK_FOLDER
    listed = _list_uploads(folder)
    wanted = listed.pop(live, set())
    for name in wanted:
        if (away / name).is_file() and not (uploads / name).exists():
            (away / name).rename(uploads / name)
    for name in set().union(*listed.values()) - wanted:
        if (uploads / name).is_file():
            away.mkdir(exist_ok=True)
            (uploads / name).replace(away / name)


def delete_taken_back(folder: Path) -> None:
    """Delete the files that were moved away and that no generation lists any more.

    So are those in whose place another was uploaded since.
    """
    uploads = folder / UPLOADS_FOLDER
    away = uploads / TAKEN_BACK_FOLDER
    if not away.is_dir():
        return
    listed = set().union(*_list_uploads(folder).values())
    for path in list(away.iterdir()):
        if path.name not in listed or (uploads / path.name).exists():
            path.unlink()
    with suppress(OSError):  # Some are left.
        away.rmdir()


def _list_uploads(folder: Path) -> dict[str, set[str]]:
    """Return by generation the names of the uploaded files of its documents."""
    uploads, found = folder / UPLOADS_FOLDER, dict[str, set[str]]()
    for name in list_generations(folder):
        with suppress(IndexDamaged):
            sources = [Path(entry.source) for entry in read_manifest(folder, name).documents]
            found[name] = {path.name for path in sources if path.parent == uploads}
    return found
