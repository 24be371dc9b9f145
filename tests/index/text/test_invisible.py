"""Characters without width part no words, but where a script has no spaces."""

import pytest

from index.search.terms import extract_terms
from index.text.invisible import drop_invisible


@pytest.mark.parametrize("invisible", ["\xad", "\u200b", "\u2060", "\ufeff"])
@pytest.mark.parametrize("language", ["en", "de", "ru"])
@pytest.mark.parametrize("word", ["Schiffahrt", "гавань", "Søren\u2019s"])
def test_words_are_found_whatever_stands_between_their_letters(invisible, language, word):
    between = invisible.join(word)
    assert drop_invisible(between) == word
    assert extract_terms(f"a {between} b", language) == extract_terms(f"a {word} b", language)


def test_joiners_stay():
    text = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0915\u094d\u200d\u0937"
    assert drop_invisible(text) == text


def test_zero_width_spaces_part_the_words_of_khmer():
    text = "\u1797\u17b6\u179f\u17b6\u200b\u1781\u17d2\u1798\u17c2\u179a"
    assert drop_invisible(text) == text
    assert len(extract_terms(text)) == 2
