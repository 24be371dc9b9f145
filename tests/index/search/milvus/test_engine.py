"""An index on a Milvus server: builds, searches, swaps, and failures of the server.

Runs against the two real servers of `servers` and is skipped where they are not installed, except
for the tests that need none.
"""

import http.server
import logging
import math
import re
import shutil
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import servers
from makings import WordEncoder, write_files

import index
import qa
from index.backup import back_up, restore
from index.errors import FootnoteError, IndexDamaged
from index.manifest import EngineRecord, Entry, read_manifest
from index.search.engine import SearchRows, choose_engine, split_credentials
from index.search.milvus import collection, hosted
from index.search.milvus import connection as milvus
from index.store import generation
from index.store.generation import list_generations, open_index, read_live_name
from qa.chat.access.public_errors import public_message
from qa.chat.documents.manage import DocumentStore
from qa.cli import main as cli
from qa.reader.load import NONE
from qa.retrieval.rerank import retrieve

pymilvus = pytest.importorskip("pymilvus")

WORDS = ("apple", "banana", "cherry", "cat", "dog", "bird", "river", "harbour", "bridge", "ship")
FILES = {
    f"{'north' if n % 2 else 'south'}/{n:02d}.txt": " ".join(
        [WORDS[n % 10], WORDS[n // 4], WORDS[n * 7 % 10], f"number{n}", "minister" * (n % 3 == 0)]
    )
    for n in range(40)
} | {
    "東京.txt": "東京の港に船が着いた。",
    "haus.txt": "Die Häuser stehen am Hafen. Das Haus ist alt, und die Häuser sind es auch.",
    "empty.md": "# !!!\n\n???",
}
QUESTIONS = (
    "Which bird is at the river?",
    "cat dog cat",
    "the minister of number17",
    "東京の船",
    "Haus am Hafen",
    "nothing of this is known",
)


@pytest.fixture(scope="module", params=["milvus", "milvus-lite"])
def server(request, tmp_path_factory):
    """Return a running server with credentials for the tests."""
    if reason := servers.skip_reason(request.param):
        pytest.skip(reason)
    make = {"milvus": servers.milvus, "milvus-lite": servers.milvus_lite}[request.param]
    running = make(tmp_path_factory.mktemp("server"))
    running.name = request.param
    running.start()
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "milvus":
            client = pymilvus.MilvusClient(running.uri, token="root:Milvus", timeout=10)
            client.update_password("root", "Milvus", servers.SECRET)
            client.close()
            patch.setenv("FOOTNOTE_ENGINE_TOKEN", f"root:{servers.SECRET}")
        yield running
    running.kill()
    for client in milvus._clients.values():
        client.close()
    milvus._clients.clear()


@pytest.fixture(scope="module")
def built(server, tmp_path_factory):
    """Return the folders of two indexes of the same files: on the server and on this machine."""
    home = tmp_path_factory.mktemp("built")
    docs = write_files(home / "docs", FILES)
    build(home / "index", docs, server)
    build(home / "local", docs)
    return home / "index", home / "local"


def build(home: Path, docs: Path, server: servers.Server | None = None) -> index.BuildReport:
    options = {"engine": "milvus", "engine_uri": server.uri} if server else {}
    return index.build([docs], index=home, encoder=WordEncoder(), **options)


def ask(home: Path, question: str, **options):
    found = retrieve(question, index=home, encoder=WordEncoder(), reader=NONE, **options)
    return [(passage.document.id, passage.scores) for passage in found]


def first(home: Path, question: str) -> str:
    return ask(home, question, top_k=1)[0][0]


def live_text(home: Path) -> dict[str, str]:
    opened = open_index(home)
    return {entry.id: opened.document_by_id(entry.id).text for entry in opened.manifest.documents}


def collections(server, home: Path) -> list[str]:
    """Return the collections of this index that are on the server."""
    engine = open_index(home).manifest.engine
    held = milvus.connect(server.uri).list_collections()
    return sorted(name for name in held if name.startswith(engine.alias))


def collections_of(home: Path) -> list[str]:
    """Return the collections that the generations name."""
    return sorted(read_manifest(home, n).engine.collection for n in list_generations(home))


# --- the same answers ---------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS)
def test_passages_are_those_of_this_machine(built, question):
    there, here = (ask(home, question, top_k=50) for home in built)
    assert len(there) == len(here)
    cosines = [{row: scores["dense"] for row, scores in found} for found in (there, here)]
    assert cosines[0] == pytest.approx(cosines[1], abs=1e-6)
    # tantivy rounds the lengths of texts, so BM25 differs a little.
    words = [{row: scores["lexical"] for row, scores in found} for found in (there, here)]
    assert words[0] == pytest.approx(words[1], abs=0.05)
    assert all(0 <= score <= 1 for score in words[0].values())


def test_bm25_is_worked_by_hand(built, server):
    opened, local = map(open_index, built)
    engine = opened.manifest.engine
    if not engine.words:
        assert isinstance(opened.lexical, type(local.lexical))
        return
    texts = ["cat dog bird", "cat cat cat", "dog ship river pier", "bird", ""]
    rows = [
        {"row": n, "vector": [1.0, 0.0], "words": text, "document": n, "sha256": ""}
        | {"start": 0, "end": 0}
        for n, text in enumerate(texts)
    ]
    by_hand = replace(engine, collection=f"{engine.alias}_hand")
    collection.write_collection(by_hand, 2, len(rows), rows)
    written = collection.Collection(server.uri, by_hand.collection)
    found = written.search("bm25", "cat dog dog", 9, "")
    collection.drop_collection(milvus.connect(server.uri), by_hand.collection)
    mean = 11 / 5
    expected = {
        row: sum(
            math.log(1 + (5 - 2 + 0.5) / (2 + 0.5))  # Each of the two is in two rows.
            * text.split().count(term)
            * 2.2
            / (text.split().count(term) + 1.2 * (0.25 + 0.75 * len(text.split()) / mean))
            for term in ("cat", "dog", "dog")
        )
        for row, text in enumerate(texts[:3])
    }
    assert found == pytest.approx(expected, rel=1e-5)
    assert list(found) == [0, 2, 1]


def test_misspelt_word_is_found(built):
    for home in built:
        opened = open_index(home)
        found = {opened.chunk(row).document_id for row in opened.lexical.search("minitser", 50)}
        assert found == {name for name, text in FILES.items() if "minister" in text}


@pytest.mark.parametrize(
    ("where", "held"),
    [
        ({"folder": "north"}, {name for name in FILES if name.startswith("north")}),
        ({"id": ["south/02.txt", "東京.txt"]}, {"south/02.txt", "東京.txt"}),
        ({"type": "md"}, {"empty.md"}),
    ],
)
def test_where_returns_as_many_as_there_are(built, where, held):
    for top_k in (1, 3, 15, 99):
        for question in QUESTIONS:
            there, here = (ask(home, question, top_k=top_k, where=where) for home in built)
            assert len(there) == len(here) == min(top_k, len(held))
            assert {name for name, _ in there} <= held


def test_rows_that_are_no_whole_documents_can_be_asked_for(built):
    opened, local = map(open_index, built)
    vector = WordEncoder().embed_question("cat bird")
    for rows in ([], [3], [0, 5, 9]):
        expected = local.dense.search(vector, 5, among=rows)
        assert opened.dense.search(vector, 5, among=rows) == pytest.approx(expected, abs=1e-6)
        assert set(opened.lexical.search("cat", 50, among=rows)) <= set(rows)


def test_vectors_are_as_they_were_embedded(built):
    opened, local = map(open_index, built)
    rows = [7, 0, len(opened.dense) - 1]
    assert (opened.dense.vectors(rows) == local.dense.vectors(rows)).all()
    assert (len(opened.dense), opened.dense.dimension) == (len(local.dense), local.dense.dimension)
    with pytest.raises(IndexDamaged, match=r"lacks row 99999\. Build it again"):
        opened.dense.vectors([99_999])


def test_more_than_a_server_returns_is_refused(built, server):
    held = collection.Collection(server.uri, open_index(built[0]).manifest.engine.collection)
    with pytest.raises(FootnoteError, match=r"returns at most 16,384 passages, but 16,385 were"):
        held.search("vector", [0.0], 16_385, "")


def test_follow_up_is_asked_as_on_this_machine(built):
    there, here = [], []
    for said, home in ((there, built[0]), (here, built[1])):
        for question in ("Which bird is at the river?", "And the bridge there?", "Of number17?"):
            options = {"index": home, "encoder": WordEncoder(), "reader": NONE}
            said.append(qa.ask(question, history=said, **options))
    assert [answer.searched_for for answer in there] == [answer.searched_for for answer in here]
    assert there[1].searched_for == "And the bridge there? (bird river number25)"
    for one, other in zip(there, here, strict=True):
        assert one.passages[0].document.id == other.passages[0].document.id


def test_most_of_a_word_is_that_of_this_machine(built):
    there, here = (open_index(home).lexical.term_score_limit() for home in built)
    assert there == here > 0


def test_many_rows_are_looked_through_in_lists(built, server, monkeypatch):
    monkeypatch.setattr(collection, "MAX_EXACT_ROWS", 100)
    chance, engine = np.random.default_rng(0), open_index(built[0]).manifest.engine
    vectors = np.repeat(chance.standard_normal((40, 16)), 75, axis=0)
    vectors += 0.3 * chance.standard_normal(vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    many = replace(engine, words=False, collection=f"{engine.alias}_many")
    place = {"sha256": "", "start": 0, "end": 0}
    rows = [
        {"row": n, "vector": v.tolist(), "document": n % 3} | place for n, v in enumerate(vectors)
    ]
    collection.write_collection(many, 16, len(rows), rows)
    held, client = collection.Collection(server.uri, many.collection), milvus.connect(server.uri)
    assert client.describe_index(many.collection, "vector")["index_type"] == "IVF_FLAT"
    hits = 0
    for vector in vectors[::60]:
        cosines = vectors @ vector
        found = held.search_nearest(vector.tolist(), 10, "", len(rows))
        assert found == pytest.approx({row: cosines[row] for row in found}, abs=1e-5)
        hits += len(set(found) & set(np.argsort(-cosines)[:10].tolist()))
        # The nearest lists alone hold fewer.
        assert len(held.search_nearest(vector.tolist(), 2000, "", len(rows))) == 2000
        third = held.search_nearest(vector.tolist(), 1000, "document == 1", 1000)
        assert set(third) == set(range(1, 3000, 3))
    collection.drop_collection(client, many.collection)
    assert hits >= 0.95 * 500


def test_collection_that_is_not_finished_is_dropped(built, server):
    engine = open_index(built[0]).manifest.engine
    begun = replace(engine, collection=f"{engine.alias}_begun")
    client = milvus.connect(server.uri)

    def rows():
        assert client.has_collection(begun.collection)
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        collection.write_collection(begun, 2, 1, rows())
    assert not client.has_collection(begun.collection)


def test_manifest_and_status_say_where_it_is(built, server, capsys):
    engine = open_index(built[0]).manifest.engine
    told = {"milvus": ("v2.3.5-lite", False, True), "milvus-lite": ("", True, False)}[server.name]
    assert (engine.version, engine.words, engine.aliases) == told
    assert (engine.uri, engine.collection) == (server.uri, f"{engine.alias}_000001")
    assert cli.main(["status", "--index", str(built[0])], lambda arguments: None) == 0
    printed = capsys.readouterr().out
    lacks = {
        "milvus": f"engine      Milvus v2.3.5-lite at {server.uri}; it cannot search by words, so "
        "this machine does\n",
        "milvus-lite": f"engine      Milvus of unknown version at {server.uri}; it has no aliases, "
        "so only the index knows its live collection\n",
    }[server.name]
    assert lacks in printed
    assert f"collection  {engine.collection}\n" in printed


# --- over time ----------------------------------------------------------------------------------


def test_index_is_renewed_rolled_back_and_reduced(server, tmp_path):
    docs, home = (
        write_files(tmp_path / "docs", {"a.txt": "cat", "b.txt": "dog"}),
        tmp_path / "index",
    )
    report = build(home, docs, server)
    assert (report.embedded, report.engine) == (2, f"{open_index(home).manifest.engine}.")

    write_files(docs, {"c.txt": "The ship left."})
    report = build(home, docs)  # The index keeps its engine.
    assert (report.added, report.embedded) == (("c.txt",), 1)
    assert open_index(home).manifest.engine.collection.endswith("_000002")
    assert first(home, "ship") == "c.txt"
    assert collections(server, home) == collections_of(home)
    assert live_alias(server, home) in (None, open_index(home).manifest.engine.collection)

    assert index.rollback(index=home) == "000001"
    assert len(ask(home, "ship", top_k=9)) == 2
    assert live_alias(server, home) in (None, open_index(home).manifest.engine.collection)

    report = index.remove(["a.txt"], index=home, encoder=WordEncoder())
    assert (report.removed, report.embedded, report.generation) == (("a.txt",), 0, "000003")
    assert [name for name, _ in ask(home, "cat", top_k=9)] == ["b.txt"]
    assert collections(server, home) == collections_of(home)

    build(home, docs)
    assert first(home, "ship") == "c.txt"
    alias = open_index(home).manifest.engine.alias
    report = index.build([docs], index=home, encoder=WordEncoder(), engine="local", prune=True)
    assert (report.embedded, report.engine, first(home, "ship")) == (0, "", "c.txt")
    held = milvus.connect(server.uri).list_collections()
    assert [name for name in held if name.startswith(alias)] == []


def live_alias(server, home: Path) -> str | None:
    """Return what the alias of the index stands for, None where the server has none."""
    engine = open_index(home).manifest.engine
    if not engine.aliases:
        return None
    return milvus.connect(server.uri).describe_alias(engine.alias)["collection_name"]


def test_readers_go_on_while_builds_swap_in(server, tmp_path):
    docs, home, rebuilds = tmp_path / "docs", tmp_path / "index", 3
    stop, asked, problems = threading.Event(), [], []

    def write(version: int) -> None:
        write_files(docs, {f"{n}.txt": f"bridge ship{n} has v{version}" for n in range(10)})

    def read() -> None:
        while not stop.is_set():
            try:
                found = retrieve(
                    "Which has the bridge?",
                    index=home,
                    top_k=20,
                    encoder=WordEncoder(),
                    reader=NONE,
                )
                versions = {passage.text.split()[-1] for passage in found}
                if len(found) != 10 or len(versions) != 1:
                    problems.append((len(found), versions))
                asked.append(*versions)
            except Exception as error:  # The test reports any exception.
                problems.append(error)

    write(0)
    build(home, docs, server)
    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(1, rebuilds + 1):
        write(version)
        build(home, docs)
        time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert list(dict.fromkeys(asked)) == [f"v{n}" for n in range(rebuilds + 1)]
    assert len(asked) > 20


def test_copy_of_an_index_does_not_harm_it(server, tmp_path):
    docs, home = write_files(tmp_path / "docs", {"a.txt": "cat"}), tmp_path / "index"
    build(home, docs, server)
    shutil.copytree(home, tmp_path / "copy")
    write_files(docs, {"a.txt": "dog"})
    for _ in range(2):
        build(tmp_path / "copy", docs)
    assert [live_text(place) for place in (home, tmp_path / "copy")] == [
        {"a.txt": "cat"},
        {"a.txt": "dog"},
    ]
    assert first(home, "cat") == first(tmp_path / "copy", "dog") == "a.txt"


# --- when the server does not -------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch) -> None:
    """Wait for a server that does not answer only as long as a test may."""
    monkeypatch.setattr(milvus, "REQUEST_TIMEOUT", 2.0)
    monkeypatch.setattr(milvus, "BUILD_STEP_TIMEOUT", 4.0)


@pytest.fixture
def restarted(server):
    """Return a running server, and see that the next test has one."""
    yield server
    if server._process is None:
        server.start()
        wait_until_asked(lambda: milvus.connect(server.uri).list_collections(timeout=5))


def wait_until_asked(question) -> object:
    """Return the result of a question once the restarted server answers it."""
    for _ in range(60):
        try:
            return question()
        except (FootnoteError, pymilvus.MilvusException):
            time.sleep(1)
    return question()


def test_server_that_is_down_is_reported_and_answers_again(restarted, quick, tmp_path, capsys):
    docs, home = write_files(tmp_path / "docs", {"a.txt": "cat"}), tmp_path / "index"
    build(home, docs, restarted)
    assert first(home, "cat") == "a.txt"
    restarted.kill()
    write_files(docs, {"b.txt": "dog"})
    sentence = rf"^Milvus at {restarted.uri} does not answer\. Start it, or name another"
    with pytest.raises(FootnoteError, match=sentence):
        ask(home, "cat")
    generation._open.cache_clear()
    milvus._clients.clear()
    for options, listed in (([], "documents   1\n"), (["--json"], '"id": "a.txt"')):
        assert cli.main(["status", "--index", str(home), *options], lambda arguments: None) == 1
        told = capsys.readouterr()
        assert listed in told.out
        assert re.match(sentence.replace("^", "^footnote: "), told.err)
    store = DocumentStore(home)
    assert [document["id"] for document in store.documents()["documents"]] == ["a.txt"]
    store.close()
    for question in (
        lambda: ask(home, "cat"),
        lambda: build(home, docs),
        lambda: index.remove(["a.txt"], index=home, encoder=WordEncoder()),
        lambda: build(tmp_path / "other", docs, restarted),
    ):
        with pytest.raises(FootnoteError, match=sentence):
            question()
    assert (read_live_name(home), list_generations(home)) == ("000001", ["000001"])
    assert not (tmp_path / "other" / "CURRENT").exists()
    restarted.start()
    assert wait_until_asked(lambda: first(home, "cat")) == "a.txt"
    assert (
        wait_until_asked(lambda: build(home, docs)).embedded == 0
        or read_live_name(home) == "000002"
    )
    assert first(home, "dog") == "b.txt"


def test_server_that_is_killed_in_a_build_loses_nothing(restarted, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(collection, "_INSERT_BYTES", 1)  # So that a row is sent at a time.
    docs, home = write_files(tmp_path / "docs", {"a.txt": "cat"}), tmp_path / "index"
    build(home, docs, restarted)
    engine = open_index(home).manifest.engine
    write_files(docs, {f"{n}.txt": f"ship number{n}" for n in range(400)})
    client = pymilvus.MilvusClient(restarted.uri, token=f"root:{servers.SECRET}", timeout=5)

    def kill() -> None:
        while not client.has_collection(f"{engine.alias}_000002", timeout=5):
            time.sleep(0.02)
        time.sleep(0.3)
        restarted.kill()

    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(kill)
        with pytest.raises(FootnoteError, match="does not answer"):
            build(home, docs)
        killing.result()
    client.close()
    assert (read_live_name(home), list_generations(home)) == ("000001", ["000001"])
    restarted.start()
    assert wait_until_asked(lambda: ask(home, "cat", top_k=9))[0][0] == "a.txt"
    report = wait_until_asked(lambda: build(home, docs))
    assert (report.embedded, report.chunks) == (0, 401)
    assert first(home, "number399") == "399.txt"
    assert collections(restarted, home) == collections_of(home)


def test_server_that_hangs_times_out(server, quick, built):
    first(built[0], "cat")
    server.signal(signal.SIGSTOP)
    begun = time.monotonic()
    try:
        with pytest.raises(FootnoteError, match="does not answer"):
            ask(built[0], "cat")
        assert time.monotonic() - begun < 10
    finally:
        server.signal(signal.SIGCONT)
    assert wait_until_asked(lambda: ask(built[0], "cat", top_k=3)) == ask(built[0], "cat", top_k=3)


def test_backup_is_put_on_the_server_again(server, tmp_path):
    docs, home = (
        write_files(tmp_path / "docs", {"a.txt": "cat", "b.txt": "dog"}),
        tmp_path / "index",
    )
    build(home, docs, server)
    back_up(tmp_path / "kept.tar", index=home)
    engine = open_index(home).manifest.engine
    collection.drop_collection(milvus.connect(server.uri), engine.collection)
    there = tmp_path / "there"
    restore(tmp_path / "kept.tar", index=there)
    with pytest.raises(IndexDamaged, match=r"no longer exists\. Build it again"):
        open_index(there)
    report = build(there, docs)
    assert (report.embedded, first(there, "dog")) == (0, "b.txt")
    assert collections(server, there) == [open_index(there).manifest.engine.collection]


def test_missing_collection_is_reported(server, tmp_path):
    docs, home = write_files(tmp_path / "docs", {"a.txt": "cat"}), tmp_path / "index"
    build(home, docs, server)
    opened = open_index(home)
    collection.drop_collection(milvus.connect(server.uri), opened.manifest.engine.collection)
    gone = rf"{opened.manifest.engine.collection} on Milvus at {server.uri} no longer exists\. B"
    with pytest.raises(IndexDamaged, match=gone):
        opened.dense.search(WordEncoder().embed_question("cat"), 1)
    generation._open.cache_clear()
    with pytest.raises(IndexDamaged, match=gone):
        open_index(home)
    build(home, docs)
    assert first(home, "cat") == "a.txt"


# --- secrets ------------------------------------------------------------------------------------


def test_secret_in_an_address_is_not_kept(server, quick, tmp_path, monkeypatch, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    monkeypatch.delenv("FOOTNOTE_ENGINE_TOKEN", raising=False)
    milvus._clients.clear()
    docs, home = write_files(tmp_path / "docs", {"a.txt": "cat"}), tmp_path / "index"
    address = server.uri.replace("//", f"//root:{servers.SECRET}@")
    command = ["index", str(docs), "--index", str(home), "--engine", "milvus", "--engine-uri"]
    assert cli.main([*command, address], lambda arguments: None) == 0
    assert open_index(home).manifest.engine.uri == server.uri
    milvus._clients.clear()
    generation._open.cache_clear()  # As in a new process, which does not have the secret.
    asked = cli.main(["ask", "cat?", "--index", str(home)], lambda arguments: None)
    for wrong in (
        address.replace(servers.SECRET, f"not-{servers.SECRET}"),
        address.replace("127.0.0.1", "127.0.0.1:1:"),
        address.replace("http", "ftp"),
        f"http://root:{servers.SECRET}@127.0.0.1:1",
    ):
        cli.main([*command, wrong], lambda arguments: None)
        milvus._clients.clear()
    said = "".join(capfd.readouterr()) + caplog.text
    assert servers.SECRET not in said
    assert said.count("footnote: ") == {"milvus": 5, "milvus-lite": 3}[server.name], said
    not_in = (
        f"footnote: Milvus at {server.uri} denies access. Put the credentials, user:password or a "
        "token, into $FOOTNOTE_ENGINE_TOKEN.\n"
    )
    # A wrong password is refused by the server; milvus-lite does not check any.
    assert (asked, said.count(not_in)) == {"milvus": (1, 2), "milvus-lite": (0, 0)}[server.name], (
        said
    )
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert [path for path in kept if servers.SECRET.encode() in path.read_bytes()] == []


# --- without a server ---------------------------------------------------------------------------


def test_words_of_a_row_are_no_more_than_a_server_takes(tmp_path, monkeypatch):
    sent = []
    monkeypatch.setattr(hosted, "write_collection", lambda *given: sent.extend(given[-1]))
    engine = EngineRecord("milvus", "http://a.example", "id", 1, words=True)
    entries = [Entry("a.txt", "a", "/a.txt", "text/plain", (), "", "", 4)]
    # A text of very many documents is found by all their names.
    texts = ["north " * 20_000 + "pier"]
    vectors = np.ones((1, 2), dtype=np.float32)
    rows = SearchRows(np.array([[0, 0, 4]]), vectors, texts)
    hosted.write_hosted(tmp_path, engine, entries, rows)
    assert len(sent[0]["words"]) == 6 * ((65_535 - 4) // 6) + 4
    assert sent[0]["words"].endswith("north pier")


def test_server_that_does_not_know_the_requests_is_reported(tmp_path, quick):
    grpc = pytest.importorskip("grpc")
    other = grpc.server(ThreadPoolExecutor(2))
    port = other.add_insecure_port("127.0.0.1:0")
    other.start()
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})
    try:
        with pytest.raises(FootnoteError, match=r"expected Milvus 2\.3\.5 or newer"):
            index.build(
                [docs],
                index=tmp_path / "index",
                encoder=WordEncoder(),
                engine="milvus",
                engine_uri=f"http://127.0.0.1:{port}",
            )
    finally:
        other.stop(None)
        milvus._clients.clear()
    assert not (tmp_path / "index" / "CURRENT").exists()


def test_server_that_is_not_milvus_is_reported(tmp_path, quick):
    page = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=page.serve_forever)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        thread.start()
        try:
            for port in (page.server_port, silent.getsockname()[1]):
                with pytest.raises(FootnoteError, match="does not answer"):
                    milvus.connect(f"http://127.0.0.1:{port}")
        finally:
            page.shutdown()
            page.server_close()
            thread.join()


def test_missing_client_is_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(FootnoteError, match=r"the client for it is not installed\. Install"):
        milvus.connect("http://127.0.0.1:1")


def test_server_address_is_removed_from_public_messages():
    error = FootnoteError("Milvus at http://db.example:19530/x does not answer. Start it")
    assert public_message(error) == "Milvus does not answer. Start it"


def test_engine_is_kept_by_default(tmp_path):
    assert choose_engine(tmp_path, None, None, None) is None
    assert choose_engine(tmp_path, "local", None, None) is None
    made = choose_engine(tmp_path, "milvus", "http://a.example:19530/", None)
    assert (made.uri, made.inode) == ("http://a.example:19530", tmp_path.stat().st_ino)
    assert choose_engine(tmp_path, None, None, made) == made
    assert choose_engine(tmp_path, "local", None, made) is None
    moved = choose_engine(tmp_path, None, "http://b.example", made)
    assert (moved.uri, moved.index_id) == ("http://b.example", made.index_id)
    copied = EngineRecord("milvus", made.uri, made.index_id, made.inode + 1)
    assert choose_engine(tmp_path, None, None, copied).index_id != made.index_id


@pytest.mark.parametrize(
    ("name", "uri", "reason"),
    [
        ("qdrant", None, "'qdrant' is not an engine. Choose one of: local, milvus"),
        ("milvus", None, "needs the address of a server. Give one, such as: --engine-uri http://"),
        ("local", "http://a.example", "The local engine has no address. Omit --engine-uri"),
        ("milvus", "./x.db", "not a server address. Give one such as http://127.0.0.1:19530"),
        ("milvus", "http://ida:pier@a.example:port", "The address of the engine is not a server"),
    ],
)
def test_invalid_engine_is_reported(tmp_path, name, uri, reason):
    with pytest.raises(FootnoteError) as caught:
        choose_engine(tmp_path, name, uri, None)
    assert reason in str(caught.value)
    assert "pier" not in str(caught.value)


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        ("https://a.example/db", ("https://a.example/db", "")),
        ("http://t0ken@a.example:1?password=x#y", ("http://a.example:1", "t0ken")),
        ("http://u:p%40q@[::1]:19530", ("http://[::1]:19530", "u:p@q")),
    ],
)
def test_credentials_are_removed_from_an_address(uri, parts):
    assert split_credentials(uri) == parts
