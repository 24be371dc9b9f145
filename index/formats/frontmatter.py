"""What a Markdown file says of itself above its text, between two lines of "---"."""

import re

FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(?=[\w-]+[ \t]*:)(?:(?:[\w-]+[ \t]*:.*|[ \t].*|-[ \t].*|#.*|)\n)+?"
    r"(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
)
"""The whole of it, at the very beginning; a text that begins with a drawn line has none."""

_SAID = re.compile(r"([\w-]+)[ \t]*:(?:[ \t]+(.*))?$")
_ITEM = re.compile(r"[ \t]*-[ \t]+(?:name:[ \t]*)?(.*)")


def read_front_matter(text: str) -> dict[str, str]:
    """Return what stands after each key in lower case, several values with ";" between them.

    Only what is simple is read: words, words in quotation marks and lists of them.

    >>> read_front_matter('---\\ntitle: "Ice: a log"\\nauthor: [Ann, Bo]\\n---\\nIt froze.')
    {'title': 'Ice: a log', 'author': 'Ann; Bo'}
    """
    said: dict[str, str] = {}
    key = ""
    front = FRONT_MATTER.match(text)
    for line in front[0].split("\n")[1:] if front else []:
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
    words = re.sub(r"(?:^|\s+)#.*", "", words)
    if listed := re.fullmatch(r"\[(.*)\]", words):
        return "; ".join(value for item in listed[1].split(",") if (value := _value(item)))
    return "" if re.fullmatch(r"[|>][+-]?", words) else words
