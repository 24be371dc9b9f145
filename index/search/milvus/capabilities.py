"""What a Milvus server can do, which is asked of it by trying."""

from dataclasses import replace
from typing import TYPE_CHECKING

from index.manifest import EngineRecord
from index.search.engine import take_apart
from index.search.milvus import connection as milvus
from index.search.milvus.collection import create, drop, load

if TYPE_CHECKING:
    from pymilvus import MilvusClient


def ask_abilities(engine: EngineRecord, uri: str | None = None) -> EngineRecord:
    """Reach the server and try what it can do; return the record with that in it.

    `uri` is the address as the user gave it, with or without a secret. Raises `EngineFailed`.
    """
    client = milvus.connect(engine.uri, take_apart(uri)[1] if uri else "")
    trial = f"{engine.alias}_trial"
    with milvus.answering(engine.uri):
        drop(client, trial)
        return replace(
            engine,
            version=_version(client),
            aliases=_has_aliases(client, trial),
            words=_has_words(client, trial),
            collection="",
        )


def _version(client: "MilvusClient") -> str:
    import grpc

    try:
        return str(client.get_server_version(timeout=milvus.ANSWER))
    except grpc.RpcError as error:
        if not milvus.is_unknown(error):
            raise
        return ""


def _has_aliases(client: "MilvusClient", trial: str) -> bool:
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        client.list_aliases(trial, timeout=milvus.ANSWER)
    except grpc.RpcError as error:
        if not milvus.is_unknown(error):
            raise
        return False
    except MilvusException as error:
        if milvus.is_lost(error):  # That there is no such collection is an answer.
            raise
    return True


def _has_words(client: "MilvusClient", trial: str) -> bool:
    """Whether it finds a text by its word in a collection that is made for this."""
    from pymilvus.exceptions import MilvusException

    row = {"row": 0, "document": 0, "sha256": "", "start": 0, "end": 0}
    try:
        create(client, trial, 2, 1, with_words=True)
        client.insert(trial, [row | {"vector": [0.6, 0.8], "words": "pier"}], timeout=milvus.WORK)
        load(client, trial)
        (hits,) = client.search(
            trial,
            ["pier"],
            anns_field="bm25",
            limit=1,
            consistency_level="Strong",
            timeout=milvus.ANSWER,
        )
        found = len(hits) == 1
    except MilvusException as error:
        if milvus.is_lost(error) or error.retriable:
            raise
        found = False
    drop(client, trial)
    return found
