"""Windows of tokens: they cover a passage to its end and know its characters."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.encode.encoder import bundled_encoder_folder
from qa.reader.token_windows import (
    MAX_QUESTION_TOKENS,
    OVERLAP_TOKENS,
    cut_windows,
    prepare_tokenizer,
)


@pytest.fixture(scope="module")
def tokenizer():
    return prepare_tokenizer(
        Tokenizer.from_file(str(bundled_encoder_folder() / "tokenizer.json")), length=160
    )


def test_a_window_reads_question_title_and_passage_in_this_order(tokenizer):
    ((window,),) = cut_windows(tokenizer, "Who left?", [("Harbour", "Ida Holm left.")])
    tokens = [tokenizer.id_to_token(i) for i in window.ids.tolist()]
    question, rest = tokens[:5], tokens[5:]
    assert question == ["[CLS]", "who", "left", "?", "[SEP]"]
    assert rest == ["harbour", "ida", "holm", "left", ".", "[SEP]"]
    assert window.types.tolist() == [0] * 5 + [1] * 6
    text = "Ida Holm left."
    read = [
        text[start:end]
        for start, end in zip(window.starts.tolist(), window.ends.tolist(), strict=True)
        if start >= 0
    ]
    assert read == ["Ida", "Holm", "left", "."]


def test_a_long_passage_is_read_to_its_end_in_windows_that_overlap(tokenizer):
    text = " ".join(f"word{n}" for n in range(400))
    (windows,) = cut_windows(tokenizer, "What is the last word?", [("", text)])
    assert len(windows) > 3
    assert all(len(window.ids) <= 160 for window in windows)
    read = [set(window.starts[window.starts >= 0].tolist()) for window in windows]
    assert all(len(one & other) == OVERLAP_TOKENS for one, other in pairwise(read))
    assert max(window.ends.max() for window in windows) == len(text)
    characters = {
        place
        for window in windows
        for start, end in zip(window.starts.tolist(), window.ends.tolist(), strict=True)
        for place in range(max(start, 0), max(end, 0))
    }
    assert characters == {place for place, c in enumerate(text) if c != " "}


def test_a_long_question_is_cut_so_that_the_passage_has_room(tokenizer):
    ((window,),) = cut_windows(tokenizer, "why " * 500, [("", "Because it rained.")])
    assert int((window.types == 0).sum()) == MAX_QUESTION_TOKENS + 2
    assert window.ends.max() == len("Because it rained.")


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=600), st.text(max_size=40))
def test_tokens_never_stand_for_characters_outside_of_the_passage(tokenizer, text, title):
    for window in cut_windows(tokenizer, "Who?", [(title, text)])[0]:
        inside = window.starts >= 0
        assert np.array_equal(inside, window.ends > 0)
        assert (window.ends[inside] <= len(text)).all()
        assert (window.starts[inside] < window.ends[inside]).all()
