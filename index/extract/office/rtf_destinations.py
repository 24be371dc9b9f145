"""Where the text of a group of rich text goes, by the control word that begins the group."""

from collections import Counter

from index.extract.pictures import may_hold_text
from index.text.plural import count_noun

DESTINATIONS = {
    **{"fonttbl": "fonts", "stylesheet": "style", "info": "info", "title": "title"},
    **{"author": "author", "revtim": "revtim", "creatim": "creatim"},
    **{"footnote": "note", "listtext": "mark", "pntext": "mark", "fldinst": "field"},
    **{"annotation": "comment", "atnauthor": "commenter"},
    **dict.fromkeys(("header", "headerr", "footer", "footerr"), "margin"),
    **{"headerl": "left margin", "footerl": "left margin"},
    **{"headerf": "first margin", "footerf": "first margin"},
}
_SKIPPED = frozenset(
    [
        *("colortbl", "filetbl", "listtable", "listoverridetable", "revtbl", "rsidtbl", "pict"),
        *("nonshppict", "nonesttables", "atnid", "atndate", "atnref"),
        *("xe", "tc", "rxe", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "sp"),
        *(
            "shprslt",
            "private",
            "template",
            "operator",
            "company",
            "manager",
            "keywords",
            "subject",
        ),
        *("comment", "doccomm", "category", "hlinkbase", "generator", "xmlnstbl", "pgdsctbl"),
    ]
)

_READ_OPTIONS = ("shpinst", "do")
"""Optional groups that are read: drawings, which may hold a text box."""

TEXT_BOXES = ("shptxt", "dptxbxtext")
"""What begins the text of a drawing, in a paragraph that it does not belong to."""

_UNREAD = {
    **dict.fromkeys(("pict", "shppict"), "picture"),
    **{"objdata": "embedded file", "mmath": "formula"},
}
"""What a group that is not read holds, by the control word that begins it."""


def is_skipped(word: str, *, is_optional: bool) -> bool:
    """Whether the group that a control word begins is not read."""
    if is_optional and word not in _READ_OPTIONS:
        return True
    return word in _SKIPPED or word in _UNREAD


def describe_unread(skipped: Counter[str], text: str) -> str:
    """Return what the skipped groups hold that is not read, "" if nothing is missing.

    Pictures count where the text may be in them.

    >>> describe_unread(Counter({"mmath": 2, "pict": 1, "colortbl": 1}), "It is closed. " * 9)
    'not read: 2 formulas'
    """
    counts: Counter[str] = Counter()
    for word, name in _UNREAD.items():
        counts[name] += skipped[word]
    if not may_hold_text(counts["picture"], text, pages=counts["picture"]):
        del counts["picture"]
    parts = [count_noun(count, name) for name, count in sorted(counts.items()) if count]
    return f"not read: {', '.join(parts)}" if parts else ""
