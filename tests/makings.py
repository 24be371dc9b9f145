"""What tests are made of: an encoder that can be worked out by hand, and files."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from index.embed import Encoder

VOCABULARY = (
    *("apple", "banana", "cherry", "cat", "dog", "bird", "tokyo", "paris", "oslo", "bridge"),
    *("river", "ship", "harbour", "minister", "budget", "opened", "hosted", "visited", "painted"),
)


class WordEncoder(Encoder):
    """An encoder to be worked out by hand: each known word is an axis, a text its counts.

    "cat cat dog" has 2 on the axis of "cat" and 1 on that of "dog", scaled to norm 1: its cosine
    to "cat" is 2 / sqrt(5). A text without a known word lies on an axis of its own, the last
    one. Tokens are the words between white space. `embedded` lists each text embedded so far;
    a text that contains `fails_at` raises RuntimeError.
    """

    def __init__(self, vocabulary: Sequence[str] = VOCABULARY, *, name: str = "words"):
        self.name = name
        self.weights_sha256 = hashlib.sha256(" ".join(vocabulary).encode()).hexdigest()
        self.dimension = len(vocabulary) + 1
        self.dtype = "float32"
        self.prompts: dict[str, str] = {}
        self.max_tokens = 256
        self.embedded: list[str] = []
        self.fails_at: str | None = None
        self._axes = {word: axis for axis, word in enumerate(vocabulary)}

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        if self.fails_at is not None and any(self.fails_at in text for text in texts):
            raise RuntimeError(f"made to fail at {self.fails_at!r}")
        self.embedded += texts
        return self._rows(texts)

    def embed_sentences(self, sentences: Sequence[str]) -> np.ndarray:
        return self._rows(sentences)

    def embed_question(self, question: str) -> np.ndarray:
        return self._rows([question])[0]

    def familiarity(self, text: str) -> float:
        return 0.0 if "東" in text else 1.0

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return [word.span() for word in re.finditer(r"\S+", text)]

    def _rows(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                if word in self._axes:
                    row[self._axes[word]] += 1
            if not row.any():
                row[-1] = 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, named by their paths under `folder`, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder
