"""A text -> its words as a claim and its evidence are compared: names, numbers, what they do. Pure.

Two words count as one where they have one stem, where one is made from the other as "investment"
from "invest", or where they stand together in `ALIKE`. Whether a claim holds is left to `support`.
"""

import re
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache

from index.lexical import terms
from qa.contrary import Amount
from qa.question import FUNCTION_WORDS

ALIKE = (
    "visit trip travel tour go went journey stop",
    "host receive welcome",
    "praise hail commend laud applaud welcome",
    "say state tell remark declare note add explain comment express mention",
    "highlight underscore stress emphasise emphasize underline note point",
    "agree agreement accord deal pact",
    "boost strengthen bolster deepen enhance reinforce strong further",
    "help support aid assist back",
    "contribute contribution give donate donation",
    "meet met meeting talk discuss discussion",
    "include including such",
    "join take part participate participation attend",
    "aim intend goal purpose",
    "ambition aim goal",
    "seek want try aim",
    "pursue pursuit seek",
    "important importance significant significance key essential",
    "value worth valued",
    "continue continued keep still go ongoing",
    "company firm business corporation",
    "begin start commence",
    "end finish conclude",
    "ship vessel boat frigate",
    "build construct",
    "buildup build",
    "increase rise grow growth",
    "decrease fall decline drop",
    "sign signature signing",
    "pay cost price charge due fee",
    "lend loan borrow",
    "show demonstrate",
    "believe think opinion view",
    "cooperation collaboration partnership together cooperate collaborate",
    "longstanding long standing",
    "leader head chief",
    "area field topic",
    "vision outline set",
    "review stock",
    "brief briefing inform",
    "keep kept hold store",
    "danger dangerous",
    "large big major",
    "stay remain",
    "use employ",
    "make made",
    "pm prime minister",
    "joint common",
    "two both",
)
"""Words that may stand for each other in a claim and its evidence, by hand and with care: nothing
is here that could turn a statement round."""

STRONG = {
    **dict.fromkeys("all every each always entire whole any".split(), "all"),
    **dict.fromkeys("only solely exclusively just merely alone".split(), "only"),
    **dict.fromkeys("more over above exceed beyond".split(), "more"),
    **dict.fromkeys("less under below fewer".split(), "less"),
    **{"before": "before", "prior": "before", "ahead": "before", "after": "after"},
    **{"following": "after", "since": "since", "until": "until", "most": "most", "least": "least"},
    **{"once": "once", "never": "never", "often": "often", "many": "many", "few": "few"},
    **{"same": "same", "former": "former", "ex": "former", "almost": "almost", "nearly": "almost"},
    **{"should": "should", "must": "must", "because": "because", "despite": "despite"},
}
"""Small words that a claim may not add to its evidence, each with what it stands for."""

LIGHT = frozenset(
    terms(
        "additionally furthermore moreover however meanwhile also while during according thus "
        "therefore overall specifically notably namely well respectively regarding concerning "
        "about this that these those both another within place time there here made make take "
        "took taken do did does well as following passage passages source sources"
    )
)
"""Stems of words that a claim may add, as they say nothing of their own."""

HEDGES = frozenset(
    "plan plans planned planning aim aims aimed seek seeks sought want wants wanted hope hopes "
    "intend intends try tries tried ambition ambitions will would may might could should "
    "must can believe believes think thinks likely possible possibly expected expect expects "
    "proposed propose proposes vowed promised pledged pledges pledge vision goal importance need "
    "needs if whether".split()
)
"""Words that say that something is meant or possible, not that it is so."""

PRONOUNS = frozenset("he she it they him her them his its their who which that this".split())
ROLES = frozenset(
    "minister secretary general president chancellor director chief chair chairman chairwoman "
    "mayor king queen ambassador governor senator professor captain judge commissioner manager "
    "master warden head officer leader prime vice deputy mr mrs ms dr sir lord keeper".split()
)

