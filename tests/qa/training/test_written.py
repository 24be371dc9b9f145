import json
from dataclasses import replace

import pytest

from qa.evaluation.labels import read_questions
from qa.training import written
from qa.training.calibrate import CALIBRATION_SETS
from qa.training.curriculum import SET_SHARES, choose_examples
from qa.training.examples import Example
from qa.training.written import (
    DOCUMENTS,
    NEAR_MISSES,
    OWN_WORDS,
    PASSAGES,
    REWORDINGS,
    digest,
    read_documents,
    read_held_back,
    reword_examples,
    write_held_back,
)

EXAMPLE = Example(
    "squad2_part",
    "Who built the pier?",
    ("Pier", "Ida Holm built the pier. It is long."),
    ((0, 8),),
    (("", "The pier is open at noon."),),
)


@pytest.fixture
def lines(tmp_path, monkeypatch):
    def write(*lines):
        path = tmp_path / "rewordings.jsonl"
        path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
        monkeypatch.setattr(written, "REWORDINGS", path)

    return write


def test_a_question_is_asked_again_and_one_near_it_without_an_answer(lines):
    asked = {"source": "squad2_part", "asked": digest(EXAMPLE.question)}
    lines({**asked, "again": "Whose work is the jetty?", "near": "Who painted the jetty?"})
    again, near = reword_examples([EXAMPLE])
    assert again == replace(EXAMPLE, source=OWN_WORDS, question="Whose work is the jetty?")
    assert (near.source, near.question) == (NEAR_MISSES, "Who painted the jetty?")
    assert near.passage == EXAMPLE.passage
    assert near.spans == near.negatives == ()


def test_only_what_was_written_is_asked_and_of_one_passage(lines):
    asked = {"source": "squad2_part", "asked": digest(EXAMPLE.question)}
    lines({**asked, "near": "Who painted the jetty?"})
    other = replace(EXAMPLE, question="When was it built?")
    elsewhere = replace(EXAMPLE, source="nq_open_gold")
    found = list(reword_examples([other, elsewhere, EXAMPLE, replace(EXAMPLE, passage=("", "x"))]))
    assert [(one.source, one.passage) for one in found] == [(NEAR_MISSES, EXAMPLE.passage)]


def test_the_rewordings_themselves():
    lines = [json.loads(line) for line in REWORDINGS.read_text("utf-8").splitlines()]
    assert len(lines) > 1_000
    assert len({(line["source"], line["asked"]) for line in lines}) == len(lines)
    for line in lines:
        assert line["source"] in SET_SHARES or f"dev/{line['source']}" in CALIBRATION_SETS
        assert len(line["asked"]) == 16
        assert line.get("again") or line.get("near")


def test_examples_are_read_as_often_as_their_set():
    often = [replace(EXAMPLE, source="b", question=str(n)) for n in range(400)]
    chosen = choose_examples([EXAMPLE, *often], {"squad2_part": 3.0, "b": 0.25})
    assert chosen.count(EXAMPLE) == 3
    assert 60 < len(chosen) - 3 < 140


def test_made_up_passages_and_their_questions(tmp_path, monkeypatch):
    path = tmp_path / "documents.jsonl"
    rent = {"question": "What does the flat cost?", "answer": "9,800 kroner"}
    owner = {"question": "Who owns the flat?", "answer": None}
    one = {"title": "Lease", "passage": "The rent is 9,800 kroner.", "questions": [rent, owner]}
    others = [{"title": "", "passage": f"Rule {n}: no dogs.", "questions": []} for n in range(1, 6)]
    path.write_text("\n".join(map(json.dumps, [one, *others])), "utf-8")
    monkeypatch.setattr(written, "PASSAGES", path)
    cost, owned = read_documents()
    assert (cost.source, cost.spans) == (DOCUMENTS, ((12, 24),))
    assert cost.passage == ("Lease", one["passage"])
    assert cost.negatives
    assert cost.passage not in cost.negatives
    assert (owned.question, owned.spans, owned.negatives) == ("Who owns the flat?", (), ())


def test_the_passages_themselves():
    lines = [json.loads(line) for line in PASSAGES.read_text("utf-8").splitlines()]
    assert len(lines) >= 100
    assert len({line["passage"] for line in lines}) == len(lines)
    asked = [(line, question) for line in lines for question in line["questions"]]
    assert all(q["answer"] is None or q["answer"] in line["passage"] for line, q in asked)
    assert sum(q["answer"] is None for _, q in asked) >= len(asked) / 4


def test_half_of_the_new_tables_are_held_back_from_training(tmp_path, monkeypatch):
    path = tmp_path / "documents.jsonl"
    table = "| Item | Fee |\n| --- | --- |\n| Boat {n} | 3 |\n| Hut {n} | 5 |"
    questions = [
        {"question": "What does a boat cost?", "answer": "3"},
        {"question": "What does a car cost?", "answer": None},
    ]
    lines = [
        {"title": "Fees", "passage": table.replace("{n}", str(n)), "questions": questions}
        for n in range(6)
    ]
    lines[5]["passage"] = "A boat costs 3 crowns."  # No table.
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    monkeypatch.setattr(written, "PASSAGES", path)
    monkeypatch.setattr(written, "NEW_PASSAGES", 4)
    assert read_held_back() == [lines[3]]
    assert {example.passage[1] for example in read_documents()} == {
        line["passage"] for line in lines if line != lines[3]
    }
    write_held_back(tmp_path / "tables")
    found, missing = read_questions(tmp_path / "tables")
    (answer,) = found.answers
    assert lines[3]["passage"][answer.start : answer.end] == "3"
    assert found.answerable
    assert not missing.answerable
    assert missing.gold_docs == frozenset()
