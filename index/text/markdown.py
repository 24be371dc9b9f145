"""Front matter of a Markdown file: metadata above its text, between two lines of "---".

Reading the text below it is left to `extract.plain_text`.
"""

import re

_MAX_LINES = 200
"""Maximum number of lines of front matter."""

_MAX_LINE_LENGTH = 1000
"""Maximum length of a line in characters."""

_KEY = re.compile(r"[\w-]+[ \t]*:")
_ANY_LINE = re.compile(r"[\w-]+[ \t]*:|[ \t]|-[ \t]|#|$")
_KEY_VALUE = re.compile(r"([\w-]+)[ \t]*:(?:[ \t]+(.*))?$")
_LIST_ITEM = re.compile(r"[ \t]*-[ \t]+(?:name:[ \t]*)?(.*)")
_PART = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,]+)""")
"""A part of a list in brackets; within quotation marks, commas are its own."""


def front_matter_end(text: str) -> int:
    """Return the offset where the front matter ends, 0 for a text without any.

    >>> front_matter_end("---\\ntitle: Ice\\n---\\nIt froze."), front_matter_end("---\\nIt froze.")
    (19, 0)
    """
    if not text.startswith("---"):
        return 0
    lines = text[: _MAX_LINES * _MAX_LINE_LENGTH].split("\n", _MAX_LINES)[:_MAX_LINES]
    if lines[0].rstrip(" \t") != "---" or len(lines) < 2 or not _KEY.match(lines[1]):
        return 0
    end = len(lines[0]) + 1
    for line in lines[1:]:
        end += len(line) + 1
        if line.rstrip(" \t") in ("---", "..."):
            return min(end, len(text))
        if len(line) > _MAX_LINE_LENGTH or not _ANY_LINE.match(line):
            return 0
    return 0


def read_front_matter(text: str) -> dict[str, str]:
    """Return the values of the front matter by key in lower case, lists joined with "; ".

    Of YAML, only plain and quoted strings and lists of them are read.

    >>> read_front_matter('---\\ntitle: "Ice: a log"\\nauthor: [Ann, Bo]\\n---\\nIt froze.')
    {'title': 'Ice: a log', 'author': 'Ann; Bo'}
    """
    values: dict[str, str] = {}
    key = ""
    for line in text[: front_matter_end(text)].split("\n")[1:]:
        if found := _KEY_VALUE.match(line):
            key = found[1].lower()
            values[key] = _parse_value(found[2] or "")
        elif key and (item := _LIST_ITEM.match(line)):
            parts = (values[key], _parse_value(item[1]))
            values[key] = "; ".join(part for part in parts if part)
    return values


def _parse_value(words: str) -> str:
    """Return a value without quotation marks and comments; "" for the marker of a block scalar."""
    words = words.strip()
    if quoted := re.match(r"([\"'])(.*?)\1\s*(?:#.*)?$", words):
        if quoted[1] == "'":
            return quoted[2].replace("''", "'")
        return re.sub(r"\\([\"\\])", r"\1", quoted[2])
    words = re.sub(r"(?:^|\s)#.*", "", words).rstrip()
    if listed := re.fullmatch(r"\[(.*)\]", words):
        values = map(_parse_value, _PART.findall(listed[1]))
        return "; ".join(value for value in values if value)
    return "" if re.fullmatch(r"[|>][+-]?", words) else words
