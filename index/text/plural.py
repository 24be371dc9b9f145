"""Numbers with their nouns, for messages."""


def count_noun(number: int, noun: str) -> str:
    """Return a number with its noun, which takes an "s" in the plural.

    >>> count_noun(1, "file"), count_noun(1200, "file")
    ('1 file', '1,200 files')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
