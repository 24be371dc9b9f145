"""A question and passages -> a reading of each: does it answer, and with which words.

Loading a reader is left to `qa.reader.load`, what follows from a reading to `qa.candidates`.
"""

from collections.abc import Sequence

from tokenizers import Tokenizer

from index.encode.encoder import measure_familiarity
from qa.reader.decode import Reading, WindowReading, decode_window, merge_windows
from qa.reader.networks import Network
from qa.reader.token_windows import TokenWindow, cut_windows


class Reader:
    """A loaded reader; `load_reader` makes one."""

    def __init__(self, name: str, tokenizer: Tokenizer, network: Network):
        self.name = name
        self._tokenizer = tokenizer
        self._network = network
        unknown = getattr(tokenizer.model, "unk_token", None)
        self._unknown_id = tokenizer.token_to_id(unknown) if unknown else None

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Return one reading for each passage, which is given as its heading and its text.

        The heading says where the passage stands (`qa.retrieval.heading`).
        """
        if not passages:
            return []
        cut = cut_windows(self._tokenizer, question, passages)
        windows = [(number, window) for number, parts in enumerate(cut) for window in parts]
        # The longest first, so that no thread is left with a long one at the end.
        windows.sort(key=lambda numbered: -len(numbered[1].ids))
        readings: list[list[WindowReading]] = [[] for _ in passages]
        outputs = self._network([window for _, window in windows])
        for (number, window), logits in zip(windows, outputs, strict=True):
            readings[number].append(decode_window(window, logits))
        return [
            merge_windows(readings[number], self._familiarity(text, cut[number]))
            for number, (_, text) in enumerate(passages)
        ]

    def _familiarity(self, text: str, windows: Sequence[TokenWindow]) -> float:
        known = [
            (start, end)
            for window in windows
            for token, start, end in zip(
                window.ids.tolist(), window.starts.tolist(), window.ends.tolist(), strict=True
            )
            if start >= 0 and token != self._unknown_id
        ]
        return measure_familiarity(text, known)
