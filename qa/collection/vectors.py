"""The examples as vectors, and how near a question is to them.

Those of the bundled encoder come with the package, so that its first question need not wait for
them; another encoder embeds the examples once, at its first question. After a change of the
examples or of the encoder: python -m qa.collection.make_vectors
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encode.encoder import Encoder, normalize_rows
from qa.collection.examples import INTENT_EXAMPLES, ORDINARY_EXAMPLES, Intent

VECTORS_FILE = Path(__file__).parent / "weights" / "examples.npz"

SENTENCES = (*(text for texts in INTENT_EXAMPLES.values() for text in texts), *ORDINARY_EXAMPLES)
INTENTS: tuple[Intent, ...] = tuple(INTENT_EXAMPLES)
_ORDINARY = len(INTENTS)
"""The number of the class of ordinary questions, after those of the intents."""
_CLASSES = np.repeat(
    np.arange(_ORDINARY + 1), [*map(len, INTENT_EXAMPLES.values()), len(ORDINARY_EXAMPLES)]
)

_SHARE = np.bincount(_CLASSES) / len(SENTENCES)

SHARPNESS = 1.0
"""How fast the influence of an example falls with the squared distance of a question from it."""

SMOOTHNESS = 0.1
"""How far a single example may be overruled by those around it."""

MIN_SORTED = 0.8
"""Share of the examples that an encoder has to sort rightly, each by the others, to be trusted with
questions; with other encoders only the examples themselves are recognised."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """What a question is nearest to: an intent, and by how much more than to ordinary questions.

    `margin` is the difference of two scores that are about 1 and 0 for an example of the intent.
    """

    intent: Intent
    margin: float


@dataclass(frozen=True, slots=True, eq=False)
class ExampleVectors:
    """The vectors of `SENTENCES`, and the weights by which they vote on a question.

    `rows`, float32, has the shape (n, dimension), each of norm 1; they are relative to `mean`,
    which holds what all short questions have in common. `weights` has the shape (n, intents + 1): a
    column for each intent, and the last for ordinary questions. `share_sorted` is the share of the
    examples that the others tell from or as ordinary questions.
    """

    rows: npt.NDArray[np.float32]
    mean: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    share_sorted: float

    @classmethod
    def fit(cls, vectors: npt.NDArray[np.float32]) -> "ExampleVectors":
        """Return the vectors of the examples with their weights.

        Each example votes with a Gaussian of its distance; the weights are those of kernel ridge
        regression (Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", 5.8.2).
        """
        mean = vectors.mean(axis=0)
        rows = normalize_rows(vectors - mean)
        kernel = _gaussian(rows @ rows.T)
        targets = np.eye(_ORDINARY + 1)[_CLASSES]
        inverse = np.linalg.inv(kernel + SMOOTHNESS * np.eye(len(kernel)))
        weights = inverse @ (targets - _SHARE)
        # What the others alone give each example: the book's formula 7.52 of left-out fits.
        left_out = targets - weights / np.diagonal(inverse)[:, None]
        margins = np.array([_nearest(scores).margin for scores in left_out])
        share_sorted = float(((margins > 0) == (_CLASSES != _ORDINARY)).mean())
        return cls(rows, mean, weights.astype(np.float32), share_sorted)

    def find_nearest(
        self, vector: npt.NDArray[np.float32], intents: Sequence[Intent] = INTENTS
    ) -> Nearest:
        """Return which of some intents a question is nearest to; `vector`: shape (dimension,)."""
        votes = _gaussian(self.rows @ normalize_rows(vector - self.mean))
        return _nearest(votes @ self.weights + _SHARE, intents)


@lru_cache(maxsize=2)
def embed_examples(encoder: Encoder) -> ExampleVectors | None:
    """Return the examples as an encoder embeds them; None for one that cannot tell them apart."""
    examples = _read_stored(encoder)
    if examples is None:
        vectors = encoder.embed_sentences(SENTENCES)
        if len(np.unique(vectors, axis=0)) < MIN_SORTED * len(vectors):
            return None  # It knows so few of their words that fitting weights is not worth a try.
        examples = ExampleVectors.fit(vectors)
    return examples if examples.share_sorted >= MIN_SORTED else None


def _read_stored(encoder: Encoder) -> ExampleVectors | None:
    """Return the stored examples, if they are those of this encoder."""
    with np.load(VECTORS_FILE, allow_pickle=False) as stored:
        if stored["made_of"] != fingerprint(encoder):
            return None
        rows = stored["rows"].astype(np.float32)
        share_sorted = float(stored["share_sorted"])
        return ExampleVectors(rows, stored["mean"], stored["weights"], share_sorted)


def fingerprint(encoder: Encoder) -> str:
    """Return a text that changes with the examples and with the encoder."""
    made_of: Sequence[str] = (encoder.weights_sha256, str(encoder.prompts), *SENTENCES)
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()


def _gaussian(cosines: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    return np.exp(-SHARPNESS * (2.0 - 2.0 * cosines.astype(np.float64)))


def _nearest(scores: npt.NDArray[np.float64], intents: Sequence[Intent] = INTENTS) -> Nearest:
    number = max(map(INTENTS.index, intents), key=lambda number: float(scores[number]))
    return Nearest(INTENTS[number], float(scores[number] - scores[_ORDINARY]))
