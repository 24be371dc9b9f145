"""Citations: where a quotation stands, checked when it is made and again whenever one likes.

A citation's `uri`, footnote://HASH/START-END, names a text by its sha256 and a range in it. It
can be kept anywhere: `check` says later whether the documents still say so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index import Document, FootnoteError, Generation, IndexDamaged, open_index
from index.extract.document import page_of
from index.text.chunk import Span

PLACES = 10
"""Places of a quotation that are listed at most."""

NEAR = 50
"""Chunks in which a quotation is looked for whose white space has changed."""

_URI = re.compile(r"footnote://([0-9a-f]{64})/([0-9]{1,12})-([0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quotation stands: `document.text[start:end] == quote`, in characters, end exclusive.

    The quotation is what has to be read to check an answer, mostly a sentence. `answer_start` and
    `answer_end` are the range in the document of those of its words that answer, which may be all
    of it. `page` counts from 1 and is None for formats without pages. `uri` is what to keep of the
    citation; `also` are the ids of other documents with the very same text.
    """

    document_id: str
    title: str
    source: str
    page: int | None
    start: int
    end: int
    quote: str
    answer_start: int
    answer_end: int
    uri: str = ""
    also: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The words of the quotation that answer."""
        return self.quote[self.answer_start - self.start : self.answer_end - self.start]


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a citation that was kept.

    `status` is "valid" where a document still has the text, "moved" where its words stand in
    another text now, and "stale" where no document holds them. `quote` is what it said, and
    `citations` are where that stands today.
    """

    uri: str
    status: str
    quote: str
    citations: tuple[Citation, ...]


def cite(
    document: Document, start: int, end: int, *, answer: tuple[int, int] | None = None
) -> Citation:
    """Return the citation of a range of a document's text; `answer` is that of its words."""
    citation = Citation(
        document.id,
        document.title,
        document.source,
        page_of(document.page_starts, start),
        start,
        end,
        document.text[start:end],
        *(answer or (start, end)),
        uri=f"footnote://{document.sha256}/{start}-{end}",
        also=document.also,
    )
    check_citation(citation, document)
    return citation


def check_citation(citation: Citation, document: Document) -> None:
    """Raise `IndexDamaged` unless the citation quotes the document's very characters."""
    inside = 0 <= citation.start < citation.end <= len(document.text)
    inside &= citation.start <= citation.answer_start < citation.answer_end <= citation.end
    if not inside or document.text[citation.start : citation.end] != citation.quote:
        raise IndexDamaged(
            f"The citation {citation.document_id}, characters {citation.start}-{citation.end}, "
            f"does not quote the document. Build the index again: footnote index PATH"
        )


def check(uri: str, *, index: str | Path | Generation | None = None) -> Checked:
    """Say whether a citation that was kept still holds.

    Raises `FootnoteError` where it is no citation, or where nothing is known of its text.
    """
    named = _URI.fullmatch(uri.strip())
    if not named:
        raise FootnoteError(
            f"{uri!r} is no citation; expected footnote://HASH/START-END, as --json gives it."
        )
    sha256, start, end = named[1], int(named[2]), int(named[3])
    generation = index if isinstance(index, Generation) else open_index(index)
    text = generation.stored_text(sha256)
    if text is None:
        raise FootnoteError(
            f"Nothing is known of the text {sha256[:12]}…: it was never in the index "
            f"{generation.folder.parent.parent}, or its earlier versions were pruned."
        )
    if not start < end <= len(text):
        raise FootnoteError(f"{uri} is no range of its text, which has {len(text):,} characters.")
    if documents := generation.documents_with_text(sha256):
        return Checked(uri, "valid", text[start:end], (cite(documents[0], start, end),))
    places = tuple(_places(text[start:end], generation))
    return Checked(uri, "moved" if places else "stale", text[start:end], places)


def _places(quote: str, generation: Generation) -> Iterator[Citation]:
    """Yield where a quotation stands in the documents, white space aside, one place a text."""
    documents = generation.documents_containing(quote)
    if not documents:
        rows = sorted(generation.lexical.search(quote, NEAR))
        documents = list({(d := generation.document(row)).id: d for row in rows}.values())
    found = ((document, _find(quote, document.text)) for document in documents)
    known = [(document, span) for document, span in found if span]
    yield from (cite(document, *span) for document, span in known[:PLACES])


def _find(quote: str, text: str) -> Span | None:
    """Return the range of a quotation in a text, its white space aside; None without one.

    >>> _find("left the  port", "The ship left\\nthe port.")
    (9, 22)
    """
    words = quote.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return found.span() if found else None
