"""Any sentence-transformers model: texts -> vectors. The only sentence_transformers import."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.errors import EncoderMismatch

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_SIZE = 32
"""Texts embedded at once on a CPU."""

ACCELERATED_BATCH = 256
"""Texts embedded at once on an accelerator: an H200 embeds 2,900 a second so, and 1,600 a second
in batches of 32."""

SHAPES = "16"
"""Sizes of a multiplication for which PyTorch keeps what it made for them; by default it keeps
1,024 for each thread, a quarter of a gigabyte after some hundred questions, for 4% of the time."""


class Model:
    """A model in a folder, on the accelerator where there is one, in bfloat16 where that pays."""

    def __init__(self, folder: Path):
        # Two of its layers keep them; both look here when they are loaded.
        os.environ.setdefault("LRU_CACHE_CAPACITY", SHAPES)
        os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", SHAPES)
        self.dtype = "bfloat16" if has_bfloat16() else "float32"
        model = load_model(folder, self.dtype)
        self._model = model
        self._at_once = BATCH_SIZE if model.device.type == "cpu" else ACCELERATED_BATCH
        self._lock, self._next = Lock(), Lock()
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.max_tokens = int(model.max_seq_length or 0)
        self.prompts = {name: prompt or "" for name, prompt in model.prompts.items()}
        self.tokenizer = Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str())

    def embed(self, texts: Sequence[str], kind: str) -> npt.NDArray[np.float32]:
        """Return one row per text, of shape (len(texts), dimension), those of like length together.

        `kind` is "query" or "document". Between two batches others get their turn: a question
        does not wait for all of a build.
        """
        encode = self._model.encode_query if kind == "query" else self._model.encode_document
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(order), self._at_once):
            some = order[first : first + self._at_once]
            with self._turn():
                vectors[some] = encode(
                    [texts[n] for n in some], batch_size=self._at_once, show_progress_bar=False
                )
        return vectors

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the model. Who holds it and wants it again comes after the one that waits."""
        with self._next:
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()


def load_model(folder: Path, dtype: str, device: str | None = None) -> "SentenceTransformer":
    """Return the model in a folder. Raises `EncoderMismatch` where there is none."""
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(
            str(folder), device=device, local_files_only=True, model_kwargs={"dtype": dtype}
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise EncoderMismatch(
            f"The folder {folder} does not hold a sentence-transformers model ({error}). Give "
            "the folder of one, or leave --encoder out for the embedded one."
        ) from error
    return model.eval()


def has_bfloat16() -> bool:
    """Whether this machine multiplies bfloat16 in hardware; emulated it is slower than float32."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
