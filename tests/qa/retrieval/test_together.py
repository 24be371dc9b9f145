"""Words that stand together in one sentence count more than scattered ones."""

import pytest
from makings import write_files

import index
from qa.retrieval.hybrid import TOGETHER_WEIGHT, search
from qa.retrieval.together import share_together

FILES = {
    "one.md": "Lena Berg sails. Ida Collin swims in the lake.",
    "two.md": "Lena Collin rows. Somebody else swims.",
    "none.md": "Nothing of it stands here.",
}


@pytest.fixture
def crew(tmp_path, word_encoder):
    write_files(tmp_path / "d", FILES)
    index.build([tmp_path / "d"], index=tmp_path / "i", encoder=word_encoder)
    return index.open_index(tmp_path / "i", encoder=word_encoder)


def rows_by_name(opened):
    return {opened.document_by_number(n).id: row for row, (n, _, _) in enumerate(opened.chunks)}


def test_the_share_is_that_of_the_best_sentence_by_rarity(crew):
    rows = rows_by_name(crew)
    names = ("one.md", "two.md", "none.md")
    # Both words are in two of the three texts, so that they weigh the same.
    assert share_together("Lena Collin", crew, [rows[name] for name in names]) == [0.5, 1.0, 0.0]


def test_words_of_the_form_of_a_question_do_not_count(crew):
    row = rows_by_name(crew)["two.md"]
    assert share_together("who is Lena Collin?", crew, [row]) == [1.0]
    assert share_together("what is it?", crew, [row]) == [0.0]
    assert share_together("Lena Collin", crew, []) == []


def test_the_row_that_holds_the_words_in_one_sentence_comes_first(crew):
    found = search("Lena Collin", crew)
    rows = rows_by_name(crew)
    assert list(found.scores)[:2] == [rows["two.md"], rows["one.md"]]
    scores = found.scores[rows["two.md"]]
    assert scores["fused"] > TOGETHER_WEIGHT
    assert list(found.scores) == sorted(found.scores, key=lambda row: -found.scores[row]["fused"])
