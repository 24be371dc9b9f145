"""A question and passages -> what a reader's network says of each: does it answer, and where.

A reader is a folder that `python -m qa.training.train` made, or any extractive question-answering
model of Hugging Face's. What follows from its logits is left to `read`.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index import FootnoteError
from index.cpu import processors
from index.encode.encoder import familiarity, model_folder
from qa.reader.token_windows import LENGTH, Window, cut_windows, prepare

EMBEDDED = "footnote-reader"
"""The reader that comes with the package."""

NONE = "none"
"""The name that stands for doing without a reader."""

PROPOSALS = 8
"""Spans kept of each passage."""

ANSWER_TOKENS = 48
"""Tokens of a span at most."""

Logits: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A range of characters of a passage's text, end exclusive, and the sum of its two logits."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network says of one passage.

    `answers` is the logit of its answering at all, `mass` the logarithm of the summed
    exponentials of all its spans' scores, `proposals` are its best spans, the best first.
    `familiarity` is how well the network knows the passage's language, between 0 and 1.
    """

    answers: float
    mass: float
    proposals: tuple[Proposal, ...]
    familiarity: float


class Network(Protocol):
    """Windows -> for each, the logits of starts and of ends, of shape (tokens,), and of answering.

    What is said of a window does not depend on those that are read beside it.
    """

    def __call__(self, windows: Sequence[Window]) -> Sequence[tuple[Logits, Logits, float]]: ...


