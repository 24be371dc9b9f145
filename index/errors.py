"""What can go wrong, as a tree.

FootnoteError           the message is shown to the user as it stands
├── UnreadableFile      a file that is not one of the user's readable documents
├── IndexNotFound       there is no index where one was looked for
├── IndexDamaged        an index is there, but not as it was written
├── EngineFailed        the server that searches an index does not answer, or refuses
└── EncoderMismatch     the encoder at hand is not the one the index was built with

Each message says what was found, what was expected and what to do about it. The terminal and
the chat are the only two places that catch these. `Cancelled` is no error and none of them.
"""


class FootnoteError(Exception):
    """Its message is shown to the user as it stands."""


class UnreadableFile(FootnoteError):
    """A file could not become a document; the message is the reason."""


class IndexNotFound(FootnoteError):
    """No index where one was looked for."""


class IndexDamaged(FootnoteError):
    """An index whose files are missing, altered, or of a format unknown to this version."""


class EngineFailed(FootnoteError):
    """The server that searches an index does not answer, or refuses what it is asked."""


class EncoderMismatch(FootnoteError):
    """The encoder at hand is missing, or is not the one that the index was built with."""


class Cancelled(Exception):
    """Raised by a `progress` function to end a build; the live index stays as it was."""
