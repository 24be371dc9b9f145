"""Superscripts and subscripts in plain text."""

import pytest

from index.text.scripts import to_subscript, to_superscript


@pytest.mark.parametrize("minus", ["-", "\u2212", "\u2013", "\u2010", "\u2011"])
def test_every_kind_of_minus_sign_is_raised(minus: str) -> None:
    assert to_superscript(f"{minus}6") == "⁻⁶"


@pytest.mark.parametrize("text", ["", " ", "*", "†", "®", "th", "er", "TM", "°", "²", "½"])
def test_words_and_symbols_stay_as_they_are(text: str) -> None:
    assert to_superscript(text) == text


def test_white_space_stays_outside() -> None:
    assert to_superscript(" 6 ") == " ⁶ "
    assert to_subscript("Q2 ") == "_Q2 "
