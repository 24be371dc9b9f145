"""Hand-made lists of English words for comparing a claim with its evidence. Pure data.

`tokens`, `semantic_roles`, `evidence`, `restrictions` and `word_check` apply them.
"""

from index.search.terms import extract_terms
from qa.retrieval.number_words import MONTHS, SCALES, TENS, UNITS, WEEKDAYS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SYNONYMS = (
    "visit trip travel tour go went journey stop",
    "host receive welcome",
    "praise hail commend laud applaud welcome",
    "say state tell remark declare note add explain comment express mention",
    "highlight underscore stress emphasise emphasize underline note point",
    "agree agreement accord deal pact",
    "boost strengthen bolster deepen enhance reinforce strong",
    "help support aid assist back",
    "contribute contribution give donate donation",
    "meet met meeting talk discuss discussion",
    "include including such",
    "join take part participate participation attend",
    "aim intend goal purpose",
    "ambition aim goal",
    "seek want try aim plan",
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
"""Groups of words that may replace each other in a claim. No group holds words that could reverse
the meaning of a statement."""

QUALIFIERS = {
    **dict.fromkeys(_words("all every each always entire whole any"), "all"),
    **dict.fromkeys(_words("only solely exclusively just merely alone"), "only"),
    **dict.fromkeys(_words("more over above exceed beyond"), "more"),
    **dict.fromkeys(_words("less under below fewer"), "less"),
    **dict.fromkeys(_words("before prior ahead"), "before"),
    **dict.fromkeys(_words("after following"), "after"),
    **dict.fromkeys(_words("former ex"), "former"),
    **dict.fromkeys(_words("almost nearly"), "almost"),
    **{
        word: word
        for word in _words(
            "since until most least once never often many few same should must because despite"
        )
    },
}
"""Words that restrict or widen a statement, which a claim may not add, each with its meaning."""

NARROWING_QUALIFIERS = _words("fewer less least almost nearly former ex")
"""Qualifiers without which the words after them would say more, which a claim may not drop."""

LIMITING_QUALIFIERS = _words(
    "more most over above beyond under below before prior after until since"
)
"""Qualifiers that a claim may not drop before a number or a date."""

LIGHT_WORDS = frozenset(
    extract_terms(
        "additionally furthermore moreover however meanwhile also while during according thus "
        "therefore overall specifically notably namely well respectively regarding concerning "
        "about this that these those both another within place time there here made make take "
        "took taken do did does well as following passage passages source sources"
    )
)
"""Stems of words that a claim may add, because they carry no content."""

REFUSALS = _words(
    "decline declines declined declining refuse refuses refused refusing deny denies denied denying"
)
"""Words that present something as refused or disputed."""

HEDGES = REFUSALS | _words(
    "plan plans planned planning aim aims aimed seek seeks sought want wants wanted hope hopes "
    "intend intends try tries tried ambition ambitions will would may might could should must "
    "can believe believes think thinks likely possible possibly expected expect expects "
    "proposed propose proposes vowed promised pledged pledges pledge vision goal importance "
    "need needs if whether claim claims claimed claiming allege alleges alleged allegedly"
)
"""Words that present something as intended, possible, alleged or refused, not as a fact."""

WEAK_HEDGES = _words("may might could possible possibly whether if likely")
"""Hedges that leave open whether something is so."""

FIRM_HEDGES = _words("will would must can should")
"""Hedges that express more certainty than the weak ones."""

CONDITIONS = WEAK_HEDGES | _words("unless provided providing condition when")
"""Words by which a claim does not state without condition what its evidence states with one."""

PRONOUNS = _words("he she it they him her them his its their who which that this")
PERSONAL_PRONOUNS = _words("he him his she her")
PLURAL_PRONOUNS = _words("they them their both")
NEUTER_PRONOUNS = _words("it its")

OFFICES = _words(
    "minister secretary general president chancellor director chief chair chairman chairwoman "
    "mayor king queen ambassador governor senator professor captain judge commissioner manager "
    "master warden head officer leader prime vice deputy mr mrs ms dr sir lord keeper"
)
"""Words of titles that people hold."""

CALENDAR_NAMES = frozenset(MONTHS + WEEKDAYS)
NUMBER_WORDS = frozenset((*UNITS[2:], *TENS, *SCALES))
"""Number words without "zero" and "one", which is mostly a pronoun."""

AUXILIARIES = _words("is are was were be been being get got")
"""Verbs that form the passive."""

LIST_WORDS = _words("and or the a an with of mr mrs ms dr also in")
"""Words that may stand between the names of a list."""

OFFICE_CONNECTORS = _words("and of the in a an for at or to its")
"""Words that connect the parts of an office, such as "of" in "Minister of Defence"."""

CLAUSE_STARTERS = _words("and but while in at on aboard during since")
"""Words that end the clause of the verb before them."""

WORD_ENDINGS = _words(
    "s ed ing ion ions ation ition ment ments er or ers ors ive al ial ity ly e es y ance ence ant "
    "ent ally ian n an ese ish i ical ic able ise ize ising tion ying ies ied ature ary ous ure "
    "ship ships"
) | {""}
"""Endings by which two words of the same meaning may differ."""

DEMONYM_ENDINGS = _words("n an ian ese ish s ns ans ians") | {""}
"""Endings by which the name of a country may differ from that of its people."""
