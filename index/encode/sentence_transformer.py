"""Any sentence-transformers model as an encoder. The only sentence_transformers import."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.environment import set_environment
from index.errors import EncoderMismatch
from index.per_process import PerProcess

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CPU_BATCH_SIZE = 32
"""Texts per batch on a CPU."""

ACCELERATOR_BATCH_SIZE = 256
"""Texts per batch on an accelerator. An H200 embeds 2,900 texts a second in such batches, and
1,600 a second in batches of 32."""

PRIMITIVE_CACHE_SIZE = "16"
"""Matrix shapes for which PyTorch caches compiled primitives. Its default of 1,024 per thread takes
a quarter of a gigabyte after some hundred questions and saves 4% of the time."""

_CACHE_VARIABLES = ("LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY")
"""Two libraries below PyTorch have such a cache; each reads its variable when it is first used."""

_VARIABLES_OF_LIBRARIES = ("KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "TORCHINDUCTOR_CACHE_DIR")
"""Set by scikit-learn and PyTorch while they are imported."""


class TransformerModel:
    """A model from a folder, on an accelerator if there is one, in bfloat16 if that is faster."""

    def __init__(self, folder: Path):
        sizes = {name: os.environ.get(name, PRIMITIVE_CACHE_SIZE) for name in _CACHE_VARIABLES}
        with set_environment({**sizes, **dict.fromkeys(_VARIABLES_OF_LIBRARIES)}):
            self.dtype = "bfloat16" if has_bfloat16() else "float32"
            model = load_transformer(folder, self.dtype)
            model.encode(["first use"], show_progress_bar=False)
        self._model = model
        self._batch_size = CPU_BATCH_SIZE if model.device.type == "cpu" else ACCELERATOR_BATCH_SIZE
        self._lock, self._next = PerProcess(Lock), PerProcess(Lock)
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.max_tokens = int(model.max_seq_length or 0)
        self.prompts = {name: prompt or "" for name, prompt in model.prompts.items()}
        self.tokenizer = Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str())

    def embed(self, texts: Sequence[str], kind: str) -> npt.NDArray[np.float32]:
        """Return one row per text: shape (len(texts), dimension). `kind` is "query" or "document".

        Texts of similar length share a batch. Other threads get their turn between two batches, so
        that a question does not wait for a whole build.
        """
        encode = self._model.encode_query if kind == "query" else self._model.encode_document
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(order), self._batch_size):
            some = order[first : first + self._batch_size]
            with self._take_turn():
                vectors[some] = encode(
                    [texts[n] for n in some], batch_size=self._batch_size, show_progress_bar=False
                )
        return vectors

    @contextmanager
    def _take_turn(self) -> Iterator[None]:
        """Hold the model. A thread that wants it again comes after a thread that waits."""
        lock = self._lock.get()
        with self._next.get():
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def load_transformer(folder: Path, dtype: str, device: str | None = None) -> "SentenceTransformer":
    """Return the model in a folder. Raises `EncoderMismatch` if the folder holds none."""
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    has_progress_bar = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(
            str(folder), device=device, local_files_only=True, model_kwargs={"dtype": dtype}
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise EncoderMismatch(
            f"The folder {folder} does not hold a sentence-transformers model ({error}). Give "
            "the folder of one, or omit --encoder to use the bundled encoder."
        ) from error
    finally:
        if has_progress_bar:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
    return model.eval()


def has_bfloat16() -> bool:
    """Whether this machine has bfloat16 in hardware; emulated it is slower than float32."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
