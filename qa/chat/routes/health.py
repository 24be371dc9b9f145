"""Two routes for operators: a health check and the metrics for Prometheus.

The health check needs no login, so it reveals nothing but whether the index can be opened. It
answers in plain text, for probes, and therefore handles its errors itself.
"""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from index.errors import FootnoteError
from index.store.live import open_live
from qa.chat.access.guard import HEALTH_PATH
from qa.chat.access.public_errors import public_message
from qa.chat.access.response import RETRY_SECONDS
from qa.chat.observe.metrics import CONTENT_TYPE, Metrics

_NO_STORE = {"cache-control": "no-store"}


def router(folder: str | None, metrics: Metrics | None) -> APIRouter:
    """Return the routes over the index in `folder`; `/metrics` only if there are `metrics`."""
    routes = APIRouter()

    @routes.api_route(HEALTH_PATH, methods=["GET", "HEAD"], response_model=None)
    def health() -> Response:
        try:
            open_live(folder)
        except FootnoteError as error:
            headers = _NO_STORE | {"retry-after": str(RETRY_SECONDS)}
            return PlainTextResponse(f"{public_message(error)}\n", 503, headers=headers)
        return PlainTextResponse("Footnote answers.\n", headers=_NO_STORE)

    if metrics:

        @routes.get("/metrics", response_model=None)
        def prometheus() -> Response:
            return Response(metrics.render(), media_type=CONTENT_TYPE, headers=_NO_STORE)

    return routes
