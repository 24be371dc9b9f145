"""What the reader is trained on: spans that quote, negatives that do not answer."""

import json
import random

import pytest

from qa.training.examples import (
    Example,
    change_question,
    mine_examples,
    read_examples,
    remove_answer,
    write_examples,
)

CORPUS = [
    {"id": "pier", "title": "The_pier", "text": "The pier was opened in 1987. It is long."},
    {"id": "road", "title": "", "text": "The road was closed in 1990 by the mayor."},
    {"id": "copy", "title": "", "text": "In 1987 the pier and the road were painted."},
]
QUESTIONS = [
    {
        "id": "1",
        "question": "When was the pier opened?",
        "answers": [{"doc_id": "pier", "start": 23, "end": 27, "text": "1987"}],
    },
    {"id": "2", "question": "Who painted the road?", "gold_docs": ["copy"], "answerable": False},
]


def jsonl(path, records):
    path.write_text("\n".join(json.dumps(record) for record in records))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "harbour"
    folder.mkdir()
    jsonl(folder / "corpus.jsonl", CORPUS)
    jsonl(folder / "questions.jsonl", QUESTIONS)
    return folder


def test_mined_examples(folder, word_encoder):
    opened, painted = mine_examples(folder, word_encoder, search=True)
    assert opened.source == "harbour"
    assert opened.passage == ("The pier", CORPUS[0]["text"])
    assert [opened.passage[1][start:end] for start, end in opened.spans] == ["1987"]
    # The third text holds the same words, so that nobody can say that it does not answer.
    assert opened.negatives == (("", CORPUS[1]["text"]),)
    assert painted.spans == ()
    assert painted.passage == ("", CORPUS[2]["text"])
    assert len(painted.negatives) == 2


def test_examples_come_back_from_their_file(folder, word_encoder, tmp_path):
    examples = list(mine_examples(folder, word_encoder, search=False))
    write_examples(examples, tmp_path / "examples.jsonl")
    assert read_examples(tmp_path / "examples.jsonl") == examples


def example(question, text="The pier was opened in 1987 by Ida Holm. It is quite long, they say."):
    return Example("", question, ("", text), ((23, 27),), ())


def test_an_answer_that_occurs_twice_cannot_be_removed():
    assert remove_answer(example("When?")) == ("", "It is quite long, they say.")
    again = example("When?", "The pier was opened in 1987. It was painted in 1987, they say.")
    assert remove_answer(again) is None


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        ("When did Ida Holm open the pier?", "When did Oslo open the pier?"),
        ("Which pier was opened before it?", "Which pier was opened after it?"),
    ],
)
def test_a_question_is_changed_so_that_its_passage_does_not_answer(question, changed):
    others = [example("Who lives in Oslo today?")]
    found = {change_question(example(question), others, random.Random(n)) for n in range(20)}
    assert changed in found
    assert question not in found


def test_a_changed_number_is_none_of_the_passage():
    for seed in range(50):
        changed = change_question(example("What opened in 1987?"), [], random.Random(seed))
        assert changed.startswith("What opened in 1")
        assert "1987" not in changed


def test_where_there_is_nothing_to_change():
    assert change_question(example("whence?"), [], random.Random(0)) == ""
