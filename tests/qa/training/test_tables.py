"""What the weights of cells are fitted on."""

import json

import numpy as np
import pytest
from makings import word_reader

from qa.candidates.cells import CELL_FEATURES
from qa.training.logistic import ANSWERLESS_WEIGHT, Sample
from qa.training.retrieved import retrieve_for_sets
from qa.training.tables import AskedOfTables, ask_tables, weigh

TABLE = """| Pier | Opened | Length |
| --- | --- | --- |
| North | 1987 | 90 m |
| South | 1962 | 40 m |"""


def found_for(question, words, folder, encoder):
    folder.mkdir(parents=True)
    start = TABLE.index(words) if words else 0
    gold = {"doc_id": "piers", "start": start, "end": start + len(words), "text": words}
    text = {"id": "piers", "title": "", "text": TABLE}
    asked = {"question": question, "answers": [gold] if words else []}
    (folder / "corpus.jsonl").write_text(json.dumps(text))
    (folder / "questions.jsonl").write_text(json.dumps(asked))
    reader = word_reader({"1987": 5.0, "90": 4.0}, {"1987": 5.0, "m": 4.0})
    return retrieve_for_sets(folder.parent, {folder.name: 1}, encoder, reader)[folder.name]


def test_cells_are_right_where_they_answer(tmp_path, word_encoder):
    found = found_for("When was the north pier opened?", "1987", tmp_path / "a", word_encoder)
    (asked,) = ask_tables(found, word_encoder, gold_taken_out=False)
    assert asked.answerable
    assert asked.cells.features.shape == (len(asked.cells.right), len(CELL_FEATURES))
    named = asked.cells.features[:, CELL_FEATURES.index("named")]
    assert asked.cells.right.sum() == 1
    assert named[asked.cells.right].tolist() == [1.0]
    weights = [float(name == "named") for name in CELL_FEATURES]
    assert asked.best(weights, "right").right.tolist() == [True]
    assert asked.best([-weight for weight in weights], "right").right.tolist() == [False]
    assert asked.best(weights, "answerable").right.tolist() == [True]


def test_without_an_answer_no_cell_is_right(tmp_path, word_encoder):
    found = found_for("When was the north pier painted?", "", tmp_path / "b", word_encoder)
    (asked,) = ask_tables(found, word_encoder, gold_taken_out=False)
    assert not asked.cells.right.any()
    assert not asked.answerable
    # It has no documents that could be taken out.
    assert list(ask_tables(found, word_encoder, gold_taken_out=True)) == []


def test_questions_are_weighed_as_if_half_had_no_answer():
    cells = Sample(np.zeros((1, len(CELL_FEATURES))), np.array([False]))
    group = [AskedOfTables(cells, answerable) for answerable in (True, True, True, False)]
    weights = [one.cells.weight for one in weigh(group)]
    assert weights == pytest.approx([1, 1, 1, 3 * ANSWERLESS_WEIGHT])
