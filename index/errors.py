"""The exceptions that users see.

FootnoteError           base class; its message is shown to the user unchanged
├── UnreadableFile      a file cannot become a document
│   └── UnreadableForNow  for a reason that is not in its bytes: it is tried again
├── IndexNotFound       a folder holds no index
├── IndexDamaged        the files of an index are missing, changed or of an unknown format
│   └── IndexNewer      a newer version of Footnote made the index: no build takes its place
├── IndexBusy           another process is changing the index
├── StorageFailed       a database of Footnote's cannot be read or written, such as on a full disk
├── EngineFailed        the server that holds an index does not answer, or refuses a request
├── EncoderMismatch     the encoder is missing, or is not the one that made the index
├── InvalidArgument     an argument has a value that cannot be used; also a ValueError
└── NoMatch             no document has the name, or meets the conditions, that were given

Each message says what was found, what was expected and what to do.

Only two packages turn them into messages: `qa.cli` prints them to standard error (and exits with 1,
unless a conversation goes on), `qa.chat` puts them on the page, into an HTTP response or into the
result of a job. Other code handles one only to go on without what failed (a file is skipped and
its reason recorded, a damaged generation is rebuilt, a server is cleaned up later, metrics and
suggestions are left out), or to add details and raise again. `watch` yields them, because it
outlives a failed build. `Cancelled` is not an error; whoever raises it handles it.
"""


class FootnoteError(Exception):
    """Base class of errors whose message is shown to the user unchanged."""


class UnreadableFile(FootnoteError):
    """A file cannot become a document; the message gives the reason."""


class UnreadableForNow(UnreadableFile):
    """A file could not be read this time, for a reason that does not lie in its bytes.

    The reason is not kept: the next build tries again, and what was read before stays indexed.
    """


class IndexNotFound(FootnoteError):
    """A folder holds no index."""


class IndexDamaged(FootnoteError):
    """The files of an index are missing, changed, or of a format that this version cannot read."""


class IndexNewer(IndexDamaged):
    """A newer version of Footnote made the index. A build leaves it as it is."""


class IndexBusy(FootnoteError):
    """Another process is changing the index; it still answers."""


class StorageFailed(FootnoteError):
    """A database of Footnote's cannot be read or written: its permissions, the disk, a lock."""


class EngineFailed(FootnoteError):
    """The server that holds an index does not answer, or refuses a request."""


class EncoderMismatch(FootnoteError):
    """The encoder is missing, or is not the one that made the index."""


class InvalidArgument(FootnoteError, ValueError):
    """An argument of a call, a command or a request has a value that cannot be used."""


class NoMatch(FootnoteError):
    """No document has the name, or meets the conditions, that were given."""


class Cancelled(Exception):
    """Raised by a `progress` function to stop a build; the live index stays as it was."""
