"""Citations: the place of a quotation in a document, verified when made and at any later time.

A citation's `uri`, footnote://HASH/START-END, names a text by its sha256 and a range in it. It
can be stored anywhere: `check` tells later whether the documents still contain the quotation.
"""

import re
import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from index import Document, FootnoteError, Generation, IndexDamaged, open_index
from index.extract.document import page_of
from index.text.sentence import Span
from index.text.table import table_header

MAX_MOVED_CITATIONS = 10
"""Limit of the new places listed for a quotation that has moved."""

MAX_SEARCHED_CHUNKS = 50
"""Limit of the chunks searched for a quotation whose white space has changed."""

_URI = re.compile(r"footnote://([0-9a-f]{64})/([0-9]{1,12})-([0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class Citation:
    """The place of a quotation: `document.text[start:end] == quote`, in characters, end exclusive.

    The quotation, mostly a sentence, is what has to be read to check an answer. `answer_start` and
    `answer_end` are the range in the document of the words that answer, which may be all of it.
    `page` counts from 1 and is None for formats without pages. `uri` identifies the citation for
    `check`; `also` are the ids of other documents with the identical text. `metadata` is that of
    the document, as in `index.add`, `date` its date (YYYY-MM-DD, YYYY-MM or YYYY) or "". `header`
    is the header row of the table that the quotation begins in, exactly, "" if it begins in none.
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
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)
    date: str = ""
    header: str = ""

    @property
    def sha256(self) -> str:
        """The sha256 of the document's text, as `uri` names it; "" without a `uri`.

        >>> Citation("a.md", "A", "", 2, 0, 1, "x", 0, 1, uri="footnote://12ab/0-1").sha256
        '12ab'
        """
        return self.uri.removeprefix("footnote://").partition("/")[0]

    @property
    def range(self) -> tuple[str, int, int]:
        """The document's id and the range in it: two citations of the same words are equal here."""
        return self.document_id, self.start, self.end

    @property
    def words(self) -> str:
        """The words of the quotation that answer."""
        return self.quote[self.answer_start - self.start : self.answer_end - self.start]

    @property
    def place(self) -> str:
        """The page and, unless the document's id shows it, its date, as they follow its name.

        >>> Citation("a.md", "A", "", 2, 0, 1, "x", 0, 1, date="2024-03").place
        ', page 2, 2024-03'
        """
        page = f", page {self.page}" if self.page else ""
        return page + (f", {self.date}" if self.date not in self.document_id else "")

    def to_dict(self) -> dict[str, Any]:
        """Return the citation as plain data, without the path of the file on this machine."""
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "source"}
        for name in ("metadata", "date", "header"):  # Omitted if empty.
            if not kept[name]:
                del kept[name]
        return kept | {"also": list(self.also)}

    def __repr__(self) -> str:
        """Return it in short: a quotation can be as long as its document."""
        place = f"{reprlib.repr(self.document_id)}, {self.start}-{self.end}"
        return f"Citation({place}, {reprlib.repr(self.quote)})"


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of checking a stored citation.

    `status` is "valid" if a document still has the text, "moved" if another text contains the
    quotation now, and "stale" if no document contains it. `quote` is the quotation, and `citations`
    are its present places.
    """

    uri: str
    status: str
    quote: str
    citations: tuple[Citation, ...]


def cite(
    document: Document, start: int, end: int, *, answer: tuple[int, int] | None = None
) -> Citation:
    """Return the citation of a range of a document's text; `answer` is the range that answers."""
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
        metadata=document.metadata,
        date=document.date,
        header=table_header(document.text, start),
    )
    check_citation(citation, document)
    return citation


def check_citation(citation: Citation, document: Document) -> None:
    """Raise `IndexDamaged` unless the citation quotes the document exactly."""
    inside = 0 <= citation.start < citation.end <= len(document.text)
    inside &= citation.start <= citation.answer_start < citation.answer_end <= citation.end
    if not inside or document.text[citation.start : citation.end] != citation.quote:
        raise IndexDamaged(
            f"The citation {citation.document_id}, characters {citation.start}-{citation.end}, "
            f"does not quote the document. Build the index again: footnote index PATH"
        )


def check(uri: str, *, index: str | Path | Generation | None = None) -> Checked:
    """Return whether the documents still contain a cited quotation.

    Raises `FootnoteError` if `uri` is not a citation, or if its text is not stored.
    """
    named = _URI.fullmatch(uri.strip())
    if not named:
        raise FootnoteError(
            f"{uri!r} is not a citation. Give one as --json prints it: footnote://HASH/START-END"
        )
    sha256, start, end = named[1], int(named[2]), int(named[3])
    generation = index if isinstance(index, Generation) else open_index(index)
    text = generation.stored_text(sha256)
    if text is None:
        raise FootnoteError(
            f"The text {sha256[:12]}… is not stored in {generation.folder.parent.parent}: it was "
            "never indexed there, or it was pruned. Check the citation against the index that it "
            "came from: --index FOLDER"
        )
    if not start < end <= len(text):
        raise FootnoteError(
            f"{uri} is not a range of its text, which has {len(text):,} characters. Give the "
            "citation unchanged."
        )
    if documents := generation.documents_with_text(sha256):
        return Checked(uri, "valid", text[start:end], (cite(documents[0], start, end),))
    places = tuple(_find_moved(text[start:end], generation))
    return Checked(uri, "moved" if places else "stale", text[start:end], places)


def _find_moved(quote: str, generation: Generation) -> Iterator[Citation]:
    """Yield citations of a quotation in today's documents, one per text, ignoring white space."""
    documents = generation.documents_containing(quote)
    if not documents:
        rows = sorted(generation.lexical.search(quote, MAX_SEARCHED_CHUNKS))
        documents = list({(d := generation.document(row)).id: d for row in rows}.values())
    found = ((document, _find_quote(quote, document.text)) for document in documents)
    known = [(document, span) for document, span in found if span]
    yield from (cite(document, *span) for document, span in known[:MAX_MOVED_CITATIONS])


def _find_quote(quote: str, text: str) -> Span | None:
    """Return the range of a quotation in a text, ignoring white space; None if it is absent.

    >>> _find_quote("left the  port", "The ship left\\nthe port.")
    (9, 22)
    """
    words = quote.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return found.span() if found else None
