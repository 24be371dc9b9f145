"""Describe documents by what the manifest and their headings say: names, titles, dates, sizes."""

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from index import Generation
from index.extract.document import NON_MARKDOWN_TYPES
from index.manifest import Entry
from index.text.canonical import shorten
from index.text.chunk import find_headings
from index.text.plural import count_noun
from qa.answer import ListedDocument

MAX_HEADINGS = 4
"""Headings of a document that are shown, the first ones."""

_HEADING_CHARACTERS = 20_000
"""Characters at the beginning of a document that are searched for headings."""

MAX_LINE = 60
"""Characters of a title or a heading that are shown."""

_MAX_KINDS = 4


def describe_collection(entries: Sequence[Entry]) -> str:
    """Return how many documents there are, of which kinds and dates.

    Such as "3 documents (2 md, 1 pdf), 2 of them dated 2023-05 to 2024-01-15".
    """
    suffixes = Counter(PurePosixPath(entry.id).suffix.lower().lstrip(".") for entry in entries)
    kinds = [f"{count:,} {suffix or 'other'}" for suffix, count in suffixes.most_common(_MAX_KINDS)]
    if rest := sum(suffixes.values()) - sum(c for _, c in suffixes.most_common(_MAX_KINDS)):
        kinds.append(f"{rest:,} of other kinds")
    dates = sorted(entry.date for entry in entries if entry.date)
    dated = ""
    if dates:
        some = f"{len(dates):,} of them " if len(dates) < len(entries) else ""
        last = f" to {dates[-1]}" if dates[-1] != dates[0] else ""
        dated = f", {some}dated {dates[0]}{last}"
    return f"{count_noun(len(entries), 'document')} ({', '.join(kinds)}){dated}"


def list_documents(
    opened: Generation, numbers: Sequence[int], *, headings: bool = False
) -> tuple[ListedDocument, ...]:
    """Return documents with their titles, dates and sizes or, instead of sizes, first headings."""
    return tuple(_list_document(opened, number, headings) for number in numbers)


def _list_document(opened: Generation, number: int, headings: bool) -> ListedDocument:
    entry = opened.manifest.documents[number]
    about = [entry.date] if entry.date else []
    if headings:
        about += [", ".join(_first_headings(opened, number))]
    else:
        about += [count_noun(len(entry.page_starts), "page")] if entry.page_starts else []
        about += [f"{max(1, round(entry.size / 1000)):,} kB"]
    return ListedDocument(entry.id, shorten(entry.title, MAX_LINE), "; ".join(filter(None, about)))


def _first_headings(opened: Generation, number: int) -> list[str]:
    """Return the first headings of a document, without its title."""
    document = opened.document_by_number(number)
    if document.media_type in NON_MARKDOWN_TYPES:
        return []
    found = find_headings(document.text[:_HEADING_CHARACTERS])
    known = {"", shorten(document.title, MAX_LINE)}
    lines = dict.fromkeys(shorten(heading, MAX_LINE) for _, heading in found)
    return [line for line in lines if line not in known][:MAX_HEADINGS]
