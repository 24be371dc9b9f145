"""Routes by which the page reads a document: its text, and the pages of a PDF as images.

Every parameter comes from an untrusted client and is checked here. Responses are JSON or a PNG and
never reveal a file's folder; `errors` answers with errors.
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
from index.pages.renderer import PageRenderer
from index.store.generation import Generation
from index.text.sentence import Span
from qa.chat.html.source import (
    MAX_QUERY_LENGTH,
    blocks_between,
    blocks_near,
    check_range,
    find_cited,
    find_document,
    find_query,
    quote_view,
    source_view,
    why_kept,
)
from qa.rendering.inline import Highlight

MAX_MATCHES = 1000
"""The most matches of a query in a document that are returned."""

MAX_PAGE_REQUESTS = 4
"""Requests for pages that may hold a thread at the same time."""

MAX_TEXT_REQUESTS = 20
"""Requests for text that may hold a thread at the same time."""

_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


def router(
    open_generation: Callable[[], Generation], pages: PageRenderer | None = None
) -> APIRouter:
    """Return the routes over the generation that is live at the time of a request.

    `pages` renders the pages; a new renderer is created by default.
    """
    routes, drawer = APIRouter(prefix="/footnote"), pages or PageRenderer()
    # One process renders pages; requests that wait for it must not take all threads.
    drawing, reading = CapacityLimiter(MAX_PAGE_REQUESTS), CapacityLimiter(MAX_TEXT_REQUESTS)

    def get(
        path: str,
        answer: Callable[[Generation, Mapping[str, str]], Any],
        limiter: CapacityLimiter = reading,
    ) -> None:
        def handle(request: Request) -> Response:
            return JSONResponse(answer(open_generation(), request.query_params))

        async def run_in_thread(request: Request) -> Response:
            return await to_thread.run_sync(handle, request, limiter=limiter)

        routes.get(path, response_model=None)(run_in_thread)

    get("/source", _view_source)
    get("/quote", _view_quote)
    get("/source/blocks", _more_blocks)
    get("/source/find", _find_text)
    get("/pages", lambda generation, asked: _page_view(drawer, generation, asked), drawing)

    def picture(request: Request, number: str) -> Response:
        return _render_page(drawer, open_generation(), request, number)

    @routes.get("/pages/{number}.png", response_model=None)
    async def picture_in_thread(request: Request, number: str) -> Response:
        return await to_thread.run_sync(picture, request, number, limiter=drawing)

    return routes


def _view_source(generation: Generation, asked: Mapping[str, str]) -> dict[str, Any]:
    start, end, answer = _parse_range(asked)
    document, sha256 = _require(asked, "document"), asked.get("sha256", "")
    return source_view(generation, document, start, end, answer, sha256=sha256)


def _view_quote(generation: Generation, asked: Mapping[str, str]) -> dict[str, Any]:
    start, end, answer = _parse_range(asked)
    document, sha256 = _require(asked, "document"), asked.get("sha256", "")
    return quote_view(generation, document, start, end, answer, sha256=sha256)


def _more_blocks(generation: Generation, asked: Mapping[str, str]) -> dict[str, Any]:
    document = _find_cited(generation, asked)
    marked = _parse_marked(document, asked)
    if "near" in asked:
        return blocks_near(document, _parse_number(asked, "near"), marked)
    first, last = (_parse_number(asked, name) if name in asked else None for name in ("from", "to"))
    if first is None and last is None:
        raise FootnoteError('The range of the text is missing; expected "from", "to" or "near".')
    return blocks_between(document, first, last, marked)


def _find_text(generation: Generation, asked: Mapping[str, str]) -> dict[str, Any]:
    document, query = _find_cited(generation, asked), _require(asked, "query")
    if len(query) > MAX_QUERY_LENGTH:
        raise FootnoteError(
            f"The search text is too long; enter at most {MAX_QUERY_LENGTH} characters."
        )
    found = find_query(document, query, MAX_MATCHES + 1)
    return {"found": found[:MAX_MATCHES], "more": len(found) > MAX_MATCHES}


def _page_view(
    drawer: PageRenderer, generation: Generation, asked: Mapping[str, str]
) -> dict[str, Any]:
    document = _find_cited(generation, asked)
    if why_kept(generation, document):
        raise FootnoteError("The pages of this document are no longer in the index.")
    entry, marked = generation.entry(document.id), _parse_marked(document, asked)
    sizes = drawer.page_sizes(entry)
    ranges = {"cited": (marked.start, marked.end), "answer": marked.answer or (0, 0)}
    marks = [
        {"page": mark.page, "kind": kind, "box": mark.box}
        for kind, (start, end) in ranges.items()
        for mark in drawer.find_on_pages(entry, document, start, end)
    ]
    return {"sizes": sizes, "marks": marks}


def _render_page(
    drawer: PageRenderer, generation: Generation, request: Request, number: str
) -> Response:
    """Return a page as a PNG; an empty 304 if the browser has it and the file is unchanged."""
    asked = {**request.query_params, "page": number}
    entry = _find_entry(generation, _require(asked, "document"))
    page, width = _parse_number(asked, "page"), _parse_number(asked, "width")
    drawer.check_request(entry, page, width)
    kept = {
        "ETag": f'"{entry.file_sha256[:32]}-{page}-{width}"',
        "Cache-Control": "private, no-cache",
    }
    if request.headers.get("if-none-match") == kept["ETag"]:
        return Response(status_code=304, headers=kept)
    picture = drawer.render_page(entry, page, width)
    return Response(picture, media_type="image/png", headers=kept)


def _find_cited(generation: Generation, asked: Mapping[str, str]) -> Document:
    return find_cited(generation, _require(asked, "document"), asked.get("sha256", ""))


def _find_entry(generation: Generation, document_id: str) -> Entry:
    find_document(generation, document_id)
    return generation.entry(document_id)


def _parse_marked(document: Document, asked: Mapping[str, str]) -> Highlight:
    """Return the cited range of a document; an empty one if the request names none."""
    if "start" not in asked and "end" not in asked:
        return Highlight(0, 0)
    return check_range(document, *_parse_range(asked))


def _parse_range(asked: Mapping[str, str]) -> tuple[int, int, Span | None]:
    answer = None
    if "answer_start" in asked or "answer_end" in asked:
        answer = (_parse_number(asked, "answer_start"), _parse_number(asked, "answer_end"))
    return _parse_number(asked, "start"), _parse_number(asked, "end"), answer


def _require(asked: Mapping[str, str], name: str) -> str:
    if name not in asked:
        raise FootnoteError(f'"{name}" is missing. Reload the page.')
    return asked[name]


def _parse_number(asked: Mapping[str, str], name: str) -> int:
    """Return a parameter as a whole number, such as an offset. Raises `FootnoteError`."""
    if not _WHOLE_NUMBER.fullmatch(_require(asked, name)):
        raise FootnoteError(f'"{name}" is not a whole number. Reload the page.')
    return int(asked[name])
