"""The reader's network in PyTorch: initialised from the bundled encoder, exported to ONNX.

Training is left to `train`, running the exported network to `qa.reader.networks`.
"""

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from index.encode.encoder import bundled_encoder_folder
from index.encode.onnx_session import quantize_weights
from index.encode.sentence_transformer import has_bfloat16
from qa.reader.token_windows import MAX_WINDOW_TOKENS


class ReaderNetwork(nn.Module):
    """The encoder's transformer with three outputs: start, end and whether the passage answers."""

    def __init__(self, body: nn.Module, dimension: int):
        super().__init__()
        self.body = body
        self.head = nn.Linear(dimension, 3)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits: start and end of shape (windows, tokens), answers (windows,)."""
        device = ids.device.type
        half = self.training and (device != "cpu" or has_bfloat16())
        with torch.autocast(device, torch.bfloat16, enabled=half):
            hidden = self.body(input_ids=ids, attention_mask=mask, token_type_ids=types)
        logits = self.head(hidden.last_hidden_state.float())
        return logits[..., 0], logits[..., 1], logits[:, 0, 2]


def create_network() -> ReaderNetwork:
    """Return an untrained network: the bundled encoder with randomly initialised outputs."""
    from transformers import AttentionInterface, AutoModel
    from transformers.masking_utils import AttentionMaskInterface, eager_mask

    AttentionInterface.register("plain", _attention)
    AttentionMaskInterface.register("plain", eager_mask)
    body = AutoModel.from_pretrained(
        bundled_encoder_folder(),
        local_files_only=True,
        add_pooling_layer=False,
        attn_implementation="sdpa" if torch.cuda.is_available() else "plain",
    )
    body.embeddings.word_embeddings.weight.requires_grad_(False)
    for module in body.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return ReaderNetwork(body, int(body.config.hidden_size))


def _attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float = 1.0,
    **ignored: Any,
) -> tuple[Tensor, None]:
    """Compute attention step by step, which trains 1.5 times as fast on a CPU as the fused one."""
    scores = torch.matmul(query * scaling, key.transpose(-1, -2))
    if attention_mask is not None:
        scores = scores + attention_mask.to(scores.dtype)
    return torch.matmul(scores.softmax(-1), value).transpose(1, 2).contiguous(), None


def export_network(network: ReaderNetwork, folder: Path) -> None:
    """Write the network as ONNX with int8 weights, its tokenizer and its model card."""
    folder.mkdir(parents=True, exist_ok=True)
    network = network.eval().cpu()
    ids = torch.ones((2, 16), dtype=torch.int64)
    axes = {name: {0: "windows", 1: "tokens"} for name in ("ids", "mask", "types", "start", "end")}
    float_model = folder / "float.onnx"
    with warnings.catch_warnings():
        # The older exporter warns, but only its output can be quantised.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (ids, ids, ids),
            str(float_model),
            input_names=["ids", "mask", "types"],
            output_names=["start", "end", "answers"],
            dynamic_axes=axes | {"answers": {0: "windows"}},
            opset_version=17,
            dynamo=False,
        )
    quantize_weights(float_model, folder / "model.onnx")
    float_model.unlink()
    shutil.copyfile(bundled_encoder_folder() / "tokenizer.json", folder / "tokenizer.json")
    card = Path(__file__).parents[1] / "reader" / "weights" / "README.md"
    shutil.copyfile(card, folder / "README.md")
    tokens = int(network.state_dict()["body.embeddings.word_embeddings.weight"].shape[0])
    (folder / "reader.json").write_text(
        json.dumps({"tokens": tokens, "length": MAX_WINDOW_TOKENS}) + "\n"
    )
