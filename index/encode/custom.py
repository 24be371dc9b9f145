"""An encoder of the caller's own: a function of texts, or an object that has one.

Its weights are unknown, so its name and dimension stand for them. The vector of one text, kept
beside the embeddings (`store.custom`), tells whether it still is what it was.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.encode.encoder import DEFAULT_ENCODER, Encoder, bundled_encoder_folder, load_encoder
from index.errors import EncoderMismatch, FootnoteError, InvalidArgument
from index.per_process import PerProcess

MAX_TEXTS = 64
"""The most texts that a function is called with at once."""

MAX_TOKENS, MIN_TOKENS = 256, 64
"""Tokens of a text that such an encoder reads unless it says otherwise, and the fewest."""

PROBE = "The harbour master keeps a list of the ships that lie at the quay."
"""The text by whose vector a custom encoder is recognised."""


class SupportsEncode(Protocol):
    """An object that embeds texts, such as a SentenceTransformer."""

    def encode(self, texts: list[str], /) -> Any: ...


Embed = Callable[[list[str]], Any]
"""A function from n texts to n vectors: an array of shape (n, dimension), or a list of lists."""

EncoderLike = str | Path | Encoder | Embed | SupportsEncode
"""What stands for an encoder: a name or folder, a loaded one, a function, or an object."""


def take_encoder(given: EncoderLike) -> Encoder:
    """Return the encoder that `given` stands for, tried out on two texts unless it is loaded.

    Raises `EncoderMismatch` for a name that is not on this machine, and `InvalidArgument` for a
    function that fails or returns something else than vectors.
    """
    if isinstance(given, Encoder):
        return given
    return load_encoder(str(given)) if isinstance(given, str | Path) else make_encoder(given)


def make_encoder(
    embed: Embed | SupportsEncode, *, name: str | None = None, max_tokens: int | None = None
) -> Encoder:
    """Return a function of texts, or an object that has one, as an encoder.

    It is called with a list of at most `MAX_TEXTS` texts, by one thread at a time, and returns one
    vector each, of any norm. Of an object, `encode_query` and `encode_document` are preferred to
    `encode`. An index records the name, by default that of the function or of the type: a model
    that makes other vectors needs another one. Texts are cut to `max_tokens` word pieces, by
    default to the object's `max_seq_length` or to 256. Raises `InvalidArgument`.
    """
    model = CustomModel(embed, name or _name_of(embed), _find_limit(embed, max_tokens))
    identity = custom_identity(model.name, model.dimension)
    return Encoder(model.name, identity, model, is_custom=True)


def custom_identity(name: str, dimension: int) -> str:
    """Return what stands for the sha256 of the weights of an encoder made by `make_encoder`."""
    return hashlib.sha256(f"custom\n{name}\n{dimension}".encode()).hexdigest()


def refuse_custom(name: str, weights_sha256: str, dimension: int) -> None:
    """Raise `EncoderMismatch` if the encoder that an index records was given by a program."""
    if weights_sha256 == custom_identity(name, dimension):
        raise EncoderMismatch(
            f"The index was built with the encoder {name}, which a program gave. Give it again, as "
            "in qa.open(encoder=…), or build the index with another: "
            f"footnote index --encoder {DEFAULT_ENCODER} PATH"
        )


class CustomModel:
    """A function of texts as a model; its results are checked at each call."""

    dtype = "float32"

    def __init__(self, given: Embed | SupportsEncode, name: str, max_tokens: int):
        self.name = name
        self._calls = _find_calls(given)
        self._lock = PerProcess(Lock)
        self.prompts: dict[str, str] = {}
        self.tokenizer = Tokenizer.from_file(str(bundled_encoder_folder() / "tokenizer.json"))
        self.max_tokens = max_tokens
        self.dimension = 0
        try:
            self.dimension = self._call("document", [PROBE, "A second text."]).shape[1]
            self._call("query", [PROBE])
        except FootnoteError as error:
            raise InvalidArgument(str(error)) from error.__cause__

    def embed(self, texts: Sequence[str], kind: str) -> npt.NDArray[np.float32]:
        """Return one row per text: shape (len(texts), dimension). `kind` is "query" or "document".

        Raises `FootnoteError` where the function fails or returns something else.
        """
        starts = range(0, len(texts), MAX_TEXTS)
        made = [self._call(kind, list(texts[first : first + MAX_TEXTS])) for first in starts]
        return np.concatenate([np.empty((0, self.dimension), dtype=np.float32), *made])

    def _call(self, kind: str, texts: list[str]) -> npt.NDArray[np.float32]:
        try:
            with self._lock.get():
                found = self._calls[kind](texts)
        except Exception as error:  # Whatever a program raises is a message to its user.
            raise FootnoteError(
                f"The encoder {self.name} failed ({type(error).__name__}: {error}). Call it with a "
                "list of strings to see where."
            ) from error
        expected = f"{len(texts)} vectors of {self.dimension or 'one length'}"
        try:
            vectors = np.asarray(found, dtype=np.float32)
        except (TypeError, ValueError, RuntimeError) as error:
            raise self._wrong(f"a {type(found).__name__} that is no array", expected) from error
        shape_fits = vectors.ndim == 2 and len(vectors) == len(texts) and vectors.shape[1] > 0
        if not shape_fits or self.dimension not in (0, vectors.shape[1]):
            raise self._wrong(f"an array of shape {vectors.shape}", expected)
        if not np.isfinite(vectors).all():
            raise self._wrong("numbers that are infinite or not a number", expected)
        return vectors

    def _wrong(self, found: str, expected: str) -> FootnoteError:
        return FootnoteError(
            f"The encoder {self.name} returned {found}, expected {expected}: an array of shape "
            "(texts, dimension), or a list of lists of numbers."
        )


def _find_calls(given: Embed | SupportsEncode) -> dict[str, Embed]:
    """Return the functions that embed texts of each kind. Raises `InvalidArgument`."""
    plain: Any = getattr(given, "encode", given)
    calls = {kind: getattr(given, f"encode_{kind}", plain) for kind in ("query", "document")}
    if isinstance(given, type) or not all(map(callable, calls.values())):
        raise InvalidArgument(
            f"encoder is {given!r:.60}, which embeds nothing; give the name or folder of a model, "
            "a function of a list of texts, or an object with a method encode."
        )
    return calls


def _find_limit(given: object, max_tokens: int | None) -> int:
    """Return the tokens that are read of a text. Raises `InvalidArgument`."""
    if max_tokens is None:
        limit = getattr(given, "max_seq_length", None)
        return limit if isinstance(limit, int) and limit >= MIN_TOKENS else MAX_TOKENS
    if not isinstance(max_tokens, int) or max_tokens < MIN_TOKENS:
        raise InvalidArgument(
            f"max_tokens is {max_tokens!r:.40}; give a whole number of at least {MIN_TOKENS}."
        )
    return max_tokens


def _name_of(given: object) -> str:
    """Return the name of a function, or of the type of an object. Raises `InvalidArgument`."""
    own = getattr(given, "name", None)
    if isinstance(own, str) and own:
        return own
    named = given if hasattr(given, "__qualname__") else type(given)
    name = f"{getattr(named, '__module__', '')}.{getattr(named, '__qualname__', '')}"
    if "<lambda>" in name or name == "functools.partial":
        raise InvalidArgument(
            "The encoder is a function without a name, by which an index could record it. Name it: "
            'index.make_encoder(function, name="my-model")'
        )
    return name
