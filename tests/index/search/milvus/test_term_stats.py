"""How many rows hold a word, and which word a misspelt one means: against brute force."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import IndexDamaged
from index.search.lexical import LexicalIndex
from index.search.milvus.term_stats import TermStats
from index.search.terms import QuestionTerm, is_one_edit_apart

ROWS = [["pier", "harbour", "pier"], ["harbour"], ["harbor"], [], ["東", "京", "東京"]]


def term(stem: str) -> QuestionTerm:
    return QuestionTerm((stem,), stem)


@pytest.fixture
def term_stats(tmp_path) -> TermStats:
    TermStats.write(ROWS, tmp_path / "words.sqlite")
    return TermStats.load(tmp_path / "words.sqlite")


def test_rows_that_hold_a_word_are_counted_once(term_stats):
    assert len(term_stats) == 5
    expected = {"pier": 1, "harbour": 2, "東京": 1, "cat": 0}
    assert {word: term_stats.document_frequency(word) for word in expected} == expected


def test_misspelt_word_means_the_one_that_most_rows_hold(term_stats):
    # "harbou" is a letter away from both; two rows hold the first.
    assert term_stats.correct(term("harboor")) == "harbour"
    assert term_stats.correct(term("harbro")) == "harbor"
    assert term_stats.correct(term("harbour")) is None
    assert term_stats.correct(term("piar")) is None  # Too short.
    assert term_stats.correct(term("lighthouse")) is None
    assert term_stats.correct(QuestionTerm(("harboor",))) is None  # A code, not a word.


def test_most_possible_is_worked_by_hand(term_stats):
    def most(found: int) -> float:
        return 2.2 * math.log(1 + (5 - found + 0.5) / (found + 0.5))

    words = [term(word) for word in ("pier", "cat", "harboor", "lighthouse")]
    expected = most(1) + 0.5 * most(2) + 0.5 * most(0)
    assert term_stats.score_limit(words) == pytest.approx(expected)


def test_most_possible_is_that_of_the_local_index(tmp_path, term_stats):
    lexical = LexicalIndex.write([" ".join(row) for row in ROWS], tmp_path / "lexical")
    question = "harbour pier 東京 lighthouse cat"
    words = [term(word) for word in ("harbour", "pier", "東", "京", "東京", "lighthous", "cat")]
    assert term_stats.score_limit(words) == pytest.approx(lexical.score_limit(question))


@given(st.text("abc", min_size=6, max_size=8), st.sets(st.text("abc", min_size=4, max_size=9)))
def test_no_near_word_is_overlooked(tmp_path_factory, word, others):
    path = tmp_path_factory.mktemp("words") / "words.sqlite"
    TermStats.write([[other] for other in others], path)
    near = sorted(other for other in others if distance(word, other) == 1)
    expected = None if word in others else min(near, default=None)
    assert TermStats.load(path).correct(term(word)) == expected


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_one_letter_apart_is_a_distance_of_one(one, other):
    assert is_one_edit_apart(one, other) == (distance(one, other) == 1)


def distance(one: str, other: str) -> int:
    """Return the optimal string alignment distance, by the textbook's table."""
    table = [[max(i, j) for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            table[i][j] = min(
                table[i - 1][j] + 1,
                table[i][j - 1] + 1,
                table[i - 1][j - 1] + (one[i - 1] != other[j - 1]),
            )
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


def test_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "words.sqlite").write_bytes(b"not SQLite" * 100)
    with pytest.raises(IndexDamaged, match=r"words\.sqlite is not a term file"):
        TermStats.load(tmp_path / "words.sqlite")
