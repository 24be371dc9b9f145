"""Write the numbers of list items in letters or in Roman numerals. Pure functions."""

_ROMAN_NUMERALS = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
MAX_ROMAN = 3999
"""The largest number that Roman numerals write with these letters."""


def to_roman(number: int) -> str:
    """Return a number from 1 to MAX_ROMAN in Roman numerals, in lower case.

    >>> to_roman(28), to_roman(1994)
    ('xxviii', 'mcmxciv')
    """
    text = ""
    for value, letters in _ROMAN_NUMERALS:
        count, number = divmod(number, value)
        text += letters * count
    return text


def to_letters(number: int) -> str:
    """Return a positive number in letters, in lower case; "aa" follows "z".

    >>> to_letters(1), to_letters(26), to_letters(28)
    ('a', 'z', 'ab')
    """
    text = ""
    while number > 0:
        number, letter = divmod(number - 1, 26)
        text = chr(ord("a") + letter) + text
    return text
