"""Train the reader on labelled question sets.

    python -m qa.training.train DATA WORK

DATA is the folder of question sets. WORK is a folder for the training examples and for a
checkpoint every few minutes, from which the same command resumes. Training runs on an accelerator
if there is one. At the end WORK/reader holds the quantised network with its tokenizer.

The network is the bundled encoder with three outputs for a question and a window of a passage:
for each token whether the answer starts or ends there, and whether the passage answers at all.
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from index.encode.encoder import bundled_encoder_folder, load_encoder
from qa.reader.token_windows import TokenWindow, pad_windows, prepare_tokenizer
from qa.training.curriculum import (
    GENERIC_SETS,
    TRAINING_PASSES,
    TRAINING_SETS,
    TrainingItem,
    TrainingPass,
    compute_learning_rate,
    make_batches,
    make_items,
)
from qa.training.examples import Example, mine_examples, read_examples, write_examples
from qa.training.network import ReaderNetwork, create_network, export_network

CHECKPOINT_SECONDS = 240
"""Seconds between two checkpoints."""

SEED = 0
"""Seed of the first weights and of the order of the examples."""


def pad_tensors(windows: Sequence[TokenWindow]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return ids, mask, types and which tokens are of the passage, all (windows, tokens)."""
    ids, mask, types = (torch.from_numpy(array) for array in pad_windows(windows).values())
    inside = torch.zeros(ids.shape, dtype=torch.bool)
    for row, window in enumerate(windows):
        inside[row, : len(window.ids)] = torch.from_numpy(window.starts >= 0)
    return ids, mask, types, inside


def compute_loss(
    network: ReaderNetwork, batch: Sequence[TrainingItem], device: str
) -> tuple[Tensor, Tensor]:
    """Return the loss of a batch, and its three parts: spans, answering and ranking.

    Spans are normalised over all windows of a question, so that the scores of different passages
    are comparable (Clark and Gardner, "Simple and Effective Multi-Paragraph Reading
    Comprehension", 2018).
    """
    windows = [window for item in batch for window in item.windows]
    group = torch.tensor([n for n, item in enumerate(batch) for _ in item.windows], device=device)
    first = np.cumsum([0, *(len(item.windows) for item in batch)])[:-1]
    ids, mask, types, inside = (array.to(device) for array in pad_tensors(windows))
    start, end, answers = network(ids, mask, types)
    answered = [
        (int(row), item.span, n)
        for n, (row, item) in enumerate(zip(first, batch, strict=True))
        if item.span
    ]
    zero = answers.sum() * 0.0
    spans, ranking = zero, zero
    if answered:
        rows = torch.tensor([row for row, _, _ in answered], device=device)
        groups = torch.tensor([n for _, _, n in answered], device=device)
        for logits, side in ((start, 0), (end, 1)):
            place = torch.tensor([span[side] for _, span, _ in answered], device=device)
            whole = logits.float().masked_fill(~inside, -1e4).logsumexp(dim=1)
            total = _group_logsumexp(whole, group, len(batch))
            spans = spans + (total[groups] - logits[rows, place].float()).mean() / 2
        ranking = (_group_logsumexp(answers, group, len(batch))[groups] - answers[rows]).mean()
    truth = torch.zeros(len(windows), device=device)
    truth[torch.tensor([row for row, _, _ in answered], dtype=torch.int64, device=device)] = 1.0
    answering = nn.functional.binary_cross_entropy_with_logits(answers, truth)
    parts = torch.stack([spans, answering, ranking])
    return spans + answering + ranking, parts.detach()


def _group_logsumexp(values: Tensor, group: Tensor, count: int) -> Tensor:
    """Return the log-sum-exp of each group of values, of shape (count,)."""
    top = torch.full((count,), -1e9, device=values.device)
    top = top.scatter_reduce(0, group, values.detach(), "amax")
    summed = torch.zeros(count, device=values.device)
    summed = summed.index_add(0, group, (values - top[group]).exp())
    return summed.log() + top


def train(
    examples: Sequence[Example],
    work: Path,
    *,
    passes: Sequence[TrainingPass] = TRAINING_PASSES,
) -> ReaderNetwork:
    """Train the network, resuming from the checkpoint in `work` if there is one."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(SEED)
    network = create_network().to(device)
    tokenizer = prepare_tokenizer(
        Tokenizer.from_file(str(bundled_encoder_folder() / "tokenizer.json"))
    )
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(
        weights, lr=passes[0].rates[0], betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    work.mkdir(parents=True, exist_ok=True)
    checkpoint, epoch, done = work / "checkpoint.pt", 0, 0
    if checkpoint.exists():
        state: dict[str, Any] = torch.load(checkpoint, map_location=device, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        epoch, done = state["epoch"], state["done"]
    network.train()
    saved, means = time.monotonic(), torch.zeros(3)
    while epoch < len(passes):
        chance, one = random.Random(f"{SEED} {epoch}"), passes[epoch]
        batches = make_batches(list(make_items(examples, tokenizer, chance, one)), chance)
        started, tokens = time.monotonic(), 0
        for number in range(done, len(batches)):
            batch = batches[number]
            for settings in optimizer.param_groups:
                settings["lr"] = compute_learning_rate(one, number, len(batches))
            loss, parts = compute_loss(network, batch, device)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            tokens += sum(len(window.ids) for item in batch for window in item.windows)
            means += (parts.cpu() - means) * (0.02 if number > 50 else 0.2)
            if number % 50 == 0:
                span, answering, ranking = means.tolist()
                rate = tokens / (time.monotonic() - started)
                print(
                    f"pass {epoch + 1} of {len(passes)}, batch {number} of {len(batches)}: span "
                    f"{span:.3f}, answering {answering:.3f}, ranking {ranking:.3f}; "
                    f"{rate:,.0f} tokens per second",
                    file=sys.stderr,
                    flush=True,
                )
            if time.monotonic() - saved > CHECKPOINT_SECONDS or number + 1 == len(batches):
                last = number + 1 == len(batches)
                state = {
                    "network": network.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "epoch": epoch + last,
                    "done": 0 if last else number + 1,
                }
                torch.save(state, checkpoint.with_suffix(".new"))
                checkpoint.with_suffix(".new").replace(checkpoint)
                saved = time.monotonic()
        epoch, done = epoch + 1, 0
    return network.eval()


def load_examples(data: Path, work: Path) -> list[Example]:
    """Return the examples of all sets, which are mined on the first call and kept in `work`."""
    folder = work / "examples"
    folder.mkdir(parents=True, exist_ok=True)
    examples: list[Example] = []
    for name in TRAINING_SETS:
        path = folder / f"{name}.jsonl"
        if not path.exists():
            print(f"mining examples from {name}", file=sys.stderr)
            found = mine_examples(
                data / "train" / name, load_encoder(), search=name not in GENERIC_SETS
            )
            write_examples(list(found), path)
        examples += read_examples(path)
    return examples


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m qa.training.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", type=Path, help="folder with the labelled question sets")
    parser.add_argument(
        "work", type=Path, help="folder for examples, checkpoints and the trained reader"
    )
    arguments = parser.parse_args()
    examples = load_examples(arguments.data, arguments.work)
    network = train(examples, arguments.work)
    export_network(network, arguments.work / "reader")
    print(f"The trained reader is in {arguments.work / 'reader'}", file=sys.stderr)


if __name__ == "__main__":
    main()
