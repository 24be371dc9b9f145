"""Questions that ask the last one again about something else: "And Sweden?", "What about 2022?",
"No, I meant the 210", "And the bridge?". Pure functions.
"""

import re

from index.search.terms import extract_terms
from index.text.chunk import Span
from qa.retrieval.query import FUNCTION_WORDS

REFERRING = re.compile(
    r"\b(?:he|she|it|they|him|her|his|hers|its|their|theirs|them|this|that|these|those|there|then"
    r"|er|sie|ihn|ihm|ihnen|ihre?[mnrs]?|dies\w*|dort|damals|davon|dazu"
    r"|él|ella|ellos|ellas|eso|esto|es[ae]s?|est[ae]s?|allí|entonces|su|sus"
    r"|il|elle|ils|elles|cela|ceci|ça|ce(?:tte|t|s)?|leurs?|lui|là)\b|[他她它这那這]",
    re.IGNORECASE,
)
"""Words that point to what was said before."""

_NEW_SUBJECT = re.compile(
    r"\W*(?:(?:and )?(?:what|how) about|and|(?:no\W+)?i mean(?:t)?|no,|und|y|et)\s+"
    r"(?!(?:who|whom|whose|what|when|where|why|how|which|if|is|are|was|were|do|does|did|has|have|had"
    r"|can|could|will|would|should|may|must|wer|was|wann|wo|warum|wie|qui|quand|où|cuándo)\b)"
    r"(?P<other>\S+(?:\s+\S+){0,5}?)\W*",
    re.IGNORECASE,
)

MAX_TOPIC = 3
"""Words of a question, one after the other, whose place a new subject takes."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[^\W\d_a-z][\w'’-]+(?: (?:[^\W\d_a-z][\w'’-]*|\d+))*")
YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


def find_new_subject(question: str) -> str:
    """Return the X of "And X?" or "What about X?"; "" for any other question.

    >>> find_new_subject("And what about the bridge?"), find_new_subject("And when was it?")
    ('the bridge', '')
    """
    match = _NEW_SUBJECT.fullmatch(question)
    other = match["other"].rstrip(" ?!.,") if match else ""
    has_topic = any(stem not in FUNCTION_WORDS for stem in extract_terms(other))
    return other if has_topic and not REFERRING.search(other) else ""


def ask_about(previous: str, subject: str) -> str:
    """Return the previous question with its last name, year or number replaced by a new one.

    "" if the new subject is none of these, or the question holds none of its kind.

    >>> ask_about("Do you ship to Norway in 2023?", "Sweden"), ask_about("Is it 5 m?", "the width")
    ('Do you ship to Sweden in 2023?', '')
    """
    name, number = _NAME.search(f" {subject}"), _NUMBER.search(subject)
    if name:
        is_numbered = name[0][-1].isdigit()
        same_kind = [
            match.span()
            for match in _NAME.finditer(previous)
            if match[0][-1].isdigit() == is_numbered
        ]
        return _replace_last(previous, same_kind, name[0])
    if number:
        is_year = bool(YEAR.fullmatch(number[0]))
        same_kind = [
            match.span()
            for match in _NUMBER.finditer(previous)
            if bool(YEAR.fullmatch(match[0])) == is_year
        ]
        return _replace_last(previous, same_kind, number[0])
    return ""


def topics(question: str) -> list[Span]:
    """Return the ranges of what a question is about, names and numbers aside: one to three words
    that follow each other, each range in characters, end exclusive.

    >>> [text[a:b] for text in ["Who sold the old pier to Ida?"] for a, b in topics(text)]
    ['sold', 'old', 'old pier', 'pier']
    """
    runs: list[list[Span]] = [[]]
    last = 0
    for word in _WORD.finditer(question):
        if question[last : word.start()].strip():
            runs.append([])
        last = word.end()
        is_name = word.start() > 0 and not word[0][0].islower()
        if is_name or FUNCTION_WORDS.issuperset(extract_terms(word[0])):
            runs.append([])
        else:
            runs[-1].append(word.span())
    return [
        (run[first][0], run[end - 1][1])
        for run in runs
        for first in range(len(run))
        for end in range(first + 1, min(first + MAX_TOPIC, len(run)) + 1)
    ]


def with_article(question: str, span: Span) -> str:
    """Return what stands in a range of a question, with a function word before: "the pier"."""
    *_, before = [None, *_WORD.finditer(question, 0, span[0])]
    is_empty = before and FUNCTION_WORDS.issuperset(extract_terms(before[0]))
    return question[before.start() if before and is_empty else span[0] : span[1]]


def put_in(question: str, span: Span, subject: str) -> str:
    """Return a question with a new subject in a range of it, without the subject's "the" and "one".

    >>> put_in("Who sold the old pier?", (13, 16), "the new one")
    'Who sold the new pier?'
    """
    words = subject.split()
    for end in (0, -1):
        while len(words) > 1 and FUNCTION_WORDS.issuperset(extract_terms(words[end])):
            del words[end]
    return question[: span[0]] + " ".join(words) + question[span[1] :]


def _replace_last(text: str, spans: list[tuple[int, int]], new: str) -> str:
    if not spans:
        return ""
    start, end = spans[-1]
    return text[:start] + new + text[end:].rstrip()