class Reader:
    """A loaded reader; `load_reader` makes one."""

    def __init__(self, name: str, tokenizer: Tokenizer, network: Network):
        self.name = name
        self._tokenizer = tokenizer
        self._network = network
        unknown = getattr(tokenizer.model, "unk_token", None)
        self._unknown = tokenizer.token_to_id(unknown) if unknown else None

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Return one reading for each passage, which is given as its title and its text."""
        if not passages:
            return []
        cut = cut_windows(self._tokenizer, question, passages)
        windows = [(number, window) for number, parts in enumerate(cut) for window in parts]
        # The longest first, so that no thread is left alone with one.
        windows.sort(key=lambda numbered: -len(numbered[1].ids))
        said: list[list[_Said]] = [[] for _ in passages]
        logits = self._network([window for _, window in windows])
        for (number, window), (start, end, answers) in zip(windows, logits, strict=True):
            said[number].append(_decode(window, start, end, answers))
        return [
            _reading(parts, self._familiarity(text, cut[number]))
            for number, (parts, (_, text)) in enumerate(zip(said, passages, strict=True))
        ]

    def _familiarity(self, text: str, windows: Sequence[Window]) -> float:
        known = [
            (start, end)
            for window in windows
            for token, start, end in zip(
                window.ids.tolist(), window.starts.tolist(), window.ends.tolist(), strict=True
            )
            if start >= 0 and token != self._unknown
        ]
        return familiarity(text, known)


_Said: TypeAlias = tuple[float, float, list[Proposal]]
"""What a network says of one window: `answers`, `mass` and `proposals` of a `Reading`."""


def pad(windows: Sequence[Window]) -> dict[str, npt.NDArray[np.int64]]:
    """Return the ids, mask and types of windows, each of shape (windows, tokens)."""
    shape = (len(windows), max(len(window.ids) for window in windows))
    ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        types[row, : len(window.ids)] = window.types
    return {"ids": ids, "mask": mask, "types": types}


def _decode(window: Window, start: Logits, end: Logits, answers: float) -> _Said:
    """Return what one window says; its best spans are those of the best starts and ends."""
    inside = np.flatnonzero(window.starts >= 0)
    if not len(inside):
        return answers, -1e4, []
    start, end = start[inside].astype(np.float64), end[inside].astype(np.float64)
    mass = float(np.logaddexp.reduce(start) + np.logaddexp.reduce(end))
    starts = np.argsort(-start, kind="stable")[: 2 * PROPOSALS]
    ends = np.argsort(-end, kind="stable")[: 2 * PROPOSALS]
    scores = start[starts][:, None] + end[ends][None, :]
    length = ends[None, :] - starts[:, None]
    scores[(length < 0) | (length >= ANSWER_TOKENS)] = -np.inf
    best = np.argsort(-scores, axis=None, kind="stable")[:PROPOSALS]
    proposals = []
    for place in best.tolist():
        row, column = divmod(place, len(ends))
        if np.isfinite(scores[row, column]):
            first, last = inside[starts[row]], inside[ends[column]]
            proposals.append(
                Proposal(
                    int(window.starts[first]), int(window.ends[last]), float(scores[row, column])
                )
            )
    return answers, mass, proposals


def _reading(windows: Sequence[_Said], familiarity: float) -> Reading:
    """Return what the windows of one passage say together."""
    best: dict[tuple[int, int], Proposal] = {}
    for proposal in (proposal for _, _, proposals in windows for proposal in proposals):
        kept = best.get((proposal.start, proposal.end))
        if kept is None or kept.score < proposal.score:
            best[proposal.start, proposal.end] = proposal
    proposals = sorted(best.values(), key=lambda proposal: -proposal.score)[:PROPOSALS]
    return Reading(
        max(answers for answers, _, _ in windows),
        float(np.logaddexp.reduce([mass for _, mass, _ in windows])),
        tuple(proposals),
        familiarity,
    )


class _Onnx:
    """A network that `train` exported, run by onnxruntime."""

    def __init__(self, path: Path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Two windows on a thread each take two thirds of the time of both on two threads.
        options.intra_op_num_threads = 1
        # A plan of the memory would be kept for every length of window there is.
        options.enable_mem_pattern = False
        self._threads = ThreadPoolExecutor(processors(), "reader")
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, windows: Sequence[Window]) -> Sequence[tuple[Logits, Logits, float]]:
        return list(self._threads.map(self._read, windows))

    def _read(self, window: Window) -> tuple[Logits, Logits, float]:
        start, end, answers = self._session.run(["start", "end", "answers"], pad([window]))
        return start[0], end[0], float(answers[0])


class _HuggingFace:
    """An extractive question-answering model of Hugging Face's, run by transformers.

    Such a model says at its first token that there is no answer; how much less likely that is
    than all the spans stands for the logit of answering.
    """

    def __init__(self, folder: Path):
        from transformers import AutoModelForQuestionAnswering

        self._model = AutoModelForQuestionAnswering.from_pretrained(
            str(folder), local_files_only=True
        ).eval()
        self._typed = int(getattr(self._model.config, "type_vocab_size", 0)) > 1
        self.tokens = int(self._model.config.vocab_size)
        self.length = min(LENGTH, int(getattr(self._model.config, "max_position_embeddings", 512)))

    def __call__(self, windows: Sequence[Window]) -> Sequence[tuple[Logits, Logits, float]]:
        return list(map(self._read, windows))

    def _read(self, window: Window) -> tuple[Logits, Logits, float]:
        import torch

        fed = {name: torch.from_numpy(array) for name, array in pad([window]).items()}
        types = {"token_type_ids": fed["types"]} if self._typed else {}
        with torch.inference_mode():
            said = self._model(input_ids=fed["ids"], attention_mask=fed["mask"], **types)
        start, end = (x[0].float().numpy() for x in (said.start_logits, said.end_logits))
        inside = window.starts >= 0
        mass = sum(np.logaddexp.reduce(np.where(inside, logits, -1e4)) for logits in (start, end))
        return start, end, float(mass - start[0] - end[0])


def load_reader(name: str) -> Reader | None:
    """Return the reader that comes with the package, or the one in a folder; None for `NONE`.

    A folder is one that `python -m qa.training.train` wrote, or a Hugging Face extractive
    question-answering model; a name is looked up in the local model cache. The last one loaded is
    kept for the next call. Raises `FootnoteError` where the files of one are missing or do not
    belong together.
    """
    if name == NONE:
        return None
    with _loading:
        return _load(str(Path(name).resolve()) if Path(name).is_dir() else name)


_loading = Lock()


@lru_cache(maxsize=2)
def _load(name: str) -> Reader:
    folder = _folder(name)
    ours = folder / "reader.json"
    needed = ("tokenizer.json", "model.onnx") if ours.is_file() else ("tokenizer.json",)
    missing = [file for file in needed if not (folder / file).is_file()]
    if missing:
        raise FootnoteError(
            f"The folder {folder} is no reader: {' and '.join(missing)} missing. Give the folder "
            "of an extractive question-answering model with its tokenizer.json, or do without one: "
            "--reader none"
        )
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        network: _Onnx | _HuggingFace
        if ours.is_file():
            said = json.loads(ours.read_text("utf-8"))
            expected, length = int(said["tokens"]), int(said["length"])
            network = _Onnx(folder / "model.onnx")
        else:
            network = _HuggingFace(folder)
            expected, length = network.tokens, network.length
    except Exception as error:  # Each of three libraries raises what it likes.
        raise FootnoteError(
            f"The folder {folder} does not hold a reader that can be loaded "
            f"({' '.join(str(error).split())[:200]}). Give the folder of an extractive "
            "question-answering model, or do without one: --reader none"
        ) from error
    if tokenizer.get_vocab_size() > expected:
        raise FootnoteError(
            f"The tokenizer in {folder} has {tokenizer.get_vocab_size():,} tokens, but its "
            f"network knows {expected:,}: they do not belong together. Give a folder with both of "
            "one model."
        )
    return Reader(name, prepare(tokenizer, length=length), network)


def _folder(name: str) -> Path:
    """Return the folder of a reader: the package's, the one named, or one in the model cache."""
    if name == EMBEDDED:
        return Path(__file__).with_name("weights")
    folder = model_folder(name)
    if folder is None:
        raise FootnoteError(
            f"The reader {name} is not on this machine: it is neither a folder nor in the local "
            "model cache, and Footnote downloads nothing. Give the folder of an extractive "
            "question-answering model, or do without one: --reader none"
        )
    return folder
