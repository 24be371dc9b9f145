"""Suggested questions: made from sentences of the documents, and answered by them."""

import time
from pathlib import Path

import pytest
from makings import WordEncoder, word_reader, write_files

import index
import qa
from qa.answer import Answer
from qa.citation import cite
from qa.suggest import _are_similar, _cites_expected, _find_questions, suggest

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture
def indexed(tmp_path, word_encoder):
    def run(files):
        write_files(tmp_path / "docs", files)
        index.build([tmp_path / "docs"], index=tmp_path / "index", encoder=word_encoder)
        return index.open_index(tmp_path / "index")

    return run


def candidates(generation):
    return _find_questions(generation, generation.manifest.documents, time.monotonic() + 60)


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("He met the Mayor of Oslo, Ida Holm, there.", "Who is the Mayor of Oslo?", "Ida Holm"),
        ("The harbour master is Ida Holm.", "Who is the harbour master?", "Ida Holm"),
        ("Japan plans to spend 2% of it.", "How much does Japan plan to spend?", "2%"),
        ("Norway’s plan to save $30 failed.", "How much does Norway plan to save?", "$30"),
        ("The Fram sailed from Oslo in May.", "When did the Fram sail from Oslo?", "May"),
        ("Mr Rutte left Tokyo on Friday.", "When did Mr Rutte leave Tokyo?", "Friday"),
        ("The bridge was built by Ada Ek.", "Who built the bridge?", "Ada Ek"),
        ("The Oslo Opera was opened in 2008.", "When was the Oslo Opera opened?", "2008"),
        ("Acme is based in New York.", "Where is Acme based?", "New York"),
        ("The old crane costs $750 today.", "How much does the old crane cost?", "$750"),
        ("The Fram is a ship built for ice.", "What is the Fram?", "a ship built for ice"),
    ],
)
def test_a_sentence_becomes_a_question_that_reads_well(indexed, sentence, question, answer):
    generation = indexed({"a.txt": sentence})
    assert [found[1:] for found in candidates(generation)] == [(question, (sentence, answer))]


@pytest.mark.parametrize(
    "sentence",
    [
        "It was opened in 2008.",
        "Monday visited Oslo in May.",
        "What is a ship of the line?",
        "Many people sailed from there in May.",
        "This is a sentence that says nothing.",
        "The Advancement of Teaching, New York, was there.",
    ],
)
def test_sentences_without_a_good_question(indexed, sentence):
    assert candidates(indexed({"a.txt": sentence})) == []


def test_a_table_becomes_questions_on_columns_with_a_plain_name(indexed):
    generation = indexed({"a.csv": "Name,Role,Days,Joined,City\nIda Holm,Pilot,3,2019,\n7,x,1,2,y"})
    row = "| Ida Holm | Pilot | 3 | 2019 | |"
    found = [(question, expected) for _, question, expected in candidates(generation)]
    assert found == [("Which role does Ida Holm have?", (row, "Pilot"))]


def test_documents_are_scanned_until_there_are_enough_candidates(indexed):
    empty = {f"{n:03d}.txt": f"Nothing {n}." for n in range(100)}
    generation = indexed(empty | {"057.txt": "The harbour master is Ida Holm."})
    assert [found[1] for found in candidates(generation)] == ["Who is the harbour master?"]
    assert _find_questions(generation, generation.manifest.documents, time.monotonic() - 1) == []


def test_an_answer_has_to_overlap_the_expected_words(indexed):
    sentence = "Ida Holm met Bo Ek."
    document = indexed({"a.txt": f"It rained. {sentence}"}).document_by_id("a.txt")

    def answered(start, end, words):
        cited = cite(document, 11, 30, answer=(start, end))
        answer = Answer("Who?", "Who?", cited.words, (cited,), (), 0.9, 0.9, "answer", (), ())
        return _cites_expected(answer, sentence, words)

    assert answered(11, 19, "Ida Holm")
    assert answered(15, 30, "Ida Holm")
    assert not answered(24, 29, "Ida Holm")
    cited = cite(document, 0, 10)
    assert not _cites_expected(
        Answer("", "", "", (cited,), (), 0.9, 0.9, "answer", (), ()), sentence, "Ida"
    )
    assert not _cites_expected(
        Answer("", "", qa.NOT_FOUND, (), (), 0.1, 0.1, "none", (), ()), sentence, "Ida"
    )


def test_similar_questions_are_suggested_once(tmp_path, encoder):
    text = "The harbour master is Ida Holm.\n\nThe harbour master of Oslo is Ida Holm.\n\n"
    write_files(tmp_path, {"a.txt": text + "The Fram sailed from Oslo in May."})
    index.build([tmp_path / "a.txt"], index=tmp_path / "index", encoder=encoder)
    found = suggest(index.open_index(tmp_path / "index"), seconds=60)
    assert found
    assert not any(_are_similar(a, b) for n, a in enumerate(found) for b in found[:n])
    assert sum("harbour master" in question for question in found) <= 1


def test_suggestions_for_the_seed_are_answered_correctly(tmp_path, encoder):
    index.build([SEEDS], index=tmp_path / "index", encoder=encoder)
    generation = index.open_index(tmp_path / "index")
    found = suggest(generation, seconds=60)
    assert "When did Mr Rutte visit Yokosuka Naval Base?" in found
    # The reader takes another minister's name for an answer to this one.
    assert "Who is the Minister of Defence of Japan?" not in found
    for question in found:
        assert qa.ask(question, index=generation).answered


class CountingEncoder(WordEncoder):
    def embed_question(self, question):
        self.asked = [*getattr(self, "asked", []), question]
        return super().embed_question(question)


def test_at_least_four_questions_are_tried_after_the_time_limit(indexed):
    generation = indexed({f"{n}.txt": f"The Ship{n} sailed from Town{n} in May." for n in range(9)})
    reader = word_reader({"ida": 5.0}, {"holm": 5.0})  # To which nothing there is an answer.
    for seconds, tried in ((0, 4), (60, 9)):
        encoder = CountingEncoder()
        found = suggest(generation.with_encoder(encoder), seconds=seconds, reader=reader)
        assert (found, len(set(encoder.asked))) == ([], tried)
