"""Examples -> batches for each pass of the reader's training. Pure."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from qa.reader.token_windows import TokenWindow, cut_windows
from qa.training.examples import Example, TitledText, change_question, remove_answer


@dataclass(frozen=True, slots=True)
class TrainingPass:
    """The data and the learning rate of one pass.

    `shares` are the share of each set that is used, `negatives` the number of passages without an
    answer beside the one that answers, `changed_share` the share of questions that are used again
    with a name, number or word changed. The learning rate rises from 0 for `warm_up` batches and
    goes linearly from the first of `rates` to the second.
    """

    shares: Mapping[str, float]
    negatives: int
    changed_share: float
    rates: tuple[float, float]
    warm_up: int = 0


TRAINING_SETS = (
    *("squad2_part", "squad11_extra13", "squadshifts_new_wiki", "nq_open_gold", "qed_nq_dev"),
    *("timeqa_human", "policyqa", "squadshifts_reddit", "squadshifts_amazon_reviews"),
)


def _shares(*parts: float) -> dict[str, float]:
    return dict(zip(TRAINING_SETS, parts, strict=True))


TRAINING_PASSES = (
    TrainingPass(_shares(1, 1, 1, 1, 1, 1, 0.4, 0.35, 0.35), 1, 0.2, (2e-4, 1.6e-4), warm_up=100),
    TrainingPass(_shares(0.45, 0.42, 0.24, 0.33, 0.33, 0.2, 0.04, 0.03, 0.03), 2, 0.2, (1.6e-4, 0)),
    TrainingPass(
        _shares(1, 0.9, 0.4, 0.8, 0.8, 0.45, 0.03, 0.03, 0.03), 2, 0.35, (1.5e-4, 8e-5), 50
    ),
    TrainingPass(_shares(1, 0.6, 0.3, 0.6, 0.6, 0.3, 0.02, 0.02, 0.02), 3, 0.35, (8e-5, 0)),
)
"""The first pass teaches what an answer looks like, the later ones more and more to tell the right
passage from similar ones and answerable questions from unanswerable ones."""

GENERIC_SETS = frozenset({"policyqa", "squadshifts_reddit", "squadshifts_amazon_reviews"})
"""Sets whose questions are about "the author" or "this product": many passages answer them, so
that other passages that a search finds may not be used as negatives."""

TITLE_SHARE = 0.5
"""Share of the passages that are read with their title."""

ANSWERLESS_SHARE = 0.2
"""Chance that the right passage without its answer is one of the negatives."""

BATCH_TOKENS = 6144
"""Tokens of a batch at most, padding included; a single item may have more."""


def compute_learning_rate(training_pass: TrainingPass, batch: int, batches: int) -> float:
    """Return the learning rate of a batch of a pass.

    >>> one = TrainingPass({}, 1, 0.0, (0.5, 0.1), warm_up=2)
    >>> [round(compute_learning_rate(one, batch, 4), 3) for batch in range(4)]
    [0.25, 0.4, 0.3, 0.2]
    """
    first, last = training_pass.rates
    rate = first + (last - first) * batch / batches
    return rate * min(1.0, (batch + 1) / training_pass.warm_up) if training_pass.warm_up else rate


@dataclass(frozen=True, slots=True)
class TrainingItem:
    """A question with its windows; `span` is the first and last token of the answer in the first.

    It is None where no window answers.
    """

    windows: tuple[TokenWindow, ...]
    span: tuple[int, int] | None

    @property
    def length(self) -> int:
        return max(len(window.ids) for window in self.windows)


def make_items(
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    chance: random.Random,
    training_pass: TrainingPass,
) -> Iterator[TrainingItem]:
    """Yield the items of one pass, in the order of the examples."""
    for example in examples:
        if chance.random() > training_pass.shares[example.source]:
            continue
        spans = [chance.choice(example.spans)] if example.spans else []
        texts = [example.passage]
        searched = example.source not in GENERIC_SETS
        if example.spans and example.negatives and chance.random() < (1.0 if searched else 0.2):
            negatives = list(example.negatives)
            chance.shuffle(negatives)
            answerless = remove_answer(example) if chance.random() < ANSWERLESS_SHARE else None
            texts += ([answerless] if answerless else []) + negatives
            texts = texts[: 1 + training_pass.negatives]
        if item := _make_item(example.question, texts, spans, tokenizer, chance):
            yield item
        if example.spans and searched and chance.random() < training_pass.changed_share:
            others = [chance.choice(examples) for _ in range(8)]
            changed = change_question(example, others, chance)
            if item := _make_item(changed, [example.passage], [], tokenizer, chance):
                yield item


def _make_item(
    question: str,
    texts: Sequence[TitledText],
    spans: Sequence[tuple[int, int]],
    tokenizer: Tokenizer,
    chance: random.Random,
) -> TrainingItem | None:
    if not question:
        return None
    texts = [(title if chance.random() < TITLE_SHARE else "", text) for title, text in texts]
    windows, where = [], None
    for number, parts in enumerate(cut_windows(tokenizer, question, texts)):
        if number == 0 and spans:
            found = [(part, span) for part in parts if (span := find_token_span(part, *spans[0]))]
            if not found:
                return None
            part, where = found[0]
        else:
            part = chance.choice(parts)
        windows.append(part)
    return TrainingItem(tuple(windows), where)


def find_token_span(window: TokenWindow, start: int, end: int) -> tuple[int, int] | None:
    """Return the first and last token of a range of characters; None if it is not in the window."""
    first = np.flatnonzero((window.starts <= start) & (start < window.ends))
    last = np.flatnonzero((window.starts < end) & (end <= window.ends))
    return (int(first[0]), int(last[0])) if len(first) and len(last) else None


def make_batches(items: Sequence[TrainingItem], chance: random.Random) -> list[list[TrainingItem]]:
    """Return the items in batches of up to BATCH_TOKENS tokens, with items of similar length."""
    shuffled = list(items)
    chance.shuffle(shuffled)
    batches: list[list[TrainingItem]] = []
    for first in range(0, len(shuffled), 2048):
        batch: list[TrainingItem] = []
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
