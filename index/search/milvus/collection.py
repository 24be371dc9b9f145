"""Collections on a Milvus server: written, searched, dropped.

Each generation has one collection, which does not change once it is written. A row holds a vector,
the terms of its text, and its place: the number of the document, the sha256 of its text and the
range there. A small collection compares the question with every vector, a large one scans the
inverted lists nearest to it. Which collection is live is recorded by the index on this machine.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.errors import EngineFailed, FootnoteError, IndexDamaged
from index.manifest import REBUILD_HINT, EngineRecord
from index.search.engine import count_lists
from index.search.lexical import K1, B
from index.search.milvus import connection as milvus

if TYPE_CHECKING:
    from index.search.milvus.connection import MilvusClient

LOAD_TIMEOUT = 3600.0
"""Seconds for a server to load a collection."""

MAX_SEARCH_ROWS = 16_384
"""The most rows that Milvus returns for a search."""

MAX_TERMS_BYTES = 65_535
"""The most bytes that Milvus stores for the terms of a row."""

MAX_EXACT_ROWS = 100_000
"""Rows up to which the search is exhaustive."""

PROBE_DIVISOR = 32
"""A search scans one list in this many: more than FAISS needs to find 99.9% of the ten nearest."""

_INSERT_BYTES = 4_000_000
"""Approximate size of an insert request."""

CollectionRow = dict[str, Any]
"""A row by the names of its fields: row, vector, document, sha256, start, end and, if the server
searches by words, words."""


class Collection:
    """A collection on a server, loaded there for search. Its methods raise `EngineFailed`, or
    `IndexDamaged` if the collection is missing or incomplete."""

    def __init__(self, uri: str, name: str):
        self.uri, self.name = uri, name
        client = milvus.connect(uri)
        with self._translate_errors():
            description = client.describe_collection(name, timeout=milvus.REQUEST_TIMEOUT)
            load_collection(client, name)
            (counted,) = client.query(
                name,
                filter="",
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout=milvus.REQUEST_TIMEOUT,
            )
        self.rows = int(counted["count(*)"])
        vector = next(field for field in description["fields"] if field["name"] == "vector")
        self.dimension = int(vector["params"]["dim"])

    def search_nearest(
        self, vector: list[float], top_k: int, where: str, matching: int
    ) -> dict[int, float]:
        """Return the `top_k` nearest rows with their cosines, best first.

        `where` is Milvus's expression for the rows to search, `matching` their number. A large
        collection may miss some of the nearest rows, but does not return fewer than `top_k`.
        """
        if self.rows <= MAX_EXACT_ROWS:
            return self.search("vector", vector, top_k, where)
        lists = count_lists(self.rows)
        probes = lists
        if matching > MAX_EXACT_ROWS:
            probes = min(lists, lists * self.rows // matching // PROBE_DIVISOR)
        hits = self.search("vector", vector, top_k, where, nprobe=probes)
        if len(hits) < top_k and probes < lists:
            hits = self.search("vector", vector, top_k, where, nprobe=lists)
        return hits

    def search(
        self, field: str, query: object, top_k: int, where: str, **params: int
    ) -> dict[int, float]:
        """Return the best rows with their scores, best first, of those that match `where`."""
        if top_k > MAX_SEARCH_ROWS:
            raise FootnoteError(
                f"Milvus returns at most {MAX_SEARCH_ROWS:,} passages, but {top_k:,} were "
                "requested. Request fewer."
            )
        with self._translate_errors():
            (hits,) = milvus.connect(self.uri).search(
                self.name,
                [query],
                anns_field=field,
                limit=top_k,
                filter=where,
                search_params={"params": params},
                consistency_level="Bounded",
                timeout=milvus.REQUEST_TIMEOUT,
            )
        scores = {int(hit["id"]): float(hit["distance"]) for hit in hits}
        return dict(sorted(scores.items(), key=lambda hit: (-hit[1], hit[0])))

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the vectors of these rows: shape (len(rows), dimension), float32."""
        vectors = np.empty((len(rows), self.dimension), dtype=np.float32)
        with self._translate_errors():
            for first in range(0, len(rows), 1000):
                part = list(map(int, rows[first : first + 1000]))
                hits = milvus.connect(self.uri).query(
                    self.name,
                    filter=f"row in {part}",
                    output_fields=["row", "vector"],
                    timeout=milvus.REQUEST_TIMEOUT,
                )
                by_row = {hit["row"]: hit["vector"] for hit in hits}
                if missing := set(part) - by_row.keys():
                    raise self._damaged(f"lacks row {min(missing)}")
                vectors[first : first + len(part)] = [by_row[row] for row in part]
        return vectors

    def _damaged(self, problem: str) -> IndexDamaged:
        return IndexDamaged(
            f"The collection {self.name} on Milvus at {self.uri} {problem}. {REBUILD_HINT}"
        )

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        with milvus.translate_errors(self.uri, self._damaged("no longer exists")):
            yield


