"""What the tests share: the real encoder, and one that can be worked out by hand."""

import pytest
from hypothesis import settings
from makings import WordEncoder, save_model

from index.embed import DEFAULT_ENCODER, Encoder, load_encoder

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


@pytest.fixture(autouse=True)
def _no_index_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOOTNOTE_INDEX", raising=False)


def pytest_collection_modifyitems(items):
    """Drive the browser last: its event loop stays in this thread, where there can be but one."""
    items.sort(key=lambda item: "browser" in item.path.parts)
