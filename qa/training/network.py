"""The reader's network in PyTorch: MPNet with three outputs, initialised from a base model.

Training is left to `train`, exporting to `export`.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from index.encode.sentence_transformer import has_bfloat16

FROZEN_LAYERS = 4
"""Layers, from the lowest, that keep the weights of the base: a quarter of the work is saved."""


class ReaderNetwork(nn.Module):
    """MPNet with three outputs: start, end and whether the passage answers."""

    def __init__(self, body: Any, dimension: int):
        super().__init__()
        self.body = body
        self.head = nn.Linear(dimension, 3)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits: start and end of shape (windows, tokens), answers (windows,)."""
        device = ids.device.type
        half = self.training and (device != "cpu" or has_bfloat16())
        with torch.autocast(device, torch.bfloat16, enabled=half):
            hidden = self.body(input_ids=ids, attention_mask=mask)
        logits = self.head(hidden.last_hidden_state.float())
        return logits[..., 0], logits[..., 1], logits[:, 0, 2]


def create_network(base: Path, *, frozen_layers: int = FROZEN_LAYERS) -> ReaderNetwork:
    """Return an untrained network: the MPNet in the folder `base` with random outputs.

    Embeddings, position biases and the lowest layers are not trained.
    """
    from transformers import AutoModel

    body = AutoModel.from_pretrained(base, local_files_only=True, add_pooling_layer=False)
    body.embeddings.requires_grad_(False)
    body.encoder.relative_attention_bias.requires_grad_(False)
    for layer in body.encoder.layer[:frozen_layers]:
        layer.requires_grad_(False)
    for module in body.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return ReaderNetwork(body, int(body.config.hidden_size))


def relative_buckets(body: Any, length: int) -> npt.NDArray[np.int64]:
    """Return the row of MPNet's table of position biases for each distance of a key from a query,
    from -(length - 1) to length - 1: shape (2 * length - 1,).
    """
    distances = torch.arange(-(length - 1), length)
    buckets = int(body.config.relative_attention_num_buckets)
    found = body.encoder.relative_position_bucket(distances, num_buckets=buckets)
    return np.asarray(found.numpy(), dtype=np.int64)
