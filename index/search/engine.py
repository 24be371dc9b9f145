"""Where a generation is searched: on this machine, or by a server that several machines share.

Defines the two searchers that a generation needs. `dense` (FAISS) and `lexical` (tantivy) implement
them on this machine, `milvus.hosted` on a Milvus server.
"""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import numpy as np
import numpy.typing as npt

from index.errors import FootnoteError
from index.manifest import EngineRecord

LOCAL, MILVUS = "local", "milvus"
ENGINES = (LOCAL, MILVUS)

TOKEN_VARIABLE = "FOOTNOTE_ENGINE_TOKEN"
"""The environment variable with the credentials for the server: user:password, or a token."""

RowNumbers = Sequence[int] | npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SearchRows:
    """The rows of a generation, as they are searched.

    `chunks`, int64, has the shape (n, 3): number of the document, start and end in characters.
    `vectors`, float32, has the shape (n, dimension), each of norm 1. `texts`, n of them, are
    searched by words.
    """

    chunks: npt.NDArray[np.int64]
    vectors: npt.NDArray[np.float32]
    texts: Sequence[str]


def count_lists(rows: int) -> int:
    """Return the number of inverted lists for the vectors of so many rows.

    The power of 2 nearest to four times the square root, the minimum in FAISS's guidelines.

    >>> count_lists(100_000), count_lists(1_000_000)
    (1024, 4096)
    """
    return int(2 ** round(math.log2(4 * math.sqrt(rows))))


class DenseSearcher(Protocol):
    """Searches the vectors of rows by cosine."""

    def __len__(self) -> int: ...

    @property
    def dimension(self) -> int: ...

    def search(
        self, vector: npt.NDArray[np.float32], top_k: int, *, among: RowNumbers | None = None
    ) -> dict[int, float]: ...

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]: ...


class LexicalSearcher(Protocol):
    """Searches the texts of rows by BM25, and knows the limits of its scores."""

    def __len__(self) -> int: ...

    def search(
        self, question: str, top_k: int, *, among: RowNumbers | None = None
    ) -> dict[int, float]: ...

    def score_limit(self, question: str) -> float: ...

    def misspelt_words(self, question: str) -> set[str]: ...

    def term_score_limit(self) -> float: ...


def choose_engine(
    folder: Path, name: str | None, uri: str | None, current: EngineRecord | None
) -> EngineRecord | None:
    """Return the engine for the next generation in `folder`; None stands for this machine.

    `name` and `uri` are the user's choice. By default the index keeps its `current` engine. Raises
    `FootnoteError` if the name is unknown or the address invalid.
    """
    if name not in (None, *ENGINES):
        raise FootnoteError(f"{name!r} is not an engine. Choose one of: {', '.join(ENGINES)}.")
    if uri and name == LOCAL:
        raise FootnoteError("The local engine has no address. Omit --engine-uri.")
    if name == LOCAL or not (name or uri or current):
        return None
    if not uri and not current:
        raise FootnoteError(
            "The engine milvus needs the address of a server. Give one, such as: --engine-uri "
            "http://127.0.0.1:19530"
        )
    engine = current or EngineRecord(MILVUS, "", "", 0)
    inode = folder.stat().st_ino
    if not engine.index_id or engine.inode != inode:
        # A copy of an index must not drop the collections of the original.
        engine = replace(engine, index_id=uuid.uuid4().hex[:12], inode=inode)
    return replace(engine, uri=split_credentials(uri)[0]) if uri else engine


def split_credentials(uri: str) -> tuple[str, str]:
    """Return an address without its credentials, safe to store and show, and the credentials or "".

    Raises `FootnoteError`, whose message does not repeat the address, if it is invalid.

    >>> split_credentials("http://ida:pier@milvus.example.org:19530/?token=x")
    ('http://milvus.example.org:19530', 'ida:pier')
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise FootnoteError(
            "The address of the engine is not a server address. Give one such as "
            f"http://127.0.0.1:19530, and put credentials into ${TOKEN_VARIABLE}."
        )
    host = f"[{host}]" if ":" in host else host
    address = f"{parts.scheme}://{host}" + (f":{port}" if port else "") + parts.path.rstrip("/")
    return address, unquote(parts.netloc.rpartition("@")[0])
