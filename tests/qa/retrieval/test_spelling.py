"""Questions are read in the spelling of the documents."""

import pytest
from makings import write_files

import index
import qa
from qa.retrieval.follow_up import interpret

WIDE = "".join(chr(ord(character) + 0xFEE0) for character in "QX-7")
"""The code in full-width characters."""

FILES = {
    "pumps.md": "The long-term pump moves 3,600 litres an hour. Ask O’Brian about the evaporation.",
    "serial.md": f"The pump {WIDE} was built in Bergen. Mr. Hanson evaporated.",
    "other.md": "Twelve goats graze on the island. The warranty of them is void.",
    "hours.md": "The pool opens at 9 a.m. for guests.",
}


@pytest.fixture
def pumps(tmp_path, word_encoder):
    write_files(tmp_path / "d", FILES)
    index.build([tmp_path / "d"], index=tmp_path / "i", encoder=word_encoder)
    return index.open_index(tmp_path / "i", encoder=word_encoder)


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("What moves 3600 litres?", "What moves 3,600 litres?"),
        ("What moves 3.600 litres?", "What moves 3,600 litres?"),
        ("What about OBrian?", "What about O’Brian?"),
        ("Which longterm pump?", "Which long-term pump?"),
        ("Where was QX-7 built?", f"Where was {WIDE} built?"),
        ("How slow is evapration?", "How slow is evaporation?"),
        ("Is the waranty of goats void?", "Is the warranty of goats void?"),
        # As it is in the documents, or another number, code, name or word:
        ("What moves 3,600 litres?", "What moves 3,600 litres?"),
        ("What moves 3700 litres?", "What moves 3700 litres?"),
        ("Where was QX-8 built?", "Where was QX-8 built?"),
        ("What did Mr. Hansen do?", "What did Mr. Hansen do?"),
        ("Who moves the mangoes?", "Who moves the mangoes?"),
        ("When am I to use the pool?", "When am I to use the pool?"),
    ],
)
def test_a_question_is_read_in_the_spelling_of_the_documents(pumps, question, read):
    assert [one.searched_for for one in interpret(question, pumps)] == [read]


def test_the_answer_shows_the_spelling_that_was_searched_for(pumps):
    answer = qa.ask("How slow is evapration?", index=pumps, reader="none")
    assert answer.question == "How slow is evapration?"
    assert answer.searched_for == "How slow is evaporation?"


def test_a_word_that_the_encoder_knows_is_not_misspelt(tmp_path, encoder):
    write_files(tmp_path / "d", {"pump.md": "The pump weighs 8 kg, and its teacher is Ida."})
    index.build([tmp_path / "d"], index=tmp_path / "i", encoder=encoder)
    opened = index.open_index(tmp_path / "i", encoder=encoder)
    for question, read in (
        ("What is the weight of it?", "What is the weight of it?"),
        ("Who teaches it?", "Who teaches it?"),
        ("Who is its teachr?", "Who is its teacher?"),
    ):
        assert [one.searched_for for one in interpret(question, opened)] == [read]
