"""The English words by which a claim is held against its evidence, by hand. Pure.

How they are used is told in `wording`, `roles` and `support`.
"""

from index.search.lexical import terms
from qa.retrieval.number_words import MONTHS, SCALES, TENS, UNITS, WEEKDAYS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ALIKE = (
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
"""Words that may stand for each other in a claim and its evidence, by hand and with care: nothing
is here that could turn a statement round."""

STRONG = {
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

HEDGES = _words(
    "plan plans planned planning aim aims aimed seek seeks sought want wants wanted hope hopes "
    "intend intends try tries tried ambition ambitions will would may might could should must "
    "can believe believes think thinks likely possible possibly expected expect expects "
    "proposed propose proposes vowed promised pledged pledges pledge vision goal importance "
    "need needs if whether"
)
"""Words that say that something is meant or possible, not that it is so."""

WEAK = _words("may might could possible possibly whether if likely")
FIRM = _words("will would must can should")
"""Hedges behind which a thing is open, and those that make it surer than that."""

PRONOUNS = _words("he she it they him her them his its their who which that this")
ROLES = _words(
    "minister secretary general president chancellor director chief chair chairman chairwoman "
    "mayor king queen ambassador governor senator professor captain judge commissioner manager "
    "master warden head officer leader prime vice deputy mr mrs ms dr sir lord keeper"
)
CALENDAR = frozenset(MONTHS + WEEKDAYS)
COUNTED = frozenset((*UNITS[2:], *TENS, *SCALES))
BE = _words("is are was were be been being get got")
PERSONAL = _words("he him his she her")
MANY = _words("they them their both")
ITS = _words("it its")
LISTS = _words("and or the a an with of mr mrs ms dr also in")
BOUND = _words("and of the in a an for at or to its")
PLACED = _words("and but while in at on aboard during since")
