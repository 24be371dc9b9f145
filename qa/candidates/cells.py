"""Find the cells of tables that a question names: by its words, a row and the name of a column.

"How many travel mugs XL are in stock?" names the cell below "Stock" in the row of "Travel mug XL".
A cell of another column, or of a row that the question does not name, is no answer, whatever the
reader thinks of it. Rows are not counted, added up or compared: who asks for that names no single
cell.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import chain

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

MIN_NAMED = 0.65
"""Cosine of words of a question and the name of a column from which they name it, if no column has
them: "cost" and "Price" have 0.72, "salary" and "Wage" 0.74, "discount" and "Price" 0.57."""

MIN_MEANT = 0.5
"""The same from which it is no doubt that the column is named otherwise."""

NAMED_CELL = 2.5
"""Log odds of a cell of a table that all words of a question name; the fewer do, the more those of
the reader count. Set by hand, as few labelled questions are about tables."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a passage, in the light of a question; sets of words hold stems.

    `matched` are the words of the question that its cells hold. `columns` are the columns that the
    others name, "Stock"; several if they are named equally well. `left` are the words that name
    neither: not even the place where the row stands, or a column whose cell is matched, holds them.
    `named` is the share of the question's words that name the row and the column, `meant` the
    cosine of `left` and the name of each column where none is named. `is_one_of_several` tells
    whether its table has more rows.
    """

    row: TableRow
    table: tuple[str, int]
    matched: frozenset[str]
    columns: tuple[int, ...]
    left: frozenset[str]
    named: float
    meant: tuple[float, ...]
    is_one_of_several: bool

    @property
    def named_cells(self) -> list[Span]:
        """The ranges of the cells that are named, but for those that are empty."""
        cells = (self.row.cells[column] for column in self.columns if self.matched)
        return [(start, end) for start, end in cells if start < end]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a question makes of a range that lies in a table.

    `wrong` means that it asks for another cell, or for none or several of them, or that this is the
    name of a column; `named` is the share of its words that name this cell; `unknown` means that it
    asks for what no column is about, or with a name or code that is in neither row nor column.
    """

    wrong: bool = False
    named: float = 0.0
    unknown: bool = False

    def weigh(self, odds: float) -> float:
        """Return the log odds of the range, given those of the reader."""
        return max(odds, self.named * NAMED_CELL + (1 - self.named) * odds)


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
        names = _ColumnNames(query, encoder)
        self._query = query
        self._rows = {
            id(passage): _match_rows(query, context, passage, names) for passage in passages
        }
        self._matched: dict[tuple[str, int], set[frozenset[str]]] = {}
        self._values: dict[tuple[str, int], set[str]] = {}
        for row in (row for rows in self._rows.values() for row in rows):
            self._matched.setdefault(row.table, set()).add(row.matched)
        for passage in passages:
            for row in filter(self._is_best, self._rows[id(passage)]):
                found = {passage.document.text[slice(*span)] for span in row.named_cells}
                self._values.setdefault(row.table, set()).update(map(comparable, found))

    def named_in(self, passage: Passage) -> list[Span]:
        """Return the ranges in the document of the cells of a passage that the question names."""
        rows = filter(self._is_best, self._rows[id(passage)])
        return [span for row in rows for span in row.named_cells]

    def ask_for_several(self, passage: Passage) -> bool:
        """Whether the question names a column of a table in a passage, but no single row of it."""
        named = [row for row in self._rows[id(passage)] if row.columns and self._is_best(row)]
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
        if column is None or not self._is_best(row):
            return Judgement(wrong=True)
        first, last = row.row.cells[column]
        short = last - first <= SHORT_CELL
        if short and row.is_one_of_several and not row.matched:
            return Judgement(wrong=True)
        if row.columns:
            wrong = column not in row.columns or self._is_ambiguous(row)
            other_name = not wrong and bool(row.left & self._query.names)
            return Judgement(wrong, 0.0 if wrong else row.named, other_name)
        return Judgement(unknown=short and row.meant[column] < MIN_MEANT)

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

    def _is_ambiguous(self, row: Row) -> bool:
        """Whether cells with different words are named where one is asked for."""
        return len(self._values[row.table]) > 1 and not self._query.several


class _ColumnNames:
    """The names of columns, compared with words of a question by meaning, each once."""

    def __init__(self, query: Query, encoder: Encoder):
        self._words = WORD.findall(query.text)
        self._encoder = encoder
        self._known: dict[tuple[frozenset[str], tuple[str, ...]], tuple[float, ...]] = {}

    def compare(self, stems: frozenset[str], names: tuple[str, ...]) -> tuple[float, ...]:
        """Return the cosine of the words with these stems and each name, or its nearest word.

        "Price EUR" says what "Price" says. Without words, it is 1.0.
        """
        asked = " ".join(word for word in self._words if set(extract_terms(word)) & stems)
        if not asked:
            return (1.0,) * len(names)
        if (stems, names) not in self._known:
            parts = [(name, *filter(str.isalpha, name.split())) for name in names]
            vectors = self._encoder.embed_sentences([asked, *chain(*parts)])
            cosines = iter(self._encoder.compare(vectors[1:], vectors[0]))
            self._known[stems, names] = tuple(
                max(cosine for _, cosine in zip(part, cosines, strict=False)) for part in parts
            )
        return self._known[stems, names]


def _match_rows(
    query: Query, context: frozenset[str], passage: Passage, names: _ColumnNames
) -> list[Row]:
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
        named = _name_columns(query, row, _find_given(query.words, words), place, matched, names)
        # What was spoken of before names a row by its other cells: no price by "12 litres".
        asked = frozenset().union(*(words[column] for column in named[0]))
        matched -= (context - query.words) & asked
        found.append(Row(row, table, matched, *named, several))
    return found


def _name_columns(
    query: Query,
    row: TableRow,
    given: Set[int],
    place: frozenset[str],
    matched: frozenset[str],
    names: _ColumnNames,
) -> tuple[tuple[int, ...], frozenset[str], float, tuple[float, ...]]:
    """Return what `Row` holds: `columns`, `left`, `named` and `meant`.

    `given` are the columns whose cells hold words of the question, which no longer names them.
    """
    asked = query.words - matched
    texts = tuple(row.name(number) for number in range(len(row.cells)))
    columns = [frozenset(index_terms(text)) for text in texts]
    free = [number for number in range(len(texts)) if number not in given]
    of_given = frozenset().union(*(columns[number] for number in given))
    fit = {number: (len(asked & columns[number]), -len(columns[number])) for number in free}
    best = max(fit.values(), default=(0, 0))
    chosen = tuple(number for number in free if best[0] and fit[number] == best)
    left = asked - of_given - place.union(*(columns[number] for number in chosen))
    if chosen or not matched or not left or not any(texts):
        named = 0.0 if left & query.names or not chosen else 1.0 - _share(left, query)
        return chosen, left, named, (1.0,) * len(texts)
    meant = names.compare(left, texts)
    highest = max((meant[number] for number in free), default=0.0)
    if highest < MIN_NAMED:
        return (), left, 0.0, meant
    chosen = tuple(number for number in free if meant[number] == highest)
    return chosen, frozenset(), 1.0 - (1.0 - highest) * _share(left, query), meant


def _share(words: frozenset[str], query: Query) -> float:
    return len(words) / max(1, len(query.words))


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
