"""Suggest questions that the documents answer, for people who do not know yet what to ask.

A pattern turns a sentence into a question. The question is asked, and kept only if its answer
overlaps the words that the pattern expects. The chat offers the questions as examples.
The patterns are for English.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter

from index import Generation
from index.manifest import Entry
from index.text.chunk import sentence_spans
from qa.answer import Answer
from qa.handle import ask
from qa.reader.load import BUNDLED_READER
from qa.reader.reader import Reader
from qa.retrieval.number_words import MONTHS
from qa.retrieval.query import Query

MAX_SUGGEST_SECONDS = 1.2
"""Seconds after which no more questions are asked, if one is kept or _MIN_ATTEMPTS were made."""

_MIN_ATTEMPTS = 4
"""Questions asked in any case, because each takes longer on a busy machine."""

_MAX_SCAN_SECONDS = 0.5
"""Seconds after which no more documents are scanned for sentences."""

_MAX_CANDIDATES = 12
"""Number of candidate questions after which no more documents are scanned."""

_SPREAD_DOCUMENTS = 8
"""Documents that are scanned first, spread evenly over the index."""

_MAX_CHARACTERS = 5_000
"""Characters scanned at the beginning of each document."""

_MAX_SCANNED_SENTENCES = 40
"""Sentences scanned in each document."""

_MAX_SCANNED_LENGTH = 400
"""Characters of a sentence at most; longer ones are skipped."""

_MAX_PER_PATTERN = 2
"""Suggestions of one pattern at most."""

_SIMILAR_SHARE = 0.5
"""Share of common words from which two questions count as similar."""

_NAME_START = (
    r"(?!(?:He|She|It|They|We|You|I|His|Her|Its|Their|Our|The|This|That|These|Those|There|What"
    r"|One|When|While|After|But|And|In|On|At|Chapter|Section|Figure|Table)\b)[A-Z][\w’-]*\w"
)
_NAME = rf"{_NAME_START}(?: (?:of |and |the |for |de )?[A-Z][\w’-]*\w){{0,4}}"
_PERSON = rf"{_NAME_START} (?:[A-Z]\. )?[A-Z][\w’-]+"
_SUBJECT = rf"(?P<who>(?:(?:Mr|Mrs|Ms|Dr)\.? |[Tt]he )?{_NAME})"
_MONTH = f"(?:{'|'.join(month.title() for month in MONTHS)})"
_DATE_PHRASE = rf"(?:[A-Z]\w+day|(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}},)?(?: \d{{4}})?|\d{{4}})\b"
_ROLE = (
    r"(?:author|captain|chair(?:man|woman)?|chief executive|coach|commissioner|composer|director"
    r"|editor|founder|governor|inventor|king|leader|manager|master|mayor|minister|owner|painter"
    r"|president|queen|secretary|treasurer|winner|writer)"
)
_AMOUNT = r"(?P<answer>[$€£]\d[\d.,]*|\d[\d.,]*(?:%| per ?cent))"
_BASE_FORMS = {
    **{"left": "leave", "met": "meet", "won": "win", "wrote": "write", "built": "build"},
    **{f"{v}d": v for v in ("acquire", "arrive", "introduce", "invade", "move", "release")},
    **{f"{v}ed": v for v in ("attack", "conquer", "defeat", "found", "join", "launch", "open")},
    **{f"{v}ed": v for v in ("publish", "reach", "sail", "sign", "visit")},
}
_PAST_VERB = rf"(?P<did>{'|'.join(_BASE_FORMS)})"
_MAKING_VERB = (
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
            rf"(?P<who>{_NAME})(?:['’]s)? plans? to (?P<verb>[a-z]+) {_AMOUNT}",
            "How much does {who} plan to {verb}?",
        ),
        # "Mr Rutte visited Yokosuka Naval Base on Tuesday", "The Fram sailed from Oslo in May"
        (
            rf"{_SUBJECT} {_PAST_VERB} (?P<what>(?:(?:from|to|at|in) )?(?:the )?{_NAME}) (?:on|in) "
            rf"(?P<answer>{_DATE_PHRASE})",
            "When did {who} {did} {what}?",
        ),
        # "The bridge was designed by Ada Lovelace"
        (
            rf"(?P<what>(?:[Tt]he )?{_NAME}|The (?:[a-z]+ )?[a-z]+) was {_MAKING_VERB} by "
            rf"(?P<answer>(?:the )?{_NAME})",
            "Who {verb} {what}?",
        ),
        # "The society was founded in 1887"
        (
            rf"(?P<what>(?:[Tt]he )?{_NAME}|The (?:[a-z]+ )?[a-z]+) was {_MAKING_VERB} (?:on|in) "
            rf"(?P<answer>{_DATE_PHRASE})",
            "When was {what} {verb}?",
        ),
        # "The museum is located in Oslo"
        (
            rf"{_SUBJECT} is (?P<verb>located|based|headquartered) (?:in|at|on) "
            rf"(?P<answer>(?:the )?{_NAME})",
            "Where is {who} {verb}?",
        ),
        # "The crane costs $750"
        (
            rf"\b[Tt]he (?P<what>(?:[a-z]+ ){{1,3}})costs {_AMOUNT}",
            "How much does the {what}cost?",
        ),
        # "The Fram is a ship that was built for ice"
        (
            rf"^(?P<what>The {_NAME}|{_NAME_START})(?: \([^()]*\))? is "
            r"(?P<answer>an? [^,.;?]{12,})",
            "What is {what}?",
        ),
    )
)
"""Patterns of sentences, with the answer in the group "answer", and templates of questions."""

_COLUMN_NAME = re.compile(r"[A-Z]?[a-z]{2,}[^\Wsd\d_]")
"""A column name that fits into a question: one word, neither a plural nor a participle."""

_DATE_NAME = re.compile(rf"(?:{_DATE_PHRASE}|{_MONTH})s?")
"""Names of days and months, which are not worth a question."""

QuestionCandidate = tuple[int, str, tuple[str, str]]
"""The number of its pattern, the question, and the sentence with the words of it that answer."""


def suggest(
    generation: Generation,
    *,
    count: int = 4,
    seconds: float = MAX_SUGGEST_SECONDS,
    documents: Sequence[int] | None = None,
    reader: Reader | str = BUNDLED_READER,
) -> list[str]:
    """Return up to `count` questions that the documents answer, no two of them similar.

    They are made from the documents of these numbers, or from all, and asked of all.
    """
    start = time.monotonic()
    kept: list[str] = []
    kinds: Counter[int] = Counter()
    entries = generation.manifest.documents
    entries = entries if documents is None else tuple(entries[number] for number in documents)
    candidates = _find_questions(generation, entries, start + _MAX_SCAN_SECONDS)
    for tried, (kind, question, expected) in enumerate(candidates):
        late = time.monotonic() > start + seconds and (kept or tried >= _MIN_ATTEMPTS)
        if len(kept) == count or late:
            break
        if kinds[kind] == _MAX_PER_PATTERN or any(_are_similar(question, other) for other in kept):
            continue
        answer = ask(question, index=generation, reader=reader)
        if _cites_expected(answer, *expected):
            kept.append(question)
            kinds[kind] += 1
    return kept


def _find_questions(
    generation: Generation, entries: Sequence[Entry], until: float
) -> list[QuestionCandidate]:
    """Return candidate questions without duplicates, those of the best patterns first."""
    step = max(1, len(entries) // _SPREAD_DOCUMENTS)
    most = max(4, _MAX_CANDIDATES // max(1, len(entries)))  # Per document.
    found: dict[str, QuestionCandidate] = {}
    for entry in chain(*(entries[first::step] for first in range(step))):
        if len(found) >= _MAX_CANDIDATES or time.monotonic() > until:
            break
        sentences = _first_sentences(generation, entry)
        made = [*_ask_about_sentences(sentences), *_ask_about_tables(sentences)]
        found |= {candidate[1]: candidate for candidate in sorted(made, key=itemgetter(0))[:most]}
    return sorted(found.values(), key=itemgetter(0))


def _ask_about_sentences(sentences: list[str]) -> Iterator[QuestionCandidate]:
    """Yield the questions that the patterns make from sentences."""
    for sentence in sentences:
        for kind, (pattern, template) in enumerate(_PATTERNS):
            if match := pattern.search(sentence):
                groups = match.groupdict()
                answer = groups.pop("answer")
                names = {name: _phrase_inside_question(name, text) for name, text in groups.items()}
                if not any(_DATE_NAME.fullmatch(name) for name in names.values()):
                    yield kind, template.format(**names), (sentence, answer)


def _ask_about_tables(sentences: list[str]) -> Iterator[QuestionCandidate]:
    """Yield questions on the first row of each table: | Name | Role |, | Ida Holm | Pilot |."""
    for header, rule, row in zip(sentences, sentences[1:], sentences[2:], strict=False):
        names, cells = ([cell.strip() for cell in line.split("|")[1:-1]] for line in (header, row))
        if not rule.startswith("| --- |") or len(names) != len(cells):
            continue
        for name, cell in zip(names[1:], cells[1:], strict=True):
            if _COLUMN_NAME.fullmatch(name) and cell and re.fullmatch(_NAME, cells[0]):
                question = f"Which {name.lower()} does {cells[0]} have?"
                yield len(_PATTERNS), question, (row, cell)


def _first_sentences(generation: Generation, entry: Entry) -> list[str]:
    """Return the first sentences of a document, without those that are too long."""
    text = generation.document_by_id(entry.id).text[:_MAX_CHARACTERS]
    sentences = [text[start:end] for start, end in sentence_spans(text)[:_MAX_SCANNED_SENTENCES]]
    return [sentence for sentence in sentences if len(sentence) <= _MAX_SCANNED_LENGTH]


def _phrase_inside_question(name: str, text: str) -> str:
    """Return the words of a pattern's group in the form that fits into a question."""
    text = _BASE_FORMS[text] if name == "did" else text.removesuffix("'s").removesuffix("’s")
    return text[0].lower() + text[1:] if text.startswith("The ") else text


def _cites_expected(answer: Answer, sentence: str, words: str) -> bool:
    """Whether there are exact words, from the sentence, that overlap the expected ones."""
    for citation in answer.citations[: int(answer.outcome == "answer")]:
        start = sentence.find(words) + citation.start
        touched = citation.answer_start < start + len(words) and start < citation.answer_end
        return citation.quote == sentence and (touched or not words)
    return False


def _are_similar(one: str, other: str) -> bool:
    """Whether two questions are similar: half of their words are in both.

    >>> _are_similar("Who is the mayor of Oslo?", "Who was the mayor of Oslo?")
    True
    >>> _are_similar("Who is the mayor of Oslo?", "When was Oslo founded?")
    False
    """
    first, second = Query.of(one).words, Query.of(other).words
    return len(first & second) >= _SIMILAR_SHARE * len(first | second)
