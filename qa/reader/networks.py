"""The two kinds of network that a reader may run, from windows of tokens to logits.

Decoding the logits is left to `qa.reader.decode`, finding the files to `qa.reader.load`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.cpu import available_cpus
from index.encode.int8 import MAX_WEIGHT, MAX_WEIGHT_SATURATING, adds_exactly
from index.encode.onnx_session import OnnxSession
from index.errors import FootnoteError
from index.per_process import PerProcess
from qa.reader.decode import WindowLogits
from qa.reader.token_windows import MAX_WINDOW_TOKENS, TokenWindow, pad_windows

GRAPH_FILE = "graph.onnx"
"""The file of a reader that describes its network; the weights lie beside it."""


class Network(Protocol):
    """Returns the logits of each window, which do not depend on the other windows."""

    def __call__(self, windows: Sequence[TokenWindow]) -> Sequence[WindowLogits]: ...


class Int8Network:
    """A network that `qa.training.export` wrote, one window a thread, without padding.

    `checksums` are the sha256 of its files by name. Raises `FootnoteError` where a file is missing
    or is another.
    """

    def __init__(self, folder: Path, checksums: Mapping[str, str]):
        from safetensors.numpy import load

        weights: dict[str, npt.NDArray[Any]] = {}
        for name, expected in checksums.items():
            data = (folder / name).read_bytes()
            if hashlib.sha256(data).hexdigest() != expected:
                raise FootnoteError(
                    f"{name} in {folder} is not the file that was exported with this reader: it "
                    "is damaged, incomplete or of another reader. Copy the whole folder again."
                )
            if name != GRAPH_FILE:
                weights |= load(data)
        if not adds_exactly():
            _lower_weights(weights)
        self._threads = PerProcess(lambda: ThreadPoolExecutor(available_cpus(), "reader"))
        self._session = OnnxSession(folder / GRAPH_FILE, weights)

    def __call__(self, windows: Sequence[TokenWindow]) -> Sequence[WindowLogits]:
        return list(self._threads.get().map(self._run, windows))

    def _run(self, window: TokenWindow) -> WindowLogits:
        inputs = {"ids": window.ids[np.newaxis]}
        start, end, answers = self._session.run(["start", "end", "answers"], inputs)
        return start[0], end[0], float(answers[0])


def _lower_weights(weights: dict[str, npt.NDArray[Any]]) -> None:
    """Bring the matrices of products to a size at which no sum saturates."""
    factor = MAX_WEIGHT_SATURATING / MAX_WEIGHT
    for matrix in [name for name, values in weights.items() if values.dtype == np.int8]:
        scale = f"{matrix.removesuffix('.weight')}.scale"
        if matrix.endswith(".weight"):
            weights[matrix] = np.round(weights[matrix] * np.float32(factor)).astype(np.int8)
            weights[scale] = (weights[scale] / factor).astype(np.float32)


class HuggingFaceNetwork:
    """An extractive question-answering model from Hugging Face, run by transformers.

    Such a model marks a question without an answer at its first token. The logit of answering is
    the log-sum-exp of all spans' scores less the score of that token.
    """

    def __init__(self, folder: Path):
        from transformers import AutoModelForQuestionAnswering

        self._model = AutoModelForQuestionAnswering.from_pretrained(
            str(folder), local_files_only=True
        ).eval()
        config = self._model.config
        self._has_types = int(getattr(config, "type_vocab_size", 0)) > 1
        self.vocabulary_size = int(config.vocab_size)
        self.window_tokens = min(
            MAX_WINDOW_TOKENS, int(getattr(config, "max_position_embeddings", 512))
        )

    def __call__(self, windows: Sequence[TokenWindow]) -> Sequence[WindowLogits]:
        return list(map(self._run, windows))

    def _run(self, window: TokenWindow) -> WindowLogits:
        import torch

        inputs = {name: torch.from_numpy(array) for name, array in pad_windows([window]).items()}
        types = {"token_type_ids": inputs["types"]} if self._has_types else {}
        with torch.inference_mode():
            output = self._model(input_ids=inputs["ids"], attention_mask=inputs["mask"], **types)
        start, end = (x[0].float().numpy() for x in (output.start_logits, output.end_logits))
        inside = window.starts >= 0
        spans = sum(np.logaddexp.reduce(np.where(inside, x, -1e4)) for x in (start, end))
        return start, end, float(spans - start[0] - end[0])
