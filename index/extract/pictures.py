"""Say where a picture stands in place of text, which is not read."""

_MAX_LETTERS = 60
"""Letters and digits of a page, beside a picture, up to which its text may be in the picture."""


def may_hold_text(pictures: int, text: str, *, pages: int = 1) -> bool:
    """Whether the pictures of pages or slides stand for their text.

    >>> may_hold_text(1, "# Opening hours"), may_hold_text(0, ""), may_hold_text(1, "Open. " * 16)
    (True, False, False)
    """
    return pictures > 0 and sum(map(str.isalnum, text)) <= _MAX_LETTERS * pages
