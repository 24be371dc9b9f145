"""Train the reader on labelled question sets.

    python -m qa.training.train DATA WORK --base FOLDER

DATA is the folder of question sets, FOLDER holds all-mpnet-base-v2. WORK is a folder for the
training examples and for a checkpoint every few minutes, from which the same command resumes.
Training runs on an accelerator if there is one. At the end WORK/reader holds the quantised network
with its tokenizer.

The network has three outputs for a question and a window of a passage: for each token whether the
answer starts or ends there, and whether the passage answers at all.
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

from index.encode.encoder import load_encoder
from qa.reader.token_windows import TokenWindow, cut_windows, pad_windows, prepare_tokenizer
from qa.training.curriculum import (
    GENERIC_SETS,
    SET_SHARES,
    TrainingItem,
    TrainingPlan,
    choose_examples,
    make_block,
)
from qa.training.examples import Example, mine_examples, read_examples, write_examples
from qa.training.export import export_network
from qa.training.network import ReaderNetwork, create_network
from qa.training.written import WRITTEN, read_documents, reword_examples

PADDING_ID = 1
"""The token of MPNet that stands for padding; its place must not count."""

SAMPLES = 96
"""Windows by which the exported network is quantized."""

CHECKPOINT_SECONDS = 600
"""Seconds between two checkpoints."""

SEED = 0
"""Seed of the first weights and of the order of the examples."""


def pad_tensors(windows: Sequence[TokenWindow]) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, mask and which tokens are of the passage, all of shape (windows, tokens)."""
    padded = pad_windows(windows, padding_id=PADDING_ID)
    ids, mask = torch.from_numpy(padded["ids"]), torch.from_numpy(padded["mask"])
    inside = torch.zeros(ids.shape, dtype=torch.bool)
    for row, window in enumerate(windows):
        inside[row, : len(window.ids)] = torch.from_numpy(window.starts >= 0)
    return ids, mask, inside


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
    ids, mask, inside = (array.to(device) for array in pad_tensors(windows))
    start, end, answers = network(ids, mask)
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


def train(examples: Sequence[Example], work: Path, base: Path, plan: TrainingPlan) -> ReaderNetwork:
    """Train the network, resuming from the checkpoint in `work` if there is one."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(SEED)
    network = create_network(base).to(device)
    tokenizer = prepare_tokenizer(Tokenizer.from_file(str(base / "tokenizer.json")))
    head = list(network.head.parameters())
    trained = [weight for weight in network.body.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": trained}, {"params": head}], betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    work.mkdir(parents=True, exist_ok=True)
    checkpoint = work / "checkpoint.pt"
    at = {"block": 0, "done": 0, "batches": 0, "tokens": 0}
    if checkpoint.exists():
        state: dict[str, Any] = torch.load(checkpoint, map_location=device, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        at = state["at"]

    def save() -> None:
        state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "at": at}
        torch.save(state, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)

    network.train()
    examples = choose_examples(examples)
    saved, means = time.monotonic(), torch.zeros(3)
    while at["tokens"] < plan.tokens:
        final = plan.is_final(at["tokens"])
        batches = make_block(examples, tokenizer, at["block"], plan, final=final)
        for batch in batches[at["done"] :]:
            started = time.monotonic()
            factor = plan.factor(at["batches"], at["tokens"])
            for settings, rate in zip(
                optimizer.param_groups, (plan.rate, plan.head_rate), strict=True
            ):
                settings["lr"] = factor * rate
            loss, parts = compute_loss(network, batch, device)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_([*trained, *head], 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            tokens = sum(len(window.ids) for item in batch for window in item.windows)
            at["tokens"] += tokens
            at["batches"] += 1
            at["done"] += 1
            means += (parts.cpu() - means) * (0.02 if at["batches"] > 50 else 0.2)
            if at["batches"] % 25 == 0:
                span, answering, ranking = means.tolist()
                print(
                    f"batch {at['batches']}, {at['tokens']:,} of {plan.tokens:,} tokens: span "
                    f"{span:.3f}, answering {answering:.3f}, ranking {ranking:.3f}; "
                    f"{tokens / (time.monotonic() - started):,.0f} tokens per second",
                    file=sys.stderr,
                    flush=True,
                )
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                save()
                saved = time.monotonic()
            if at["tokens"] >= plan.tokens:
                break
        else:
            at["block"], at["done"] = at["block"] + 1, 0
    save()
    return network.eval()


def sample_windows(examples: Sequence[Example], tokenizer: Tokenizer) -> list[TokenWindow]:
    """Return windows by whose activations the exported network is quantized."""
    drawn = random.Random(SEED).sample(list(examples), min(SAMPLES, len(examples)))
    return [cut_windows(tokenizer, one.question, [one.passage])[0][0] for one in drawn]


def load_examples(data: Path, work: Path) -> list[Example]:
    """Return the examples of all sets, which are mined on the first call and kept in `work`, and
    the written ones.
    """
    folder = work / "examples"
    folder.mkdir(parents=True, exist_ok=True)
    examples: list[Example] = []
    for name in SET_SHARES:
        if name in WRITTEN:
            continue
        path = folder / f"{name}.jsonl"
        if not path.exists():
            print(f"mining examples from {name}", file=sys.stderr)
            found = mine_examples(
                data / "train" / name, load_encoder(), search=name not in GENERIC_SETS
            )
            write_examples(list(found), path)
        examples += read_examples(path)
    return [*examples, *reword_examples(examples), *read_documents()]


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
    parser.add_argument("--base", type=Path, required=True, help="folder of all-mpnet-base-v2")
    parser.add_argument("--tokens", type=int, default=TrainingPlan().tokens, help="tokens to read")
    arguments = parser.parse_args()
    examples = load_examples(arguments.data, arguments.work)
    plan = TrainingPlan(tokens=arguments.tokens)
    network = train(examples, arguments.work, arguments.base, plan)
    tokenizer = prepare_tokenizer(Tokenizer.from_file(str(arguments.base / "tokenizer.json")))
    samples = sample_windows(examples, tokenizer)
    export_network(network, arguments.base, samples, arguments.work / "reader")
    print(f"The trained reader is in {arguments.work / 'reader'}", file=sys.stderr)


if __name__ == "__main__":
    main()
