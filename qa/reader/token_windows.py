"""A question and passages -> the windows of tokens that are a reader's input. Pure.

A passage that is too long for one window is cut into several that overlap. Each token knows its
range of characters in the passage.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

MAX_WINDOW_TOKENS = 320
"""Tokens of a window at most: a chunk, its heading and a question fit."""

OVERLAP_TOKENS = 64
"""Tokens of a passage that two neighbouring windows share; an answer is rarely longer."""

MAX_QUESTION_TOKENS = 64
"""Tokens of a question at most; the rest is cut off."""


@dataclass(frozen=True, slots=True)
class TokenWindow:
    """A question and a part of a passage in tokens; all arrays have the shape (tokens,).

    `ids` and `types` (0 for the question, 1 for the rest) are the network's input. `starts` and
    `ends` are each token's range of characters in the passage, end exclusive, or -1 for tokens
    outside of the passage.
    """

    ids: npt.NDArray[np.int64]
    types: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]


def prepare_tokenizer(tokenizer: Tokenizer, *, length: int = MAX_WINDOW_TOKENS) -> Tokenizer:
    """Configure a tokenizer to cut long passages into windows of `length` tokens."""
    tokenizer.enable_truncation(length, stride=OVERLAP_TOKENS, strategy="only_second")
    tokenizer.no_padding()
    return tokenizer


def pad_windows(
    windows: Sequence[TokenWindow], *, padding_id: int = 0
) -> dict[str, npt.NDArray[np.int64]]:
    """Return the ids, mask and types of windows, each of shape (windows, tokens)."""
    shape = (len(windows), max(len(window.ids) for window in windows))
    ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    ids[:] = padding_id
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        types[row, : len(window.ids)] = window.types
    return {"ids": ids, "mask": mask, "types": types}


def cut_windows(
    tokenizer: Tokenizer, question: str, passages: Sequence[tuple[str, str]]
) -> list[list[TokenWindow]]:
    """Return the windows of each passage, which is given as its heading and its text.

    `tokenizer` comes from `prepare_tokenizer`. A heading is put before the text, but its tokens
    have no range in the passage.
    """
    shortened = _truncate_question(tokenizer, " ".join(question.split()))
    prefixes = [f"{heading}\n" if heading else "" for heading, _ in passages]
    pairs = [
        (shortened, prefix + text) for prefix, (_, text) in zip(prefixes, passages, strict=True)
    ]
    encodings = tokenizer.encode_batch(pairs)
    return [
        [_make_window(part, len(prefix)) for part in (encoding, *encoding.overflowing)]
        for encoding, prefix in zip(encodings, prefixes, strict=True)
    ]


def _truncate_question(tokenizer: Tokenizer, question: str) -> str:
    """Return a question cut to MAX_QUESTION_TOKENS tokens."""
    encoding = tokenizer.encode(
        "", question
    )  # As the second text, because only that one is truncated.
    parts = zip(encoding.offsets, encoding.sequence_ids, strict=True)
    ends = [end for (_, end), part in parts if part == 1]
    return (
        question if len(ends) <= MAX_QUESTION_TOKENS else question[: ends[MAX_QUESTION_TOKENS - 1]]
    )


def _make_window(encoding: Encoding, prefix_length: int) -> TokenWindow:
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2) - prefix_length
    inside = np.array([part == 1 for part in encoding.sequence_ids]) & (offsets[:, 0] >= 0)
    inside &= offsets[:, 1] > offsets[:, 0]
    return TokenWindow(
        np.array(encoding.ids, dtype=np.int64),
        np.array(encoding.type_ids, dtype=np.int64),
        np.where(inside, offsets[:, 0], -1),
        np.where(inside, offsets[:, 1], -1),
    )
