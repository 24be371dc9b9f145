"""What an untrusted client may read of an error: the sentence, but no paths of this machine."""

from pathlib import Path

from index.errors import EncoderMismatch, FootnoteError, IndexDamaged, IndexNotFound
from qa.chat.access.public_paths import strip_folders


def public_message(error: FootnoteError, folder: Path = Path()) -> str:
    """Return the message of an error for the page or a program; `folder` is the index's folder."""
    if isinstance(error, IndexNotFound | IndexDamaged | EncoderMismatch):
        return "The index cannot be opened. See the server's messages, or build the index again."
    return strip_folders(str(error), folder.resolve())
