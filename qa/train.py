"""Labelled question sets -> the reader's weights.

    python -m qa.train DATA WORK [--epochs N]

DATA is the folder of question sets, WORK a folder for what is made on the way: examples, and a
checkpoint every few minutes from which the same command goes on. It runs on an accelerator where
there is one. At the end WORK/reader holds the network, quantised, with its tokeniser.

The network is the embedded encoder with three outputs for a question and a window of a passage:
for each token whether the answer starts or ends there, and whether the passage answers at all.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from index.embed import embedded_folder, load_encoder
from qa import reader
from qa.examples import (
    Example,
    Text,
    changed_question,
    mine,
    read_examples,
    without_answer,
    write_examples,
)
from qa.network import ReaderNetwork, export, new_network
from qa.windows import Window, cut_windows, prepare

SETS = {
    "squad2_part": (1.0, 1.0),
    "squad11_extra13": (1.0, 1.0),
    "squadshifts_new_wiki": (1.0, 0.6),
    "nq_open_gold": (1.0, 0.8),
    "qed_nq_dev": (1.0, 0.8),
    "timeqa_human": (1.0, 0.6),
    "policyqa": (0.4, 0.1),
    "squadshifts_reddit": (0.35, 0.08),
    "squadshifts_amazon_reviews": (0.35, 0.08),
}
"""The sets trained on, and the part of each that is drawn for the first pass and for a later one:
first it learns what an answer looks like, then to tell the right passage from near ones."""

WRONG = (1, 2)
"""Passages that do not answer read beside one that does, in the first pass and in a later one."""

UNSEARCHED = frozenset({"policyqa", "squadshifts_reddit", "squadshifts_amazon_reviews"})
"""Sets whose questions are about "the author" or "this product": many passages answer them, so
that what a search finds beside the right one says nothing."""

TITLED = 0.5
"""Part of the passages that are read with their title."""
TAKEN_OUT = 0.2
"""Part of the negatives that are the right passage with the answer taken out."""
CHANGED = 0.2
"""Part of the questions that are read a second time with a name, number or word changed."""

RATE = 2e-4
WARM_UP, COOL_DOWN = 0.04, 0.5
"""Parts of the training in which the learning rate rises to RATE and falls to 0."""
BATCH_TOKENS = 6144
CHECKPOINT_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its windows; `span` is the range of tokens in the first that answers."""

    windows: tuple[Window, ...]
    span: tuple[int, int] | None

    @property
    def length(self) -> int:
        return max(len(window.ids) for window in self.windows)


def make_items(
    examples: Sequence[Example], tokenizer: Tokenizer, chance: random.Random, *, later: bool
) -> Iterator[Item]:
    """Yield what one pass reads, in the order of the examples."""
    for example in examples:
        if chance.random() > SETS[example.source][later]:
            continue
        spans = [chance.choice(example.spans)] if example.spans else []
        texts = [example.passage]
        searched = example.source not in UNSEARCHED
        if example.spans and example.negatives and chance.random() < (1.0 if searched else 0.2):
            wrong = list(example.negatives)
            chance.shuffle(wrong)
            taken = without_answer(example) if chance.random() < TAKEN_OUT else None
            texts += ([taken] if taken else []) + wrong
            texts = texts[: 1 + WRONG[later]]
        if item := _item(example.question, texts, spans, tokenizer, chance):
            yield item
        if example.spans and searched and chance.random() < CHANGED:
            others = [chance.choice(examples) for _ in range(8)]
            changed = changed_question(example, others, chance)
            if item := _item(changed, [example.passage], [], tokenizer, chance):
                yield item


def _item(
    question: str,
    texts: Sequence[Text],
    spans: Sequence[tuple[int, int]],
    tokenizer: Tokenizer,
    chance: random.Random,
) -> Item | None:
    if not question:
        return None
    texts = [(title if chance.random() < TITLED else "", text) for title, text in texts]
    windows, where = [], None
    for number, parts in enumerate(cut_windows(tokenizer, question, texts)):
        if number == 0 and spans:
            found = [(part, span) for part in parts if (span := token_span(part, *spans[0]))]
            if not found:
                return None
            part, where = found[0]
        else:
            part = chance.choice(parts)
        windows.append(part)
    return Item(tuple(windows), where)


def token_span(window: Window, start: int, end: int) -> tuple[int, int] | None:
    """Return the first and the last token of a range of characters; None if it is not inside."""
    first = np.flatnonzero((window.starts <= start) & (start < window.ends))
    last = np.flatnonzero((window.starts < end) & (end <= window.ends))
    return (int(first[0]), int(last[0])) if len(first) and len(last) else None


def make_batches(items: Sequence[Item], chance: random.Random) -> list[list[Item]]:
    """Return the items in batches of about BATCH_TOKENS tokens, those of like length together."""
    shuffled = list(items)
    chance.shuffle(shuffled)
    batches: list[list[Item]] = []
    for first in range(0, len(shuffled), 2048):
        batch: list[Item] = []
        windows = 0
        for item in sorted(shuffled[first : first + 2048], key=lambda item: item.length):
            windows += len(item.windows)
            if batch and windows * item.length > BATCH_TOKENS:
                batches.append(batch)
                batch, windows = [], len(item.windows)
            batch.append(item)
        batches.append(batch)
    chance.shuffle(batches)
    return batches


