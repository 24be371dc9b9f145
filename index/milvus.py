"""Collections on a Milvus server: written, searched, dropped. The only pymilvus import.

Each generation is a collection of its own, which is never changed once it is written. A row holds
its vector, its words, and where it stands: the number of its document, the sha256 of its text and
its range there. The search is exact (FLAT), as FAISS's is. What a server can do is asked of it
by trying. Which collection is live is said by the index on this machine alone.
"""

import logging
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.engine import TOKEN, take_apart
from index.errors import FootnoteError, IndexDamaged
from index.lexical import K1, B
from index.manifest import REBUILD, EngineRecord

if TYPE_CHECKING:
    from pymilvus import MilvusClient

ANSWER = 10.0
"""Seconds that a server may take for what a question needs, or to be reached."""

WORK = 60.0
"""Seconds that it may take for one step of a build."""

LOADING = 3600.0
"""Seconds that it may take to load a collection, while it answers that it does."""

MOST = 16_384
"""Rows that a server returns at most."""

_BATCH = 4_000_000
"""Bytes, about, that are sent at a time."""

_LONGEST = 65_535
_GONE, _FORBIDDEN = 100, (1400, 1401)
"""Milvus's codes: a collection that is not there; somebody who is not known, or may not."""

Row = dict[str, Any]
"""A row by the names of its fields: row, vector, document, sha256, start, end and, where the
server searches by words, words."""

_clients: dict[str, "MilvusClient"] = {}
_connecting = Lock()


