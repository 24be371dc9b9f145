"""Examples -> batches for the reader's training. Pure.

A network learns most from each token where passages are short, so most are cut to a few sentences
around the answer; towards the end more are read whole, as the reader will read them.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from index.text.chunk import sentence_spans
from index.text.sentence import Span
from qa.reader.token_windows import TokenWindow, cut_windows
from qa.training.examples import Example, TitledText, change_question, remove_answer
from qa.training.written import DOCUMENTS, NEAR_MISSES, OWN_WORDS

SET_SHARES = {
    "squad2_part": 1.0,
    "squad11_extra13": 1.0,
    "squadshifts_new_wiki": 1.0,
    "nq_open_gold": 1.0,
    "qed_nq_dev": 1.0,
    "timeqa_human": 1.0,
    "policyqa": 0.04,
    "squadshifts_reddit": 0.04,
    OWN_WORDS: 3.0,
    NEAR_MISSES: 1.0,
    DOCUMENTS: 3.0,
}
"""The sets, and how often the examples of each are read: 0.04 is one of twenty-five."""

GENERIC_SETS = frozenset({"policyqa", "squadshifts_reddit", "squadshifts_amazon_reviews"})
"""Sets whose questions are about "the author" or "this product": many passages answer them, so
that other passages that a search finds may not be used as negatives."""

TITLE_SHARE = 0.9
"""Share of the passages that are read with their title."""

ANSWERLESS_SHARE = 0.2
"""Chance that the right passage without its answer is the negative."""

SHORT_LENGTHS = (120, 420)
"""Characters that a shortened passage has at least, drawn evenly between these."""

BLOCK = 512
"""Examples that are made into batches at a time."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How much is read, how it is made and how fast the network learns.

    `rate` is the learning rate of the network and `head_rate` that of its outputs, which know
    nothing at first; both rise from 0 for `warm_up` batches and fall to 0 over the last
    `final_share` of the `tokens`. `short_share` of the passages are shortened, `final_short_share`
    in that last part. Beside each passage that answers, one to `negatives` others are read;
    `changed_share` of the questions are read again with a name, number or word changed. A batch has
    up to `batch_tokens`, padding included.
    """

    tokens: int = 8_000_000
    rate: float = 3e-5
    head_rate: float = 1e-4
    warm_up: int = 50
    final_share: float = 0.4
    short_share: float = 0.6
    final_short_share: float = 0.3
    negatives: int = 2
    changed_share: float = 0.3
    batch_tokens: int = 1_536

    def is_final(self, tokens: int) -> bool:
        """Whether the last part has begun after so many tokens."""
        return tokens > (1 - self.final_share) * self.tokens

    def factor(self, batch: int, tokens: int) -> float:
        """Return the share of the rates that applies to a batch, before which `tokens` were read.

        >>> plan = TrainingPlan(tokens=100, warm_up=4, final_share=0.5)
        >>> plan.factor(1, 0), plan.factor(9, 50), plan.factor(9, 75), plan.factor(9, 100)
        (0.5, 1.0, 0.5, 0.0)
        """
        left = max(0.0, 1 - tokens / self.tokens)
        return min(1.0, left / self.final_share) * min(1.0, (batch + 1) / self.warm_up)


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


def choose_examples(
    examples: Sequence[Example], shares: Mapping[str, float] = SET_SHARES
) -> list[Example]:
    """Return the examples as often as they are read, mixed at random; those that nothing answers
    twice as often, since there are few.
    """
    chance = random.Random(0)
    chosen = []
    for one in examples:
        share = shares.get(one.source, 0.0)
        chosen += [one] * (int(share) + (chance.random() < share % 1))
    chosen += [one for one in chosen if not one.spans]
    chance.shuffle(chosen)
    return chosen


def make_block(
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    block: int,
    plan: TrainingPlan,
    *,
    final: bool = False,
) -> list[list[TrainingItem]]:
    """Return the batches of one block of examples, always the same; after the last begins anew."""
    count = -(-len(examples) // BLOCK)
    chance = random.Random(f"0 {block}")
    first = block % count * BLOCK
    some = examples[first : first + BLOCK]
    items = list(make_items(some, tokenizer, chance, plan, final=final))
    return make_batches(items, chance, plan.batch_tokens)


def make_items(
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    chance: random.Random,
    plan: TrainingPlan,
    *,
    final: bool = False,
) -> Iterator[TrainingItem]:
    """Yield the items of some examples, in their order."""
    short_share = plan.final_short_share if final else plan.short_share
    for example in examples:
        spans = [chance.choice(example.spans)] if example.spans else []
        length = chance.uniform(*SHORT_LENGTHS) if chance.random() < short_share else None
        own, spans = _shorten(example.passage, spans, example.question, length, chance)
        texts = [own]
        searched = example.source not in GENERIC_SETS
        if example.spans and example.negatives and chance.random() < (1.0 if searched else 0.2):
            negatives = list(example.negatives)
            chance.shuffle(negatives)
            answerless = remove_answer(example) if chance.random() < ANSWERLESS_SHARE else None
            others = [*([answerless] if answerless else []), *negatives]
            for other in others[: chance.randint(1, plan.negatives)]:
                texts.append(_shorten(other, [], example.question, length, chance)[0])
        if item := _make_item(example.question, texts, spans, tokenizer, chance):
            yield item
        if example.spans and searched and chance.random() < plan.changed_share:
            others_asked = [chance.choice(examples) for _ in range(8)]
            changed = change_question(example, others_asked, chance)
            if item := _make_item(changed, [own], [], tokenizer, chance):
                yield item


def _shorten(
    passage: TitledText,
    spans: Sequence[Span],
    question: str,
    length: float | None,
    chance: random.Random,
) -> tuple[TitledText, list[Span]]:
    """Return the sentences around the answer, or else around the one most like the question, with
    the spans as ranges of them: at least `length` characters, if there are as many.
    """
    title, text = passage
    sentences = list(sentence_spans(text))
    if length is None or len(text) <= 1.2 * length or not sentences:
        return passage, list(spans)
    if spans:
        low, high = spans[0]
        touched = [n for n, (start, end) in enumerate(sentences) if start < high and low < end]
    else:
        asked = _words(question)
        alike = [len(asked & _words(text[a:b])) + chance.random() for a, b in sentences]
        touched = [max(range(len(sentences)), key=alike.__getitem__)]
    if not touched:
        return passage, list(spans)
    first, last = touched[0], touched[-1]
    while sentences[last][1] - sentences[first][0] < length and last - first + 1 < len(sentences):
        if last == len(sentences) - 1 or (first > 0 and chance.random() < 0.5):
            first -= 1
        else:
            last += 1
    start, end = sentences[first][0], sentences[last][1]
    for low, high in spans:
        start, end = min(start, low), max(end, high)
    return (title, text[start:end]), [(low - start, high - start) for low, high in spans]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _make_item(
    question: str,
    texts: Sequence[TitledText],
    spans: Sequence[Span],
    tokenizer: Tokenizer,
    chance: random.Random,
) -> TrainingItem | None:
    if not question:
        return None
    texts = [(_make_heading(title, chance), text) for title, text in texts]
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


def _make_heading(title: str, chance: random.Random) -> str:
    """Return what is read before a passage: nothing, or its title and headings as in an index."""
    return title.replace("_", " ").replace(" > ", ". ").strip() * (chance.random() < TITLE_SHARE)


def find_token_span(window: TokenWindow, start: int, end: int) -> tuple[int, int] | None:
    """Return the first and last token of a range of characters; None if it is not in the window."""
    first = np.flatnonzero((window.starts <= start) & (start < window.ends))
    last = np.flatnonzero((window.starts < end) & (end <= window.ends))
    return (int(first[0]), int(last[0])) if len(first) and len(last) else None


def make_batches(
    items: Sequence[TrainingItem], chance: random.Random, batch_tokens: int
) -> list[list[TrainingItem]]:
    """Return the items in batches of up to `batch_tokens`, each with items of similar length."""
    batches: list[list[TrainingItem]] = []
    batch: list[TrainingItem] = []
    windows = 0
    for item in sorted(items, key=lambda item: item.length):
        windows += len(item.windows)
        if batch and windows * item.length > batch_tokens:
            batches.append(batch)
            batch, windows = [], len(item.windows)
        batch.append(item)
    if batch:
        batches.append(batch)
    chance.shuffle(batches)
    return batches
