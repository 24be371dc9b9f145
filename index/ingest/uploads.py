"""Uploaded files below the folder of the index, which has their only copy.

A folder that was uploaded keeps its path there. Receiving files is left to `qa.chat`.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from index.ingest.scan import UPLOADS_FOLDER, is_under

ADDED_FOLDER = "added"
"""Name of the folder, inside that of the uploads, for documents added from memory."""


def list_uploads(uploads: Path) -> Iterator[Path]:
    """Yield the uploaded files in a stable order, without hidden ones and those from memory."""
    for parent, folders, names in os.walk(uploads):
        top = Path(parent) == uploads
        shown = {name for name in folders if not name.startswith(".")}
        folders[:] = sorted(shown - ({ADDED_FOLDER} if top else set()))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(parent, name)


def upload_name(source: str, folder: Path) -> str:
    """Return the path of a file below the uploads of an index; "" if it was not uploaded.

    >>> upload_name("/ida/.footnote/uploads/goats/herd.txt", Path("/ida/.footnote"))
    'goats/herd.txt'
    """
    uploads = folder / UPLOADS_FOLDER
    if not is_under(source, [uploads]) or is_under(source, [uploads / ADDED_FOLDER]):
        return ""
    return Path(source).relative_to(uploads).as_posix()


def delete_upload(path: Path, uploads: Path) -> None:
    """Delete a file below the uploads, and the folders around it that are empty then."""
    path.unlink(missing_ok=True)
    delete_empty_folders(path.parent, uploads)


def delete_empty_folders(folder: Path, top: Path) -> None:
    """Delete a folder and those around it, up to `top`, as far as they are empty."""
    with suppress(OSError):  # It holds something, or is gone.
        while folder != top and top in folder.parents:
            folder.rmdir()
            folder = folder.parent
