"""The bundled encoder in int8 arithmetic, run by `onnx_session`.

It takes half the time of bfloat16, little memory, and none of the seconds that it takes to load
PyTorch. The published weights are quantized as they are loaded; the graph and the channel maxima
for smoothing were written by `int8_graph`. Each text is embedded alone, so that its vector depends
on nothing else.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.cpu import available_cpus
from index.encode.onnx_session import OnnxSession

LAYER_COUNT = 6
LAYER_MATRICES = ("qkv", "out", "up", "down")
"""The matrices of each layer: query, key and value; attention output; the two of the MLP."""

GRAPH_FILE = Path(__file__).with_name("weights") / "encoder.onnx"
CHANNEL_MAXIMA_FILE = Path(__file__).with_name("weights") / "largest.npz"
PROBE_FILE = Path(__file__).with_name("weights") / "probe.onnx"

PROBE_SHAPE = (64, 64)
"""The shape of both matrices that `adds_exactly` multiplies."""

MAX_WEIGHT = 127
"""The largest quantized weight."""

INT7 = "int7"
"""The dtype of the network on a processor where weights go up to MAX_WEIGHT_SATURATING only."""

MAX_WEIGHT_SATURATING = 64
"""The same on a processor that adds two products of activation and weight in 16 bits before it
widens them, such as one with AVX2 and without VNNI: 2 * 255 * 64 just fits."""

SMOOTHING_ALPHA = 0.6
"""How much of the quantization difficulty moves from the activations to the weights, 0 to 1."""

MODEL_MAX_TOKENS = 256
"""Tokens of a text that the model reads; longer texts are truncated, as its authors advise."""

_MATRIX_MODULES = {
    "qkv": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "out": ("attention.output.dense",),
    "up": ("intermediate.dense",),
    "down": ("output.dense",),
}


class Int8Model:
    """The network of all-MiniLM-L6-v2. Several threads may use it at once."""

    dimension = 384
    max_tokens = MODEL_MAX_TOKENS

    def __init__(self, folder: Path):
        self.prompts = {"query": "", "document": ""}
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MODEL_MAX_TOKENS)
        self.dtype = "int8" if adds_exactly() else INT7
        self._session = OnnxSession(GRAPH_FILE, _load_initializers(folder))

    def embed(self, texts: Sequence[str], kind: str) -> npt.NDArray[np.float32]:
        """Return one row per text: shape (len(texts), dimension). `kind` makes no difference."""
        if len(texts) == 1:
            return self._embed_one(texts[0])[np.newaxis]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        # The longest first, so that no thread is still busy with one when the others are done.
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        with ThreadPoolExecutor(available_cpus()) as threads:
            for number, vector in zip(
                order, threads.map(lambda n: self._embed_one(texts[n]), order), strict=True
            ):
                vectors[number] = vector
        return vectors

    def _embed_one(self, text: str) -> npt.NDArray[np.float32]:
        ids = np.array([self.tokenizer.encode(text).ids], dtype=np.int64)
        return np.asarray(self._session.run(["vector"], {"ids": ids})[0][0], dtype=np.float32)


def matrix_modules(layer: int, matrix: str) -> list[str]:
    """Return the names of the modules whose matrices, side by side, form this one.

    >>> matrix_modules(2, "up")
    ['encoder.layer.2.intermediate.dense']
    """
    return [f"encoder.layer.{layer}.{module}" for module in _MATRIX_MODULES[matrix]]


def _load_initializers(folder: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Return the initializers of the graph, by name, made from the published weights."""
    from safetensors.numpy import load_file

    weights = load_file(folder / "model.safetensors")
    with np.load(CHANNEL_MAXIMA_FILE, allow_pickle=False) as file:
        maxima = {name: file[name].astype(np.float32) for name in file.files}
    initializers: dict[str, npt.NDArray[np.generic]] = {
        "words": weights["embeddings.word_embeddings.weight"],
        "places": weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0],
    }

    def norm(name: str, source: str) -> None:
        for part in ("weight", "bias"):
            initializers[f"{name}.{part}"] = weights[f"{source}.LayerNorm.{part}"]

    max_weight = MAX_WEIGHT if adds_exactly() else MAX_WEIGHT_SATURATING
    norm("norm", "embeddings")
    for layer in range(LAYER_COUNT):
        norm(f"{layer}.norm1", f"encoder.layer.{layer}.attention.output")
        norm(f"{layer}.norm2", f"encoder.layer.{layer}.output")
        for kind in LAYER_MATRICES:
            name, modules = f"{layer}.{kind}", matrix_modules(layer, kind)
            matrix = np.concatenate([weights[f"{module}.weight"] for module in modules]).T
            factors = smoothing_factors(maxima[name], matrix)
            initializers[f"{name}.smooth"] = 1 / factors
            quantized, scale = quantize_columns(matrix * factors[:, None], max_weight)
            initializers[f"{name}.weight"], initializers[f"{name}.scale"] = quantized, scale
            initializers[f"{name}.bias"] = np.concatenate([weights[f"{m}.bias"] for m in modules])
    return initializers


@lru_cache(maxsize=1)
def adds_exactly() -> bool:
    """Whether this processor adds products of 8-bit numbers without saturating.

    With weights up to MAX_WEIGHT, cosines to the published network fall to 0.976 where it does not,
    and to 0.997 with weights up to MAX_WEIGHT_SATURATING.
    """
    weight = np.full(PROBE_SHAPE, MAX_WEIGHT, dtype=np.int8)
    scale = np.ones(PROBE_SHAPE[1], dtype=np.float32)
    probe = OnnxSession(PROBE_FILE, {"weight": weight, "scale": scale})
    (product,) = probe.run(["product"], {"input": np.ones(PROBE_SHAPE, dtype=np.float32)})
    return bool(np.allclose(product, MAX_WEIGHT * PROBE_SHAPE[0]))


def smoothing_factors(
    maxima: npt.NDArray[np.float32], matrix: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return the factor of each channel, shape (n,): activations are divided by it before they are
    quantized, and its row of the matrix is multiplied by it.

    `maxima` holds the largest absolute activation of each channel, shape (n,); `matrix` has the
    shape (n, m). From Xiao et al., "SmoothQuant: Accurate and Efficient Post-Training Quantization
    for Large Language Models", 2023, equation 4.

    >>> matrix = np.array([[1.0, -1.0], [0.0, 1.0]])
    >>> smoothing_factors(np.array([32.0, 1.0]), matrix).round(3).tolist()
    [8.0, 1.0]
    """
    weights = np.abs(matrix).max(axis=1)
    alpha = SMOOTHING_ALPHA
    return np.asarray(np.maximum(maxima, 1e-3) ** alpha / np.maximum(weights, 1e-4) ** (1 - alpha))


def quantize_columns(
    matrix: npt.NDArray[np.float32], max_weight: int = MAX_WEIGHT
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return a matrix as integers up to `max_weight` in size, and the scale of each column.

    >>> quantize_columns(np.array([[1.0, 0.0], [-2.0, 0.5]], dtype=np.float32))[0].tolist()
    [[64, 0], [-127, 127]]
    """
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / max_weight
    return np.round(matrix / scale).astype(np.int8), scale.astype(np.float32)
