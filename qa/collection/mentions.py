"""Find the documents that mention a term, each with a sentence that holds it."""

import re
from collections.abc import Sequence

from index import Document, Generation
from index.search.terms import extract_terms, index_terms
from index.text.chunk import sentence_spans
from index.text.sentence import Span
from qa.citation import Citation, cite
from qa.retrieval.heading import is_heading
from qa.retrieval.query import FUNCTION_WORDS

MAX_ROWS = 300
"""Chunks that are looked at, those that hold the words most."""

MAX_MENTIONS = 12
"""Documents that are cited."""


def find_mentions(
    opened: Generation, term: str, numbers: Sequence[int] | None
) -> tuple[tuple[Citation, ...], int, bool]:
    """Cite the documents that hold all the words of a term, one sentence of each.

    `numbers` restricts the search to some documents. Returns at most `MAX_MENTIONS` citations, how
    many documents were found, and whether there may be more. Words are compared by their stems.
    """
    among = None if numbers is None else opened.rows_of_documents(numbers)
    rows = opened.lexical.search(term, MAX_ROWS, among=among)
    asked = None if numbers is None else set(numbers)
    found: set[int] = set()
    citations: list[Citation] = []
    for row in rows:
        holders = [n for n in opened.holders(row) if asked is None or n in asked]
        number, start, end = opened.chunks[row].tolist()
        if not holders or holders[0] in found:
            continue
        text = opened.document_by_number(number).text[start:end]
        language = opened.manifest.documents[number].language
        wanted = _stems(term, language)
        if not wanted or not wanted <= set(index_terms(text, language)):
            continue
        found.update(holders)
        if len(citations) < MAX_MENTIONS:
            document = opened.document_by_number(holders[0])
            span = _best_sentence(document, start, end, wanted, language)
            citations.append(cite(document, *span, answer=_find_words(document, span, term)))
    return tuple(citations), len(found), len(rows) == MAX_ROWS


def _stems(term: str, language: str) -> set[str]:
    """Return the stems of a term, without function words unless it has no others."""
    stems = set(extract_terms(term, language))
    return stems - FUNCTION_WORDS or stems


def _best_sentence(
    document: Document, start: int, end: int, wanted: set[str], language: str
) -> Span:
    """Return the first sentence of a range that holds most of the wanted stems, headings last."""

    def held(span: Span) -> tuple[int, bool]:
        sentence = document.text[slice(*span)]
        return len(wanted & set(index_terms(sentence, language))), not is_heading(document, span[0])

    spans = sentence_spans(document.text[start:end])
    return max(((start + first, start + last) for first, last in spans), key=held)


def _find_words(document: Document, span: Span, term: str) -> Span:
    """Return the range of a term's words in a sentence, as far as they stand together."""
    start, end = span
    words = r"\W+".join(map(re.escape, term.split()))
    # Whole words, or else the beginning of one: "deposits" holds "deposit".
    patterns = (rf"(?<![^\W_]){words}(?![^\W_])", rf"(?<![^\W_]){words}")
    found = (re.search(one, document.text[start:end], re.IGNORECASE) for one in patterns)
    match = next(filter(None, found), None)
    return (start + match.start(), start + match.end()) if match else span
