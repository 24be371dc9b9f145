"""What the tests share: the real encoder, and one that can be worked out by hand."""

import logging
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings
from makings import WordEncoder, save_model

from index.encode.encoder import DEFAULT_ENCODER, Encoder, load_encoder
from qa.chat.observe.logs import LOGGER, EventFormatter

collect_ignore = [
    *("bench", "offline.py", "browser/screenshot.py", "files"),
    *("conftest.py", "browser/conftest.py"),
]
"""Programs, and files of one name: not to be imported in search of examples in docstrings."""

settings.register_profile("footnote", deadline=None, max_examples=60, print_blob=True)
settings.load_profile("footnote")


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The real encoder; asked for by name, as the package does, so that one copy is held."""
    return load_encoder(DEFAULT_ENCODER)


@pytest.fixture(scope="session")
def other_reader(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a Hugging Face model that can read, untrained."""
    return str(save_model(tmp_path_factory.mktemp("other") / "reader"))


@pytest.fixture
def word_encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list]]:
    """Return a function that starts a log of some form, and the lines in it, each as it is read."""
    written: list = []
    read: list[Callable] = [str]

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(read[0](self.format(record)))

    kept = Kept()

    def start(form: str, reads: Callable = str) -> list:
        kept.setFormatter(EventFormatter(form))
        read[0] = reads
        return written

    LOGGER.addHandler(kept)
    monkeypatch.setattr(LOGGER, "propagate", False)
    before = LOGGER.level
    LOGGER.setLevel(logging.INFO)  # A logger remembers which levels it passes until this is called.
    yield start
    LOGGER.setLevel(before)
    LOGGER.removeHandler(kept)


@pytest.fixture(autouse=True)
def _no_index_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOOTNOTE_INDEX", raising=False)


def pytest_collection_modifyitems(items):
    """Drive the browser last: its event loop stays in this thread, where there can be but one."""
    items.sort(key=lambda item: "browser" in item.path.parts)
