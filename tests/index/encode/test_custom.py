"""Encoders that a program brings along: functions and objects, tried at the door and recognised."""

import numpy as np
import pytest
from makings import WordEncoder, write_files

import index
import qa
from index.encode.custom import MAX_TEXTS, take_encoder
from index.errors import EncoderMismatch, FootnoteError, InvalidArgument

WORDS = WordEncoder()


def embed_words(texts):
    """Vectors of any norm, as lists of lists: what a web service would return."""
    return (3 * WORDS.embed_passages(texts)).tolist()


class WordModel:
    """An object as sentence-transformers has them: queries are embedded by another method."""

    max_seq_length = 100

    def __init__(self):
        self.asked = []

    def encode(self, texts):
        return WORDS.embed_passages(texts)

    def encode_query(self, texts):
        self.asked += texts
        return WORDS.embed_passages(texts)


@pytest.fixture
def docs(tmp_path):
    return write_files(
        tmp_path / "docs",
        {"bridge.txt": "The minister opened the bridge.", "ship.txt": "A ship visited Tokyo."},
    )


def texts(passages):
    return [passage.text for passage in passages]


@pytest.mark.parametrize("given", [embed_words, WordModel()])
def test_an_index_is_built_and_asked_with_it(docs, tmp_path, given):
    index.build([docs], index=tmp_path / "index", encoder=given)
    with qa.open(tmp_path / "index", encoder=given, reader="none") as library:
        first = library.retrieve("ship tokyo")[0]
        assert first.text == "A ship visited Tokyo."
        assert first.scores["dense"] == pytest.approx(2 / np.sqrt(2 * 3))
        library.add({"cat": "A cat painted the river."})
        assert texts(library.retrieve("river painted", top_k=1)) == ["A cat painted the river."]
        library.remove(["cat"])
        assert len(library.documents()) == 2
    opened = index.open_index(tmp_path / "index", encoder=given)
    assert opened.manifest.encoder.name.startswith(("tests.", "test_custom."))
    answers = list(qa.ask_each("Which ship?", index=opened, reader="none"))
    assert len(answers) == 2
    assert index.remove(["ship.txt"], index=tmp_path / "index", encoder=given).removed


def test_questions_are_embedded_by_the_method_for_them(docs, tmp_path):
    model = WordModel()
    index.build([docs], index=tmp_path / "index", encoder=model)
    qa.retrieve("Which ship?", index=tmp_path / "index", encoder=model, reader="none")
    assert "Which ship?" in model.asked
    assert take_encoder(model).max_tokens == 100


def test_it_is_called_with_few_texts_at_once():
    sizes = []

    def embed(texts):
        sizes.append(len(texts))
        return embed_words(texts)

    encoder = index.make_encoder(embed, name="counted")
    sizes.clear()
    vectors = encoder.embed_passages(["cat"] * (MAX_TEXTS + 1))
    assert sizes == [MAX_TEXTS, 1]
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert encoder.embed_passages([]).shape == (0, WORDS.dimension)


def fail(texts):
    raise OSError("no route to host")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda texts: [[1.0, 2.0]], "function without a name"),
        (fail, r"test_custom.fail failed \(OSError: no route to host\)"),
        (3, "encoder is 3, which embeds nothing"),
        (WordModel, "which embeds nothing"),
    ],
)
def test_what_cannot_embed_is_refused_at_the_door(tmp_path, given, message):
    with pytest.raises(InvalidArgument, match=message):
        qa.open(tmp_path, encoder=given)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ([[1.0, 2.0]], r"shape \(1, 2\), expected 2 vectors of one length"),
        ([1.0, 2.0], r"shape \(2,\)"),
        ([[], []], r"shape \(2, 0\)"),
        ([[1.0], [1.0, 2.0]], "a list that is no array"),
        (["one", "two"], "a list that is no array"),
        ([[1.0, float("nan")], [1.0, 2.0]], "not a number"),
        (None, "expected 2 vectors"),
    ],
)
def test_what_returns_no_vectors_is_refused_at_the_door(returned, message):
    with pytest.raises(InvalidArgument, match=message):
        index.make_encoder(lambda texts: returned, name="odd")


def test_questions_of_another_length_are_refused_at_the_door():
    model = WordModel()
    model.encode_query = lambda texts: [[1.0, 2.0] for _ in texts]
    with pytest.raises(InvalidArgument, match=f"expected 1 vectors of {WORDS.dimension}"):
        index.make_encoder(model)


def test_one_that_fails_later_is_an_error_with_its_name():
    calls = []

    def embed(texts):
        calls.append(texts)
        if len(calls) > 2:
            raise TimeoutError("too slow")
        return embed_words(texts)

    encoder = index.make_encoder(embed, name="slow")
    with pytest.raises(FootnoteError, match=r"The encoder slow failed \(TimeoutError: too slow\)"):
        encoder.embed_passages(["cat"])


@pytest.mark.parametrize("max_tokens", [0, 63, "100"])
def test_a_limit_that_cannot_be_used_is_refused(max_tokens):
    with pytest.raises(InvalidArgument, match="whole number of at least 64"):
        index.make_encoder(embed_words, max_tokens=max_tokens)


def test_an_index_of_one_is_not_opened_without_it(docs, tmp_path):
    index.build([docs], index=tmp_path / "index", encoder=index.make_encoder(embed_words, name="w"))
    for call in (
        lambda: qa.retrieve("Which ship?", index=tmp_path / "index", reader="none"),
        lambda: index.build([docs], index=tmp_path / "index"),
    ):
        with pytest.raises(EncoderMismatch, match="built with the encoder w, which a program gave"):
            call()


@pytest.mark.parametrize("prune", [False, True])
def test_other_vectors_under_the_same_name_are_refused(docs, tmp_path, prune):
    home = tmp_path / "index"
    index.build([docs], index=home, encoder=index.make_encoder(embed_words, name="w"), prune=prune)
    other = index.make_encoder(lambda texts: np.roll(embed_words(texts), 1, axis=1), name="w")
    for call in (
        lambda: qa.retrieve("Which ship?", index=home, encoder=other, reader="none"),
        lambda: index.build([docs], index=home, encoder=other),
    ):
        with pytest.raises(EncoderMismatch, match="w makes other vectors than those in the index"):
            call()
    renamed = index.make_encoder(lambda texts: np.roll(embed_words(texts), 1, axis=1), name="v")
    assert index.build([docs], index=home, encoder=renamed).embedded == 2


def test_dask_workers_do_not_have_it(docs, tmp_path):
    with pytest.raises(InvalidArgument, match="which Dask workers do not have"):
        index.build([docs], index=tmp_path / "i", encoder=embed_words, dask="tcp://127.0.0.1:1")


def test_a_folder_may_be_a_path(docs, tmp_path):
    with pytest.raises(EncoderMismatch, match="is not on this machine"):
        index.build([docs], index=tmp_path / "index", encoder=tmp_path / "none")