class Collection:
    """One collection on a server."""

    def __init__(self, uri: str, name: str):
        self.uri, self.name = uri, name
        client = connect(uri)
        with self.asking():
            found = client.describe_collection(name, timeout=ANSWER)
            _load(client, name)
            (counted,) = client.query(
                name,
                filter="",
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout=ANSWER,
            )
        self.rows = int(counted["count(*)"])
        vector = next(field for field in found["fields"] if field["name"] == "vector")
        self.dimension = int(vector["params"]["dim"])

    def search(self, field: str, wanted: object, top_k: int, where: str) -> dict[int, float]:
        """Return the nearest rows with their scores, best first, of those that `where` holds of."""
        if top_k > MOST:
            raise FootnoteError(
                f"Milvus returns {MOST:,} passages at most, and {top_k:,} are asked for. Ask for "
                "fewer."
            )
        with self.asking():
            (hits,) = connect(self.uri).search(
                self.name,
                [wanted],
                anns_field=field,
                limit=top_k,
                filter=where,
                consistency_level="Bounded",
                timeout=ANSWER,
            )
        found = {int(hit["id"]): float(hit["distance"]) for hit in hits}
        return dict(sorted(found.items(), key=lambda hit: (-hit[1], hit[0])))

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        vectors = np.empty((len(rows), self.dimension), dtype=np.float32)
        with self.asking():
            for first in range(0, len(rows), 1000):
                some = list(map(int, rows[first : first + 1000]))
                found = connect(self.uri).query(
                    self.name,
                    filter=f"row in {some}",
                    output_fields=["row", "vector"],
                    timeout=ANSWER,
                )
                held = {hit["row"]: hit["vector"] for hit in found}
                if missing := set(some) - held.keys():
                    raise self.damaged(f"lacks row {min(missing)}")
                vectors[first : first + len(some)] = [held[row] for row in some]
        return vectors

    def damaged(self, what: str) -> IndexDamaged:
        return IndexDamaged(f"The collection {self.name} on Milvus at {self.uri} {what}. {REBUILD}")

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Say in a sentence what the server does not do, or that the collection is gone."""
        with _told(self.uri, self.damaged("is no longer there")):
            yield


def connect(uri: str, token: str = "") -> "MilvusClient":
    """Return the connection to a server; with another `token`, a new one.

    The token is else the one in $FOOTNOTE_ENGINE_TOKEN. Raises `FootnoteError`.
    """
    with _connecting:
        if uri in _clients and not token:
            return _clients[uri]
        try:
            from pymilvus import MilvusClient
        except ImportError as error:
            raise FootnoteError(
                "The index is on a Milvus server, and its client is not installed. Install it: "
                "pip install 'pymilvus>=2.6'"
            ) from error
        # It writes what it is asked to, and what came of it, to standard error.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)
        token = token or os.environ.get(TOKEN, "")
        with _told(uri, None, token):
            _clients[uri] = MilvusClient(uri, token=token, timeout=ANSWER)
        return _clients[uri]


def ask_abilities(engine: EngineRecord, uri: str | None = None) -> EngineRecord:
    """Reach the server and try what it can do; return the record with that in it.

    `uri` is the address as the user gave it, with or without a secret. Raises `FootnoteError`.
    """
    client = connect(engine.uri, take_apart(uri)[1] if uri else "")
    import grpc
    from pymilvus.exceptions import MilvusException

    trial = f"{engine.alias}_trial"
    with _told(engine.uri):
        try:
            version = str(client.get_server_version(timeout=ANSWER))
        except grpc.RpcError as error:
            if not _is_unknown(error):
                raise
            version = ""
        aliases = True
        try:
            client.list_aliases(trial, timeout=ANSWER)
        except grpc.RpcError as error:
            if not _is_unknown(error):
                raise
            aliases = False
        except MilvusException as error:
            if _is_lost(error):  # That there is no such collection is an answer.
                raise
        _drop(client, trial)
        try:
            _create(client, trial, 2, with_words=True)
            row = {"row": 0, "document": 0, "sha256": "", "start": 0, "end": 0}
            client.insert(trial, [row | {"vector": [0.6, 0.8], "words": "pier"}], timeout=WORK)
            _load(client, trial)
            (hits,) = client.search(
                trial,
                ["pier"],
                anns_field="bm25",
                limit=1,
                consistency_level="Strong",
                timeout=ANSWER,
            )
            words = len(hits) == 1
        except MilvusException as error:
            if _is_lost(error):
                raise
            words = False
        _drop(client, trial)
    return replace(engine, version=version, aliases=aliases, words=words, collection="")


def write_collection(engine: EngineRecord, name: str, dimension: int, rows: Iterable[Row]) -> None:
    """Write a new collection, in place of one of that name, and wait until it is on the disk."""
    client = connect(engine.uri)
    step = max(1, _BATCH // (4 * dimension + 4000))
    with _told(engine.uri):
        _drop(client, name)
        _create(client, name, dimension, with_words=engine.words)
        rows = iter(rows)
        while some := list(islice(rows, step)):
            client.insert(name, some, timeout=WORK)
        client.flush(name, timeout=WORK)


def point(engine: EngineRecord) -> None:
    """Move the alias, where the server has these, to a collection."""
    if not engine.aliases:
        return
    client = connect(engine.uri)
    with _told(engine.uri):
        held = client.list_collections(timeout=ANSWER)
        named = [
            alias
            for name in held
            if name.startswith(engine.alias)
            for alias in client.list_aliases(name, timeout=ANSWER)["aliases"]
        ]
        change = client.alter_alias if engine.alias in named else client.create_alias
        change(engine.collection, engine.alias, timeout=ANSWER)


def drop_others(engine: EngineRecord, kept: Sequence[str]) -> None:
    """Drop all collections of this index but those that are kept."""
    client = connect(engine.uri)
    with _told(engine.uri):
        for name in client.list_collections(timeout=ANSWER):
            if name.startswith(f"{engine.alias}_") and name not in kept:
                _drop(client, name)


def _create(client: "MilvusClient", name: str, dimension: int, *, with_words: bool) -> None:
    from pymilvus import DataType, Function, FunctionType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field("document", DataType.INT64)
    schema.add_field("sha256", DataType.VARCHAR, max_length=64)
    schema.add_field("start", DataType.INT64)
    schema.add_field("end", DataType.INT64)
    indexes = client.prepare_index_params()
    if with_words:
        schema.add_field(
            "words",
            DataType.VARCHAR,
            max_length=_LONGEST,
            enable_analyzer=True,
            analyzer_params={"tokenizer": "whitespace"},
        )
        schema.add_field("bm25", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_function(
            Function(
                name="bm25",
                function_type=FunctionType.BM25,
                input_field_names=["words"],
                output_field_names=["bm25"],
            )
        )
        indexes.add_index(
            "bm25",
            index_type="SPARSE_INVERTED_INDEX",
            metric_type="BM25",
            params={"bm25_k1": K1, "bm25_b": B},
        )
    indexes.add_index("vector", index_type="FLAT", metric_type="IP")
    client.create_collection(name, schema=schema, timeout=WORK)
    client.create_index(name, indexes, timeout=WORK)


def _drop(client: "MilvusClient", name: str) -> None:
    """Drop a collection, if it is there, and the aliases that stand in the way."""
    import grpc

    if not client.has_collection(name, timeout=ANSWER):
        return
    with suppress(grpc.RpcError):  # A server without aliases has none to drop.
        for alias in client.list_aliases(name, timeout=ANSWER)["aliases"]:
            client.drop_alias(alias, timeout=ANSWER)
    client.drop_collection(name, timeout=WORK)


def _load(client: "MilvusClient", name: str) -> None:
    """Load a collection, unless it is, and wait until the server says that it is."""
    begun = time.monotonic()
    asked = False
    while _state(client, name) != "loaded":
        if not asked:
            client.load_collection(name, timeout=ANSWER, _async=True)
            asked = True
        elif time.monotonic() - begun > LOADING:
            raise TimeoutError(f"loading {name} took {LOADING:.0f} seconds")
        else:
            time.sleep(0.05)


def _state(client: "MilvusClient", name: str) -> str:
    found: dict[str, Any] = client.get_load_state(name, timeout=ANSWER)
    return str(getattr(found["state"], "name", found["state"])).lower()


@contextmanager
def _told(uri: str, gone: FootnoteError | None = None, token: str = "") -> Iterator[None]:
    """Say in a sentence what the server does not do; raise `gone` where a collection is not."""
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, grpc.RpcError, TimeoutError) as error:
        if gone and getattr(error, "code", None) == _GONE:
            raise gone from None
        # What it says may hold the secret, so nothing of it is handed on as it is.
        raise FootnoteError(_sentence(uri, error, token)) from None


def _sentence(uri: str, error: Exception, token: str) -> str:
    import grpc

    if _is_unknown(error):
        return (
            f"What answers at {uri} does not know what Footnote asks of it; expected Milvus 2.3.5 "
            "or newer. Name another server with --engine-uri, or build the index on this machine: "
            "footnote index --engine local PATH"
        )
    said = str(getattr(error, "message", "") or getattr(error, "details", str)() or "no reason")
    for secret in filter(None, (token or os.environ.get(TOKEN, "")).split(":")):
        said = said.replace(secret, "…")
    cause = error if isinstance(error, grpc.RpcError) else error.__cause__
    refused = isinstance(cause, grpc.RpcError) and cause.code() in (
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
    )
    if refused or getattr(error, "code", None) in _FORBIDDEN:
        return (
            f"Milvus at {uri} does not let Footnote in. Put what it asks for, user:password or "
            f"a token, in ${TOKEN}."
        )
    if _is_lost(error) or isinstance(error, TimeoutError | grpc.RpcError):
        return (
            f"Milvus at {uri} does not answer. Start it, or name another server with "
            "--engine-uri; to build the index on this machine: footnote index --engine local PATH"
        )
    return f"Milvus at {uri} refused ({' '.join(said.split())[:200]})."


def _is_unknown(error: Exception) -> bool:
    """Whether a server does not know the call."""
    import grpc
    from pymilvus.exceptions import MilvusException

    if isinstance(error, MilvusException):
        return "UNIMPLEMENTED" in error.message
    return isinstance(error, grpc.RpcError) and error.code() is grpc.StatusCode.UNIMPLEMENTED


def _is_lost(error: Exception) -> bool:
    """Whether the connection is what failed, not the call."""
    import grpc
    from pymilvus.exceptions import MilvusException

    if isinstance(error, MilvusException):
        # The client's own codes: it gave up, or there is no connection.
        return isinstance(error.code, grpc.StatusCode) or error.code in (2,)
    return isinstance(error, grpc.RpcError)