def pad(windows: Sequence[Window]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return ids, mask, types and where the passage is, all of shape (windows, tokens)."""
    ids, mask, types = (torch.from_numpy(array) for array in reader.pad(windows).values())
    inside = torch.zeros(ids.shape, dtype=torch.bool)
    for row, window in enumerate(windows):
        inside[row, : len(window.ids)] = torch.from_numpy(window.starts >= 0)
    return ids, mask, types, inside


def loss_of(network: ReaderNetwork, batch: Sequence[Item], device: str) -> tuple[Tensor, Tensor]:
    """Return the loss of a batch, and apart its parts: of spans, of answering and of ranking.

    Spans are normalised over all the windows of a question together, so that the scores of
    different passages compare (Clark and Gardner, "Simple and Effective Multi-Paragraph Reading
    Comprehension", 2018).
    """
    windows = [window for item in batch for window in item.windows]
    group = torch.tensor([n for n, item in enumerate(batch) for _ in item.windows], device=device)
    first = np.cumsum([0, *(len(item.windows) for item in batch)])[:-1]
    ids, mask, types, inside = (array.to(device) for array in pad(windows))
    start, end, answers = network(ids, mask, types)
    known = [
        (int(row), item.span, n)
        for n, (row, item) in enumerate(zip(first, batch, strict=True))
        if item.span
    ]
    zero = answers.sum() * 0.0
    spans, ranking = zero, zero
    if known:
        rows = torch.tensor([row for row, _, _ in known], device=device)
        groups = torch.tensor([n for _, _, n in known], device=device)
        for logits, side in ((start, 0), (end, 1)):
            place = torch.tensor([span[side] for _, span, _ in known], device=device)
            whole = logits.float().masked_fill(~inside, -1e4).logsumexp(dim=1)
            total = _group_logsumexp(whole, group, len(batch))
            spans = spans + (total[groups] - logits[rows, place].float()).mean() / 2
        ranking = (_group_logsumexp(answers, group, len(batch))[groups] - answers[rows]).mean()
    truth = torch.zeros(len(windows), device=device)
    truth[torch.tensor([row for row, _, _ in known], dtype=torch.int64, device=device)] = 1.0
    answering = nn.functional.binary_cross_entropy_with_logits(answers, truth)
    parts = torch.stack([spans, answering, ranking])
    return spans + answering + ranking, parts.detach()


def _group_logsumexp(values: Tensor, group: Tensor, count: int) -> Tensor:
    """Return the logarithm of the sum of exponentials of each group of values: shape (count,)."""
    top = torch.full((count,), -1e9, device=values.device)
    top = top.scatter_reduce(0, group, values.detach(), "amax")
    summed = torch.zeros(count, device=values.device)
    summed = summed.index_add(0, group, (values - top[group]).exp())
    return summed.log() + top


def train(examples: Sequence[Example], work: Path, *, epochs: int, seed: int = 0) -> ReaderNetwork:
    """Train for some epochs, from the checkpoint in `work` if there is one."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    network = new_network().to(device)
    tokenizer = prepare(Tokenizer.from_file(str(embedded_folder() / "tokenizer.json")))
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(
        weights, lr=RATE, betas=(0.9, 0.98), weight_decay=0.01, fused=True
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
    while epoch < epochs:
        chance = random.Random(f"{seed} {epoch}")
        batches = make_batches(
            list(make_items(examples, tokenizer, chance, later=epoch > 0)), chance
        )
        started, tokens = time.monotonic(), 0
        for number in range(done, len(batches)):
            batch = batches[number]
            part = (epoch + number / len(batches)) / epochs
            for settings in optimizer.param_groups:
                settings["lr"] = RATE * max(1e-3, min(1.0, part / WARM_UP, (1 - part) / COOL_DOWN))
            loss, parts = loss_of(network, batch, device)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            tokens += sum(len(window.ids) for item in batch for window in item.windows)
            means += (parts.cpu() - means) * (0.02 if part > 0.01 else 0.2)
            if number % 50 == 0:
                span, answering, ranking = means.tolist()
                rate = tokens / (time.monotonic() - started)
                print(
                    f"epoch {epoch + 1} of {epochs}, batch {number} of {len(batches)}: span "
                    f"{span:.3f}, answering {answering:.3f}, ranking {ranking:.3f}; "
                    f"{rate:,.0f} tokens a second",
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


def all_examples(data: Path, work: Path) -> list[Example]:
    """Return the examples of all sets, mined on the first call and kept in `work`."""
    folder = work / "examples"
    folder.mkdir(parents=True, exist_ok=True)
    examples: list[Example] = []
    for name in SETS:
        path = folder / f"{name}.jsonl"
        if not path.exists():
            print(f"mining {name}", file=sys.stderr)
            found = mine(data / "train" / name, load_encoder(), search=name not in UNSEARCHED)
            write_examples(list(found), path)
        examples += read_examples(path)
    return examples


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m qa.train", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of question sets")
    parser.add_argument("work", type=Path, help="a folder for examples and checkpoints")
    parser.add_argument("--epochs", type=int, default=2, help="(default: 2)")
    arguments = parser.parse_args()
    examples = all_examples(arguments.data, arguments.work)
    network = train(examples, arguments.work, epochs=arguments.epochs)
    export(network, arguments.work / "reader")
    print(f"The reader is in {arguments.work / 'reader'}", file=sys.stderr)


if __name__ == "__main__":
    main()
