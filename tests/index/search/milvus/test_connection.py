"""What requests to a Milvus server leave as it was in the process that makes them."""

import logging
import threading

import pytest

from index.errors import EngineFailed
from index.search.milvus.connection import LOGGER, connect, translate_errors

URI = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def level():
    """Let pymilvus log from the level INFO on, as an application may want it."""
    before = LOGGER.level
    LOGGER.setLevel(logging.INFO)
    yield logging.INFO
    LOGGER.setLevel(before)


def test_the_log_is_silent_during_a_request_only(level):
    with translate_errors(URI):
        assert not LOGGER.isEnabledFor(logging.CRITICAL)
        with translate_errors(URI):
            assert not LOGGER.isEnabledFor(logging.CRITICAL)
        assert not LOGGER.isEnabledFor(logging.CRITICAL)
    assert LOGGER.level == level


def test_the_last_of_several_threads_restores_it(level):
    entered, leave = threading.Event(), threading.Event()

    def request():
        with translate_errors(URI):
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=request)
    with translate_errors(URI):
        thread.start()
        entered.wait(10)
    assert not LOGGER.isEnabledFor(logging.CRITICAL)
    leave.set()
    thread.join()
    assert LOGGER.level == level


def test_a_server_that_does_not_answer_leaves_it_too(level, capfd):
    pytest.importorskip("pymilvus")
    LOGGER.setLevel(level)  # Importing it sets a level of its own.
    with pytest.raises(EngineFailed, match="does not answer"):
        connect(URI)
    assert LOGGER.level == level
    assert "ERROR" not in capfd.readouterr().err