_TOKEN = re.compile(r"[^\W_]+(?:['’.]?[^\W_]+)*|[%$€£]")
_SPELLINGS = (
    (re.compile(r"isation"), "ization"),
    (re.compile(r"is(e[ds]?|ing)$"), r"iz\1"),
    (re.compile(r"(?<=[a-z]{2})our(?=$|s$|ed$|ing$|able$)"), "or"),
    (re.compile(r"efence"), "efense"),
    (re.compile(r"^program+es?(?=s?$)"), "program"),
)
_ENDINGS = frozenset(
    [
        *("", "s", "ed", "ing", "ion", "ions", "ation", "ment", "ments", "er", "or", "ers", "ors"),
        *("ive", "al", "ial", "ity", "ly", "e", "es", "y", "ance", "ence", "ant", "ent", "ally"),
        *("ian", "n", "an", "ese", "ish", "i", "ical", "ic", "able", "ise", "ize", "ising", "tion"),
        *("ying", "ies", "ied", "ature", "ary", "ous", "ure", "ship", "ships"),
    ]
)
_DEMONYM = frozenset(["", "n", "an", "ian", "ese", "ish", "s", "ns", "ans", "ians"])
_COUNTED = frozenset(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "thousand million billion trillion".split()
)
_SIGNS = {"%": "percent", "$": "dollar", "€": "euro", "£": "pound"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: its range in characters, its stem, and whether it is a name or a number."""

    text: str
    start: int
    end: int
    stem: str
    name: bool
    number: bool

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def small(self) -> bool:
        """Whether it says how a sentence is built, not what it is about."""
        return not self.name and not self.number and self.stem in FUNCTION_WORDS


@lru_cache(maxsize=4096)
def words_of(text: str, known: frozenset[str] = frozenset()) -> tuple[Word, ...]:
    """Return the words of a text in their order.

    A word with a capital is a name; the first of a sentence is one only where it is among the
    `known`, which are names in small letters.

    >>> [(word.text, word.name) for word in words_of("Ships left Oslo.")]
    [('Ships', False), ('left', False), ('Oslo', True)]
    """
    found = []
    text = re.sub(r"(?<=\w)['’]s?\b(?!\w)", lambda m: " " * len(m[0]), text)
    for token in _TOKEN.finditer(text):
        word = token[0]
        before = text[: token.start()].rstrip(" \t\n\"“”'‘’(*_#|-")
        opens = not before or before[-1] in ".!?:;" or text[len(before) : token.start()].count("\n")
        capital = word[0].isupper() and word != "I"
        several = sum(c.isupper() for c in word) > 1
        name = capital and (not opens or several or word.lower() in known)
        spelt = _SIGNS.get(word, word.lower())
        number = any(c.isdigit() for c in word) or (not name and word.lower() in _COUNTED)
        found.append(Word(word, *token.span(), _stem(spelt), name, number))
    return tuple(found)


def names_known(text: str) -> frozenset[str]:
    """Return the names in a text that stand where only a name has a capital, in small letters."""
    return frozenset(word.lower for word in words_of(text) if word.name)


def same(one: Word, other: Word) -> bool:
    """Whether two words say the same.

    >>> a, b, c = words_of("he praised hailing")[0:3]
    >>> same(b, c), same(a, b)
    (True, False)
    """
    if one.stem == other.stem:
        return True
    if one.number or other.number:
        return bool(numbers_in(one.text)) and numbers_in(one.text) == numbers_in(other.text)
    first, second = _spelt(one.lower), _spelt(other.lower)
    if one.name or other.name:
        return _made_from(first, second, _DEMONYM, least=4)
    if _groups(one.stem) & _groups(other.stem):
        return True
    return _made_from(first, second, _ENDINGS, least=4)


def numbers_in(text: str) -> Counter[float]:
    """Return the numbers of a text, months and number words among them.

    >>> numbers_in("It may take 5%, or two thousand")
    Counter({5.0: 1, 2000.0: 1})
    """
    text = re.sub(r"\bmay\b|\bMay\b(?!,? \d)(?<!\d May)|\b[Oo]ne of\b", " ", text)
    text = re.sub(r"\b([Mm]ar|[Ss]ep|[Jj]un|[Jj]ul|[Dd]ec|[Oo]ct|[Nn]ov|k|mn|bn)\b(?!\W*\d)", " ", text)
    return Amount.of(text).numbers


def strong_in(words: Set[str]) -> frozenset[str]:
    """Return what the strong ones among words stand for."""
    return frozenset(STRONG[word] for word in words if word in STRONG)


def _made_from(one: str, other: str, endings: Set[str], least: int) -> bool:
    """Whether two words differ by nothing but an ending of each."""
    common = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    # "supply" and "supplies", "nation" and "national": what is common is most of both.
    return any(
        one[cut:] in endings and other[cut:] in endings and 2 * cut > max(len(one), len(other))
        for cut in range(common, max(least, common - 3) - 1, -1)
    )


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    found = terms(_spelt(word))
    return found[0] if found else word


@lru_cache(maxsize=8192)
def _spelt(word: str) -> str:
    for pattern, spelling in _SPELLINGS:
        word = pattern.sub(spelling, word)
    return word


@lru_cache(maxsize=1)
def _alike() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, group in enumerate(ALIKE):
        for word in group.split():
            found.setdefault(_stem(word), set()).add(number)
    return {stem: frozenset(numbers) for stem, numbers in found.items()}


def _groups(stem: str) -> frozenset[int]:
    return _alike().get(stem, frozenset())
