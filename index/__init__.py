"""Turns documents into a search index.

>>> import index
>>> index.build(["reports/"])            # doctest: +SKIP
"""

from index.build import add, build, remove
from index.encode.custom import make_encoder
from index.errors import (
    Cancelled,
    EncoderMismatch,
    EngineFailed,
    FootnoteError,
    IndexBusy,
    IndexDamaged,
    IndexNotFound,
    InvalidArgument,
    NoMatch,
    UnreadableFile,
)
from index.extract.document import Document
from index.ingest.report import BuildReport
from index.rollback import rollback
from index.store.generation import Generation, open_index
from index.text.chunk import Chunk
from index.watch import watch

__all__ = [
    "BuildReport",
    "Cancelled",
    "Chunk",
    "Document",
    "EncoderMismatch",
    "EngineFailed",
    "FootnoteError",
    "Generation",
    "IndexBusy",
    "IndexDamaged",
    "IndexNotFound",
    "InvalidArgument",
    "NoMatch",
    "UnreadableFile",
    "add",
    "build",
    "make_encoder",
    "open_index",
    "remove",
    "rollback",
    "watch",
]
