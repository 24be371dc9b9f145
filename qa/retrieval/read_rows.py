"""Read the rows of tables that a question is about, each with the names of its columns.

Far below the names of its columns, a row says little to the reader. So the rows that hold words of
the question are also read each alone: "Item: Travel mug XL. Stock: 0." stands for "| Travel mug XL
| 0 |" below "| Item | Stock |". What is found in it is given as a range of the row itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from index import Chunk, Document
from index.search.terms import index_terms
from index.text.table import TableRow, find_rows
from qa.reader.decode import MAX_PROPOSALS, Proposal, Reading
from qa.retrieval.query import Query

MAX_ROWS = 4
"""Rows that are read alone for a question, of all passages together."""

MAX_NAME = 60
"""Characters of a column's name that are read."""


@dataclass(frozen=True, slots=True)
class RowText:
    """A row as it is read: `text`, and in it the start of each cell with its range in the document.

    `passage` is the number of the passage that holds it.
    """

    passage: int
    text: str
    places: tuple[tuple[int, int, int], ...]

    def locate(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the range in the document of a range of the text, cut to its first cell.

        None where it lies outside of all cells.
        """
        for first, cell_start, cell_end in self.places:
            begin = max(start, first) - first + cell_start
            stop = min(end - first + cell_start, cell_end)
            if begin < stop:
                return begin, stop
        return None


def choose_rows(question: str, passages: Sequence[tuple[Document, Chunk]]) -> list[RowText]:
    """Return the rows with the most words of the question, in the order of their passages."""
    words = Query.of(question).words
    found: list[tuple[int, int, Document, TableRow]] = []
    for number, (document, chunk) in enumerate(passages):
        for row in find_rows(document.text, chunk.start, chunk.end):
            matched = words & set(index_terms(document.text[row.start : row.end]))
            if matched:
                found.append((len(matched), number, document, row))
    found.sort(key=lambda one: -one[0])
    chosen = [compose_row(number, document, row) for _, number, document, row in found[:MAX_ROWS]]
    return sorted(chosen, key=lambda row: row.passage)


def compose_row(passage: int, document: Document, row: TableRow) -> RowText:
    """Return a row with the names of its columns; empty cells are left out."""
    text, places = "", []
    for column, (start, end) in enumerate(row.cells):
        if start == end:
            continue
        name = row.name(column)[:MAX_NAME]
        text += f"{name}: " if name else ""
        places.append((len(text), start, end))
        text += f"{document.text[start:end]}. "
    return RowText(passage, text.rstrip(), tuple(places))


def add_row_readings(
    passages: Sequence[tuple[Document, Chunk]],
    readings: Sequence[Reading],
    rows: Sequence[tuple[RowText, Reading]],
) -> list[Reading]:
    """Return the readings of passages, each together with those of its rows.

    `rows` are in the order of their passages. What is read best counts.
    """
    merged = list(readings)
    for number, group in groupby(rows, key=lambda row: row[0].passage):
        merged[number] = _merge(passages[number][1], readings[number], list(group))
    return merged


def _merge(chunk: Chunk, reading: Reading, rows: Sequence[tuple[RowText, Reading]]) -> Reading:
    best = {(proposal.start, proposal.end): proposal for proposal in reading.proposals}
    for row, read in rows:
        for proposal in read.proposals:
            if found := row.locate(proposal.start, proposal.end):
                span = (found[0] - chunk.start, found[1] - chunk.start)
                known = best.get(span)
                if known is None or known.score < proposal.score:
                    best[span] = Proposal(*span, proposal.score)
    ranked = sorted(best.values(), key=lambda proposal: -proposal.score)
    readings = [reading, *(read for _, read in rows)]
    return replace(
        reading,
        answer_logit=max(read.answer_logit for read in readings),
        span_logsumexp=float(np.logaddexp.reduce([read.span_logsumexp for read in readings])),
        proposals=tuple(ranked[:MAX_PROPOSALS]),
    )
