"""Routes for what the page shows before anything is asked: the collection, and a document.

Counting is left to `documents.overview` and `html.about`, finding questions to `ask.examples`.
"""

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from index.store.live import open_live
from qa.chat.ask.chat import Chat
from qa.chat.ask.queue import client_of
from qa.chat.documents.manage import DocumentStore
from qa.chat.html.about import about_view


def router(chat: Chat, store: DocumentStore) -> APIRouter:
    """Return the routes over the documents of a store and the questions that a chat offers."""
    routes = APIRouter(prefix="/footnote")

    @routes.get("/overview")
    def overview() -> JSONResponse:
        """Return the counts, and for each group its questions; "making" while they are sought."""
        shown, questions = store.overview(), chat.examples.of_groups()
        for group in shown["groups"]:
            group["questions"] = (questions or {}).get(group["name"], [])
        making = questions is None and bool(shown["documents"])
        return JSONResponse(shown | {"making": making})

    @routes.get("/about")
    def about(document: str) -> JSONResponse:
        return JSONResponse(about_view(open_live(chat.folder), document))

    @routes.get("/about/questions")
    async def questions(request: Request, document: str) -> JSONResponse:
        """Return questions that a document answers, found in turn with those that people ask."""
        call = partial(chat.examples.of_document, document)
        return JSONResponse({"questions": await chat.queue.run(client_of(request), call)})

    return routes
