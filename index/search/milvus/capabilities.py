"""The capabilities of a Milvus server, found by trying them out."""

from dataclasses import replace
from typing import TYPE_CHECKING

from index.manifest import EngineRecord
from index.search.engine import split_credentials
from index.search.milvus import connection as milvus
from index.search.milvus.collection import create_collection, drop_collection, load_collection

if TYPE_CHECKING:
    from index.search.milvus.connection import MilvusClient


def probe_capabilities(engine: EngineRecord, uri: str | None) -> EngineRecord:
    """Connect to the server, try out its features and return the record with the results.

    `uri` is the address as the user gave it, with or without credentials. Raises `EngineFailed`.
    """
    client = milvus.connect(engine.uri, split_credentials(uri)[1] if uri else "")
    trial = f"{engine.alias}_trial"
    with milvus.translate_errors(engine.uri):
        drop_collection(client, trial)
        return replace(
            engine,
            version=_version(client),
            aliases=_has_aliases(client, trial),
            words=_has_words(client, trial),
            collection="",
        )


def _version(client: "MilvusClient") -> str:
    try:
        return str(client.get_server_version(timeout=milvus.REQUEST_TIMEOUT))
    except milvus.client_errors() as error:
        if not milvus.is_unknown_request(error):
            raise
        return ""


def _has_aliases(client: "MilvusClient", trial: str) -> bool:
    try:
        client.list_aliases(trial, timeout=milvus.REQUEST_TIMEOUT)
    except milvus.client_errors() as error:
        if milvus.is_unknown_request(error):
            return False
        if milvus.is_connection_error(error):  # An unknown collection proves the request known.
            raise
    return True


def _has_words(client: "MilvusClient", trial: str) -> bool:
    """Whether the server finds a text by a word, tried in a collection made for it."""
    row = {"row": 0, "document": 0, "sha256": "", "start": 0, "end": 0}
    try:
        create_collection(client, trial, 2, 1, with_words=True)
        client.insert(
            trial,
            [row | {"vector": [0.6, 0.8], "words": "pier"}],
            timeout=milvus.BUILD_STEP_TIMEOUT,
        )
        load_collection(client, trial)
        (hits,) = client.search(
            trial,
            ["pier"],
            anns_field="bm25",
            limit=1,
            consistency_level="Strong",
            timeout=milvus.REQUEST_TIMEOUT,
        )
        finds_words = len(hits) == 1
    except milvus.client_errors() as error:
        if milvus.is_connection_error(error) or getattr(error, "retriable", False):
            raise
        finds_words = False
    drop_collection(client, trial)
    return finds_words
