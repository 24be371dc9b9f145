"""Collections on a Milvus server: written, searched, dropped.

Each generation is a collection of its own, which is never changed once it is written. A row holds
its vector, its words, and where it stands: the number of its document, the sha256 of its text and
its range there. The vectors of many rows lie in lists around centres, of which the nearest to the
question are looked through, those of few are all compared with it. Which collection is live is said
by the index on this machine alone.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.errors import EngineFailed, FootnoteError, IndexDamaged
from index.manifest import REBUILD, EngineRecord
from index.search.engine import count_lists
from index.search.lexical import K1, B
from index.search.milvus import connection as milvus

if TYPE_CHECKING:
    from pymilvus import MilvusClient

LOADING = 3600.0
"""Seconds that a server may take to load a collection, while it answers that it does."""

MOST = 16_384
"""Rows that a server returns at most."""

LONGEST = 65_535
"""Bytes that the words of a row have at most."""

EXACT = 100_000
"""Rows up to which all are compared with the question."""

NEAR = 32
"""One of so many lists is looked through: more than FAISS needs for 99.9% of the ten nearest."""

_BATCH = 4_000_000
"""Bytes, about, that are sent at a time."""

Row = dict[str, Any]
"""A row by the names of its fields: row, vector, document, sha256, start, end and, where the
server searches by words, words."""


class Collection:
    """One collection on a server."""

    def __init__(self, uri: str, name: str):
        self.uri, self.name = uri, name
        client = milvus.connect(uri)
        with self.asking():
            found = client.describe_collection(name, timeout=milvus.ANSWER)
            load(client, name)
            (counted,) = client.query(
                name,
                filter="",
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout=milvus.ANSWER,
            )
        self.rows = int(counted["count(*)"])
        vector = next(field for field in found["fields"] if field["name"] == "vector")
        self.dimension = int(vector["params"]["dim"])

    def nearest(self, vector: list[float], top_k: int, where: str, held: int) -> dict[int, float]:
        """Return the `top_k` nearest rows with their cosines, of the `held` ones of `where`.

        Of many rows, some that are nearer may be missed, but never so that fewer are returned.
        """
        if self.rows <= EXACT:
            return self.search("vector", vector, top_k, where)
        lists = count_lists(self.rows)
        far = lists if held <= EXACT else min(lists, lists * self.rows // held // NEAR)
        found = self.search("vector", vector, top_k, where, nprobe=far)
        if len(found) < top_k and far < lists:
            found = self.search("vector", vector, top_k, where, nprobe=lists)
        return found

    def search(
        self, field: str, wanted: object, top_k: int, where: str, **params: int
    ) -> dict[int, float]:
        """Return the nearest rows with their scores, best first, of those that `where` holds of."""
        if top_k > MOST:
            raise FootnoteError(
                f"Milvus returns {MOST:,} passages at most, and {top_k:,} are asked for. Ask for "
                "fewer."
            )
        with self.asking():
            (hits,) = milvus.connect(self.uri).search(
                self.name,
                [wanted],
                anns_field=field,
                limit=top_k,
                filter=where,
                search_params={"params": params},
                consistency_level="Bounded",
                timeout=milvus.ANSWER,
            )
        found = {int(hit["id"]): float(hit["distance"]) for hit in hits}
        return dict(sorted(found.items(), key=lambda hit: (-hit[1], hit[0])))

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the vectors of these rows: shape (len(rows), dimension), float32."""
        vectors = np.empty((len(rows), self.dimension), dtype=np.float32)
        with self.asking():
            for first in range(0, len(rows), 1000):
                some = list(map(int, rows[first : first + 1000]))
                found = milvus.connect(self.uri).query(
                    self.name,
                    filter=f"row in {some}",
                    output_fields=["row", "vector"],
                    timeout=milvus.ANSWER,
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
        with milvus.answering(self.uri, self.damaged("is no longer there")):
            yield


def write_collection(engine: EngineRecord, dimension: int, count: int, rows: Iterable[Row]) -> None:
    """Write the collection that is named, of `count` rows, in place of one of that name, and wait
    until it is on the disk. Of one that is not finished nothing is left, as long as the server
    answers.
    """
    client, name = milvus.connect(engine.uri), engine.collection
    step = max(1, _BATCH // (4 * dimension + 4000))
    with milvus.answering(engine.uri):
        drop(client, name)
        try:
            create(client, name, dimension, count, with_words=engine.words)
            rows = iter(rows)
            while some := list(islice(rows, step)):
                client.insert(name, some, timeout=milvus.WORK)
            client.flush(name, timeout=milvus.WORK)
        except BaseException as error:
            if not milvus.is_lost(error):
                with suppress(FootnoteError), milvus.answering(engine.uri):
                    drop(client, name)
            raise


def point(engine: EngineRecord) -> None:
    """Move the alias, where the server has these, to a collection."""
    if not engine.aliases:
        return
    client = milvus.connect(engine.uri)
    with milvus.answering(engine.uri):
        held = client.list_collections(timeout=milvus.ANSWER)
        named = [
            alias
            for name in held
            if name.startswith(engine.alias)
            for alias in client.list_aliases(name, timeout=milvus.ANSWER)["aliases"]
        ]
        change = client.alter_alias if engine.alias in named else client.create_alias
        change(engine.collection, engine.alias, timeout=milvus.ANSWER)


def drop_others(engine: EngineRecord, kept: Sequence[str]) -> None:
    """Drop all collections of this index but those that are kept."""
    try:
        client = milvus.connect(engine.uri)
        with milvus.answering(engine.uri):
            for name in client.list_collections(timeout=milvus.ANSWER):
                if name.startswith(f"{engine.alias}_") and name not in kept:
                    drop(client, name)
    except EngineFailed as error:
        raise EngineFailed(
            f"Earlier collections, whose names begin with {engine.alias}_, could not be dropped "
            f"yet: {error}"
        ) from error


def create(
    client: "MilvusClient", name: str, dimension: int, count: int, *, with_words: bool
) -> None:
    """Make an empty collection for `count` rows, which the server searches by words too if told."""
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
            max_length=LONGEST,
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
    if count <= EXACT:
        indexes.add_index("vector", index_type="FLAT", metric_type="IP")
    else:
        lists = {"nlist": count_lists(count)}
        indexes.add_index("vector", index_type="IVF_FLAT", metric_type="IP", params=lists)
    client.create_collection(name, schema=schema, timeout=milvus.WORK)
    client.create_index(name, indexes, timeout=milvus.WORK)


def drop(client: "MilvusClient", name: str) -> None:
    """Drop a collection, if it is there, and the aliases that stand in the way."""
    import grpc

    if not client.has_collection(name, timeout=milvus.ANSWER):
        return
    with suppress(grpc.RpcError):  # A server without aliases has none to drop.
        for alias in client.list_aliases(name, timeout=milvus.ANSWER)["aliases"]:
            client.drop_alias(alias, timeout=milvus.ANSWER)
    client.drop_collection(name, timeout=milvus.WORK)


def load(client: "MilvusClient", name: str) -> None:
    """Load a collection, unless it is, and wait until the server says that it is."""
    begun = time.monotonic()
    asked = False
    while _state(client, name) != "loaded":
        if not asked:
            client.load_collection(name, timeout=milvus.ANSWER, _async=True)
            asked = True
        elif time.monotonic() - begun > LOADING:
            raise TimeoutError(f"loading {name} took {LOADING:.0f} seconds")
        else:
            time.sleep(0.05)


def _state(client: "MilvusClient", name: str) -> str:
    found: dict[str, Any] = client.get_load_state(name, timeout=milvus.ANSWER)
    return str(getattr(found["state"], "name", found["state"])).lower()
