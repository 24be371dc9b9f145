"""Run `footnote ask --each`: every document is asked, the answers become a table.

What is answered by the time that it is stopped, or fails, is printed and written all the same.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from index.errors import InvalidArgument
from qa.answer import Answer
from qa.cli.printing import one_line, print_json
from qa.cli.progress import progress_bars
from qa.each import ask_each
from qa.rendering.table import Cell, arrange, table_csv, table_markdown, table_xlsx


def ask_every_document(arguments: argparse.Namespace) -> None:
    """Ask, print and write; options that concern a single answer are refused."""
    _check(arguments)
    answers: list[Answer] = []
    try:
        with progress_bars() as progress:
            for answer in ask_each(
                arguments.questions,
                index=arguments.index,
                where=build_where(arguments),
                threshold=arguments.threshold,
                reader=arguments.reader,
                progress=progress,
            ):
                answers.append(answer)
    finally:
        if answers:
            try:
                _write_files(answers, arguments)  # First, since `head` may close the output.
            finally:
                _print_table(answers, as_json=arguments.json)


def build_where(arguments: argparse.Namespace) -> dict[str, list[str]]:
    """Return the conditions of --in and --where."""
    where: dict[str, list[str]] = {}
    for name, value in arguments.where:
        where.setdefault(name, []).append(value)
    if arguments.documents:
        where.setdefault("document", []).extend(arguments.documents)
    return where


def _check(arguments: argparse.Namespace) -> None:
    """Raise `InvalidArgument` for options that do not go together, before anything is read."""
    if not arguments.each:
        raise InvalidArgument("--csv, --xlsx and --markdown write the table of --each. Add --each.")
    given = {
        "--history": arguments.history,
        "--llm": arguments.llm,
        "--llm-model": arguments.llm_model,
        "--top-k": arguments.top_k is not None,
    }
    for name in filter(given.get, given):
        raise InvalidArgument(f"--each and {name} do not go together. Leave one of them out.")
    for path in _files(arguments):
        folder = path.absolute().parent
        if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
            raise InvalidArgument(
                f"The table cannot be written to {path}: name a file in a folder that exists, both "
                "writable."
            )


def _files(arguments: argparse.Namespace) -> list[Path]:
    return [path for path in (arguments.csv, arguments.xlsx, arguments.markdown) if path]


def _write_files(answers: Sequence[Answer], arguments: argparse.Namespace) -> None:
    """Write the files that are asked for; where one cannot be written, the others are."""
    tables: tuple[tuple[Path | None, Callable[[], bytes]], ...] = (
        (arguments.csv, lambda: table_csv(answers).encode()),
        (arguments.xlsx, lambda: table_xlsx(answers)),
        (arguments.markdown, lambda: table_markdown(answers).encode()),
    )
    failed = []
    for path, make in tables:
        try:
            if path:
                path.write_bytes(make())
        except OSError as error:
            failed.append(error)
    if failed:
        raise failed[0]


def _print_table(answers: Sequence[Answer], *, as_json: bool) -> None:
    if as_json:
        print_json({"answers": [answer.to_dict() for answer in answers]})
        return
    questions, rows = arrange(answers)
    for document, cells in rows:
        date = f" ({one_line(document.date)})" if document.date else ""
        print(f"{one_line(document.document_id)}{date}")
        for question, cell in zip(questions, cells, strict=True):
            asked = f"{one_line(question)} " if len(questions) > 1 else ""
            print(f"  {asked}{_format_cell(cell)}")


def _format_cell(cell: Cell) -> str:
    """Return what a document says on one line.

    >>> _format_cell(Cell("Ida Holm", "", 0.874, 3))
    'Ida Holm (87% likely right, page 3)'
    """
    if not cell.text:
        return one_line(cell.remark)
    odds = (
        "" if cell.likely is None else f"{cell.likely:.0%} likely{'' if cell.remark else ' right'}"
    )
    page = f"page {cell.page}" if cell.page else ""
    about = ", ".join(filter(None, (odds, page)))
    probably = f"{cell.remark.rstrip('.')}: " if cell.remark else ""
    return f"{probably}{one_line(cell.text)}{f' ({about})' if about else ''}"
