"""Characters without width part no words, but where a script has no spaces."""

import pytest

from index.search.terms import extract_terms
from index.text.invisible import drop_invisible, reveal_controls


@pytest.mark.parametrize("invisible", ["\xad", "\u200b", "\u2060", "\ufeff"])
@pytest.mark.parametrize("language", ["en", "de", "ru"])
@pytest.mark.parametrize("word", ["Schiffahrt", "гавань", "Søren\u2019s"])
def test_words_are_found_whatever_stands_between_their_letters(invisible, language, word):
    between = invisible.join(word)
    assert drop_invisible(between) == word
    assert extract_terms(f"a {between} b", language) == extract_terms(f"a {word} b", language)


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d", "\u200c\u200d"])
@pytest.mark.parametrize("word", ["Auflage", "Größe", "cafe\u0301s"])
def test_joiners_do_not_part_latin_words(joiner, word):
    joined = f"{word[:3]}{joiner}{word[3:]}"
    assert drop_invisible(joined) == word
    assert extract_terms(f"a {joined} b", "de") == extract_terms(f"a {word} b", "de")


def test_joiners_stay():
    text = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0915\u094d\u200d\u0937"
    assert drop_invisible(text) == text


def test_zero_width_spaces_part_the_words_of_khmer():
    text = "\u1797\u17b6\u179f\u17b6\u200b\u1781\u17d2\u1798\u17c2\u179a"
    assert drop_invisible(text) == text
    one, other = (set(extract_terms(word)) for word in text.split("\u200b"))
    assert one | other <= set(extract_terms(text))
    assert "\u200b" not in "".join(extract_terms(text))


@pytest.mark.parametrize(
    "sign", [*"\x00\x1b\x7f\x9b\u202a\u202e\u2066\u2069\u200b\ufeff", "\U000e0041"]
)
def test_signs_that_hide_or_turn_text_around_are_revealed(sign):
    assert reveal_controls(f"a{sign}b") == "a\ufffdb"


@pytest.mark.parametrize(
    "text", ["a\u200d\u0915", "\u05d0\u200f(1)", "a\u00adb", "a b\tc", "\uf0b7 "]
)
def test_what_scripts_need_is_left(text):
    assert reveal_controls(text) == text
