"""Fakes for tests whose results can be computed by hand, and functions that write files."""

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from index.encode.encoder import Encoder, bundled_encoder_folder
from index.encode.scale import BUNDLED_SCALE
from qa.reader.reader import Reader
from qa.reader.token_windows import prepare_tokenizer

VOCABULARY = (
    *("apple", "banana", "cherry", "cat", "dog", "bird", "tokyo", "paris", "oslo", "bridge"),
    *("river", "ship", "harbour", "minister", "budget", "opened", "hosted", "visited", "painted"),
)


class WordEncoder(Encoder):
    """An encoder computable by hand: each known word is an axis, a text the vector of its counts.

    "cat cat dog" has 2 on the axis of "cat" and 1 on that of "dog", scaled to norm 1: its cosine
    to "cat" is 2 / sqrt(5). A text without a known word lies on the last axis. Tokens are
    the words between white space. `embedded` lists each text embedded so far;
    a text that contains `fails_at` raises RuntimeError.
    """

    def __init__(self, vocabulary: Sequence[str] = VOCABULARY, *, name: str = "words"):
        self.name = name
        self.is_custom = False
        self.weights_sha256 = hashlib.sha256(" ".join(vocabulary).encode()).hexdigest()
        self.dimension = len(vocabulary) + 1
        self.dtype = "float32"
        self.prompts: dict[str, str] = {}
        self.max_tokens = 256
        self.has_accelerator = False
        self.scale = BUNDLED_SCALE
        self.embedded: list[str] = []
        self.fails_at: str | None = None
        self._axes = {word: axis for axis, word in enumerate(vocabulary)}

    def has_word(self, word: str) -> bool:
        return word in self._axes

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


class WordNetwork:
    """A reader's network whose logits are given.

    A token of the passage that is one of `starts` has that logit for starting the answer, one of
    `ends` for ending it, any other 0. A passage answers with the logit 4 if it holds both a start
    and an end, else -4.
    """

    def __init__(
        self, tokenizer: Tokenizer, starts: Mapping[str, float], ends: Mapping[str, float]
    ):
        self._starts = {tokenizer.token_to_id(word): value for word, value in starts.items()}
        self._ends = {tokenizer.token_to_id(word): value for word, value in ends.items()}

    def __call__(self, windows):
        return list(map(self._read, windows))

    def _read(self, window):
        start, end = (np.zeros(len(window.ids), dtype=np.float32) for _ in range(2))
        for place in np.flatnonzero(window.starts >= 0):
            start[place] = self._starts.get(int(window.ids[place]), 0.0)
            end[place] = self._ends.get(int(window.ids[place]), 0.0)
        return start, end, 4.0 if start.any() and end.any() else -4.0


def word_reader(
    starts: Mapping[str, float], ends: Mapping[str, float], *, length: int = 320
) -> Reader:
    """Return a reader with a `WordNetwork` and the embedded tokeniser."""
    tokenizer = Tokenizer.from_file(str(bundled_encoder_folder() / "tokenizer.json"))
    return Reader(
        "words", prepare_tokenizer(tokenizer, length=length), WordNetwork(tokenizer, starts, ends)
    )


def save_model(folder: Path, *, tokens: int = 30_522) -> Path:
    """Save a Hugging Face model that answers questions, small and untrained, with a tokeniser."""
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokens,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    shutil.copy(bundled_encoder_folder() / "tokenizer.json", folder)
    return folder
