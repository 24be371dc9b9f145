"""The routes by which the page reads a document: its text, and the pages of a PDF as pictures.

JSON goes out, an error as {"error": a sentence}. What comes in is a stranger's, and is checked
here; no answer tells where a file lies.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from index.errors import FootnoteError
from index.extract.document import Document
from index.manifest import Entry
from index.pages.renderer import Pages
from index.store.generation import Generation
from index.text.chunk import Span
from qa.chat.access.public_errors import told
from qa.chat.html.source import (
    LONGEST_QUERY,
    blocks_near,
    check_range,
    find_document,
    find_in,
    more_blocks,
    quote_view,
    source_view,
)
from qa.rendering.inline import Marked

MOST_FOUND = 1000
"""Places of a query in a document that are told at most."""

DRAWN = 4
"""Requests for pages that hold a thread at once."""

READ = 20
"""The same for requests for texts."""

_NUMBER = re.compile(r"[0-9]{1,9}")


def router(open_generation: Callable[[], Generation], pages: Pages | None = None) -> APIRouter:
    """Return the routes over the generation that is live when one is called.

    `pages` draws the pages; without one, one is made.
    """
    routes, drawer = APIRouter(prefix="/footnote"), pages or Pages()
    # One process draws; what waits for it keeps no thread from the other routes.
    drawing, reading = CapacityLimiter(DRAWN), CapacityLimiter(READ)

    def get(
        path: str,
        answer: Callable[[Generation, Mapping[str, str]], Any],
        limiter: CapacityLimiter = reading,
    ) -> None:
        def handle(request: Request) -> Response:
            try:
                return JSONResponse(answer(open_generation(), request.query_params))
            except FootnoteError as error:
                return refusal(error)

        async def aside(request: Request) -> Response:
            return await to_thread.run_sync(handle, request, limiter=limiter)

        routes.get(path, response_model=None)(aside)

    get("/source", _view)
    get("/quote", _quote)
    get("/source/blocks", _blocks)
    get("/source/find", _found)
    get("/pages", lambda generation, asked: _pages(drawer, generation, asked), drawing)

    def picture(request: Request, number: str) -> Response:
        try:
            return _picture(drawer, open_generation(), request, number)
        except FootnoteError as error:
            return refusal(error)

    @routes.get("/pages/{number}.png", response_model=None)
    async def picture_aside(request: Request, number: str) -> Response:
        return await to_thread.run_sync(picture, request, number, limiter=drawing)

    return routes


def refusal(error: FootnoteError) -> JSONResponse:
    """Return an error as the page is told it."""
    return JSONResponse({"error": told(error)}, status_code=400)


def _view(generation: Generation, asked: Mapping[str, str]) -> dict[str, Any]:
    start, end, answer = _range(asked)
    return source_view(generation, _text(asked, "document"), start, end, answer)


def _quote(generation: Generation, asked: Mapping[str, str]) -> dict[str, Any]:
    start, end, answer = _range(asked)
    return quote_view(generation, _text(asked, "document"), start, end, answer)


def _blocks(generation: Generation, asked: Mapping[str, str]) -> dict[str, Any]:
    document = find_document(generation, _text(asked, "document"))
    marked = _marked(document, asked)
    if "near" in asked:
        return blocks_near(document, _number(asked, "near"), marked)
    first, last = (_number(asked, name) if name in asked else None for name in ("from", "to"))
    if first is None and last is None:
        raise FootnoteError('Which text is wanted was not said; expected "from", "to" or "near".')
    return more_blocks(document, first, last, marked)


def _found(generation: Generation, asked: Mapping[str, str]) -> dict[str, Any]:
    document, query = find_document(generation, _text(asked, "document")), _text(asked, "query")
    if len(query) > LONGEST_QUERY:
        raise FootnoteError(f"Look for {LONGEST_QUERY} characters at most.")
    found = find_in(document, query, MOST_FOUND + 1)
    return {"found": found[:MOST_FOUND], "more": len(found) > MOST_FOUND}


def _pages(drawer: Pages, generation: Generation, asked: Mapping[str, str]) -> dict[str, Any]:
    document = find_document(generation, _text(asked, "document"))
    entry, marked = generation.entry(document.id), _marked(document, asked)
    sizes = drawer.page_sizes(entry)
    ranges = {"cited": (marked.start, marked.end), "answer": marked.answer or (0, 0)}
    marks = [
        {"page": mark.page, "kind": kind, "box": mark.box}
        for kind, (start, end) in ranges.items()
        for mark in drawer.find_on_pages(entry, document, start, end)
    ]
    return {"sizes": sizes, "marks": marks}


def _picture(drawer: Pages, generation: Generation, request: Request, number: str) -> Response:
    """Return a page as a PNG; nothing where the browser has it, and the file is as it was."""
    asked = {**request.query_params, "page": number}
    entry = _entry(generation, _text(asked, "document"))
    page, width = _number(asked, "page"), _number(asked, "width")
    drawer.check(entry, page, width)
    kept = {
        "ETag": f'"{entry.file_sha256[:32]}-{page}-{width}"',
        "Cache-Control": "private, no-cache",
    }
    if request.headers.get("if-none-match") == kept["ETag"]:
        return Response(status_code=304, headers=kept)
    picture = drawer.render_page(entry, page, width)
    return Response(picture, media_type="image/png", headers=kept)


def _entry(generation: Generation, document_id: str) -> Entry:
    find_document(generation, document_id)
    return generation.entry(document_id)


def _marked(document: Document, asked: Mapping[str, str]) -> Marked:
    """Return what is cited of a document; nothing where no range is named."""
    if "start" not in asked and "end" not in asked:
        return Marked(0, 0)
    return check_range(document, *_range(asked))


def _range(asked: Mapping[str, str]) -> tuple[int, int, Span | None]:
    answer = None
    if "answer_start" in asked or "answer_end" in asked:
        answer = (_number(asked, "answer_start"), _number(asked, "answer_end"))
    return _number(asked, "start"), _number(asked, "end"), answer


def _text(asked: Mapping[str, str], name: str) -> str:
    if name not in asked:
        raise FootnoteError(f'"{name}" is missing. Load the page again.')
    return asked[name]


def _number(asked: Mapping[str, str], name: str) -> int:
    """Return a whole number that the page sent, such as an offset."""
    if not _NUMBER.fullmatch(_text(asked, name)):
        raise FootnoteError(f'"{name}" is no whole number. Load the page again.')
    return int(asked[name])
