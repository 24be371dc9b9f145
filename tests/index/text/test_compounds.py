"""Codes, numbers, addresses and hyphenated words as one word each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.compounds import join_compounds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain words, and a stop. Another -- one - too?", []),
        ("It's the company's", []),
        ("O'Brian d'Arc", ["OBrian", "dArc"]),
        ("QX-77 QX77", ["QX77", "QX", "77"]),
        ("1,234,567 1.234.567 1'234'567", ["1234567"] * 3),
        ("1.234,50 and 12.5 and 0.125", ["1234.50", "12.5", "0.125"]),
        ("12,34,567", ["12.34.567"]),
        ("10\u2009000 W, 10\u202f000 W, 10\u00a0000 W", ["10000"] * 3),
        ("10.0.0.255 and 2.100.7", ["10.0.0.255", "2.100.7"]),
        ("2021-05-07.txt", ["2021.05.07txt", "2021.05.07"]),
        ("2021/old-rates.md", ["2021oldratesmd", "oldratesmd", "oldrates"]),
        ("v1.2.3", ["v1.2.3", "1.2.3"]),
        ("C++, C# and F#.", ["C++", "C#", "F#"]),
        ("# Heading\n## Another\n#tag @ida", ["#tag", "@ida"]),
        ("wait...no, a--b", []),
        ("snake_case", ["snakecase"]),
        ("東京-大阪 2024年", []),
        (f"{'ab-' * 60}c", []),
    ],
)
def test_compounds(text, expected):
    assert join_compounds(text) == expected


@given(st.text("aZ4é.,-_/@#+' \u00a0", max_size=60))
def test_compounds_hold_the_letters_and_digits_of_the_text_in_order(text):
    kept = "".join(character for character in text if character.isalnum())
    for word in join_compounds(text):
        assert word
        assert " " not in word
        assert "".join(character for character in word if character.isalnum()) in kept
