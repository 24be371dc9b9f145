"""Judge the cells of tables that may answer: by the words of a question, its row and its column.

"How many travel mugs XL are in stock?" names the cell below "Stock" in the row of "Travel mug XL",
"How many are left?" means it. A logistic model weighs how far a cell is named and meant with what
the reader thinks of it; its weights are fitted on questions about made-up tables by
`qa.training.calibrate`. Rows are not counted, added up or compared: who asks for that names no
single cell.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.encode.encoder import Encoder
from index.search.terms import WORD, extract_terms, index_terms
from index.text.sentence import Span
from index.text.table import TableRow, find_rows
from qa.candidates.normalise import comparable
from qa.retrieval.heading import heading_to_read
from qa.retrieval.query import Query
from qa.retrieval.rerank import Passage

SHORT_CELL = 60
"""Characters of a cell up to which it is quoted as a whole; longer ones hold sentences."""

CELL_FEATURES = (
    *("constant", "answers", "share", "span"),
    *("named", "row", "rivals", "lead", "unknown name"),
)
"""Features of a span in a cell, in the order of `CELL_WEIGHTS`: the first four are those of any
span, the others `Judgement.features`."""

CELL_WEIGHTS = (-1.29, 0.32, 0.85, 0.24, 0.76, 1.34, -0.31, 4.55, -2.17)
"""What each feature adds to the log odds that the cell is right; from:
python -m qa.training.calibrate DATA --reader FOLDER"""

CELL_ANSWERABLE_WEIGHTS = (0.41, 0.41, -0.27, -0.05, 1.02, 0.06, -0.17, 2.16, -1.06)
"""What each feature of the best cell adds to the log odds that the documents answer at all; from
the same."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a passage, in the light of a question; sets of words hold stems.

    `matched` are the words of the question that its cells hold. `columns` are the columns that the
    others name, "Stock"; several if they are named equally well. `given` are those whose cells hold
    words of the question, and `place` the words of where the row stands. `is_one_of_several` tells
    whether its table has more rows.
    """

    row: TableRow
    table: tuple[str, int]
    matched: frozenset[str]
    columns: tuple[int, ...]
    given: frozenset[int]
    place: frozenset[str]
    is_one_of_several: bool

    @property
    def named_cells(self) -> list[Span]:
        """The ranges of the cells that are named, but for those that are empty."""
        cells = (self.row.cells[column] for column in self.columns if self.matched)
        return [(start, end) for start, end in cells if start < end]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a question makes of a range that lies in a table.

    `wrong` means that it asks for no single cell, or that this is the name of a column or reaches
    over several cells. `features` are those of `CELL_FEATURES` that a cell has: is its column
    named? Do no other rows hold more words of the question? Do rows that hold as many have other
    words in this column, where the question asks for one thing? How much nearer by meaning is the
    question to the name of its column than to any other? Does a name or code of it stand in neither
    row nor column? Without them, the range is judged as any other.
    """

    wrong: bool = False
    features: tuple[float, ...] = ()

    def complete(self, span: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the `CELL_FEATURES` of a cell, given the features of its span."""
        return np.array([*span[: len(CELL_FEATURES) - len(self.features)], *self.features])


NOT_IN_TABLE = Judgement()


class Cells:
    """The tables in some passages, in the light of a question."""

    def __init__(
        self,
        query: Query,
        passages: Sequence[Passage],
        encoder: Encoder,
        context: frozenset[str] = frozenset(),
    ):
        """Look at the tables in passages; words of the `context` of a question may name a row."""
        self._query = query
        self._names = _ColumnNames(query, encoder)
        self._rows = {id(passage): _match_rows(query, context, passage) for passage in passages}
        self._matched: dict[tuple[str, int], set[frozenset[str]]] = {}
        self._values: dict[tuple[tuple[str, int], int], set[str]] = {}
        for row in (row for rows in self._rows.values() for row in rows):
            self._matched.setdefault(row.table, set()).add(row.matched)
        for passage in passages:
            for row in filter(self._is_best, self._rows[id(passage)]):
                for column, (start, end) in enumerate(row.row.cells):
                    known = self._values.setdefault((row.table, column), set())
                    known.add(comparable(passage.document.text[start:end]))

    def are_in(self, passage: Passage) -> bool:
        """Whether a passage holds cells of a table with a header."""
        return bool(self._rows[id(passage)])

    def named_in(self, passage: Passage) -> list[Span]:
        """Return the ranges in the document of the cells of a passage that the question names."""
        rows = filter(self._is_best, self._rows[id(passage)])
        return [span for row in rows for span in row.named_cells]

    def ask_for_several(self, passage: Passage) -> bool:
        """Whether the question names a column of a table in a passage, but no single row of it.

        A question that holds a name that no such row has asks for a row that is not there.
        """
        named = [row for row in self._rows[id(passage)] if row.columns and self._is_best(row)]
        if not self._query.names <= set().union(*(_terms_of(row, row.columns) for row in named)):
            return False
        text = passage.document.text
        values = {comparable(text[slice(*row.row.cells[n])]) for row in named for n in row.columns}
        return len({row.row.start for row in named}) > 1 and len(values) > 1

    def widen(self, passage: Passage, start: int, end: int) -> Span:
        """Return the range of the cell that holds a range, if it is short; else the range."""
        row, column = self._find(passage, start, end)
        if row is None or column is None:
            return start, end
        first, last = row.row.cells[column]
        return (first, last) if last - first <= SHORT_CELL else (start, end)

    def crosses(self, passage: Passage, start: int, end: int) -> bool:
        """Whether a range begins in a row, but does not lie in one of its cells."""
        row, column = self._find(passage, start, end)
        return row is not None and column is None

    def judge(self, passage: Passage, start: int, end: int) -> Judgement:
        """Judge a range of a passage's document, in characters, end exclusive."""
        row, column = self._find(passage, start, end)
        if row is None:
            headers = (row.row.header for row in self._rows.get(id(passage), ()))
            in_header = any(first < end and start < last for first, last in headers)
            return Judgement(wrong=True) if in_header else NOT_IN_TABLE
        if column is None or (row.columns and not self._names_one_cell(row)):
            return Judgement(wrong=True)
        cosines = self._names.compare(row.matched, row.row)
        others = [cosine for n, cosine in enumerate(cosines) if n != column and n not in row.given]
        lead = cosines[column] - max(others, default=0.0)
        return Judgement(
            features=(
                float(column in row.columns),
                float(bool(row.matched) and self._is_best(row)),
                float(self._have_rivals(row, (column,))),
                lead,
                float(not self._query.names <= _terms_of(row, (column,))),
            )
        )

    def _find(self, passage: Passage, start: int, end: int) -> tuple[Row | None, int | None]:
        for row in self._rows.get(id(passage), ()):
            if start < row.row.end and row.row.start < end:
                return row, row.row.column_at(start, end)
        return None, None

    def _is_best(self, row: Row) -> bool:
        """Whether no row of the table holds the same words of the question and more.

        Words of the context count where no row holds one of the question itself.
        """
        others, own = self._matched[row.table], row.matched & self._query.words
        is_asked = bool(own) or not any(other & self._query.words for other in others)
        return is_asked and not any(row.matched < other for other in others)

    def _names_one_cell(self, row: Row) -> bool:
        """Whether a question that names a column names a row too, and no others as well."""
        names_row = bool(row.matched) or not row.is_one_of_several
        return names_row and not self._have_rivals(row, row.columns)

    def _have_rivals(self, row: Row, columns: Sequence[int]) -> bool:
        """Whether cells with different words are as good where one is asked for."""
        values = [self._values.get((row.table, column), set()) for column in columns]
        return len(set().union(*values)) > 1 and not self._query.several


class _ColumnNames:
    """The names of columns, compared with a question by meaning, each once."""

    def __init__(self, query: Query, encoder: Encoder):
        self._query = query
        self._encoder = encoder
        self._known: dict[tuple[frozenset[str], tuple[str, ...]], list[float]] = {}

    def compare(self, matched: frozenset[str], row: TableRow) -> list[float]:
        """Return the cosine of the question, without the words that name a row, and each name."""
        names = tuple(row.name(column) for column in range(len(row.cells)))
        if (matched, names) not in self._known:
            words = WORD.findall(self._query.text)
            asked = " ".join(word for word in words if not matched & set(extract_terms(word)))
            vectors = self._encoder.embed_sentences([asked or self._query.text, *names])
            self._known[matched, names] = self._encoder.compare(vectors[1:], vectors[0])
        return self._known[matched, names]


def _terms_of(row: Row, columns: Sequence[int]) -> frozenset[str]:
    """Return the terms by which a question may name a row or one of these columns of it."""
    names = (index_terms(row.row.name(column)) for column in columns)
    return row.matched.union(row.place, *names)


def _match_rows(query: Query, context: frozenset[str], passage: Passage) -> list[Row]:
    document, chunk = passage.document, passage.chunk
    rows = find_rows(document.text, chunk.start, chunk.end)
    place = frozenset(index_terms(heading_to_read(document, chunk))) if rows else frozenset()
    found = []
    for row in rows:
        above = document.text[row.header[1] : row.start].strip("\n")
        several = "\n" in above or sum(row.header == other.header for other in rows) > 1
        words = [frozenset(index_terms(document.text[a:b])) for a, b in row.cells]
        matched = (query.words | context) & frozenset().union(*words)
        table = (document.id, row.header[0])
        given = frozenset(_find_given(query.words, words))
        columns = _name_columns(query, row, given, matched)
        # What was spoken of before names a row by its other cells: no price by "12 litres".
        asked = frozenset().union(*(words[column] for column in columns))
        matched -= (context - query.words) & asked
        found.append(Row(row, table, matched, columns, given, place, several))
    return found


def _name_columns(
    query: Query, row: TableRow, given: Set[int], matched: frozenset[str]
) -> tuple[int, ...]:
    """Return the columns that words of the question name which its row does not hold.

    `given` are the columns whose cells hold words of the question, which no longer names them.
    """
    asked = query.words - matched
    columns = [frozenset(index_terms(row.name(number))) for number in range(len(row.cells))]
    free = [number for number in range(len(columns)) if number not in given]
    fit = {number: (len(asked & columns[number]), -len(columns[number])) for number in free}
    best = max(fit.values(), default=(0, 0))
    return tuple(number for number in free if best[0] and fit[number] == best)


def _find_given(words: frozenset[str], cells: Sequence[frozenset[str]]) -> set[int]:
    """Return the cells that hold words of a question: each a word that no fuller one holds.

    "Ida Holm" before "ida.holm@north.example, office 3": of a cell that holds more besides, the
    question need not speak.
    """
    order = sorted(
        range(len(cells)),
        key=lambda number: -len(words & cells[number]) / max(1, len(cells[number])),
    )
    given: set[int] = set()
    known: set[str] = set()
    for number in order:
        if not words & cells[number] <= known:
            given.add(number)
            known |= words & cells[number]
    return given
