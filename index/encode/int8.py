"""The embedded encoder in 8 bits, run by onnxruntime: text -> unit vector.

It takes half the time of bfloat16, little memory, and none of the seconds that loading PyTorch
costs. The weights are the published ones, brought to 8 bits as they are loaded; the graph that
they stand in and how channels are smoothed come from `index.encode.int8_graph`. A text is read
alone, so that its vector is a function of the text and nothing else.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.cpu import processors

LAYERS = 6
DENSE = ("qkv", "out", "up", "down")
"""The matrices of each layer: for attention, out of it, and the two that follow."""

GRAPH = Path(__file__).with_name("weights") / "encoder.onnx"
SMOOTHING = Path(__file__).with_name("weights") / "largest.npz"

ALPHA = 0.6
"""How much of the difficulty of 8 bits goes from the values to the weights, 0 to 1."""

MAX_TOKENS = 256
"""Tokens of a text that are read; of the rest the model knows nothing, its authors say."""

_SOURCES = {
    "qkv": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "out": ("attention.output.dense",),
    "up": ("intermediate.dense",),
    "down": ("output.dense",),
}


class EightBit:
    """The network of all-MiniLM-L6-v2. Many threads may use it at once."""

    dtype = "int8"
    dimension = 384
    max_tokens = MAX_TOKENS

    def __init__(self, folder: Path):
        import onnxruntime

        self.prompts = {"query": "", "document": ""}
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Two texts on a thread each take less time than one after the other on two.
        options.intra_op_num_threads = 1
        # A plan of the memory would be kept for every length of text there is.
        options.enable_mem_pattern = False
        given = {
            name: onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values))
            for name, values in _given(folder).items()
        }
        options.add_external_initializers(list(given), list(given.values()))
        self._session = onnxruntime.InferenceSession(
            str(GRAPH), options, providers=["CPUExecutionProvider"]
        )
        self._given = given  # The session reads from them.

    def embed(self, texts: Sequence[str], kind: str) -> npt.NDArray[np.float32]:
        """Return one row per text: shape (len(texts), dimension). `kind` makes no difference."""
        if len(texts) == 1:
            return self._embed_one(texts[0])[np.newaxis]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        # The longest first, so that no thread is left alone with one.
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        with ThreadPoolExecutor(processors()) as threads:
            for number, vector in zip(
                order, threads.map(lambda n: self._embed_one(texts[n]), order), strict=True
            ):
                vectors[number] = vector
        return vectors

    def _embed_one(self, text: str) -> npt.NDArray[np.float32]:
        ids = np.array([self.tokenizer.encode(text).ids], dtype=np.int64)
        return np.asarray(self._session.run(None, {"ids": ids})[0][0], dtype=np.float32)


def sources(layer: int, kind: str) -> list[str]:
    """Return the names of the modules whose matrices, side by side, are this one.

    >>> sources(2, "up")
    ['encoder.layer.2.intermediate.dense']
    """
    return [f"encoder.layer.{layer}.{module}" for module in _SOURCES[kind]]


def _given(folder: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Return what the graph takes from the weights, by the names that it has there."""
    from safetensors.numpy import load_file

    weights = load_file(folder / "model.safetensors")
    with np.load(SMOOTHING, allow_pickle=False) as file:
        most = {name: file[name].astype(np.float32) for name in file.files}
    given = {
        "words": weights["embeddings.word_embeddings.weight"],
        "places": weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0],
    }

    def norm(name: str, source: str) -> None:
        for part in ("weight", "bias"):
            given[f"{name}.{part}"] = weights[f"{source}.LayerNorm.{part}"]

    norm("norm", "embeddings")
    for layer in range(LAYERS):
        norm(f"{layer}.norm1", f"encoder.layer.{layer}.attention.output")
        norm(f"{layer}.norm2", f"encoder.layer.{layer}.output")
        for kind in DENSE:
            name, modules = f"{layer}.{kind}", sources(layer, kind)
            matrix = np.concatenate([weights[f"{module}.weight"] for module in modules]).T
            by = smoothing(most[name], matrix)
            given[f"{name}.smooth"] = 1 / by
            given[f"{name}.weight"], given[f"{name}.scale"] = to_eight_bits(matrix * by[:, None])
            given[f"{name}.bias"] = np.concatenate([weights[f"{m}.bias"] for m in modules])
    return given


def smoothing(
    most: npt.NDArray[np.float32], matrix: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return by what each channel is divided before 8 bits, and its row of the matrix multiplied.

    `most` holds the largest absolute value of each channel, shape (n,), `matrix` has the shape
    (n, m). From Xiao et al., "SmoothQuant: Accurate and Efficient Post-Training Quantization for
    Large Language Models", 2023, equation 4.

    >>> smoothing(np.array([32.0, 1.0]), np.array([[1.0, -1.0], [0.0, 1.0]])).round(3).tolist()
    [8.0, 1.0]
    """
    weights = np.abs(matrix).max(axis=1)
    return np.asarray(np.maximum(most, 1e-3) ** ALPHA / np.maximum(weights, 1e-4) ** (1 - ALPHA))


def to_eight_bits(
    matrix: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return a matrix as whole numbers from -127 to 127 and the scale of each of its columns.

    >>> to_eight_bits(np.array([[1.0, 0.0], [-2.0, 0.5]], dtype=np.float32))[0].tolist()
    [[64, 0], [-127, 127]]
    """
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / 127
    return np.round(matrix / scale).astype(np.int8), scale.astype(np.float32)