def write_collection(
    engine: EngineRecord, dimension: int, count: int, rows: Iterable[CollectionRow]
) -> None:
    """Write the collection that `engine` names, of `count` rows, and wait until it is on disk.

    A collection of that name is replaced. If writing fails, the new one is dropped, as long as the
    server answers.
    """
    client, name = milvus.connect(engine.uri), engine.collection
    step = max(1, _INSERT_BYTES // (4 * dimension + 4000))
    with milvus.translate_errors(engine.uri):
        drop_collection(client, name)
        try:
            create_collection(client, name, dimension, count, with_words=engine.words)
            rows = iter(rows)
            while batch := list(islice(rows, step)):
                client.insert(name, batch, timeout=milvus.BUILD_STEP_TIMEOUT)
            client.flush(name, timeout=milvus.BUILD_STEP_TIMEOUT)
        except BaseException as error:
            if not milvus.is_connection_error(error):
                with suppress(FootnoteError), milvus.translate_errors(engine.uri):
                    drop_collection(client, name)
            raise


def move_alias(engine: EngineRecord) -> None:
    """Let the alias of the index name its live collection, if the server has aliases."""
    if not engine.aliases:
        return
    client = milvus.connect(engine.uri)
    with milvus.translate_errors(engine.uri):
        collections = client.list_collections(timeout=milvus.REQUEST_TIMEOUT)
        aliases = [
            alias
            for name in collections
            if name.startswith(engine.alias)
            for alias in client.list_aliases(name, timeout=milvus.REQUEST_TIMEOUT)["aliases"]
        ]
        change = client.alter_alias if engine.alias in aliases else client.create_alias
        change(engine.collection, engine.alias, timeout=milvus.REQUEST_TIMEOUT)


def drop_other_collections(engine: EngineRecord, kept: Sequence[str]) -> None:
    """Drop all collections of this index except `kept`. Raises `EngineFailed`."""
    try:
        client = milvus.connect(engine.uri)
        with milvus.translate_errors(engine.uri):
            for name in client.list_collections(timeout=milvus.REQUEST_TIMEOUT):
                if name.startswith(f"{engine.alias}_") and name not in kept:
                    drop_collection(client, name)
    except EngineFailed as error:
        raise EngineFailed(
            f"Earlier collections, whose names begin with {engine.alias}_, could not be dropped "
            f"yet: {error}"
        ) from error


def create_collection(
    client: "MilvusClient", name: str, dimension: int, count: int, *, with_words: bool
) -> None:
    """Create an empty collection for `count` rows, searched by words too if `with_words`."""
    pymilvus = milvus.client_library()
    data_type = pymilvus.DataType
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("row", data_type.INT64, is_primary=True)
    schema.add_field("vector", data_type.FLOAT_VECTOR, dim=dimension)
    schema.add_field("document", data_type.INT64)
    schema.add_field("sha256", data_type.VARCHAR, max_length=64)
    schema.add_field("start", data_type.INT64)
    schema.add_field("end", data_type.INT64)
    indexes = client.prepare_index_params()
    if with_words:
        schema.add_field(
            "words",
            data_type.VARCHAR,
            max_length=MAX_TERMS_BYTES,
            enable_analyzer=True,
            analyzer_params={"tokenizer": "whitespace"},
        )
        schema.add_field("bm25", data_type.SPARSE_FLOAT_VECTOR)
        schema.add_function(
            pymilvus.Function(
                name="bm25",
                function_type=pymilvus.FunctionType.BM25,
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
    if count <= MAX_EXACT_ROWS:
        indexes.add_index("vector", index_type="FLAT", metric_type="IP")
    else:
        lists = {"nlist": count_lists(count)}
        indexes.add_index("vector", index_type="IVF_FLAT", metric_type="IP", params=lists)
    client.create_collection(name, schema=schema, timeout=milvus.BUILD_STEP_TIMEOUT)
    client.create_index(name, indexes, timeout=milvus.BUILD_STEP_TIMEOUT)


def drop_collection(client: "MilvusClient", name: str) -> None:
    """Drop a collection, if it exists, and its aliases, which would prevent that."""
    if not client.has_collection(name, timeout=milvus.REQUEST_TIMEOUT):
        return
    try:
        for alias in client.list_aliases(name, timeout=milvus.REQUEST_TIMEOUT)["aliases"]:
            client.drop_alias(alias, timeout=milvus.REQUEST_TIMEOUT)
    except milvus.client_errors() as error:
        if not milvus.is_unknown_request(error):  # A server without aliases has none to drop.
            raise
    client.drop_collection(name, timeout=milvus.BUILD_STEP_TIMEOUT)


def load_collection(client: "MilvusClient", name: str) -> None:
    """Load a collection on the server, unless it is loaded, and wait for it.

    Raises `TimeoutError` after `LOAD_TIMEOUT`.
    """
    begun = time.monotonic()
    requested = False
    while _load_state(client, name) != "loaded":
        if not requested:
            client.load_collection(name, timeout=milvus.REQUEST_TIMEOUT, _async=True)
            requested = True
        elif time.monotonic() - begun > LOAD_TIMEOUT:
            raise TimeoutError(f"loading {name} took {LOAD_TIMEOUT:.0f} seconds")
        else:
            time.sleep(0.05)


def _load_state(client: "MilvusClient", name: str) -> str:
    answer: dict[str, Any] = client.get_load_state(name, timeout=milvus.REQUEST_TIMEOUT)
    return str(getattr(answer["state"], "name", answer["state"])).lower()
