"""Where a generation is searched: on this machine, or by a server that several machines share.

What a generation needs of its two searchers is said here once. FAISS and tantivy do it on this
machine (`dense`, `lexical`); Milvus does it elsewhere (`hosted`).
"""

import math
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import numpy as np
import numpy.typing as npt

from index.errors import FootnoteError
from index.manifest import EngineRecord

LOCAL, MILVUS = "local", "milvus"
ENGINES = (LOCAL, MILVUS)

TOKEN = "FOOTNOTE_ENGINE_TOKEN"
"""The environment variable that holds what a server asks for: user:password, or a token."""

RowNumbers = Sequence[int] | npt.NDArray[np.int64]


def count_lists(rows: int) -> int:
    """Return in how many lists the vectors of so many rows are put, where they are.

    The power of 2 nearest to four times the square root, the least that FAISS's guidelines name.

    >>> count_lists(100_000), count_lists(1_000_000)
    (1024, 4096)
    """
    return int(2 ** round(math.log2(4 * math.sqrt(rows))))


class ByMeaning(Protocol):
    """Vectors by row, searched by their cosine."""

    def __len__(self) -> int: ...

    @property
    def dimension(self) -> int: ...

    def search(
        self, vector: npt.NDArray[np.float32], top_k: int, *, among: RowNumbers | None = None
    ) -> dict[int, float]: ...

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]: ...


class ByWords(Protocol):
    """Texts by row, searched by BM25, with the highest score that a question can have."""

    def __len__(self) -> int: ...

    def search(
        self, question: str, top_k: int, *, among: RowNumbers | None = None
    ) -> dict[int, float]: ...

    def most_possible(self, question: str) -> float: ...

    def most_of_a_word(self) -> float: ...


def choose_engine(
    folder: Path, name: str | None, uri: str | None, before: EngineRecord | None
) -> EngineRecord | None:
    """Return the engine that the next generation in `folder` is for; None is this machine.

    `name` and `uri` are what the user asks for, `before` is the engine that the index has, which
    it keeps unless told otherwise. Raises `FootnoteError` for what is no engine or no address.
    """
    if name not in (None, *ENGINES):
        raise FootnoteError(f"{name!r} is no engine; there are {', '.join(ENGINES)}.")
    if uri and name == LOCAL:
        raise FootnoteError("The local engine has no address; leave --engine-uri out.")
    if name == LOCAL or not (name or uri or before):
        return None
    if not uri and not before:
        raise FootnoteError(
            "The engine milvus needs the address of its server, such as: --engine-uri "
            "http://127.0.0.1:19530"
        )
    engine = before or EngineRecord(MILVUS, "", "", 0)
    inode = folder.stat().st_ino
    if not engine.index_id or engine.inode != inode:
        # A copy of an index must not take away what the original has on the server.
        engine = replace(engine, index_id=uuid.uuid4().hex[:12], inode=inode)
    return replace(engine, uri=take_apart(uri)[0]) if uri else engine


def take_apart(uri: str) -> tuple[str, str]:
    """Return an address as it may be kept and shown, and the secret that stood in it, or "".

    Raises `FootnoteError`, which does not repeat it, where it is no address.

    >>> take_apart("http://ida:pier@milvus.example.org:19530/?token=x")
    ('http://milvus.example.org:19530', 'ida:pier')
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise FootnoteError(
            "The address of the engine is not one of a server. Give one such as "
            "http://127.0.0.1:19530, and what the server asks for in $" + TOKEN
        )
    host = f"[{host}]" if ":" in host else host
    at = f"{parts.scheme}://{host}" + (f":{port}" if port else "") + parts.path.rstrip("/")
    return at, unquote(parts.netloc.rpartition("@")[0])
