"""A forked child process asks, builds and answers while its parent goes on."""

import multiprocessing
import os
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection
from threading import Event, Lock, Thread
from types import SimpleNamespace

import numpy as np
import pytest
from makings import write_files
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

import index
import qa
from index.encode import sentence_transformer
from index.per_process import PerProcess
from index.store.library import Library

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    # Python 3.12 and newer warn of what these tests are about.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

TIME_LIMIT = 60
"""Seconds; a child that waits for a thread of its parent waits for ever."""

QUESTION = "What does the night ferry carry?"
FERRY = "The night ferry carries timber to Oslo. It leaves at nine."


def call_in_fork(function, *arguments):
    """Return what a function returns in a forked child process, within the time limit."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=send_result, args=(theirs, function, arguments))
    child.start()
    try:
        assert ours.poll(TIME_LIMIT), "the child did not answer"
        return ours.recv()
    finally:
        child.kill()
        child.join()


def send_result(target: Connection, function, arguments) -> None:
    target.send(function(*arguments))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("fork")
    index.build([write_files(home / "docs", {"ferry.txt": FERRY})], index=home / "index")
    return home / "index"


def ask_for_text(asked) -> str:
    return qa.ask(QUESTION, index=asked).text


def test_a_forked_child_answers_as_its_parent_does(folder):
    expected = ask_for_text(folder)
    assert expected
    assert call_in_fork(ask_for_text, folder) == expected
    opened = index.open_index(folder)  # Opened by the parent, and handed to the child.
    assert call_in_fork(ask_for_text, opened) == expected
    assert ask_for_text(opened) == expected


def test_children_of_a_pool_answer_while_threads_of_the_parent_ask(folder):
    expected, stop = ask_for_text(folder), Event()

    def ask_until_stopped():
        while not stop.is_set():
            ask_for_text(folder)

    threads = [Thread(target=ask_until_stopped) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(2, context) as pool:
            answers = list(pool.map(ask_for_text, [folder] * 6, timeout=TIME_LIMIT))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert answers == [expected] * 6


def add_and_ask(folder, path) -> str:
    index.build([path], index=folder)
    return qa.ask("Who painted the bridge?", index=folder).text


def test_a_forked_child_builds_what_its_parent_then_reads(folder, tmp_path):
    added = write_files(tmp_path / "more", {"bridge.txt": "Ida Holm painted the bridge in May."})
    ask_for_text(folder)
    answer = call_in_fork(add_and_ask, folder, added)
    assert "Ida Holm" in answer
    assert qa.ask("Who painted the bridge?", index=folder).text == answer


def test_a_forked_child_opens_the_library_anew(folder):
    opened: list[sqlite3.Connection] = []

    def connect() -> sqlite3.Connection:
        opened.append(sqlite3.connect(":memory:"))
        return opened[-1]

    library = Library(connect)

    def count_in_child() -> int:
        library.close()  # What the parent opened stays open.
        with library._transaction() as connection:
            assert connection is opened[1]
        return len(opened)

    assert call_in_fork(count_in_child) == 2
    assert len(opened) == 1
    assert opened[0].execute("SELECT 1").fetchone() == (1,)
    library.close()


def test_a_lock_that_another_thread_holds_is_free_in_the_child():
    lock = PerProcess(Lock)

    def is_free() -> bool:
        return lock.get().acquire(blocking=False)

    with lock.get():
        assert not is_free()
        assert call_in_fork(is_free)


def test_a_model_that_a_thread_of_the_parent_uses_embeds_in_the_child(monkeypatch, tmp_path):
    embedding, stop = Event(), Event()

    def encode(texts, **_):
        if "wait" in texts:
            embedding.set()
            stop.wait(TIME_LIMIT)
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)

    stub = SimpleNamespace(
        device=SimpleNamespace(type="cpu"),
        encode=encode,
        encode_document=encode,
        get_embedding_dimension=lambda: 2,
        max_seq_length=8,
        prompts={},
        tokenizer=SimpleNamespace(backend_tokenizer=Tokenizer(WordLevel({}, "?"))),
    )
    monkeypatch.setattr(sentence_transformer, "has_bfloat16", lambda: False)
    monkeypatch.setattr(sentence_transformer, "load_transformer", lambda *_: stub)
    model = sentence_transformer.TransformerModel(tmp_path)

    def embed_in_child() -> list[list[float]]:
        return model.embed(["bird", "dog"], "document").tolist()

    thread = Thread(target=model.embed, args=(["wait"], "document"))
    thread.start()
    try:
        assert embedding.wait(TIME_LIMIT)
        assert call_in_fork(embed_in_child) == [[4, 1], [3, 1]]
    finally:
        stop.set()
        thread.join()
