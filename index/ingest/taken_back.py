"""Uploaded files that a rollback took out of the index.

A file among the uploads that the live index does not list counts as not indexed yet, so that the
chat indexes it when it starts. Those of documents that were taken back lie in a folder of their
own, as long as a generation lists them to which the index can return.
"""

from contextlib import suppress
from pathlib import Path

from index.errors import IndexDamaged
from index.ingest.scan import UPLOADS_FOLDER
from index.ingest.uploads import delete_empty_folders, delete_upload, upload_name
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
            _move(name, away, uploads)
    for name in set().union(*listed.values()) - wanted:
        if (uploads / name).is_file():
            _move(name, uploads, away)


def delete_taken_back(folder: Path) -> None:
    """Delete the files that were moved away and that no generation lists any more.

    So are those in whose place another was uploaded since.
    """
    uploads = folder / UPLOADS_FOLDER
    away = uploads / TAKEN_BACK_FOLDER
    if not away.is_dir():
        return
    listed = set().union(*_list_uploads(folder).values())
    for path in [path for path in away.rglob("*") if path.is_file()]:
        name = path.relative_to(away).as_posix()
        if name not in listed or (uploads / name).exists():
            delete_upload(path, away)
    with suppress(OSError):  # Some are left.
        away.rmdir()


def _move(name: str, start: Path, goal: Path) -> None:
    """Move a file, with the folders in which it lies, between two folders."""
    (goal / name).parent.mkdir(parents=True, exist_ok=True)
    (start / name).replace(goal / name)
    delete_empty_folders((start / name).parent, start)


def _list_uploads(folder: Path) -> dict[str, set[str]]:
    """Return by generation the uploaded files of its documents, as paths below the uploads."""
    found = dict[str, set[str]]()
    for name in list_generations(folder):
        with suppress(IndexDamaged):
            entries = read_manifest(folder, name).documents
            found[name] = {upload_name(entry.source, folder) for entry in entries} - {""}
    return found
