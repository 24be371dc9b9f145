"""A live generation that cannot be opened: the one before it goes on answering, and the log says
so once."""

import logging
import os

import pytest
from makings import write_files

import index
import qa
from index.errors import IndexDamaged, IndexNotFound
from index.store import live
from index.store.generation import DENSE_FILE
from index.store.live import open_or_keep

QUESTION = "Who painted the river?"


@pytest.fixture
def built(tmp_path, word_encoder, monkeypatch):
    """The folder of an index, and a function that builds a second generation of it."""
    monkeypatch.setattr(live, "RETRY_SECONDS", 0.0)
    docs, folder = tmp_path / "docs", tmp_path / "index"

    def build(keeper):
        write_files(docs, {"river.txt": f"{keeper} painted the river in Oslo."})
        return index.build([docs], index=folder, encoder=word_encoder).generation

    build("Astrid")
    return folder, build


def spoil(folder, name):
    """Shorten a file of a generation, and return what mends it."""
    file = folder / "generations" / name / DENSE_FILE
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    return lambda: file.write_bytes(content)


def texts(passages):
    return [passage.text for passage in passages]


def ask(folder, word_encoder):
    return texts(qa.retrieve(QUESTION, index=folder, encoder=word_encoder, reader="none"))


def test_a_new_generation_that_cannot_be_opened_leaves_the_one_in_use(
    built, word_encoder, caplog, monkeypatch
):
    folder, build = built
    with qa.open(folder, encoder=word_encoder, reader="none") as library:
        before = texts(library.retrieve(QUESTION))
        assert before == ["Astrid painted the river in Oslo."] == ask(folder, word_encoder)
        mend = spoil(folder, build("Birk"))
        with caplog.at_level(logging.WARNING, "index"):
            for _ in range(3):
                assert texts(library.retrieve(QUESTION)) == before == ask(folder, word_encoder)
        (record,) = caplog.records
        assert record.name == "index"
        assert record.getMessage().startswith(
            f"The new index in {folder} cannot be opened, so generation 000001 stays in use: "
        )
        assert "dense.faiss is damaged" in record.getMessage()
        mend()
        assert texts(library.retrieve(QUESTION)) == ["Birk painted the river in Oslo."]
        assert ask(folder, word_encoder) == ["Birk painted the river in Oslo."]
        spoil(folder, build("Signe"))
        caplog.clear()
        assert texts(library.retrieve(QUESTION)) == ["Birk painted the river in Oslo."]
        assert len(caplog.records) == 1


def test_it_is_not_tried_again_at_each_question(built, word_encoder, monkeypatch):
    folder, build = built
    ask(folder, word_encoder)
    monkeypatch.setattr(live, "RETRY_SECONDS", 1000.0)
    mend = spoil(folder, build("Birk"))
    assert ask(folder, word_encoder) == ["Astrid painted the river in Oslo."]
    mend()
    assert ask(folder, word_encoder) == ["Astrid painted the river in Oslo."]
    monkeypatch.setattr(live, "RETRY_SECONDS", 0.0)
    assert ask(folder, word_encoder) == ["Birk painted the river in Oslo."]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
@pytest.mark.parametrize("name", ["CURRENT", "generations/000002/chunks.npy"])
def test_so_does_one_that_another_user_wrote_for_himself(built, word_encoder, caplog, name):
    folder, build = built
    ask(folder, word_encoder)
    build("Birk")
    (folder / name).chmod(0)
    assert ask(folder, word_encoder) == ["Astrid painted the river in Oslo."]
    assert "Permission denied" in caplog.text


def test_without_an_earlier_one_it_is_an_error(built):
    folder, _ = built
    spoil(folder, "000001")
    with pytest.raises(IndexDamaged, match=r"dense\.faiss is damaged"):
        open_or_keep(folder)


def test_an_index_that_is_gone_is_an_error(built):
    folder, _ = built
    assert open_or_keep(folder)[1]
    (folder / "CURRENT").unlink()
    with pytest.raises(IndexNotFound):
        open_or_keep(folder)


def test_no_more_than_a_few_are_kept(tmp_path, word_encoder):
    docs = write_files(tmp_path / "docs", {"a.txt": "A cat."})
    for number in range(live.MAX_KEPT + 2):
        index.build([docs], index=tmp_path / str(number), encoder=word_encoder)
        open_or_keep(tmp_path / str(number))
    assert [path.name for path in live._kept] == ["2", "3", "4", "5"]
