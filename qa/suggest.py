"""Documents -> questions they answer, for a person who does not know yet what to ask.

Each suggestion is made from a sentence by a pattern, asked, and kept only where the answer is
shown and touches the very words that the pattern expects. The page offers them as examples. The
patterns are of English.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from operator import itemgetter

from index import Generation
from index.manifest import Entry
from index.text.chunk import sentence_spans
from qa.answer import Answer, ask
from qa.reader.load import BUNDLED_READER
from qa.reader.reader import Reader
from qa.retrieval.number_words import MONTHS
from qa.retrieval.query import Query

SECONDS = 1.2
"""Seconds after which no further question is tried, once one is kept or some were tried."""

_TRIED = 4
"""Questions tried in any case: on a machine that is busy, each takes longer."""

_LOOKING = 0.5
"""Seconds after which no further document is looked at."""

_ENOUGH = 12
"""Questions to try, from which no further document is looked at."""

_DOCUMENTS = 8
"""Documents that are looked at first, spread over the index."""

_CHARACTERS = 5_000
"""Characters looked at in the beginning of each."""

_SENTENCES = 40
"""Sentences looked at in each."""

_LENGTH = 400
"""Characters of a sentence at most."""

_OF_A_KIND = 2
"""Suggestions of one pattern at most."""

_ALIKE = 0.5
"""Share of the words of two questions from which they are almost the same."""

_FIRST = (
    r"(?!(?:He|She|It|They|We|You|I|His|Her|Its|Their|Our|The|This|That|These|Those|There|What"
    r"|One|When|While|After|But|And|In|On|At|Chapter|Section|Figure|Table)\b)[A-Z][\w’-]*\w"
)
_NAME = rf"{_FIRST}(?: (?:of |and |the |for |de )?[A-Z][\w’-]*\w){{0,4}}"
_PERSON = rf"{_FIRST} (?:[A-Z]\. )?[A-Z][\w’-]+"
_WHO = rf"(?P<who>(?:(?:Mr|Mrs|Ms|Dr)\.? |[Tt]he )?{_NAME})"
_MONTH = f"(?:{'|'.join(month.title() for month in MONTHS)})"
_DATE = rf"(?:[A-Z]\w+day|(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}},)?(?: \d{{4}})?|\d{{4}})\b"
_ROLE = (
    r"(?:author|captain|chair(?:man|woman)?|chief executive|coach|commissioner|composer|director"
    r"|editor|founder|governor|inventor|king|leader|manager|master|mayor|minister|owner|painter"
    r"|president|queen|secretary|treasurer|winner|writer)"
)
_SUM = r"(?P<answer>[$€£]\d[\d.,]*|\d[\d.,]*(?:%| per ?cent))"
_DID = {
    **{"left": "leave", "met": "meet", "won": "win", "wrote": "write", "built": "build"},
    **{f"{v}d": v for v in ("acquire", "arrive", "introduce", "invade", "move", "release")},
    **{f"{v}ed": v for v in ("attack", "conquer", "defeat", "found", "join", "launch", "open")},
    **{f"{v}ed": v for v in ("publish", "reach", "sail", "sign", "visit")},
}
_VERB = rf"(?P<did>{'|'.join(_DID)})"
_MADE = (
    r"(?P<verb>built|composed|created|designed|developed|directed|discovered|established|founded"
    r"|invented|opened|painted|published)"
)

_PATTERNS = tuple(
    (re.compile(pattern), template)
    for pattern, template in (
        # "by the Prime Minister of Japan, Shigeru Ishiba, in Tokyo"
        (
            rf"\b[Tt]he (?P<role>(?:[A-Z]\w+ )*(?i:{_ROLE}) (?:of|for) (?:the )?{_NAME}), "
            rf"(?P<answer>{_PERSON})\b",
            "Who is the {role}?",
        ),
        # "The harbour master is Ida Holm."
        (
            rf"\b[Tt]he (?P<role>(?:[a-z]+ ){{0,2}}{_ROLE}(?: of (?:the )?{_NAME})?) is "
            rf"(?P<answer>{_PERSON})\b",
            "Who is the {role}?",
        ),
        # "Japan's plan to invest 2% of its GDP"
        (
            rf"(?P<who>{_NAME})(?:['’]s)? plans? to (?P<verb>[a-z]+) {_SUM}",
            "How much does {who} plan to {verb}?",
        ),
        # "Mr Rutte visited Yokosuka Naval Base on Tuesday", "The Fram sailed from Oslo in May"
        (
            rf"{_WHO} {_VERB} (?P<what>(?:(?:from|to|at|in) )?(?:the )?{_NAME}) (?:on|in) "
            rf"(?P<answer>{_DATE})",
            "When did {who} {did} {what}?",
        ),
        # "The bridge was designed by Ada Lovelace"
        (
            rf"(?P<what>(?:[Tt]he )?{_NAME}|The (?:[a-z]+ )?[a-z]+) was {_MADE} by "
            rf"(?P<answer>(?:the )?{_NAME})",
            "Who {verb} {what}?",
        ),
        # "The society was founded in 1887"
        (
            rf"(?P<what>(?:[Tt]he )?{_NAME}|The (?:[a-z]+ )?[a-z]+) was {_MADE} (?:on|in) "
            rf"(?P<answer>{_DATE})",
            "When was {what} {verb}?",
        ),
        # "The museum is located in Oslo"
        (
            rf"{_WHO} is (?P<verb>located|based|headquartered) (?:in|at|on) "
            rf"(?P<answer>(?:the )?{_NAME})",
            "Where is {who} {verb}?",
        ),
        # "The crane costs $750"
        (
            rf"\b[Tt]he (?P<what>(?:[a-z]+ ){{1,3}})costs {_SUM}",
            "How much does the {what}cost?",
        ),
        # "The Fram is a ship that was built for ice"
        (
            rf"^(?P<what>The {_NAME}|{_FIRST})(?: \([^()]*\))? is (?P<answer>an? [^,.;?]{{12,}})",
            "What is {what}?",
        ),
    )
)
"""What a sentence says, with the words that answer in the group "answer", and how to ask for it."""

_COLUMN = re.compile(r"[A-Z]?[a-z]{2,}[^\Wsd\d_]")
"""The name of a column that a question can hold: one word, no plural and no participle."""

_PLAIN = re.compile(rf"(?:{_DATE}|{_MONTH})s?")
"""Names that tell a day, about which nobody asks."""

Candidate = tuple[int, str, tuple[str, str]]
"""A kind of question, the question, and the sentence and the words in it that answer."""


def suggest(
    generation: Generation,
    *,
    count: int = 4,
    seconds: float = SECONDS,
    reader: Reader | str = BUNDLED_READER,
) -> list[str]:
    """Return up to `count` questions that the documents answer, no two of them much alike."""
    start = time.monotonic()
    kept: list[str] = []
    kinds: Counter[int] = Counter()
    candidates = _candidates(generation, start + _LOOKING)
    for tried, (kind, question, expected) in enumerate(candidates):
        late = time.monotonic() > start + seconds and (kept or tried >= _TRIED)
        if len(kept) == count or late:
            break
        if kinds[kind] == _OF_A_KIND or any(_alike(question, other) for other in kept):
            continue
        answer = ask(question, index=generation, reader=reader)
        if _says(answer, *expected):
            kept.append(question)
            kinds[kind] += 1
    return kept


def _candidates(generation: Generation, until: float) -> list[Candidate]:
    """Return questions to try, each once, the most telling patterns first."""
    entries = generation.manifest.documents
    step = max(1, len(entries) // _DOCUMENTS)
    most = max(4, _ENOUGH // max(1, len(entries)))  # Of one document.
    found: dict[str, Candidate] = {}
    for entry in chain(*(entries[first::step] for first in range(step))):
        if len(found) >= _ENOUGH or time.monotonic() > until:
            break
        sentences = _sentences(generation, entry)
        made = [*_of_sentences(sentences), *_of_tables(sentences)]
        found |= {candidate[1]: candidate for candidate in sorted(made, key=itemgetter(0))[:most]}
    return sorted(found.values(), key=itemgetter(0))


def _of_sentences(sentences: list[str]) -> Iterator[Candidate]:
    """Yield what the patterns make of sentences."""
    for sentence in sentences:
        for kind, (pattern, template) in enumerate(_PATTERNS):
            if match := pattern.search(sentence):
                said = match.groupdict()
                answer = said.pop("answer")
                names = {name: _within(name, text) for name, text in said.items()}
                if not any(_PLAIN.fullmatch(name) for name in names.values()):
                    yield kind, template.format(**names), (sentence, answer)


def _of_tables(sentences: list[str]) -> Iterator[Candidate]:
    """Yield the same for the first row of each table: | Name | Role |, | Ida Holm | Pilot |."""
    for header, rule, row in zip(sentences, sentences[1:], sentences[2:], strict=False):
        names, cells = ([cell.strip() for cell in line.split("|")[1:-1]] for line in (header, row))
        if not rule.startswith("| --- |") or len(names) != len(cells):
            continue
        for name, cell in zip(names[1:], cells[1:], strict=True):
            if _COLUMN.fullmatch(name) and cell and re.fullmatch(_NAME, cells[0]):
                question = f"Which {name.lower()} does {cells[0]} have?"
                yield len(_PATTERNS), question, (row, cell)


def _sentences(generation: Generation, entry: Entry) -> list[str]:
    """Return the first sentences of a document that are not too long to ask about."""
    text = generation.document_by_id(entry.id).text[:_CHARACTERS]
    sentences = [text[start:end] for start, end in sentence_spans(text)[:_SENTENCES]]
    return [sentence for sentence in sentences if len(sentence) <= _LENGTH]


def _within(name: str, text: str) -> str:
    """Return the words of a group as they stand within a question."""
    text = _DID[text] if name == "did" else text.removesuffix("'s").removesuffix("’s")
    return text[0].lower() + text[1:] if text.startswith("The ") else text


def _says(answer: Answer, sentence: str, words: str) -> bool:
    """Whether an answer cites a sentence first, and those of its words that are expected."""
    for citation in answer.citations[:1]:
        start = sentence.find(words) + citation.start
        touched = citation.answer_start < start + len(words) and start < citation.answer_end
        return citation.quote == sentence and (touched or not words)
    return False


def _alike(one: str, other: str) -> bool:
    """Whether two questions are almost the same: half of their words are in both.

    >>> _alike("Who is the mayor of Oslo?", "Who was the mayor of Oslo?")
    True
    >>> _alike("Who is the mayor of Oslo?", "When was Oslo founded?")
    False
    """
    first, second = Query.of(one).words, Query.of(other).words
    return len(first & second) >= _ALIKE * len(first | second)
