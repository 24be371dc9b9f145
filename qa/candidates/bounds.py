"""Extend a span to the bounds of what it is a part of: a number with its unit, an address, a code.

The reader's tokens are pieces of words, so that a span may begin or end within one of these. Pure
functions. Words of a language are left as they are: "Oslo" of "Oslo's" or of "Oslo-based" is whole.
"""

import re

from index.text.language import UNSPACED

_UNSPACED = re.compile(f"[{UNSPACED}]")
"""Scripts where a run of letters is no word."""

_MANY_SLASHES = re.compile(r"[/\\]\S*[/\\]")
_VERSION = re.compile(r"\d\.\d+\Z")
_LONGEST_VERSION = 20
_UNIT = re.compile(r"[ \u00a0\u202f]?[€$£¥%‰°]")
_DEGREES = re.compile(r"°[CFK](?!\w)")
_SIGN = re.compile(r"(?<![^\s(])[-\u2212+±]\d")
# A day with a full stop at the beginning of a line is the number of an item.
_DAY = re.compile(
    r"(?<![\w.,-])(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|(?<!^.)(?<!^..)\.)?,?[ \u00a0]\Z",
    re.MULTILINE,
)
_MONTH_AND_YEAR = re.compile(r"[^\W\d_]{3,10}[.,]?[ \u00a0][12]\d{3}(?!\w)")
_PREFIXES, _SUFFIXES = "@#$€£¥§", "%‰°€+#"


def whole_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range, in characters, end exclusive, that a range is extended to.

    >>> text = "It costs 4,20 € at tickets@north.example, bay B-12."
    >>> [text[a:b] for a, b in (whole_span(text, 11, 13), whole_span(text, 26, 32))]
    ['4,20 €', 'tickets@north.example']
    >>> whole_span("On 3 May 2024", 5, 13)
    (3, 13)
    """
    while start > 0 and _is_within(text, start):
        start -= 1
    while end < len(text) and _is_within(text, end):
        end += 1
    if text[end - 1].isdigit() and (unit := _UNIT.match(text, end)):
        end = unit.end()
    if _DEGREES.match(text, end - 1):
        end += 1
    if start and _SIGN.match(text, start - 1):
        start -= 1
    if _MONTH_AND_YEAR.match(text, start, end) and (
        day := _DAY.search(text, max(0, start - 8), start)
    ):
        start = day.start()
    return start, end


def _is_within(text: str, place: int) -> bool:
    """Whether a cut before this character would part what belongs together."""
    before, after = text[place - 1], text[place]
    if before.isspace() or after.isspace():
        return False
    if before.isalnum() and after.isalnum():
        return not (_UNSPACED.match(before) or _UNSPACED.match(after))
    if before.isalnum():
        return _joins(text, place) or (after in _SUFFIXES and not _continues(text, place + 1))
    if after.isalnum():
        return _joins(text, place - 1) or (before in _PREFIXES and not _continues(text, place - 2))
    return before == after == "+" or _run_has_slashes(text, place)


def _continues(text: str, place: int) -> bool:
    return 0 <= place < len(text) and text[place].isalnum()


def _joins(text: str, place: int) -> bool:
    """Whether the sign here joins what stands on both sides of it to one number, name or code."""
    sign = text[place]
    if sign in "@_=&~":
        return _continues(text, place - 1) and _continues(text, place + 1)
    if sign in "/\\:?#%" and _run_has_slashes(text, place):
        return True
    if not (_continues(text, place - 1) and _continues(text, place + 1)):
        return False
    before, after = text[place - 1], text[place + 1]
    if sign == ".":
        begins = after.isupper() and text[place + 2 : place + 3].islower()  # "It costs 4.The"
        return not begins and not (before.isalpha() and after.isupper())
    if sign in ",:'’":
        names = sign in "'’" and before.isupper() and after.isupper()
        return names or (before.isdigit() and after.isdigit())
    if sign == "-" and before.isdigit() and after.islower():
        return bool(_VERSION.search(text[max(0, place - _LONGEST_VERSION) : place]))
    if sign in "-/":
        return before.isdigit() or after.isdigit() or (sign == "-" and after.isupper())
    return False


def _run_has_slashes(text: str, place: int) -> bool:
    """Whether the run without spaces around a place holds two slashes, as paths and URLs do."""
    start = place
    while start > 0 and not text[start - 1].isspace() and place - start < _LONGEST_RUN:
        start -= 1
    end = place
    while end < len(text) and not text[end].isspace() and end - place < _LONGEST_RUN:
        end += 1
    run = text[start:end].rstrip(".,;:!?)]}\"'”’»")
    return place < start + len(run) and bool(_MANY_SLASHES.search(run))


_LONGEST_RUN = 500
"""Characters to each side that are looked at; longer runs without spaces are no paths."""
