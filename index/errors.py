"""The exceptions that users see.

FootnoteError           base class; its message is shown to the user unchanged
├── UnreadableFile      a file cannot become a document
├── IndexNotFound       a folder holds no index
├── IndexDamaged        the files of an index are missing, changed or of an unknown format
├── EngineFailed        the server that holds an index does not answer, or refuses a request
└── EncoderMismatch     the encoder is missing, or is not the one that made the index

Each message says what was found, what was expected and what to do.

They become messages at the two ends only: `qa.cli` prints them to standard error, with exit
code 1, and `qa.chat` puts them into the page, into an HTTP response or into the outcome of a job.
Between where they are raised and there, code handles one only if it can go on without what
failed (a file is skipped with its reason, a damaged generation is rebuilt, a server cleans up
later, statistics and suggestions are left out), or to add what it knows and raise again.
`watch` yields them, since it outlives a build that fails. `Cancelled` is not an error: the caller
that raises it catches it.
"""


class FootnoteError(Exception):
    """Base class of errors whose message is shown to the user unchanged."""


class UnreadableFile(FootnoteError):
    """A file cannot become a document; the message gives the reason."""


class IndexNotFound(FootnoteError):
    """A folder holds no index."""


class IndexDamaged(FootnoteError):
    """The files of an index are missing, changed, or of a format that this version cannot read."""


class EngineFailed(FootnoteError):
    """The server that holds an index does not answer, or refuses a request."""


class EncoderMismatch(FootnoteError):
    """The encoder is missing, or is not the one that made the index."""


class Cancelled(Exception):
    """Raised by a `progress` function to stop a build; the live index stays as it was."""
