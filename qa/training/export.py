"""A trained network -> the folder of a reader: an int8 graph for onnxruntime, its weights, its
tokenizer and its model card.

Activations are smoothed as the encoder's are (`index.encode.int8`): the largest activation of each
channel is measured while the float network reads sample windows. The weights lie in several files,
so that none is too large for a repository. `qa.reader.networks` runs the result.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from onnx import TensorProto
from onnx.helper import make_tensor_value_info
from safetensors.numpy import save_file

from index.encode.int8 import LAYER_MATRICES, quantize_columns, smoothing_factors
from index.encode.int8_graph import Dimensions, GraphBuilder, record_channel_maxima
from qa.reader.networks import GRAPH_FILE
from qa.reader.token_windows import MAX_WINDOW_TOKENS, TokenWindow
from qa.training.network import ReaderNetwork, relative_buckets

MAX_FILE_BYTES = 45_000_000
"""Limit of the size of a file of weights."""

OUTPUTS = ("start", "end", "answers")

_MATRIX_MODULES = {
    "qkv": ("attention.attn.q", "attention.attn.k", "attention.attn.v"),
    "out": ("attention.attn.o",),
    "up": ("intermediate.dense",),
    "down": ("output.dense",),
}

Weights = dict[str, npt.NDArray[np.generic]]


def export_network(
    network: ReaderNetwork, base: Path, samples: Sequence[TokenWindow], folder: Path
) -> None:
    """Write the folder of a reader; `base` holds the tokenizer, `samples` are windows to read."""
    folder.mkdir(parents=True, exist_ok=True)
    network = network.eval().cpu()
    dimensions = network_dimensions(network)
    vocabulary_size = network.body.embeddings.word_embeddings.num_embeddings
    write_graph(folder / GRAPH_FILE, dimensions, vocabulary_size)
    files = [GRAPH_FILE]
    for number, part in enumerate(_split(quantized_weights(network, samples)), 1):
        files.append(f"weights-{number}.safetensors")
        save_file(part, folder / files[-1])
    shutil.copyfile(base / "tokenizer.json", folder / "tokenizer.json")
    card = Path(__file__).parents[1] / "reader" / "weights" / "README.md"
    if card.resolve() != (folder / "README.md").resolve():
        shutil.copyfile(card, folder / "README.md")
    checksums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    settings = {"tokens": vocabulary_size, "length": MAX_WINDOW_TOKENS, "sha256": checksums}
    (folder / "reader.json").write_text(json.dumps(settings, indent=1) + "\n")


def network_dimensions(network: ReaderNetwork) -> Dimensions:
    config = network.body.config
    return Dimensions(
        hidden=config.hidden_size,
        mlp=config.intermediate_size,
        heads=config.num_attention_heads,
        layers=config.num_hidden_layers,
        epsilon=config.layer_norm_eps,
    )


def write_graph(path: Path, dimensions: Dimensions, vocabulary_size: int) -> None:
    """Write the network: the token ids of one window, (1, tokens), to its logits.

    "start" and "end" have the shape (1, tokens), "answers" the shape (1,). The weights of words are
    integers too, with a scale for each word.
    """
    graph = GraphBuilder(dimensions)
    words = graph.add_weight("words", vocabulary_size, dimensions.hidden, kind=TensorProto.INT8)
    words = graph.add_node("Gather", [words, "ids"], "word.small")
    words = graph.add_node("Cast", [words], "word.float", to=TensorProto.FLOAT)
    scales = graph.add_weight("words.scale", vocabulary_size, 1)
    scales = graph.add_node("Gather", [scales, "ids"], "word.scale")
    words = graph.add_node("Mul", [words, scales], "word")
    count = graph.add_node("Shape", ["ids"], "count", start=1, end=2)
    places = graph.add_weight("places", MAX_WINDOW_TOKENS, dimensions.hidden)
    zero = graph.add_constant("zero", np.array([0]))
    places = graph.add_node("Slice", [places, zero, count], "place")
    places = graph.add_node("Unsqueeze", [places, "zero"], "place.of.text")
    hidden = graph.add_norm("norm", [words, places])
    hidden = graph.add_layers(hidden, _add_position_bias(graph, count))
    head = graph.add_weight("head.weight", dimensions.hidden, len(OUTPUTS))
    logits = graph.add_node("MatMul", [hidden, head], "logits.alone")
    logits = graph.add_node("Add", [logits, graph.add_weight("head.bias", len(OUTPUTS))], "logits")
    columns = " ".join(f"{name}.column" for name in OUTPUTS)
    graph.add_node("Split", [logits], columns, axis=-1, num_outputs=len(OUTPUTS))
    two = graph.add_constant("two", np.array([2]))
    for name in OUTPUTS[:2]:
        graph.add_node("Squeeze", [f"{name}.column", two], name)
    first = graph.add_constant("first", np.array(0))
    answers = graph.add_node("Gather", ["answers.column", first], "answers.first", axis=1)
    one = graph.add_constant("one", np.array([1]))
    graph.add_node("Squeeze", [answers, one], "answers")
    shapes: tuple[list[str | int], ...] = ([1, "tokens"], [1, "tokens"], [1])
    graph.write(
        path,
        "reader",
        [make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
        [
            make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in zip(OUTPUTS, shapes, strict=True)
        ],
    )


def _add_position_bias(graph: GraphBuilder, count: str) -> str:
    """Add the bias of attention between two tokens, which depends on their distance alone.

    The table has a row for each distance, from -(MAX_WINDOW_TOKENS - 1) to MAX_WINDOW_TOKENS - 1.
    """
    table = graph.add_weight("distances", 2 * MAX_WINDOW_TOKENS - 1, graph.dimensions.heads)
    zero = graph.add_constant("origin", np.array(0))
    step = graph.add_constant("step", np.array(1))
    end = graph.add_node("Squeeze", [count], "count.scalar")
    row = graph.add_node("Range", [zero, end, step], "row")
    column = graph.add_node("Unsqueeze", [row, "step"], "column")
    distance = graph.add_node("Sub", [row, column], "distance")  # of the key from the query
    middle = graph.add_constant("middle", np.array(MAX_WINDOW_TOKENS - 1))
    place = graph.add_node("Add", [distance, middle], "distance.row")
    bias = graph.add_node("Gather", [table, place], "bias.last")
    bias = graph.add_node("Transpose", [bias], "bias.first", perm=[2, 0, 1])
    return graph.add_node("Unsqueeze", [bias, "zero"], "bias")


def quantized_weights(network: ReaderNetwork, samples: Sequence[TokenWindow]) -> Weights:
    """Return the weights of the graph, by name."""
    body = network.body
    state = {name: value.detach().float().numpy() for name, value in body.state_dict().items()}
    layers = range(len(body.encoder.layer))
    matrices = {
        f"{layer}.{kind}": body.get_submodule(f"encoder.layer.{layer}.{_MATRIX_MODULES[kind][0]}")
        for layer in layers
        for kind in LAYER_MATRICES
    }

    def read_samples() -> None:
        with torch.inference_mode():
            for window in samples:
                ids = torch.from_numpy(window.ids)[None]
                network(ids, torch.ones_like(ids))

    maxima = record_channel_maxima(matrices, read_samples)
    words, scale = quantize_columns(state["embeddings.word_embeddings.weight"].T)
    first = body.embeddings.padding_idx + 1
    places = state["embeddings.position_embeddings.weight"][first : first + MAX_WINDOW_TOKENS]
    weights: Weights = {"words": words.T, "words.scale": scale[:, None], "places": places}
    weights["distances"] = state["encoder.relative_attention_bias.weight"][
        relative_buckets(body, MAX_WINDOW_TOKENS)
    ]
    weights["head.weight"] = network.head.weight.detach().numpy().T
    weights["head.bias"] = network.head.bias.detach().numpy()

    def add_norm(name: str, source: str) -> None:
        for part in ("weight", "bias"):
            weights[f"{name}.{part}"] = state[f"{source}.LayerNorm.{part}"]

    add_norm("norm", "embeddings")
    for layer in layers:
        path = f"encoder.layer.{layer}"
        add_norm(f"{layer}.norm1", f"{path}.attention")
        add_norm(f"{layer}.norm2", f"{path}.output")
        for kind in LAYER_MATRICES:
            name, modules = f"{layer}.{kind}", [f"{path}.{m}" for m in _MATRIX_MODULES[kind]]
            matrix = np.concatenate([state[f"{module}.weight"] for module in modules]).T
            factors = smoothing_factors(maxima[name], matrix)
            weights[f"{name}.smooth"] = 1 / factors
            quantized, scale = quantize_columns(matrix * factors[:, None])
            weights[f"{name}.weight"], weights[f"{name}.scale"] = quantized, scale
            weights[f"{name}.bias"] = np.concatenate([state[f"{m}.bias"] for m in modules])
    return {name: np.ascontiguousarray(values) for name, values in weights.items()}


def _split(weights: Weights) -> list[Weights]:
    """Return the weights in parts of at most MAX_FILE_BYTES each."""
    parts: list[Weights] = [{}]
    size = 0
    for name, values in weights.items():
        if parts[-1] and size + values.nbytes > MAX_FILE_BYTES:
            parts.append({})
            size = 0
        parts[-1][name] = values
        size += values.nbytes
    return parts
