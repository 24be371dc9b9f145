"""Say in one sentence what of a rich text is not read."""

import re
from collections import Counter

from index.extract.pictures import may_hold_text
from index.text.plural import count_noun

_GROUP = re.compile(r"\\(pict|nonshppict|moMath|object)(?![a-zA-Z])")
_NAMES = {"moMath": "formula", "object": "embedded file", "pict": "picture"}


def describe_unread(rtf: str, text: str) -> str:
    r"""Return what is not read, "" if nothing is missing; `text` is what is read.

    Pictures count where they may stand for text; those of formulas and files are drawn beside
    them, and pictures for old programs a second time.

    >>> describe_unread(r"{\rtf {\moMath x}{\mmathPict{\pict}}{\pict}{\nonshppict{\pict}}}", "Map")
    'not read: 1 formula, 1 picture'
    >>> describe_unread(r"{\rtf {\pict}}", "The pier is open. " * 5)
    ''
    """
    counts = Counter(_GROUP.findall(rtf))
    counts["pict"] -= counts.pop("nonshppict", 0) + counts["moMath"] + counts["object"]
    if not may_hold_text(counts["pict"], text, pages=max(1, counts["pict"])):
        del counts["pict"]
    parts = [count_noun(counts[kind], name) for kind, name in _NAMES.items() if counts[kind] > 0]
    return f"not read: {', '.join(parts)}" if parts else ""
