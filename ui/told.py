"""Errors -> what a stranger is told of them: the sentence, but nothing of where things lie."""

import re
from pathlib import Path

from index.errors import EncoderMismatch, FootnoteError, IndexDamaged, IndexNotFound
from ui.paths import without_paths

_SERVER = re.compile(r" at https?://\S+?(?=[,;.]?(?:\s|$))")


def told(error: FootnoteError, folder: Path = Path()) -> str:
    """Return what a page or a program is told; `folder` is that of the index."""
    if isinstance(error, IndexNotFound | IndexDamaged | EncoderMismatch):
        return "The index cannot be opened. Look at what the server says, or build it again."
    return without_paths(_SERVER.sub("", str(error)), folder.resolve())
