"""The name or folder of a reader -> a loaded `Reader`.

A reader is a folder that `python -m qa.training.train` wrote, or any extractive question-answering
model from Hugging Face.
"""

import json
from functools import lru_cache
from pathlib import Path
from threading import Lock

from tokenizers import Tokenizer

from index import FootnoteError
from index.encode.encoder import find_model_folder
from index.per_process import PerProcess
from qa.reader.networks import HuggingFaceNetwork, OnnxNetwork
from qa.reader.reader import Reader
from qa.reader.token_windows import prepare_tokenizer

BUNDLED_READER = "footnote-reader"
"""The name of the reader that comes with the package."""

NONE = "none"
"""The name that stands for working without a reader."""


def load_reader(reader: Reader | str | None) -> Reader | None:
    """Return the reader with a name or in a folder; a loaded one unchanged, None for `NONE`.

    `BUNDLED_READER` is the one that comes with the package. A folder is one that
    `python -m qa.training.train` wrote, or holds a Hugging Face model for extractive question
    answering; any other name is looked up in the local model cache. The last two loaded are kept
    for the next call. Raises `FootnoteError` where files are missing or do not belong together.
    """
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
    needed = ("tokenizer.json", "model.onnx") if is_trained_here else ("tokenizer.json",)
    missing = [file for file in needed if not (folder / file).is_file()]
    if missing:
        raise FootnoteError(
            f"The folder {folder} holds no reader: {' and '.join(missing)} missing. Give the "
            "folder of an extractive question-answering model with its tokenizer.json, or answer "
            "without a reader: --reader none"
        )
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        network: OnnxNetwork | HuggingFaceNetwork
        if is_trained_here:
            settings = json.loads(settings_file.read_text("utf-8"))
            vocabulary_size, length = int(settings["tokens"]), int(settings["length"])
            network = OnnxNetwork(folder / "model.onnx")
        else:
            network = HuggingFaceNetwork(folder)
            vocabulary_size, length = network.vocabulary_size, network.window_tokens
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
