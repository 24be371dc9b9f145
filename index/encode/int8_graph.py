"""Write the graph and the channel maxima of `int8`: python -m index.encode.int8_graph TEXTS

TEXTS is a file of sample texts, one per line. The largest activation that they cause in each
channel is all that is kept of them. Needs the extra `train`.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

from index.encode.encoder import bundled_encoder_folder
from index.encode.int8 import (
    CHANNEL_MAXIMA_FILE,
    GRAPH_FILE,
    LAYER_COUNT,
    LAYER_MATRICES,
    PROBE_FILE,
    PROBE_SHAPE,
    matrix_modules,
)
from index.encode.sentence_transformer import load_transformer

VOCABULARY_SIZE, MAX_POSITIONS = 30_522, 512
"""The sizes of the tables of all-MiniLM-L6-v2, from its config.json."""

if TYPE_CHECKING:
    import torch

MICROSOFT_DOMAIN = "com.microsoft"
"""The domain of onnxruntime's own operators, which fuse several steps."""

_PROBE_NAMES = ("input", "product")


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The sizes of a BERT-like transformer, and the epsilon of its layer norms."""

    hidden: int
    mlp: int
    heads: int
    layers: int
    epsilon: float


ENCODER = Dimensions(hidden=384, mlp=1536, heads=12, layers=LAYER_COUNT, epsilon=1e-12)
"""The dimensions of all-MiniLM-L6-v2, from its config.json."""


class GraphBuilder:
    """Collects the nodes of a graph in order. Weights are named in the file but not stored in it.

    The methods return the name of their output.
    """

    def __init__(self, dimensions: Dimensions) -> None:
        self.dimensions = dimensions
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[TensorProto] = []

    def add_weight(self, name: str, *shape: int, kind: int = TensorProto.FLOAT) -> str:
        tensor = TensorProto(name=name, data_type=kind, dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights")
        self.initializers.append(tensor)
        return name

    def add_constant(self, name: str, values: np.ndarray) -> str:
        self.initializers.append(onnx.numpy_helper.from_array(values, name))
        return name

    def add_node(self, operator: str, inputs: list[str], outputs: str, **attributes: Any) -> str:
        """Add a node; `outputs` are names separated by spaces."""
        domain = MICROSOFT_DOMAIN if operator in _MICROSOFT_OPERATORS else ""
        names = outputs.split()
        self.nodes.append(
            make_node(operator, inputs, names, name=names[0], domain=domain, **attributes)
        )
        return outputs

    def add_norm(self, name: str, inputs: list[str]) -> str:
        """Add a layer norm of the sum of the inputs."""
        weight = self.add_weight(f"{name}.weight", self.dimensions.hidden)
        bias = self.add_weight(f"{name}.bias", self.dimensions.hidden)
        epsilon = self.dimensions.epsilon
        return self.add_node(
            "SkipLayerNormalization", [*inputs, weight, bias], name, epsilon=epsilon
        )

    def add_layers(self, hidden: str, attention_bias: str = "") -> str:
        """Add the layers; `attention_bias`, if any, is added to the scores of their attention."""
        self.add_constant("last", np.array([-1]))
        self.add_constant("least", np.array(1e-3, dtype=np.float32))
        size, mlp = self.dimensions.hidden, self.dimensions.mlp
        for layer in range(self.dimensions.layers):
            name = f"{layer}.{{}}".format
            joint = self.add_dense(name("qkv"), hidden, size, 3 * size)
            parts = [name(part) for part in ("query", "key", "value")]
            self.add_node("Split", [joint], " ".join(parts), axis=-1, num_outputs=3)
            inputs = [*parts, "", "", attention_bias] if attention_bias else parts
            heads = self.dimensions.heads
            attended = self.add_node("MultiHeadAttention", inputs, name("seen"), num_heads=heads)
            attended = self.add_dense(name("out"), attended, size, size)
            hidden = self.add_norm(name("norm1"), [hidden, attended])
            inner = self.add_dense(name("up"), hidden, size, mlp)
            inner = self.add_node("Gelu", [inner], name("gelu"))
            inner = self.add_dense_scaled(name("down"), inner, mlp, size)
            hidden = self.add_norm(name("norm2"), [hidden, inner])
        return hidden

    def write(self, path: Path, name: str, inputs: list[Any], outputs: list[Any]) -> None:
        """Write the graph to a file; `inputs` and `outputs` describe its tensors."""
        network = make_graph(self.nodes, name, inputs, outputs, self.initializers)
        versions = [make_opsetid("", 18), make_opsetid(MICROSOFT_DOMAIN, 1)]
        model = make_model(network, opset_imports=versions, ir_version=9)
        path.write_bytes(model.SerializeToString())

    def add_dense(self, name: str, source: str, width: int, size: int) -> str:
        """Add a product with an int8 matrix; the smoothed activations are quantized before it."""
        smoothed = self._add_smoothing(name, source, width)
        bias = self.add_weight(f"{name}.bias", size)
        return self._add_product(name, name, smoothed, (width, size), bias)

    def add_dense_scaled(self, name: str, source: str, width: int, size: int) -> str:
        """Do the same with each token scaled to a maximum of 1, as some are far above the rest."""
        smoothed = self._add_smoothing(name, source, width)
        largest = self.add_node("ReduceMax", [smoothed, "last"], f"{name}.max", keepdims=1)
        largest = self.add_node("Max", [largest, "least"], f"{name}.size")
        scaled = self.add_node("Div", [smoothed, largest], f"{name}.alike")
        product = self._add_product(f"{name}.made", name, scaled, (width, size), "")
        product = self.add_node("Mul", [product, largest], f"{name}.back")
        return self.add_node("Add", [product, self.add_weight(f"{name}.bias", size)], name)

    def _add_smoothing(self, name: str, source: str, width: int) -> str:
        factors = self.add_weight(f"{name}.smooth", width)
        return self.add_node("Mul", [source, factors], f"{name}.in")

    def _add_product(
        self, name: str, matrix: str, source: str, shape: tuple[int, int], bias: str
    ) -> str:
        weight = self.add_weight(f"{matrix}.weight", *shape, kind=TensorProto.INT8)
        scale = self.add_weight(f"{matrix}.scale", shape[1])
        return self.add_node("DynamicQuantizeMatMul", [source, weight, scale, "", bias], name)


_MICROSOFT_OPERATORS = {
    "DynamicQuantizeMatMul",
    "Gelu",
    "MultiHeadAttention",
    "SkipLayerNormalization",
}


def write_graph(path: Path) -> None:
    """Write the network: token ids of one text, (1, tokens), to its vector, (1, hidden size)."""
    graph = GraphBuilder(ENCODER)
    words = graph.add_weight("words", VOCABULARY_SIZE, ENCODER.hidden)
    words = graph.add_node("Gather", [words, "ids"], "word")
    count = graph.add_node("Shape", ["ids"], "count", start=1, end=2)
    places = graph.add_weight("places", MAX_POSITIONS, ENCODER.hidden)
    zero = graph.add_constant("zero", np.array([0]))
    places = graph.add_node("Slice", [places, zero, count], "place")
    places = graph.add_node("Unsqueeze", [places, "zero"], "place.of.text")
    hidden = graph.add_layers(graph.add_norm("norm", [words, places]))
    one = graph.add_constant("one", np.array([1]))
    mean = graph.add_node("ReduceMean", [hidden, one], "mean", keepdims=0)
    graph.add_node("LpNormalization", [mean], "vector", axis=-1, p=2)
    graph.write(
        path,
        "all-MiniLM-L6-v2",
        [make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
        [make_tensor_value_info("vector", TensorProto.FLOAT, [1, ENCODER.hidden])],
    )


def write_probe(path: Path) -> None:
    """Write one product of the kind that the network consists of, PROBE_SHAPE times PROBE_SHAPE."""
    graph = GraphBuilder(ENCODER)
    weight = graph.add_weight("weight", *PROBE_SHAPE, kind=TensorProto.INT8)
    scale = graph.add_weight("scale", PROBE_SHAPE[1])
    graph.add_node("DynamicQuantizeMatMul", ["input", weight, scale, "", ""], "product")
    shapes = [make_tensor_value_info(n, TensorProto.FLOAT, PROBE_SHAPE) for n in _PROBE_NAMES]
    graph.write(path, "probe", shapes[:1], shapes[1:])


def measure_channel_maxima(texts: list[str]) -> dict[str, npt.NDArray[np.float32]]:
    """Return the largest absolute activation of each input channel of each matrix."""
    model = load_transformer(bundled_encoder_folder(), "float32", "cpu")
    modules = dict(model.named_modules())
    matrices = {}
    for layer in range(LAYER_COUNT):
        for kind in LAYER_MATRICES:
            end = matrix_modules(layer, kind)[0]
            (matrices[f"{layer}.{kind}"],) = (m for n, m in modules.items() if n.endswith(end))

    def run() -> None:
        for text in texts:  # One at a time, so that there is no padding.
            model.encode_document(text, show_progress_bar=False)

    return record_channel_maxima(matrices, run)


def record_channel_maxima(
    matrices: Mapping[str, "torch.nn.Module"], run: Callable[[], None]
) -> dict[str, npt.NDArray[np.float32]]:
    """Return, by name, the largest absolute activation of each input channel of each module that
    occurs while `run` runs.
    """
    maxima: dict[str, npt.NDArray[np.float32]] = {}

    def record(name: str) -> Callable[["torch.nn.Module", tuple["torch.Tensor"]], None]:
        def hook(module: "torch.nn.Module", inputs: tuple["torch.Tensor"]) -> None:
            largest = inputs[0].detach().abs().amax(dim=(0, 1)).numpy()
            maxima[name] = np.maximum(maxima.get(name, 0), largest)

        return hook

    hooks = [m.register_forward_pre_hook(record(name)) for name, m in matrices.items()]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return maxima


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("texts", type=Path)
    texts = parser.parse_args().texts.read_text("utf-8").splitlines()
    GRAPH_FILE.parent.mkdir(exist_ok=True)
    write_graph(GRAPH_FILE)
    write_probe(PROBE_FILE)
    maxima = measure_channel_maxima(texts)
    stored = {name: values.astype(np.float16) for name, values in maxima.items()}
    np.savez(CHANNEL_MAXIMA_FILE, allow_pickle=False, **stored)


if __name__ == "__main__":
    main()
