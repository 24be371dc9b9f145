"""Writes what `eightbit` runs beside the published weights: python -m index.encode.int8_graph TEXTS

TEXTS is a file of texts, one a line, such as the encoder will read; the largest values of each
channel that they give are the only thing kept of them. Needs the extra `train`.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

from index.encode.encoder import embedded_folder
from index.encode.int8 import DENSE, GRAPH, LAYERS, SMOOTHING, sources
from index.encode.sentence_transformer import load_model

WIDTH, INNER, HEADS, TOKENS, LENGTH, EPSILON = 384, 1536, 12, 30_522, 512, 1e-12
"""Of all-MiniLM-L6-v2, as its config.json says."""

MICROSOFT = "com.microsoft"
"""The domain of onnxruntime's own operators, which take several steps at once."""


class _Graph:
    """Nodes one after the other; what they take from the weights is named, and not in the file."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.given: list[TensorProto] = []

    def weight(self, name: str, *shape: int, kind: int = TensorProto.FLOAT) -> str:
        tensor = TensorProto(name=name, data_type=kind, dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights")
        self.given.append(tensor)
        return name

    def constant(self, name: str, values: np.ndarray) -> str:
        self.given.append(onnx.numpy_helper.from_array(values, name))
        return name

    def node(self, operator: str, takes: list[str], gives: str, **attributes: Any) -> str:
        domain = MICROSOFT if operator in _MICROSOFTS else ""
        names = gives.split()
        self.nodes.append(
            make_node(operator, takes, names, name=names[0], domain=domain, **attributes)
        )
        return gives

    def norm(self, name: str, takes: list[str]) -> str:
        """Add up what it takes and bring it to mean 0 and variance 1, then to the weights' own."""
        takes = [*takes, self.weight(f"{name}.weight", WIDTH), self.weight(f"{name}.bias", WIDTH)]
        return self.node("SkipLayerNormalization", takes, name, epsilon=EPSILON)

    def dense(self, name: str, takes: str, width: int, gives: int) -> str:
        """Multiply by a matrix of 8 bits, what is multiplied being brought to 8 bits before."""
        smooth = self.node("Mul", [takes, self.weight(f"{name}.smooth", width)], f"{name}.in")
        return self._multiply(name, smooth, width, gives, self.weight(f"{name}.bias", gives))

    def dense_by_token(self, name: str, takes: str, width: int, gives: int) -> str:
        """Do the same, each token brought to the same size first: some are far larger than most."""
        smooth = self.node("Mul", [takes, self.weight(f"{name}.smooth", width)], f"{name}.in")
        size = self.node("ReduceMax", [smooth, "last"], f"{name}.max", keepdims=1)
        size = self.node("Max", [size, "least"], f"{name}.size")
        alike = self.node("Div", [smooth, size], f"{name}.alike")
        made = self._multiply(f"{name}.made", alike, width, gives, "", of=name)
        made = self.node("Mul", [made, size], f"{name}.back")
        return self.node("Add", [made, self.weight(f"{name}.bias", gives)], name)

    def _multiply(
        self, name: str, takes: str, width: int, gives: int, bias: str, *, of: str = ""
    ) -> str:
        matrix = self.weight(f"{of or name}.weight", width, gives, kind=TensorProto.INT8)
        scale = self.weight(f"{of or name}.scale", gives)
        return self.node("DynamicQuantizeMatMul", [takes, matrix, scale, "", bias], name)


_MICROSOFTS = {
    "DynamicQuantizeMatMul",
    "Gelu",
    "MultiHeadAttention",
    "SkipLayerNormalization",
}


def write_graph(path: Path) -> None:
    """Write the network: ids of tokens of one text, (1, tokens), to its vector, (1, WIDTH)."""
    graph = _Graph()
    graph.constant("last", np.array([-1]))
    graph.constant("least", np.array(1e-3, dtype=np.float32))
    words = graph.node("Gather", [graph.weight("words", TOKENS, WIDTH), "ids"], "word")
    count = graph.node("Shape", ["ids"], "count", start=1, end=2)
    takes = [graph.weight("places", LENGTH, WIDTH), graph.constant("zero", np.array([0])), count]
    places = graph.node("Slice", takes, "place")
    places = graph.node("Unsqueeze", [places, "zero"], "place.of.text")
    hidden = graph.norm("norm", [words, places])
    for layer in range(LAYERS):
        name = f"{layer}.{{}}".format
        all_three = graph.dense(name("qkv"), hidden, WIDTH, 3 * WIDTH)
        three = [name(which) for which in ("query", "key", "value")]
        graph.node("Split", [all_three], " ".join(three), axis=-1, num_outputs=3)
        seen = graph.node("MultiHeadAttention", three, name("seen"), num_heads=HEADS)
        seen = graph.dense(name("out"), seen, WIDTH, WIDTH)
        hidden = graph.norm(name("norm1"), [hidden, seen])
        inner = graph.dense(name("up"), hidden, WIDTH, INNER)
        inner = graph.node("Gelu", [inner], name("gelu"))
        inner = graph.dense_by_token(name("down"), inner, INNER, WIDTH)
        hidden = graph.norm(name("norm2"), [hidden, inner])
    mean = graph.node(
        "ReduceMean", [hidden, graph.constant("one", np.array([1]))], "mean", keepdims=0
    )
    graph.node("LpNormalization", [mean], "vector", axis=-1, p=2)
    made = make_graph(
        graph.nodes,
        "all-MiniLM-L6-v2",
        [make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
        [make_tensor_value_info("vector", TensorProto.FLOAT, [1, WIDTH])],
        graph.given,
    )
    versions = [make_opsetid("", 18), make_opsetid(MICROSOFT, 1)]
    path.write_bytes(make_model(made, opset_imports=versions, ir_version=9).SerializeToString())


def largest(texts: list[str]) -> dict[str, np.ndarray]:
    """Return the largest absolute value that each channel before each matrix has for the texts."""
    import torch

    model = load_model(embedded_folder(), "float32", "cpu")
    modules = dict(model.named_modules())
    found: dict[str, np.ndarray] = {}

    def watch(name: str) -> Callable[[torch.nn.Module, tuple[torch.Tensor]], None]:
        def see(module: torch.nn.Module, taken: tuple[torch.Tensor]) -> None:
            most = taken[0].abs().amax(dim=(0, 1)).numpy()
            found[name] = np.maximum(found.get(name, 0), most)

        return see

    for layer in range(LAYERS):
        for kind in DENSE:
            (source,) = (n for n in modules if n.endswith(sources(layer, kind)[0]))
            modules[source].register_forward_pre_hook(watch(f"{layer}.{kind}"))
    for text in texts:  # One at a time, so that nothing is filled up.
        model.encode_document(text, show_progress_bar=False)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("texts", type=Path)
    texts = parser.parse_args().texts.read_text("utf-8").splitlines()
    GRAPH.parent.mkdir(exist_ok=True)
    write_graph(GRAPH)
    most = {name: values.astype(np.float16) for name, values in largest(texts).items()}
    np.savez(SMOOTHING, allow_pickle=False, **most)


if __name__ == "__main__":
    main()
