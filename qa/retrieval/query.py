"""Analyse a question: its topic words, names and numbers, and the kind of answer it asks for.

Pure functions. The rules for what a text must contain to answer are for English.
"""

import re
from dataclasses import dataclass

from index.search.terms import extract_terms
from qa.retrieval.number_words import MONTHS, SCALES, TENS, UNITS, WEEKDAYS

FUNCTION_WORDS = frozenset(
    extract_terms(
        "a about according after all also am an and any are as at be been before being between "
        "both but by can could did do does doing during each else ever for from further give given "
        "had happen happened has have having he her here hers him his how i if in into is it its "
        "itself just kind known list many may me mention mentioned might more most much must my "
        "name named no nor not of off often on once one only or other our out over own per please "
        "s same say said says she should so some state stated such tell text than that the their "
        "them then there these they this those through to too type under until up upon us use used "
        "using very was we were what when where which while who whom whose why will with within "
        "without would you your document documents article t"
    )
)
"""Stems of words that carry the form of a question, not its topic."""

_MEANT = re.compile(r"(?<=\S\s)May\b|\b[A-Z]{2,}\b")
"""What looks like a function word, but is a month or an acronym: "in May", "the US". At the
beginning of a question, "May" asks for permission."""

_CONTRACTION = re.compile(r"\b\w+n['’]t\b|['’](?:ll|re|ve|m|d)\b", re.IGNORECASE)
""" "don't" is no topic word, and neither is its "don"."""

_QUESTION_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*%?")
_CAPITAL = re.compile(r"\b[^\W\d_a-z][\w'’\-]*")
_DATE_WORD = re.compile(
    r"\b(?:\d{1,2}[:.]\d\d|\d{1,2} ?[ap]\.?m|noon|midnight|"
    rf"1\d{{3}}|20\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)|{'|'.join(MONTHS + WEEKDAYS)}|century|"
    r"today|yesterday|ago|decade|week|month|year|spring|summer|autumn|winter)s?\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    rf"\d+|\b(?:{'|'.join((*UNITS[1:], *TENS, *SCALES))}|dozen|half|third|quarter|twice|"
    r"several|few|most|all|none|both|per cent|percent)s?\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|since|due|so that|in order|therefore|thus|hence|owing|reason|caused?|to|for|as|"
    r"in return|aims?|resulting|led)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|to|from|near|on|aboard|into|of|across|throughout)\s+(?:the\s+)?[^\W\d_a-z]"
)
_NEGATION = re.compile(
    r"\b(?:not|never|no|nor|neither|without|except|none|cannot|unable|refus\w+|fail\w+|lack\w*|"
    r"rather than|instead of)\b|n['’]t\b",
    re.IGNORECASE,
)
_ASKS_DATE = r"\b(?:when|(?:what|which) (?:year|date|day|month|century|decade|time))\b"
_ASKS_NUMBER = (
    r"\bhow (?:many|much|long|far|old|often|large|big|tall|high)\b"
    r"|\b(?:what|which) (?:percent|percentage|share|proportion|number|amount)\b"
)
_ASKS_HOW_MANY = re.compile(_ASKS_NUMBER, re.IGNORECASE)
_ASKS_PERSON = r"\b(?:who|whom|whose)\b"
_ASKS_PLACE = (
    r"\b(?:where|(?:what|which) (?:city|country|place|state|town|region|continent|base))\b"
)
_ASKS_REASON = r"\bwhy\b|\bwhat (?:reason|purpose|caused?)\b"
_KINDS = [
    (re.compile(asks, re.IGNORECASE), sought)
    for asks, sought in (
        (_ASKS_DATE, _DATE_WORD),
        (_ASKS_NUMBER, _QUANTITY),
        (_ASKS_PERSON, _CAPITAL),
        (_ASKS_PLACE, _PLACE),
        (_ASKS_REASON, _REASON),
    )
]
"""Patterns of questions, each with the pattern of what a sentence must contain to answer."""

AUXILIARY = (
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may|might)"
)
"""Words that a question for yes or no begins with."""
_ASKS_SEVERAL = re.compile(
    r"^\W*(?:list(?! price)|name(?! of\b)|enumerate)\b"
    r"|\b(?:what|which|who) (?:are|were)\b|\bwhich of\b"
    rf"|\b(?:what|which) (?:(?!{AUXILIARY}\b)\w+ ){{0,2}}(?-i:[a-z]{{2,}}(?<![suai])s)"
    r" (?:are|were|do|did|have|had|can|could|will|would|should|must|may|might|[a-z]+ed)\b",
    re.IGNORECASE,
)
_ASKS_SENTENCE = re.compile(
    r"\bwhy\b|\bhow (?:do|does|did|is|are|was|were|can|could|should|has|have|will|would)\b"
    r"|\b(?:describe|explain|tell me)\b|\bwhat (?:reasons?|purpose)\b|\bwhat caused\b"
    r"|\bwhat (?:did|does|do|has|have) .* (?:say|said|agree|agreed|think|believe|mean|decide)\b"
    r"|\bwhat is said\b|\bwhat happen",
    re.IGNORECASE,
)
_ASKS_YES_OR_NO = re.compile(
    r"\W*(?!was (?:ist|sind|war|waren|hat|wird|kostet|kosten|bedeutet|steht|gilt|muss|kann|darf"
    rf"|soll|passiert)\b){AUXILIARY}\b(?!.*\bor\b)",
    re.IGNORECASE,
)

_NUMERAL = re.compile(r"\d+(?:[.,:]\d+)*")

