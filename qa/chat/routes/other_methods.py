"""Answers what no other route of Footnote's own does: 405 for another method, 404 for no route.

Without these routes such a request would come to Gradio, which answers everything with 404.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.routing import BaseRoute, Match

from qa.chat.access.guard import HEALTH_PATH

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

OWN_PATHS = ("/footnote/{path:path}", HEALTH_PATH, "/metrics", "/docs", "/openapi.json")
"""Paths at which nothing of Gradio's is."""


def router(others: Sequence[BaseRoute]) -> APIRouter:
    """Return routes for the paths of Footnote, to be added after `others`."""
    routes, known = APIRouter(), tuple(others)

    async def refuse(request: Request) -> JSONResponse:
        allowed = [
            method
            for method in METHODS
            if any(
                route.matches({**request.scope, "method": method})[0] is Match.FULL
                for route in known
            )
        ]
        if not allowed:
            return JSONResponse({"error": "There is nothing at this address."}, 404)
        message = f"{request.method} is not allowed here; send {' or '.join(allowed)}."
        return JSONResponse({"error": message}, 405, headers={"allow": ", ".join(allowed)})

    for path in OWN_PATHS:
        routes.add_api_route(path, refuse, methods=list(METHODS), include_in_schema=False)
    return routes
