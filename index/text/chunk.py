"""Document -> [Chunk]: ranges of its text that begin and end with sentences. Pure.

A chunk is a range and nothing else: its text is always the slice. Together the chunks of a text
hold every character of it that is not white space, once and in order. Counting tokens is left
to `embed`, which knows the encoder's own tokeniser.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from index.text.markdown import front_matter_end

MAX_TOKENS = 200
"""Tokens of a chunk at most; with a title and a heading they fit the encoder's 256."""

Span: TypeAlias = tuple[int, int]
"""A range of characters, end exclusive."""

# Where one block of text ends and the next begins whatever the punctuation: an empty line, or a
# line that begins as a list item, a heading or a row of a table does.
_BLOCK_END = re.compile(
    r"\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*•+‣◦][ \t]|\d{1,3}[.)][ \t]|#{1,6}[ \t]|\|))"
)
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<heading>[^ \t\n].*)$", re.MULTILINE)
_FENCE_OR_HEADING = re.compile(
    rf"^[ \t]*(?P<fence>`{{3,}}|~{{3,}})(?P<after>.*)$|{_HEADING.pattern}", re.MULTILINE
)
_WIDE_STOP = re.compile(r"[。！？｡]+[」』”’）)\]]*")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A range of a document's text, in characters, end exclusive."""

    document_id: str
    start: int
    end: int


def sentence_spans(text: str) -> list[Span]:
    """Return the ranges of the sentences of `text`, without the white space between them.

    >>> sentence_spans("Mr. Rutte left. It rained.")
    [(0, 15), (16, 26)]
    """
    return [
        sentence
        for start, end in _blocks(text)
        for sentence in _sentences_of_block(text, start, end)
    ]


def is_heading(sentence: str) -> bool:
    """Whether a sentence, as `sentence_spans` gives it, is a Markdown heading."""
    return _HEADING.fullmatch(sentence) is not None


def headings(text: str) -> list[tuple[int, str]]:
    """Return the Markdown headings of `text` in order, each with the offset where it begins.

    Lines within fenced code, or above the text between lines of "---", are none.

    >>> headings("# One\\n```\\n# no\\n```\\n## Two ##\\n")
    [(0, 'One'), (19, 'Two')]
    """
    found: list[tuple[int, str]] = []
    opened = ""
    for line in _FENCE_OR_HEADING.finditer(text, front_matter_end(text)):
        fence, after = line["fence"], line["after"]
        if not fence:
            found += [] if opened else [(line.start(), line["heading"].rstrip(" \t#"))]
        else:
            opened = fence_after(opened, fence, after)
    return found


def fence_after(opened: str, fence: str, after: str) -> str:
    """Return the marks that fenced code is open with after a line of marks, or "".

    `opened` are those that it was open with before, `fence` those of the line and `after` what
    stands behind them.

    >>> fence_after("", "```", "python"), fence_after("```", "```", ""), fence_after("", "```", "`")
    ('```', '', '')
    """
    if opened:
        return "" if fence.startswith(opened) and not after.strip() else opened
    # Marks of code that are closed on the same line open nothing.
    return "" if fence[0] == "`" and "`" in after else fence


def chunk_document(
    document_id: str, text: str, token_spans: Sequence[Span], *, max_tokens: int = MAX_TOKENS
) -> list[Chunk]:
    """Cut a text into chunks of whole sentences, whole paragraphs where they fit.

    `token_spans` are the ranges of the encoder's tokens in `text`, in order. Paragraphs are
    joined while they fit `max_tokens` together; a longer one is cut between sentences, a longer
    sentence between words. A heading begins a chunk.
    """
    token_starts = [start for start, _ in token_spans]

    def tokens(start: int, end: int) -> int:
        return bisect_left(token_starts, end) - bisect_left(token_starts, start)

    chunks: list[Span] = []
    for paragraph in _paragraphs(text):
        whole = (paragraph[0][0], paragraph[-1][1])
        is_heading = _HEADING.match(text, *whole) is not None
        if tokens(*whole) <= max_tokens:
            pieces = [whole]
        else:
            pieces = [
                piece
                for sentence in paragraph
                for piece in _cut(text, sentence, token_starts, max_tokens)
            ]
        joins_next = not is_heading
        for start, end in pieces:
            if joins_next and chunks and tokens(chunks[-1][0], end) <= max_tokens:
                chunks[-1] = (chunks[-1][0], end)
            else:
                chunks.append((start, end))
            joins_next = True
    return [Chunk(document_id, start, end) for start, end in chunks]


def _blocks(text: str) -> Iterator[Span]:
    """Yield the ranges of the blocks; a heading is one, also without an empty line after it."""
    for start, end in _split(text, 0, len(text), _BLOCK_END):
        if heading := _HEADING.match(text, start, end):
            yield heading.span()
            start = heading.end()
        yield start, end


def _split(text: str, start: int, end: int, boundary: re.Pattern[str]) -> Iterator[Span]:
    """Yield the ranges between the matches of `boundary`."""
    for match in boundary.finditer(text, start, end):
        yield start, match.start()
        start = match.end()
    yield start, end


def _strip(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())


def _sentences_of_block(text: str, start: int, end: int) -> Iterator[Span]:
    from nupunkt import sent_spans

    block = text[start:end]
    if not block.strip():
        return
    for first, last in sent_spans(block):
        begin = start + first
        for stop in _WIDE_STOP.finditer(text, start + first, start + last):
            if stop.end() < start + last:
                yield from _nonempty(_strip(text, begin, stop.end()))
                begin = stop.end()
        yield from _nonempty(_strip(text, begin, start + last))


def _nonempty(span: Span) -> Iterator[Span]:
    if span[0] < span[1]:
        yield span


def _paragraphs(text: str) -> list[list[Span]]:
    """Return the sentences, those with no line end between them in one list."""
    paragraphs: list[list[Span]] = []
    for start, end in sentence_spans(text):
        if paragraphs and "\n" not in text[paragraphs[-1][-1][1] : start]:
            paragraphs[-1].append((start, end))
        else:
            paragraphs.append([(start, end)])
    return paragraphs


def _cut(text: str, span: Span, token_starts: Sequence[int], max_tokens: int) -> Iterator[Span]:
    """Yield a sentence in pieces of at most `max_tokens`, cut before a word where there is one."""
    start, end = span
    first, last = bisect_left(token_starts, start), bisect_left(token_starts, end)
    while last - first > max_tokens:
        cut = first + max_tokens
        word = cut
        while word > first + max_tokens // 2 and not text[token_starts[word] - 1].isspace():
            word -= 1
        if word > first + max_tokens // 2:
            cut = word
        yield from _nonempty(_strip(text, start, token_starts[cut]))
        start, first = token_starts[cut], cut
    yield from _nonempty(_strip(text, start, end))
