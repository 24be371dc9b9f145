"""Logits of windows -> the reading of a passage: its best spans and the score of its answering.
Pure.

Which spans become answers is left to `qa.candidates.spans`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from qa.reader.token_windows import TokenWindow

MAX_PROPOSALS = 8
"""Spans kept of each passage."""

MAX_SPAN_TOKENS = 48
"""Tokens of a span at most."""

Logits: TypeAlias = npt.NDArray[np.float32]

WindowLogits: TypeAlias = tuple[Logits, Logits, float]
"""A network's output for one window: the logits of each token being the start of the answer and
of its being the end, both of shape (tokens,), and the logit of the passage answering at all."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A range of characters of a passage's text, end exclusive, and the sum of its two logits."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The network's output for one passage.

    `answer_logit` is the logit of the passage answering at all, `span_logsumexp` the logarithm of
    the summed exponentials of all its spans' scores, `proposals` are its best spans, the best
    first. `familiarity` is how well the network knows the passage's language, between 0 and 1.
    """

    answer_logit: float
    span_logsumexp: float
    proposals: tuple[Proposal, ...]
    familiarity: float


@dataclass(frozen=True, slots=True)
class WindowReading:
    """The network's output for one window; the fields are those of `Reading`."""

    answer_logit: float
    span_logsumexp: float
    proposals: tuple[Proposal, ...]


def decode_window(window: TokenWindow, logits: WindowLogits) -> WindowReading:
    """Return the reading of one window; its spans combine the best starts with the best ends."""
    start_logits, end_logits, answer_logit = logits
    inside = np.flatnonzero(window.starts >= 0)
    if not len(inside):
        return WindowReading(answer_logit, -1e4, ())
    start = start_logits[inside].astype(np.float64)
    end = end_logits[inside].astype(np.float64)
    span_logsumexp = float(np.logaddexp.reduce(start) + np.logaddexp.reduce(end))
    starts = np.argsort(-start, kind="stable")[: 2 * MAX_PROPOSALS]
    ends = np.argsort(-end, kind="stable")[: 2 * MAX_PROPOSALS]
    scores = start[starts][:, None] + end[ends][None, :]
    length = ends[None, :] - starts[:, None]
    scores[(length < 0) | (length >= MAX_SPAN_TOKENS)] = -np.inf
    proposals = []
    for place in np.argsort(-scores, axis=None, kind="stable")[:MAX_PROPOSALS].tolist():
        row, column = divmod(place, len(ends))
        if np.isfinite(scores[row, column]):
            first, last = inside[starts[row]], inside[ends[column]]
            proposals.append(
                Proposal(
                    int(window.starts[first]), int(window.ends[last]), float(scores[row, column])
                )
            )
    return WindowReading(answer_logit, span_logsumexp, tuple(proposals))


def merge_windows(windows: Sequence[WindowReading], familiarity: float) -> Reading:
    """Return the reading of a passage from those of its windows."""
    best: dict[tuple[int, int], Proposal] = {}
    for proposal in (proposal for window in windows for proposal in window.proposals):
        kept = best.get((proposal.start, proposal.end))
        if kept is None or kept.score < proposal.score:
            best[proposal.start, proposal.end] = proposal
    proposals = sorted(best.values(), key=lambda proposal: -proposal.score)[:MAX_PROPOSALS]
    return Reading(
        max(window.answer_logit for window in windows),
        float(np.logaddexp.reduce([window.span_logsumexp for window in windows])),
        tuple(proposals),
        familiarity,
    )
