"""Jupyter notebooks (.ipynb): Markdown as it is, code and what it printed fenced."""

import json
import re
from typing import Any

from index.errors import UnreadableFile
from index.extract.plain_text import decode, heading_title
from index.text.canonical import Extract, canonicalize, join_authors, shorten

_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PICTURE = re.compile(r"<(?:Figure size|[\w.]+ at 0x)[^>]*>|\[?<matplotlib[^>]*>.*")


def read_ipynb(data: bytes) -> Extract:
    try:
        notebook = json.loads(decode(data))
    except ValueError as error:
        raise UnreadableFile("the notebook is damaged: it is not JSON") from error
    sheets = notebook.get("worksheets", [notebook])
    said = _record(notebook.get("metadata"))
    language = _record(said.get("kernelspec")).get("language", "")
    blocks = [
        block for sheet in sheets for cell in sheet["cells"] for block in _blocks(cell, language)
    ]
    text = canonicalize("\n\n".join(block for block in blocks if block.strip()) + "\n")
    title = shorten(str(said.get("title") or "")) or heading_title(text)
    return Extract(title, text, "application/x-ipynb+json", author=_authors(said))


def _authors(said: dict[str, Any]) -> str:
    """Return the names of the authors, each of whom is a text or has one as name."""
    named = said.get("authors")
    people = named if isinstance(named, list) else [named]
    names = [_record(person).get("name", person) for person in people]
    return join_authors(*(name for name in names if isinstance(name, str)))


def _record(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _blocks(cell: dict[str, Any], language: str) -> list[str]:
    """Return a cell's text, and what it printed."""
    source = _joined(cell.get("source", cell.get("input", "")))
    kind = cell["cell_type"]
    if kind == "heading":
        return [f"{'#' * cell['level']} {source}"]
    if kind != "code":
        return [source.strip()]
    outputs = [_printed(output) for output in cell.get("outputs", [])]
    return [_fenced(source, language), *(_fenced(output, "") for output in outputs)]


def _printed(output: dict[str, Any]) -> str:
    """Return the text of an output; of a failure, what went wrong and not where."""
    if output.get("output_type") in ("error", "pyerr"):
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    text = output.get("text", output.get("data", {}).get("text/plain", ""))
    return _PICTURE.sub("", _ESCAPES.sub("", _joined(text)))


def _fenced(text: str, language: str) -> str:
    text = text.strip("\n")
    return f"```{language}\n{text}\n```" if text.strip() else ""


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
