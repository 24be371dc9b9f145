"""Examples -> what the reader's network reads in each pass of its training, in batches. Pure."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from qa.reader.token_windows import TokenWindow, cut_windows
from qa.training.examples import Example, Text, changed_question, without_answer


@dataclass(frozen=True, slots=True)
class Pass:
    """What is read in one pass, and how fast it is learnt from.

    `drawn` is the part of each set that is read, `wrong` the number of passages that do not answer
    beside one that does, `changed` the part of the questions that are read a second time with a
    name, number or word changed. The learning rate goes from the first of `rates` to the second,
    after rising from 0 for `warm_up` batches.
    """

    drawn: Mapping[str, float]
    wrong: int
    changed: float
    rates: tuple[float, float]
    warm_up: int = 0


SETS = (
    *("squad2_part", "squad11_extra13", "squadshifts_new_wiki", "nq_open_gold", "qed_nq_dev"),
    *("timeqa_human", "policyqa", "squadshifts_reddit", "squadshifts_amazon_reviews"),
)


def _parts(*parts: float) -> dict[str, float]:
    return dict(zip(SETS, parts, strict=True))


PASSES = (
    Pass(_parts(1, 1, 1, 1, 1, 1, 0.4, 0.35, 0.35), 1, 0.2, (2e-4, 1.6e-4), warm_up=100),
    Pass(_parts(0.45, 0.42, 0.24, 0.33, 0.33, 0.2, 0.04, 0.03, 0.03), 2, 0.2, (1.6e-4, 0)),
    Pass(_parts(1, 0.9, 0.4, 0.8, 0.8, 0.45, 0.03, 0.03, 0.03), 2, 0.35, (1.5e-4, 8e-5), 50),
    Pass(_parts(1, 0.6, 0.3, 0.6, 0.6, 0.3, 0.02, 0.02, 0.02), 3, 0.35, (8e-5, 0)),
)
"""First it learns what an answer looks like, then ever more to tell the right passage from near
ones, and a question that has an answer from one that has none."""

UNSEARCHED = frozenset({"policyqa", "squadshifts_reddit", "squadshifts_amazon_reviews"})
"""Sets whose questions are about "the author" or "this product": many passages answer them, so
that what a search finds beside the right one says nothing."""

TITLED = 0.5
"""Part of the passages that are read with their title."""
TAKEN_OUT = 0.2
"""Part of the negatives that are the right passage with the answer taken out."""

BATCH_TOKENS = 6144


def learning_rate(one: Pass, batch: int, batches: int) -> float:
    """Return the learning rate of a batch of a pass.

    >>> one = Pass({}, 1, 0.0, (0.5, 0.1), warm_up=2)
    >>> [round(learning_rate(one, batch, 4), 3) for batch in range(4)]
    [0.25, 0.4, 0.3, 0.2]
    """
    first, last = one.rates
    rate = first + (last - first) * batch / batches
    return rate * min(1.0, (batch + 1) / one.warm_up) if one.warm_up else rate


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its windows; `span` is the range of tokens in the first that answers."""

    windows: tuple[TokenWindow, ...]
    span: tuple[int, int] | None

    @property
    def length(self) -> int:
        return max(len(window.ids) for window in self.windows)


def make_items(
    examples: Sequence[Example], tokenizer: Tokenizer, chance: random.Random, one: Pass
) -> Iterator[Item]:
    """Yield what one pass reads, in the order of the examples."""
    for example in examples:
        if chance.random() > one.drawn[example.source]:
            continue
        spans = [chance.choice(example.spans)] if example.spans else []
        texts = [example.passage]
        searched = example.source not in UNSEARCHED
        if example.spans and example.negatives and chance.random() < (1.0 if searched else 0.2):
            wrong = list(example.negatives)
            chance.shuffle(wrong)
            taken = without_answer(example) if chance.random() < TAKEN_OUT else None
            texts += ([taken] if taken else []) + wrong
            texts = texts[: 1 + one.wrong]
        if item := _item(example.question, texts, spans, tokenizer, chance):
            yield item
        if example.spans and searched and chance.random() < one.changed:
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


def token_span(window: TokenWindow, start: int, end: int) -> tuple[int, int] | None:
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