_CAPITALISED_WORD = re.compile(r"\s[A-Z][\w'’-]*")

_THING = re.compile(
    rf"\b(?:what|which) ((?:(?!(?:{AUXILIARY}|an?|and|the|of|in|on|at|to|for|that|by|from|with"
    r"|as)\b)[\w'’-]+ ){2,4})",
    re.IGNORECASE,
)

_PHRASE = re.compile('"([^"]{3,})"|“([^”]{3,})”|„([^“”]{3,})[“”]|«([^»]{3,})»|「([^」]{2,})」')


def find_quoted_phrases(question: str) -> list[str]:
    """Return the phrases of a question that are in quotation marks.

    >>> find_quoted_phrases('Who said "on war footing"?')
    ['on war footing']
    """
    return ["".join(match.groups("")).strip() for match in _PHRASE.finditer(question)]


@dataclass(frozen=True, slots=True)
class Query:
    """An analysed question: the stems of its words and names, and what it asks for.

    `thing` holds the words for what is asked for, in order: "air" and "base" of "Which air base …".
    `kind` matches the kind of answer in a text. `several` means that more than one thing is asked
    for, `wants_sentence` that the answer is a reason, a way, a statement, a yes or a no rather than
    a name, date or number, `yes_or_no` that it is one of the last two, `choice` that it offers
    alternatives.
    """

    text: str
    words: frozenset[str]
    names: frozenset[str]
    thing: tuple[str, ...]
    kind: re.Pattern[str] | None
    several: bool
    wants_sentence: bool
    yes_or_no: bool
    choice: bool

    @classmethod
    def of(cls, question: str) -> "Query":
        """Analyse a question.

        >>> sorted(Query.of("May the count of May be shown?").words)
        ['count', 'may', 'shown']
        """
        meant = [] if question.isupper() else _MEANT.findall(question)
        empty = FUNCTION_WORDS - {stem for word in meant for stem in extract_terms(word)}
        names = [
            stem
            for position, word in enumerate(_QUESTION_WORD.findall(question))
            if (position and word[0].isupper()) or any(c.isdigit() for c in word)
            for stem in extract_terms(word)
        ]
        words = frozenset(extract_terms(_CONTRACTION.sub(" ", question))) - empty
        thing = _THING.search(question)
        yes_or_no = bool(_ASKS_YES_OR_NO.match(question))
        return cls(
            question,
            words,
            frozenset(names) - empty,
            tuple(term for term in extract_terms(thing[1]) if term in words) if thing else (),
            _find_kind(question),
            bool(_ASKS_SEVERAL.search(question)) and not _ASKS_HOW_MANY.search(question),
            yes_or_no or bool(_ASKS_SENTENCE.search(question)),
            yes_or_no,
            bool(re.search(r"\bor\b", question)),
        )

    def has_kind(self, text: str) -> bool | None:
        """Whether a text contains the kind of answer asked for, apart from words of the question.

        None if the question does not show which kind it asks for.

        >>> Query.of("When was it opened?").has_kind("It was opened in 1987.")
        True
        """
        if self.kind is None:
            return None
        matches = [match[0] for match in self.kind.finditer(text)]
        if self.kind is _CAPITAL:
            matches = [
                m for m in matches if extract_terms(m) and extract_terms(m)[0] not in FUNCTION_WORDS
            ]
        return any(
            not re.search(rf"(?<!\d){re.escape(match)}(?!\d)", self.text, re.IGNORECASE)
            for match in matches
        )

    def extend_name(self, text: str, end: int) -> int:
        """Return the end of a name, extended by the kind of thing asked for if that follows.

        `end` is where the name ends without it.

        >>> text = "He saw Oslo Naval Base."
        >>> text[7 : Query.of("Which naval base did he see?").extend_name(text, 11)]
        'Oslo Naval Base'
        """
        after = end
        for count in range(1, len(self.thing) + 1):
            if not (word := _CAPITALISED_WORD.match(text, after)):
                break
            after = word.end()
            if tuple(extract_terms(text[end:after])) == self.thing[-count:]:
                return after
        return end

    def repeats(self, words: str) -> bool:
        """Whether words say nothing that the question does not say, so that they answer it not.

        >>> Query.of("Which base did Rutte visit?").repeats("Rutte visit")
        True
        """
        if self.choice or self.wants_sentence:
            return False
        return set(extract_terms(words)) <= set(extract_terms(self.text))


def _find_kind(question: str) -> re.Pattern[str] | None:
    """Return the pattern of what answers a question, by what it asks first: "How old … when …?"."""
    found = [(match.start(), sought) for asks, sought in _KINDS if (match := asks.search(question))]
    return min(found, key=lambda one: one[0])[1] if found else None


def is_function_word(word: str) -> bool:
    """Whether a word carries the form of a question, not its topic; some words together, if all do.

    >>> is_function_word("the"), is_function_word("pier")
    (True, False)
    """
    return FUNCTION_WORDS.issuperset(extract_terms(word))


def find_numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text that are written in digits.

    >>> sorted(find_numbers("Rule 37 of 1,200: 5% each"))
    ['1,200', '37', '5']
    """
    return frozenset(_NUMERAL.findall(text))


def negates(text: str) -> bool:
    """Whether a text contains a negation."""
    return bool(_NEGATION.search(text))


def matched_share(wanted: frozenset[str], found: set[str]) -> float:
    """Return the share of the wanted words that were found, 0 if none is wanted."""
    return len(wanted & found) / len(wanted) if wanted else 0.0
