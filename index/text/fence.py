"""Fenced code blocks of Markdown: lines between two fences of "```" or "~~~"."""

import re

FENCE = re.compile(r"^[ \t]*(?P<fence>`{3,}|~{3,})(?P<after>.*)$", re.MULTILINE)
"""A line with a fence."""


def next_fence(open_fence: str, fence: str, after: str) -> str:
    """Return the fence of the code block that is open after a line with a fence, "" if none is.

    `open_fence` is the fence that was open before the line, `fence` the one on the line and
    `after` the text that follows it on the line.

    >>> next_fence("", "```", "python"), next_fence("```", "```", ""), next_fence("", "```", "`")
    ('```', '', '')
    """
    if open_fence:
        return "" if fence.startswith(open_fence) and not after.strip() else open_fence
    # Inline code that is closed on the same line opens no block.
    return "" if fence[0] == "`" and "`" in after else fence


def find_code_blocks(text: str) -> list[tuple[int, int]]:
    """Return the ranges of the fenced code blocks that are closed, with their fences, in order.

    >>> find_code_blocks("```\\nx = 1\\n```\\nText.\\n~~~\\n")
    [(0, 13)]
    """
    blocks: list[tuple[int, int]] = []
    if "```" not in text and "~~~" not in text:
        return blocks
    open_fence, start = "", 0
    for line in FENCE.finditer(text):
        before, open_fence = open_fence, next_fence(open_fence, line["fence"], line["after"])
        if open_fence and not before:
            start = line.start()
        elif before and not open_fence:
            blocks.append((start, line.end()))
    return blocks
