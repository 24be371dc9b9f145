"""Whether the server answers, and what it has counted: two routes for those who run it.

The guard lets anybody ask the first, who is told nothing else by it.
"""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from index.errors import FootnoteError
from index.store.generation import open_index
from qa.chat.access.guard import HEALTH
from qa.chat.access.public_errors import told
from qa.chat.observe.metrics import CONTENT_TYPE, Metrics

_FRESH = {"cache-control": "no-store"}


def router(folder: str | None, metrics: Metrics | None) -> APIRouter:
    """Return the routes over the index in `folder`; without `metrics`, there are none to read."""
    routes = APIRouter()

    @routes.api_route(HEALTH, methods=["GET", "HEAD"], response_model=None)
    def health() -> Response:
        try:
            open_index(folder)
        except FootnoteError as error:
            return PlainTextResponse(f"{told(error)}\n", 503, headers=_FRESH)
        return PlainTextResponse("Footnote answers.\n", headers=_FRESH)

    if metrics:

        @routes.get("/metrics", response_model=None)
        def numbers() -> Response:
            return Response(metrics.text(), media_type=CONTENT_TYPE, headers=_FRESH)

    return routes
