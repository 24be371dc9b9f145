"""Read Jupyter notebooks (.ipynb): Markdown cells unchanged, code and its output fenced.

Outputs that are pages, such as the tables of pandas, become Markdown.
"""

import json
import re
from typing import Any

from index.errors import UnreadableFile
from index.extract.plain_text import decode, infer_title
from index.extract.web.html.html import html_to_markdown
from index.text.canonical import Extract, canonicalize, join_authors, shorten
from index.text.plural import count_noun

_ANSI_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_OBJECT = re.compile(r"<[\w.]+(?: object)?(?: at 0x\w+)?>")
"""The plain form of an output that is only shown as a page or as Markdown."""

_PICTURES = ("png", "jpeg", "svg")
"""Keys of outputs in version 3 that are pictures."""

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
    blocks: list[str] = []
    unread = 0
    for cell in (cell for sheet in sheets for cell in sheet["cells"]):
        written = _cell_blocks(cell, language)
        blocks += written
        unread += sum(
            not block.strip() and not output.keys().isdisjoint(("data", *_PICTURES))
            for output, block in zip(cell.get("outputs", []), written[1:], strict=False)
        )
    text = canonicalize("\n\n".join(block for block in blocks if block.strip()) + "\n")
    title = shorten(str(metadata.get("title") or "")) or infer_title(text)
    return Extract(
        title,
        text,
        "application/x-ipynb+json",
        author=_read_authors(metadata),
        note=f"not read: {count_noun(unread, 'output')} without text, such as pictures"
        if unread
        else "",
    )


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
    return [_fence(source, language), *map(_output_block, cell.get("outputs", []))]


def _output_block(output: dict[str, Any]) -> str:
    """Return an output: a page or Markdown as text, which is more than its plain form, or fenced.

    Version 3 names a page "html".
    """
    data = _dict_or_empty(output.get("data")) or output
    markdown = _join_source(data.get("text/markdown", ""))
    page = _join_source(data.get("text/html", data.get("html", "")))
    plain = _output_text(output)
    try:
        text = markdown.strip() or (html_to_markdown(page).strip() if page.strip() else "")
    except RecursionError:
        text = ""  # Its elements are nested too deeply; the plain form is left.
    is_richer = "\n| " in f"\n{text}" or _OBJECT.fullmatch(plain.strip()) or not plain.strip()
    return text if text and is_richer else _fence(plain, "")


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
