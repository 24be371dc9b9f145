"""Read Jupyter notebooks (.ipynb): Markdown cells unchanged, code and its output fenced."""

import json
import re
from typing import Any

from index.errors import UnreadableFile
from index.extract.plain_text import decode, infer_title
from index.text.canonical import Extract, canonicalize, join_authors, shorten

_ANSI_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FIGURE_REPR = re.compile(r"<(?:Figure size|[\w.]+ at 0x)[^>]*>|\[?<matplotlib[^>]*>.*")


def read_ipynb(data: bytes) -> Extract:
    """Read the cells of a notebook, in version 3 or 4 of its format."""
    try:
        notebook = json.loads(decode(data))
    except ValueError as error:
        raise UnreadableFile("the notebook is damaged: it is not valid JSON") from error
    sheets = notebook.get("worksheets", [notebook])
    metadata = _dict_or_empty(notebook.get("metadata"))
    language = _dict_or_empty(metadata.get("kernelspec")).get("language", "")
    blocks = [
        block
        for sheet in sheets
        for cell in sheet["cells"]
        for block in _cell_blocks(cell, language)
    ]
    text = canonicalize("\n\n".join(block for block in blocks if block.strip()) + "\n")
    title = shorten(str(metadata.get("title") or "")) or infer_title(text)
    return Extract(title, text, "application/x-ipynb+json", author=_read_authors(metadata))


def _read_authors(metadata: dict[str, Any]) -> str:
    """Return the authors' names; each author is a string or a record with a name."""
    authors = metadata.get("authors")
    people = authors if isinstance(authors, list) else [authors]
    names = [_dict_or_empty(person).get("name", person) for person in people]
    return join_authors(*(name for name in names if isinstance(name, str)))


def _dict_or_empty(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _cell_blocks(cell: dict[str, Any], language: str) -> list[str]:
    """Return the source and the outputs of a cell."""
    source = _join_source(cell.get("source", cell.get("input", "")))
    kind = cell["cell_type"]
    if kind == "heading":
        return [f"{'#' * cell['level']} {source}"]
    if kind != "code":
        return [source.strip()]
    outputs = [_output_text(output) for output in cell.get("outputs", [])]
    return [_fence(source, language), *(_fence(output, "") for output in outputs)]


def _output_text(output: dict[str, Any]) -> str:
    """Return the text of an output; for an error, its message without the traceback."""
    if output.get("output_type") in ("error", "pyerr"):
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    text = output.get("text", output.get("data", {}).get("text/plain", ""))
    return _FIGURE_REPR.sub("", _ANSI_ESCAPES.sub("", _join_source(text)))


def _fence(text: str, language: str) -> str:
    text = text.strip("\n")
    return f"```{language}\n{text}\n```" if text.strip() else ""


def _join_source(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
