"""Errors -> what a stranger is told of them: the sentence, but nothing of where things lie."""

from pathlib import Path

from index.errors import EncoderMismatch, FootnoteError, IndexDamaged, IndexNotFound
from qa.chat.access.public_paths import without_paths


def told(error: FootnoteError, folder: Path = Path()) -> str:
    """Return what a page or a program is told; `folder` is that of the index."""
    if isinstance(error, IndexNotFound | IndexDamaged | EncoderMismatch):
        return "The index cannot be opened. Look at what the server says, or build it again."
    return without_paths(str(error), folder.resolve())
