"""What the page shows about a document as such: its date, length, language and headings."""

from typing import Any

from index.extract.document import NON_MARKDOWN_TYPES
from index.store.generation import Generation
from index.text.canonical import shorten
from index.text.chunk import find_headings, heading_paths
from index.text.invisible import reveal_controls
from qa.chat.html.source import find_document

MAX_HEADINGS = 200
"""Headings that are listed, the first ones."""

_SCANNED_CHARACTERS = 2_000_000
"""Characters at the beginning of a document that are searched for headings."""


def about_view(generation: Generation, document_id: str) -> dict[str, Any]:
    """Return what is known of a document, and its headings with their place and depth.

    The place is that of the heading's words in the text, in characters, end exclusive. Raises
    `FootnoteError` if there is no such document.
    """
    document = find_document(generation, document_id)
    entry, text = generation.entry(document.id), document.text[:_SCANNED_CHARACTERS]
    found = [] if document.media_type in NON_MARKDOWN_TYPES else find_headings(text)
    headings: list[dict[str, Any]] = [
        {"text": words, "depth": len(path), "start": at, "end": at + len(words)}
        for (offset, words), path in zip(found, heading_paths(text, found), strict=True)
        if words and (at := text.find(words, offset)) >= 0
    ]
    return {
        "date": document.date,
        "author": reveal_controls(document.author),
        "language": entry.language,
        "pages": len(document.page_starts),
        "words": len(document.text.split()),
        "headings": [
            {**heading, "text": reveal_controls(shorten(heading["text"]))}
            for heading in headings[:MAX_HEADINGS]
        ],
        "more": max(0, len(headings) - MAX_HEADINGS),
    }
