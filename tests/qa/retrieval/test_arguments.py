"""Numbers are checked at the door, the same for questions and searches."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from makings import WordEncoder, write_files

import index
import qa
from qa.retrieval.arguments import MAX_TOP_K, check_threshold, check_top_k


@pytest.mark.parametrize("value", [0, -1, 1.0, "5", None, True, math.nan, MAX_TOP_K + 1, 10**30])
def test_a_number_of_passages_that_cannot_be_used_is_refused(value):
    with pytest.raises(index.InvalidArgument, match=r"top_k is .*from 1 to 1,000,000"):
        check_top_k(value)


@pytest.mark.parametrize(
    "value", [-0.1, 1.1, math.nan, math.inf, "0.5", None, True, 10**400, [0.5], Decimal("0.5")]
)
def test_a_threshold_that_cannot_be_used_is_refused(value):
    with pytest.raises(ValueError, match=r"threshold is .*from 0 to 1"):
        check_threshold(value)


def test_numbers_of_every_kind_are_taken():
    assert [check_top_k(value) for value in (1, np.int64(7), MAX_TOP_K)] == [1, 7, MAX_TOP_K]
    assert [check_threshold(value) for value in (0, 1, np.float32(0.5), Fraction(1, 4))] == [
        0.0,
        1.0,
        0.5,
        0.25,
    ]
    assert check_top_k(50, limit=50) == 50
    with pytest.raises(index.InvalidArgument, match="a number from 1 to 50"):
        check_top_k(51, limit=50)


@pytest.fixture
def library(tmp_path):
    write_files(tmp_path / "docs", {"a.txt": "The cat visited Oslo."})
    index.build([tmp_path / "docs"], index=tmp_path / "index", encoder=WordEncoder())
    return {"index": tmp_path / "index", "encoder": WordEncoder(), "reader": qa.NONE}


def test_questions_and_searches_check_their_arguments(library):
    for call in (qa.ask, qa.retrieve):
        for question in (None, 5, "", "?", "x" * 2001):
            with pytest.raises(qa.InvalidArgument):
                call(question, **library)
        with pytest.raises(qa.InvalidArgument, match="top_k is 0"):
            call("the cat", top_k=0, **library)
    with pytest.raises(qa.InvalidArgument, match="threshold is nan"):
        qa.ask("the cat", threshold=math.nan, **library)
    with pytest.raises(qa.NoMatch, match="None of the 1 documents has document b"):
        qa.ask("the cat", where={"document": "b.txt"}, **library)
    assert len(qa.ask("the cat", top_k=np.int64(3), threshold=0, **library).passages) == 1
