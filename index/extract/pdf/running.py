"""Leave out the running headers and footers of pages, and their page numbers.

What repeats is kept once, where it stands first, as a fact may stand nowhere else.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set

_EDGE_LINES = 3
"""Number of lines at the top and bottom of a page that may be headers or footers."""

_MIN_PAGES = 3
"""Minimum number of pages that repeat a header or footer."""

_MIN_PAGE_SHARE = 0.4
"""Minimum share of pages that repeat it; below half, as left and right pages may differ."""

_MIN_FIGURE_SHARE = 0.8
"""Minimum share of pages that repeat a line with a digit, such as an amount, a date, a number."""

_MAX_BARE_NUMBER = 999
"""Maximum page number that stands alone; larger ones may number something else than pages."""

_MAX_BARE_WORDS = 3
"""Maximum number of words beside a page number, the number of all pages among them."""

_PAGE_WORDS = frozenset(
    [
        *("page", "p", "pg", "pag", "página", "pagina", "pàgina", "folio", "seite", "s", "blatt"),
        *("sida", "side", "sivu", "strona", "strana", "stran", "stranica", "str", "oldal", "sayfa"),
        *("trang", "halaman", "страница", "стр", "сторінка", "σελίδα", "σελ", "صفحة", "صفحه"),
        *("עמוד", "第", "页", "頁", "ページ", "쪽", "페이지"),
    ]
)
"""Words for a page, in lower case, of which one or two stand beside its number."""

_NUMBER = re.compile(r"(?<!\d)\d{1,5}(?!\d)", re.ASCII)
_MARK = "\0"
"""What stands for the number of the page in a pattern."""

_Pattern = tuple[str, int]
"""A line in which the page number is `_MARK`, and that number less the index of the page; (line, 0)
for a line as it is."""


def drop_running_lines(pages: Sequence[str], title: str = "") -> list[str]:
    """Return pages without running headers and footers but for the first occurrence of each.

    A running line is the same on many pages, apart from the page number. Page numbers without
    words go everywhere; a page that would become empty keeps its lines. `title` is that of the
    document.

    >>> drop_running_lines(["Log\\nIt was\\n1", "Log\\nraining\\n2", "Log\\nall day.\\n3"])
    ['Log\\nIt was', 'raining', 'all day.']
    """
    split = [page.split("\n") for page in pages]
    frequent = [_find_frequent(split, at_end) for at_end in (False, True)]
    inner_counts = Counter(
        pattern
        for number, lines in enumerate(split)
        for line in list(filter(None, lines))[_EDGE_LINES:-_EDGE_LINES]
        for pattern in _line_patterns(line, number)
        # A page of figures has a pattern for each of them; only those at its edges matter.
        if _MARK not in pattern[0] or any(pattern in found for found in frequent)
    )
    known = {words for lines in split for line in lines if " " in (words := _words_of(line))}
    known |= {_words_of(title)}
    running = [_find_running(found, inner_counts, len(pages), known) for found in frequent]
    is_numbered = any(_counts_pages(pattern) for found in running for pattern in found)
    if is_numbered or _are_records(inner_counts, sum(any(lines) for lines in split)):
        # A number beside words that grows with the pages is not, or not only, that of the page.
        running = [{p for p in found if _MARK not in p[0] or _counts_pages(p)} for found in running]
    seen: set[_Pattern] = set()
    kept = []
    for number, lines in enumerate(split):
        found: dict[int, list[_Pattern]] = {}
        for at_end in (False, True):
            found |= _running_lines(lines, number, at_end, running[at_end])
        dropped = {place for place, patterns in found.items() if _may_go(patterns, seen)}
        rest = "\n".join(line for place, line in enumerate(lines) if place not in dropped)
        kept.append(rest.strip() or pages[number])
        seen.update(pattern for patterns in found.values() for pattern in patterns)
    return kept


def _running_lines(
    lines: Sequence[str], number: int, at_end: bool, running: set[_Pattern]
) -> dict[int, list[_Pattern]]:
    """Return the indices and patterns of the running lines at one edge of a page."""
    places = [place for place, line in enumerate(lines) if line]
    found = {}
    for place in places[: -1 - _EDGE_LINES : -1] if at_end else places[:_EDGE_LINES]:
        patterns = [p for p in _line_patterns(lines[place], number) if p in running]
        if not patterns:
            break
        found[place] = patterns
    return found


def _may_go(patterns: Sequence[_Pattern], seen: set[_Pattern]) -> bool:
    """Whether a running line says nothing that was not seen before."""
    return all(pattern in seen or _is_bare(pattern) for pattern in patterns)


def _find_frequent(split: Sequence[Sequence[str]], at_end: bool) -> dict[_Pattern, set[int]]:
    """Return the patterns at the top or the bottom of many pages, each with these pages."""
    pages_of: dict[_Pattern, set[int]] = defaultdict(set)
    for number, lines in enumerate(split):
        filled = list(filter(None, lines))
        for line in filled[-_EDGE_LINES:] if at_end else filled[:_EDGE_LINES]:
            # The rows of a table need its header on each page.
            for pattern in () if line.startswith("|") else _line_patterns(line, number):
                pages_of[pattern].add(number)
    full = sum(any(lines) for lines in split)
    return {
        pattern: found
        for pattern, found in pages_of.items()
        if len(found) >= max(_MIN_PAGES, full * _min_share(pattern))
    }


def _find_running(
    frequent: dict[_Pattern, set[int]],
    inner_counts: Counter[_Pattern],
    page_count: int,
    known: Set[str],
) -> set[_Pattern]:
    """Return the patterns of the running lines among those that are frequent at one edge.

    `known` holds the words of lines that may stand beside a page number.
    """
    # A line that also occurs in the middle of pages belongs to the text.
    frequent = {
        pattern: found
        for pattern, found in frequent.items()
        if len(found) >= _MIN_PAGES * inner_counts[pattern]
    }
    mirrored = _find_mirrored(frequent)
    return {
        pattern
        for pattern in frequent
        if _MARK not in pattern[0]
        or pattern in mirrored
        or _holds_page_number(pattern, page_count, known)
    }


def _min_share(pattern: _Pattern) -> float:
    line = pattern[0]
    has_figure = _MARK not in line and any(character.isdigit() for character in line)
    return _MIN_FIGURE_SHARE if has_figure else _MIN_PAGE_SHARE


def _find_mirrored(frequent: dict[_Pattern, set[int]]) -> set[_Pattern]:
    """Return the patterns that take turns with another one on left and right pages.

    >>> sorted(_find_mirrored({("\\0 Log", 2): {0, 2, 4}, ("Oslo \\0", 2): {1, 3, 5}}))
    [('\\x00 Log', 2), ('Oslo \\x00', 2)]
    """
    sides: dict[tuple[int, int], list[_Pattern]] = defaultdict(list)
    for pattern, pages in frequent.items():
        parities = {number % 2 for number in pages}
        if _MARK in pattern[0] and len(parities) == 1:
            sides[pattern[1], parities.pop()].append(pattern)
    return {
        p for (offset, side), found in sides.items() if (offset, 1 - side) in sides for p in found
    }


def _holds_page_number(pattern: _Pattern, page_count: int, known: Set[str]) -> bool:
    """Whether the number that grows with the pages is that of the page, not of a chapter or bill.

    It is if it stands alone, behind a word for a page or before the number of all pages. It is too
    if it counts from the first page or a later one, and the words beside it are `known`.

    >>> [_holds_page_number((line, 1), 9, set()) for line in ("- \\0 -", "\\0 of 9", "Bill \\0")]
    [True, True, False]
    >>> [_holds_page_number((line, 1), 9, {"old log"}) for line in ("Page \\0", "Old Log | \\0")]
    [True, True]
    >>> [_holds_page_number((f"3 May, {end}", 1), 9, set()) for end in ("\\0/9", "p. \\0", "\\0")]
    [True, True, False]
    """
    line, offset = pattern
    last = page_count - 1 + offset
    others = [int(number[0]) for number in _NUMBER.finditer(line)]
    if after := _NUMBER.search(line, line.index(_MARK)):
        return int(after[0]) in (page_count, last)
    if _names_page(pattern):
        return last <= _MAX_BARE_NUMBER
    if others:
        return len(others) == 1 and others[0] in (page_count, last)
    if _is_bare(pattern):
        return last <= _MAX_BARE_NUMBER
    return offset <= 1 and _words_of(line) in known


def _words_of(line: str) -> str:
    return " ".join(re.findall(r"\w+", line)).casefold()


def _names_page(pattern: _Pattern) -> bool:
    """Whether a word for a page stands before the number, or no other words behind it.

    >>> [_names_page((line, 1)) for line in ("Log, page \\0", "\\0. sayfa", "\\0", "Bill \\0")]
    [True, True, False, False]
    """
    before, _, after = (_words_of(part).split() for part in pattern[0].partition(_MARK))
    is_behind_word = bool(before) and before[-1] in _PAGE_WORDS
    is_before_word = not before and bool(after) and _PAGE_WORDS.issuperset(after)
    return _MARK in pattern[0] and (is_behind_word or is_before_word)


def _is_bare(pattern: _Pattern) -> bool:
    """Whether a line is a page number and no more, such as "- 3 -" or "Page 3 of 9".

    >>> [_is_bare((line, 1)) for line in ("- \\0 -", "Page \\0 of 9", "Log \\0", "- 3 -")]
    [True, True, False, False]
    """
    words = re.findall(r"\w+", pattern[0])
    has_total = any(word.isdecimal() for word in words)
    return _MARK in pattern[0] and len(words) <= (_MAX_BARE_WORDS if has_total else 0)


def _are_records(inner_counts: Counter[_Pattern], page_count: int) -> bool:
    """Whether pages are alike in themselves, as bills and payslips are: most repeat a line."""
    least = max(_MIN_PAGES, page_count * _MIN_FIGURE_SHARE)
    return any(
        count >= least and _MARK not in line and any(map(str.isalpha, line))
        for (line, _), count in inner_counts.items()
    )


def _counts_pages(pattern: _Pattern) -> bool:
    """Whether the number in a line stands alone, beside that of all pages or a word for a page.

    >>> [_counts_pages((line, 1)) for line in ("- \\0 -", "Log, \\0 of 9", "Payslip \\0")]
    [True, True, False]
    """
    has_total = _NUMBER.search(pattern[0]) is not None
    return _MARK in pattern[0] and (has_total or _is_bare(pattern) or _names_page(pattern))


def _line_patterns(line: str, page: int) -> Iterator[_Pattern]:
    """Yield a line, and variants in which one number is that of the page.

    >>> list(_line_patterns("2 of 9", 1))
    [('2 of 9', 0), ('\\x00 of 9', 1), ('2 of \\x00', 8)]
    """
    line = " ".join(line.split())
    yield line, 0
    for number in _NUMBER.finditer(line):
        yield f"{line[: number.start()]}{_MARK}{line[number.end() :]}", int(number[0]) - page
