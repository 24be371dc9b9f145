"""Documents -> questions they answer, for a person who does not know yet what to ask.

Each suggestion is made from a sentence by a pattern, asked, and kept only where the answer is
shown and quotes that very sentence. `app` offers them as examples.
"""

import re
from collections.abc import Iterator

from index import Generation
from index.chunk import sentence_spans
from index.embed import Encoder
from qa.answer import ask
from qa.reader import EMBEDDED, Reader

_NAME = r"[A-Z][\w'’-]+(?: (?:of |and |the |for )?[A-Z][\w'’-]+){0,4}"
_PERSON = r"[A-Z][\w'’-]+ (?:[A-Z]\. )?[A-Z][\w'’-]+"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # "by the Prime Minister of Japan, Shigeru Ishiba, in Tokyo" -> the holder of an office
    (
        re.compile(rf"\bthe ((?:[A-Z]\w+ )+(?:of|for) {_NAME}), {_PERSON}\b"),
        "Who is the {}?",
    ),
    # "plans to invest 2% of its GDP", "costs $30 million" -> the sentence's own subject
    (
        re.compile(rf"({_NAME})(?:'s|’s)? plans? to \w+ [$€£]?\d"),
        "How much does {} plan to invest?",
    ),
    # "Mr Rutte visited Yokosuka Naval Base on Tuesday" -> when it was
    (
        re.compile(
            rf"((?:Mr|Mrs|Ms|Dr|The )?\.? ?{_NAME}) (visit|join|found|sign|open|launch)ed "
            rf"({_NAME}) (?:on|in) (?:[A-Z]\w+day|[A-Z]\w+ \d{{4}}|\d{{4}})"
        ),
        "When did {} {} {}?",
    ),
    # "The lens is cleaned with distilled water" and the like need no name to be worth asking
    (re.compile(rf"\b(?:in|on|about|with|of) ((?:the )?{_NAME})\b"), "What is said about {}?"),
)
_PLAIN = re.compile(
    r"(?:[A-Z]\w+day|January|February|March|April|May|June|July|August|September"
    r"|October|November|December)s?\b"
)
"""Names that tell a day, about which nobody asks."""

_LOOKED_AT = 40
"""Sentences a document that are tried at most, and questions asked in all."""


def suggest(
    generation: Generation,
    *,
    count: int = 4,
    encoder: Encoder | None = None,
    reader: Reader | str = EMBEDDED,
) -> list[str]:
    """Return up to `count` questions that the documents answer, of different sentences."""
    kept: list[str] = []
    quoted: set[str] = set()
    for _, (question, sentence) in zip(range(_LOOKED_AT), _candidates(generation), strict=False):
        if len(kept) == count:
            break
        answer = ask(question, index=generation, encoder=encoder, reader=reader)
        cited = [citation.quote for citation in answer.citations]
        if cited and cited[0] == sentence and sentence not in quoted:
            kept.append(question)
            quoted.add(sentence)
    return kept


def _candidates(generation: Generation) -> Iterator[tuple[str, str]]:
    """Yield questions with the sentence each was made from, the most telling patterns first."""
    sentences = list(_sentences(generation))
    for pattern, template in _PATTERNS:
        for sentence in sentences:
            for match in pattern.finditer(sentence):
                names = tuple(
                    group.removesuffix("'s").removesuffix("’s") for group in match.groups()
                )
                if any(_PLAIN.fullmatch(name) for name in names):
                    continue
                yield template.format(*names), sentence
                break


def _sentences(generation: Generation) -> Iterator[str]:
    """Yield the first sentences of some documents, spread over the index."""
    entries = generation.manifest.documents
    step = max(1, len(entries) // 8)
    for entry in entries[::step][:8]:
        text = generation.document_by_id(entry.id).text[:20_000]
        for start, end in sentence_spans(text)[:_LOOKED_AT]:
            yield text[start:end]
