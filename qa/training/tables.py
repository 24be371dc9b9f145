"""Questions on made-up tables -> the weights of cells: that a cell is right, and that any answers.

The tables are held back from training, so that the reader has not seen them.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.encode.encoder import Encoder
from qa.candidates.cells import CELL_FEATURES, Cells
from qa.candidates.spans import span_features
from qa.reader.reader import Reader
from qa.retrieval.query import Query
from qa.training.logistic import ANSWERLESS_WEIGHT, Floats, Sample, fit_weights, print_weights
from qa.training.retrieved import RetrievedQuestion, retrieve_for_sets, ways_to_ask
from qa.training.written import write_held_back

TABLE_QUESTIONS = 600
"""Questions that the weights are fitted on."""

ROUNDS = 3
"""How often the weights are fitted to the cells that are the best by those of the round before."""


@dataclass(frozen=True, slots=True)
class AskedOfTables:
    """The cells that may answer a question: which are right, and do the documents answer at all?"""

    cells: Sample
    answerable: bool

    def best(self, weights: Floats, label: str) -> Sample:
        """Return the sample of the cell that is the best by these weights for fitting a label.

        The label is "right" or "answerable".
        """
        at = int(np.argmax(self.cells.features @ weights))
        holds = bool(self.cells.right[at]) if label == "right" else self.answerable
        return Sample(self.cells.features[at][None], np.array([holds]), self.cells.weight)


def fit_cells(encoder: Encoder, reader: Reader, limit: int, *, keep: Path | None = None) -> None:
    """Print the weights of cells; `keep` is as in `retrieve_for_sets`."""
    with tempfile.TemporaryDirectory() as folder:
        write_held_back(Path(folder, "tables"))
        counts = {"tables": min(limit, TABLE_QUESTIONS)}
        found = retrieve_for_sets(Path(folder), counts, encoder, reader, keep=keep)["tables"]
    groups = [weigh(ask_tables(found, encoder, gold_taken_out=out)) for out in (False, True)]
    weights = fit_weights([[asked.cells for asked in group] for group in groups])
    for _ in range(ROUNDS):
        weights = fit_weights([[one.best(weights, "right") for one in group] for group in groups])
    print_weights("right cell", CELL_FEATURES, weights)
    best = [[one.best(weights, "answerable") for one in group] for group in groups]
    print_weights("answerable, by the best cell", CELL_FEATURES, fit_weights(best))


def ask_tables(
    retrieved: Sequence[RetrievedQuestion], encoder: Encoder, *, gold_taken_out: bool
) -> Iterator[AskedOfTables]:
    """Yield the cells that may answer each question; `gold_taken_out` is as in `ways_to_ask`."""
    for item, holds in ways_to_ask(retrieved, gold_taken_out=gold_taken_out):
        query, passages = Query.of(item.question.question), item.passages
        cells = Cells(query, passages, encoder)
        rows, right = [], []
        for place, features in zip(
            *span_features(query, passages, encoder, cells=cells), strict=True
        ):
            judged = cells.judge(*place)
            if judged.features:
                rows.append(judged.complete(features))
                is_gold = item.label_of(place[0]) in item.question.gold_docs
                right.append(holds and is_gold and item.is_right(*place))
        if rows:
            yield AskedOfTables(Sample(np.array(rows), np.array(right)), holds)


def weigh(asked: Iterable[AskedOfTables]) -> list[AskedOfTables]:
    """Return the questions, weighed as if half of them had no answer, as in the other sets."""
    group = list(asked)
    answerable = sum(one.answerable for one in group)
    weight = ANSWERLESS_WEIGHT * answerable / max(1, len(group) - answerable)
    return [
        one if one.answerable else replace(one, cells=replace(one.cells, weight=weight))
        for one in group
    ]
