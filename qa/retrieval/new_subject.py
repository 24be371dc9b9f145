"""Questions that ask the last one again about something else: "And Sweden?", "What about 2022?",
"No, I meant the 210", "And the bridge?". Pure functions.
"""

import re

from index.text.sentence import Span
from qa.retrieval.number_words import MONTHS, WEEKDAYS
from qa.retrieval.query import is_function_word

REFERRING = re.compile(
    r"\b(?:he|she|it|they|him|her|his|hers|its|their|theirs|them|this|that|these|those|there|then"
    r"|er|sie|ihn|ihm|ihnen|ihre?[mnrs]?|dies(?:e[mnrs]?)?|dort|damals|davon|dazu"
    r"|él|(?-i:ella)|ellos|ellas|eso|esto|es[ae]s?|est[ae]s?|allí|entonces|su|sus"
    r"|il|(?-i:elle)|ils|elles|cela|ceci|ça|ce(?:tte|t|s)?|leurs?|lui|là)\b|[他她它这那這]",
    re.IGNORECASE,
)
"""Words that point to what was said before."""

_PRONOUN = re.compile(
    r"\b(?:(?P<whose>his|its|their|her(?= [a-z]))|he|she|it|they|him|her|them)\b", re.IGNORECASE
)

_NEW_SUBJECT = re.compile(
    r"\W*(?:(?:and )?(?:what|how) about|and|(?:no\W+)?i mean(?:t)?|no,|und|y|et)\s+"
    r"(?!(?:who|whom|whose|what|when|where|why|how|which|if|is|are|was|were|do|does|did|has|have|had"
    r"|can|could|will|would|should|may|must|we[rnm]|wessen|was|wann|wo|warum|wie|wieviele?"
    r"|welche[mnrs]?|qui|quand|où|quel(?:le)?s?|combien|comment|pourquoi|quién(?:es)?|qué"
    r"|cuál(?:es)?|cuánt[oa]s?|cuándo|cómo|dónde"
    r"|d(?:er|ie|as|en|em|es)|eine?[mnrs]?)\b)"  # German nouns look like names.
    r"(?P<other>\S+(?:\s+\S+){0,5}?)\W*",
    re.IGNORECASE,
)

MAX_TOPIC = 3
"""Words of a question, one after the other, whose place a new subject takes."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[^\W\d_a-z][\w'’-]+(?: (?:[^\W\d_a-z][\w'’-]*|\d+))*")
_DAY = r"\d\d?(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"(?:\b{_DAY} )?\b(?:{'|'.join(map(str.capitalize, MONTHS + WEEKDAYS))})\b"
    rf"(?: {_DAY}\b)?(?P<year>,? \d{{4}}\b)?"
)
YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


def find_new_subject(question: str) -> str:
    """Return the X of "And X?" or "What about X?"; "" for any other question.

    >>> find_new_subject("And what about the bridge?"), find_new_subject("And when was it?")
    ('the bridge', '')
    """
    match = _NEW_SUBJECT.fullmatch(question)
    other = match["other"].rstrip(" ?!.,") if match else ""
    return other if not is_function_word(other) and not REFERRING.search(other) else ""


def ask_about(previous: str, subject: str) -> str:
    """Return the previous question with its last name, date, year or number replaced by a new one.

    Each of the subject takes the place of the last one of its kind; what finds none stays with the
    one before. "" if the new subject is none of these, or the question holds none of its kind.

    >>> ask_about("Do you ship to Norway in 2023?", "Sweden"), ask_about("Is it 5 m?", "the width")
    ('Do you ship to Sweden in 2023?', '')
    >>> ask_about("Was it on 3 May 2024 in Oslo?", "on 5 June"), ask_about("Is Oslo rich?", "Bern")
    ('Was it on 5 June 2024 in Oslo?', 'Is Bern rich?')
    """
    put: list[tuple[Span, int, int]] = []
    last = ""
    text = f" {subject}"  # The first word of a question is no name, that of a subject may be one.
    for kind, (start, end) in _find_things(text):
        place = None if kind == last else _find_place(previous, kind)
        if place and not any(start < place[1] and place[0] < end for (start, end), _, _ in put):
            put.append((place, start, end))
        elif put:
            put[-1] = (*put[-1][:2], end)
        else:
            return ""
        last = kind
    for (start, end), first, after in sorted(put, reverse=True):
        new, old = text[first:after], _DATE.fullmatch(previous[start:end])
        if old and old["year"] and not YEAR.search(new):
            new += old["year"]
        previous = previous[:start] + new + previous[end:]
    return previous.rstrip() if put else ""


def _find_things(text: str) -> list[tuple[str, Span]]:
    """Return the dates, names and numbers of a text in order, each with its kind and range.

    A name that ends with a number is of another kind than one without, an acronym than a word.
    """
    found = [("date", match.span()) for match in _DATE.finditer(text)]
    for pattern, kind_of in ((_NAME, _kind_of_name), (_NUMBER, _kind_of_number)):
        for match in pattern.finditer(text):
            if not any(a < match.end() and match.start() < b for _, (a, b) in found):
                found.append((kind_of(match[0]), match.span()))
    return sorted(found, key=lambda thing: thing[1])


def _kind_of_name(name: str) -> str:
    if name[-1].isdigit():
        return "numbered"
    return "acronym" if name.isupper() else "name"


def _kind_of_number(number: str) -> str:
    return "year" if YEAR.fullmatch(number) else "number"


def _find_place(question: str, kind: str) -> Span | None:
    """Return the range of the last thing of a kind; a year or number may stand in a date or name.

    A word takes the place of an acronym where there is no other name, and the other way round.
    """
    if kind in ("year", "number"):
        things = [(_kind_of_number(m[0]), m.span()) for m in _NUMBER.finditer(question)]
    else:
        things = _find_things(question)
    kinds = [kind, *({"name", "acronym"} - {kind} if kind in ("name", "acronym") else ())]
    same = ([span for found, span in things if found == one] for one in kinds)
    return next((spans[-1] for spans in same if spans), None)


def put_for_pronoun(question: str, subject: str) -> str:
    """Return a question with a new subject in place of its last pronoun; "" if it has none.

    >>> put_for_pronoun("What is her room?", "Ida"), put_for_pronoun("Is it sold?", "Ida's boat")
    ("What is Ida's room?", "Is Ida's boat sold?")
    """
    *_, pronoun = [None, *_PRONOUN.finditer(question)]
    if not pronoun:
        return ""
    owner = re.sub(r"['’]s?$", "", subject)
    new = f"{owner}'s" if pronoun["whose"] else subject
    return question[: pronoun.start()] + new + question[pronoun.end() :]


def names_something(subject: str) -> bool:
    """Whether a new subject is a name or a number, alone, and no date or year.

    >>> [names_something(subject) for subject in ("HX-1002", "the Oslo flat", "on Sunday", "2022")]
    [True, False, False, False]
    """
    things = _find_things(f" {subject}")
    return bool(things) and things[0][0] not in ("date", "year") and things[0][1][0] == 1


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
        if is_name or is_function_word(word[0]):
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
    is_empty = before and is_function_word(before[0])
    return question[before.start() if before and is_empty else span[0] : span[1]]


def put_in(question: str, span: Span, subject: str) -> str:
    """Return a question with a new subject in a range of it, without the subject's "the" and "one".

    >>> put_in("Who sold the old pier?", (13, 16), "the new one")
    'Who sold the new pier?'
    """
    words = subject.split()
    for end in (0, -1):
        while len(words) > 1 and is_function_word(words[end]):
            del words[end]
    return question[: span[0]] + " ".join(words) + question[span[1] :]
