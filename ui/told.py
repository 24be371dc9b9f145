"""Errors -> what a stranger is told of them: the sentence, but nothing of where things lie."""

from index.errors import FootnoteError, IndexDamaged, IndexNotFound


def told(error: FootnoteError) -> str:
    """Return what a page or a program is told; what is wrong with the index names its folder."""
    if isinstance(error, IndexNotFound | IndexDamaged):
        return "The index cannot be opened. Look at what the server says, or build it again."
    return str(error)
