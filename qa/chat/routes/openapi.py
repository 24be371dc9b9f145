"""The description of the routes for programs: OpenAPI, and a page that shows it.

Nearly everything in it is taken from the functions that the routes call, so that it cannot differ
from them. The page needs no script.
"""

import html
import inspect
import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import TypeAdapter

from index.installation import installed_version
from qa.chat.access.response import LINES_TYPE
from qa.chat.routes.api import PREFIX, Call

_ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
_FAILURES = {
    "400": "The request cannot be used; the sentence says why.",
    "405": "The method is not POST.",
    "503": "The queue is full, or the index cannot be read; Retry-After says in how many seconds "
    "to ask again.",
}

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Footnote for programs</title>
<style>
  body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui;
         color-scheme: light dark }}
  pre {{ overflow-x: auto; white-space: pre-wrap; border: 1px solid #8886; padding: .8rem }}
</style>
<h1>Footnote for programs</h1>
<p>JSON in, JSON out. As OpenAPI: <a href="openapi.json">openapi.json</a></p>
{routes}</html>
"""
_ROUTE = """<h2>POST {path}</h2>
<pre>{about}</pre>
<h3>The request</h3>
<pre>{schema}</pre>
"""


_EACH = """Put one question, or several, to each document on its own, to compare what they say.

The response is lines of JSON, each sent as soon as its answer is there: "done" and "total" count
the answers, and "answer" is as ask returns it; its "document" is the one that was asked. Where the
asking fails half-way, the last line holds "error" alone."""

_LINE = {
    "type": "object",
    "properties": {
        "done": {"type": "integer"},
        "total": {"type": "integer"},
        "answer": {"type": "object"},
        "error": {"type": "string"},
    },
}


def describe(calls: Sequence[Call], prefix: str = "") -> dict[str, Any]:
    """Return the OpenAPI document of the routes that call these functions.

    `prefix` is the path under which the server is reached, "" for the root of its host.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": "Footnote", "version": installed_version()},
        "servers": [{"url": prefix or "/"}],
        "paths": {f"{PREFIX}/{call.__name__}": {"post": _describe_call(call)} for call in calls},
    }


def router(calls: Sequence[Call], prefix: str = "") -> APIRouter:
    """Return the routes that describe these functions: `/openapi.json` and the page `/docs`."""
    document = describe(calls, prefix)
    shown = [
        _ROUTE.format(
            path=html.escape(path),
            about=html.escape(route["post"]["description"]),
            schema=html.escape(
                json.dumps(route["post"]["requestBody"]["content"]["application/json"], indent=2)
            ),
        )
        for path, route in document["paths"].items()
    ]
    page = _PAGE.format(routes="".join(shown))
    routes = APIRouter()
    routes.add_api_route("/openapi.json", lambda: JSONResponse(document), response_model=None)
    routes.add_api_route("/docs", lambda: HTMLResponse(page), response_model=None)
    return routes


def _describe_call(call: Call) -> dict[str, Any]:
    about = inspect.getdoc(call) or ""
    result = {"application/json": {"schema": TypeAdapter(_result_type(call)).json_schema()}}
    error = {"application/json": {"schema": _ERROR}}
    arguments = TypeAdapter(call).json_schema()
    if call.__name__ == "ask_each":  # Its route takes more than the function, and streams.
        about, result = _EACH, {LINES_TYPE: {"schema": _LINE}}
        texts = {"type": "array", "items": {"type": "string"}}
        arguments["properties"]["question"] = {"anyOf": [{"type": "string"}, texts]}
    return {
        "operationId": call.__name__,
        "summary": about.partition("\n")[0],
        "description": about,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": arguments}},
        },
        "responses": {
            "200": {"description": "The result.", "content": result},
            **{n: {"description": text, "content": error} for n, text in _FAILURES.items()},
        },
    }


def _result_type(call: Call) -> Any:
    return inspect.signature(call).return_annotation
