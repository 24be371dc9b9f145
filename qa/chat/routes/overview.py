"""Routes for what the page shows before anything is asked: the collection, and a document.

Counting is left to `documents.overview`, finding questions to `ask.examples`.
"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from qa.chat.ask.chat import Chat
from qa.chat.documents.manage import DocumentStore


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

    return routes
