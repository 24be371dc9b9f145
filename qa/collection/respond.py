"""Answer a question about the collection: what is said, the documents listed, sentences cited.

The first line of an answer's text is what is said; its documents follow, then its quotations, one
a line each.
"""

from collections.abc import Sequence
from dataclasses import replace

from index import Generation
from index.text.canonical import shorten
from index.text.plural import count_noun
from qa.answer import Answer, ListedDocument
from qa.citation import Citation
from qa.collection.catalogue import describe_collection, list_documents
from qa.collection.examples import Intent
from qa.collection.intent import Request, recognise
from qa.collection.mentions import MAX_MENTIONS, find_mentions
from qa.collection.summary import summarise
from qa.collection.terms import without_known_end
from qa.retrieval.filters import Where, select_documents

MAX_OVERVIEW = 12
"""Documents that an overview lists, with their first headings."""

MAX_LISTED = 100
"""Documents that a list shows."""

MAX_NEWEST = 5
"""Documents that are shown as the newest or the oldest."""

OVERVIEW_REQUEST, LIST_REQUEST = "What are these documents about?", "List all documents"

_OFFER = f"Try “{OVERVIEW_REQUEST}” or “{LIST_REQUEST}”, or ask a question of your own."
_HELP = (
    "Hello. I answer questions about your documents with exact quotations from them, each with "
    f"its place. {_OFFER}"
)
_THANKS = f"You are welcome. {_OFFER}"
_EMPTY = "There are no documents yet. Add some first: footnote index PATH"


def answer_about_collection(
    question: str,
    opened: Generation,
    where: Where | None = None,
    *,
    in_conversation: bool = False,
) -> Answer | None:
    """Return the answer to a question about the collection; None for an ordinary question.

    `where` restricts the documents. A few words alone are looked for, unless they are said in a
    conversation, where they may go on with the last question, or no document holds them all.
    Raises `FootnoteError` where `where` fits no document.
    """
    request = recognise(question, opened)
    if request is None or (request.alone and in_conversation):
        return None
    if request.intent in ("help", "thanks"):
        said = _HELP if request.intent == "help" else _THANKS
        return replace(_compose(question, said), probability=0.0, answerable=0.0)
    documents = opened.manifest.documents
    numbers = select_documents(where, documents) if where else list(range(len(documents)))
    if not numbers:
        return _compose(question, _EMPTY)
    if request.intent == "mention":
        answer = _answer_mention(question, opened, request.term, numbers if where else None)
        return answer if answer.citations or not request.alone else None
    named = [number for number in request.named if number in set(numbers)]
    if request.named and not named:
        return None  # The document that is named is not among those that are asked.
    return _answer_from_catalogue(question, opened, request.intent, named or numbers)


def suggest_requests(opened: Generation) -> list[str]:
    """Return the requests to offer: an overview, the list, and a summary of the newest document."""
    documents = opened.manifest.documents
    if not documents:
        return []
    newest = max(range(len(documents)), key=lambda number: (documents[number].date, number))
    for name in (documents[newest].id.rpartition("/")[2], documents[newest].id):
        summary = f"Summarize {name}"
        if recognise(summary, opened) == Request("overview", (newest,)):
            return [OVERVIEW_REQUEST, LIST_REQUEST, summary]
    return [OVERVIEW_REQUEST, LIST_REQUEST]


def _answer_from_catalogue(
    question: str, opened: Generation, intent: Intent, numbers: Sequence[int]
) -> Answer:
    entries = [opened.manifest.documents[number] for number in numbers]
    described = describe_collection(entries)
    if intent == "count":
        return _compose(question, f"{described}.")
    if intent == "list":
        said = f"{described}{_cut(len(numbers), MAX_LISTED)}:"
        return _compose(question, said, list_documents(opened, numbers[:MAX_LISTED]))
    if intent in ("newest", "oldest"):
        dated = [number for number in numbers if opened.manifest.documents[number].date]
        newest_first = intent == "newest"
        dated.sort(key=lambda number: opened.manifest.documents[number].date, reverse=newest_first)
        undated = f" ({count_noun(len(numbers) - len(dated), 'other')} without a date)"
        said = f"By their dates, the {intent} of {count_noun(len(dated), 'document')}"
        said += f"{undated * (len(dated) < len(numbers))}:"
        listed = list_documents(opened, dated[:MAX_NEWEST], headings=True)
        return _compose(question, said if dated else "No document has a date.", listed)
    cited = summarise(opened, numbers)
    if len(entries) == 1:
        name = " ".join(entries[0].id.split())
        described = f"A summary of {name} in its own sentences:"
        if not cited:
            described = f"{name} holds no sentences that could be quoted."
    else:
        described += f"{_cut(len(numbers), MAX_OVERVIEW)}:"
    listed = list_documents(opened, numbers[:MAX_OVERVIEW], headings=True)
    return _compose(question, described, listed, cited)


def _answer_mention(
    question: str, opened: Generation, term: str, numbers: Sequence[int] | None
) -> Answer:
    cited, count, more = find_mentions(opened, term, numbers)
    if not cited and (shorter := without_known_end(term)) != term:
        term = shorter  # The "appear" of "In which files does X appear?" is no part of it.
        cited, count, more = find_mentions(opened, term, numbers)
    what = f"“{shorten(term)}”"
    if not cited:
        return _compose(question, f"No document mentions {what}.")
    mention = "mentions" if count == 1 else "mention"
    found = f"{'At least ' * more}{count_noun(count, 'document')}"
    return _compose(question, f"{found} {mention} {what}{_cut(count, MAX_MENTIONS)}:", (), cited)


def _cut(count: int, most: int) -> str:
    return f", of which the first {most:,} are shown" if count > most else ""


def _compose(
    question: str,
    said: str,
    documents: tuple[ListedDocument, ...] = (),
    citations: tuple[Citation, ...] = (),
) -> Answer:
    lines = [said, *(f"- {document}" for document in documents), *(c.quote for c in citations)]
    answer = Answer.in_own_words(question, "\n".join(lines), "collection", likely=1.0)
    return replace(answer, citations=citations, documents=documents)
