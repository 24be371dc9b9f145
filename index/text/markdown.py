"""What a Markdown file says of itself above its text, between two lines of "---"."""

import re

_LINES = 200
"""Lines that it has at most."""

_LONGEST = 1000
"""Characters of a line at most."""

_KEY = re.compile(r"[\w-]+[ \t]*:")
_LINE = re.compile(r"[\w-]+[ \t]*:|[ \t]|-[ \t]|#|$")
_SAID = re.compile(r"([\w-]+)[ \t]*:(?:[ \t]+(.*))?$")
_ITEM = re.compile(r"[ \t]*-[ \t]+(?:name:[ \t]*)?(.*)")


def front_matter_end(text: str) -> int:
    """Return the offset where it ends; 0 for a text that has none.

    >>> front_matter_end("---\\ntitle: Ice\\n---\\nIt froze."), front_matter_end("---\\nIt froze.")
    (19, 0)
    """
    if not text.startswith("---"):
        return 0
    lines = text[: _LINES * _LONGEST].split("\n", _LINES)[:_LINES]
    if lines[0].rstrip(" \t") != "---" or len(lines) < 2 or not _KEY.match(lines[1]):
        return 0
    end = len(lines[0]) + 1
    for line in lines[1:]:
        end += len(line) + 1
        if line.rstrip(" \t") in ("---", "..."):
            return min(end, len(text))
        if len(line) > _LONGEST or not _LINE.match(line):
            return 0
    return 0


def read_front_matter(text: str) -> dict[str, str]:
    """Return what stands after each key in lower case, several values with ";" between them.

    Only what is simple is read: words, words in quotation marks and lists of them.

    >>> read_front_matter('---\\ntitle: "Ice: a log"\\nauthor: [Ann, Bo]\\n---\\nIt froze.')
    {'title': 'Ice: a log', 'author': 'Ann; Bo'}
    """
    said: dict[str, str] = {}
    key = ""
    for line in text[: front_matter_end(text)].split("\n")[1:]:
        if found := _SAID.match(line):
            key = found[1].lower()
            said[key] = _value(found[2] or "")
        elif key and (item := _ITEM.match(line)):
            said[key] = "; ".join(value for value in (said[key], _value(item[1])) if value)
    return said


def _value(words: str) -> str:
    """Return a value without its marks; "" where it only announces lines that follow."""
    words = words.strip()
    if quoted := re.match(r"([\"'])(.*?)\1\s*(?:#.*)?$", words):
        return quoted[2]
    words = re.sub(r"(?:^|\s)#.*", "", words).rstrip()
    if listed := re.fullmatch(r"\[(.*)\]", words):
        return "; ".join(value for item in listed[1].split(",") if (value := _value(item)))
    return "" if re.fullmatch(r"[|>][+-]?", words) else words
