"""A question and passages -> the windows of tokens that a reader's network sees. Pure.

A passage that does not fit one window is cut into several that overlap, to its end. Each token
knows the characters of the passage that it stands for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

LENGTH = 320
"""Tokens of a window at most: a chunk, its title and a question fit."""

OVERLAP = 64
"""Tokens of a passage that two neighbouring windows share; an answer is rarely longer."""

QUESTION_TOKENS = 64
"""Tokens of a question that are read."""


@dataclass(frozen=True, slots=True)
class Window:
    """A question and a part of a passage in tokens; all arrays have the shape (tokens,).

    `ids` and `types` (0 for the question, 1 for the rest) are what the network reads. `starts`
    and `ends` are the range of characters of the passage that a token stands for, end exclusive,
    and -1 for tokens that are no part of it.
    """

    ids: npt.NDArray[np.int64]
    types: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]


def prepare(tokenizer: Tokenizer, *, length: int = LENGTH) -> Tokenizer:
    """Set a tokeniser to cut long passages into windows of `length` tokens."""
    tokenizer.enable_truncation(length, stride=OVERLAP, strategy="only_second")
    tokenizer.no_padding()
    return tokenizer


def cut_windows(
    tokenizer: Tokenizer, question: str, passages: Sequence[tuple[str, str]]
) -> list[list[Window]]:
    """Return the windows of each passage, which is given as its title and its text.

    `tokenizer` comes from `prepare`. A title is read before the text and is no part of it.
    """
    asked = _shortened(tokenizer, " ".join(question.split()))
    prefixes = [f"{title}. " if title else "" for title, _ in passages]
    pairs = [(asked, prefix + text) for prefix, (_, text) in zip(prefixes, passages, strict=True)]
    encodings = tokenizer.encode_batch(pairs)
    return [
        [_window(part, len(prefix)) for part in (encoding, *encoding.overflowing)]
        for encoding, prefix in zip(encodings, prefixes, strict=True)
    ]


def _shortened(tokenizer: Tokenizer, question: str) -> str:
    """Return a question cut to QUESTION_TOKENS tokens."""
    encoding = tokenizer.encode("", question)  # As a second text: only that may be cut to fit.
    parts = zip(encoding.offsets, encoding.sequence_ids, strict=True)
    ends = [end for (_, end), part in parts if part == 1]
    return question if len(ends) <= QUESTION_TOKENS else question[: ends[QUESTION_TOKENS - 1]]


def _window(encoding: Encoding, prefix: int) -> Window:
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2) - prefix
    inside = np.array([part == 1 for part in encoding.sequence_ids]) & (offsets[:, 0] >= 0)
    inside &= offsets[:, 1] > offsets[:, 0]
    return Window(
        np.array(encoding.ids, dtype=np.int64),
        np.array(encoding.type_ids, dtype=np.int64),
        np.where(inside, offsets[:, 0], -1),
        np.where(inside, offsets[:, 1], -1),
    )
