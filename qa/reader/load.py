"""The name or folder of a reader -> a loaded `Reader`.

A reader is a folder that `python -m qa.training.train` wrote, or any extractive question-answering
model from Hugging Face.
"""

import json
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from tokenizers import Tokenizer

from index import FootnoteError
from index.encode.encoder import find_model_folder
from index.per_process import PerProcess
from qa.reader.networks import HuggingFaceNetwork, Int8Network
from qa.reader.reader import Reader
from qa.reader.token_windows import prepare_tokenizer

BUNDLED_READER = "footnote-reader"
"""The name of the reader that comes with the package."""

NONE = "none"
"""The name that stands for working without a reader."""


def load_reader(reader: Reader | str | Path | None) -> Reader | None:
    """Return the reader with a name or in a folder; a loaded one unchanged, None for `NONE`.

    `BUNDLED_READER` is the one that comes with the package. A folder is one that
    `python -m qa.training.train` wrote, or holds a Hugging Face model for extractive question
    answering; any other name is looked up in the local model cache. The last two loaded are kept
    for the next call. Raises `FootnoteError` where files are missing or do not belong together.
    """
    reader = str(reader) if isinstance(reader, Path) else reader
    if not isinstance(reader, str):
        return reader
    if reader == NONE:
        return None
    with _loading.get():
        return _load_named_reader(str(Path(reader).resolve()) if Path(reader).is_dir() else reader)


_loading = PerProcess(Lock)


@lru_cache(maxsize=2)
def _load_named_reader(name: str) -> Reader:
    folder = _find_folder(name)
    settings_file = folder / "reader.json"
    is_trained_here = settings_file.is_file()
    settings = _read_settings(settings_file) if is_trained_here else {}
    needed = ("tokenizer.json", *settings.get("sha256", {}))
    missing = [file for file in needed if not (folder / file).is_file()]
    if missing:
        raise FootnoteError(
            f"The folder {folder} holds no reader: {' and '.join(missing)} missing. Give the "
            "folder of an extractive question-answering model with its tokenizer.json, or answer "
            "without a reader: --reader none"
        )
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        network: Int8Network | HuggingFaceNetwork
        if is_trained_here:
            vocabulary_size, length = int(settings["tokens"]), int(settings["length"])
            network = Int8Network(folder, settings["sha256"])
        else:
            network = HuggingFaceNetwork(folder)
            vocabulary_size, length = network.vocabulary_size, network.window_tokens
    except FootnoteError:
        raise
    except Exception as error:  # Each of the three libraries has exceptions of its own.
        raise FootnoteError(
            f"The reader in {folder} cannot be loaded ({' '.join(str(error).split())[:200]}). Give "
            "the folder of an extractive question-answering model, or answer without a reader: "
            "--reader none"
        ) from error
    if tokenizer.get_vocab_size() > vocabulary_size:
        raise FootnoteError(
            f"The tokenizer in {folder} has {tokenizer.get_vocab_size():,} tokens, but its network "
            f"has {vocabulary_size:,}: they belong to different models. Give a folder with the "
            "tokenizer and the network of one model."
        )
    return Reader(name, prepare_tokenizer(tokenizer, length=length), network)


def _read_settings(file: Path) -> dict[str, Any]:
    """Return the settings of a reader that was trained here. Raises `FootnoteError`."""
    try:
        settings = json.loads(file.read_text("utf-8"))
        found = {name: settings[name] for name in ("tokens", "length", "sha256")}
        if isinstance(found["sha256"], dict):
            return found
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise FootnoteError(
        f"{file} does not describe a reader of this version: it needs the names tokens, length and "
        "sha256. Export the reader again with this version, or answer without one: --reader none"
    )


def _find_folder(name: str) -> Path:
    """Return the package's reader, the folder itself, or the model's folder in the local cache."""
    if name == BUNDLED_READER:
        return Path(__file__).with_name("weights")
    folder = find_model_folder(name)
    if folder is None:
        raise FootnoteError(
            f"The reader {name} is not on this machine: it is neither a folder nor in the local "
            "model cache, and Footnote downloads nothing. Give the folder of an extractive "
            "question-answering model, or answer without a reader: --reader none"
        )
    return folder
