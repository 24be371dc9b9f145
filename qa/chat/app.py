"""The whole application: the page, the routes for its scripts, the API for programs and MCP.

It has no guard: `access.guard` wraps it before it is served.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import qa
from index.store.generation import index_folder
from index.store.live import open_live
from qa.chat.access.guard import get_owner
from qa.chat.ask import queue
from qa.chat.ask.chat import Chat
from qa.chat.documents.manage import DocumentStore
from qa.chat.each import routes as tables
from qa.chat.observe.events import EventLog
from qa.chat.observe.logs import log_event
from qa.chat.routes import (
    api,
    conversations,
    documents,
    health,
    openapi,
    other_methods,
    overview,
    phrase,
    source,
)
from qa.chat.routes.errors import add_error_handler
from qa.history.conversations import Conversations
from qa.history.tables import Tables


def build_app(
    folder: str | None = None,
    *,
    threshold: float = qa.THRESHOLD,
    reader: str = qa.EMBEDDED,
    llm: qa.LanguageModel | None = None,
    read_only: bool = False,
    can_log_out: bool = False,
    prefix: str = "",
    metrics: bool = False,
    event_log: EventLog | None = None,
) -> Any:
    """Return the chat over the index in `folder` as an ASGI application without the guard.

    The language model `llm`, if given, phrases the answers. With `read_only`, documents cannot be
    added or removed. `prefix` is the path of the chat in a browser, "" for the root. Questions and
    jobs are recorded in `event_log`; with `metrics`, its counts are served at /metrics.
    """
    from fastapi import FastAPI
    from starlette.staticfiles import StaticFiles

    from qa.chat.page import STATIC, mount_page

    home = index_folder(folder).resolve()
    kept = Conversations(home)
    event_log = event_log or EventLog(folder)
    chat = Chat(folder, kept, threshold=threshold, reader=reader, llm=llm, event_log=event_log)
    chat.examples.make()
    store = DocumentStore(home, read_only=read_only, event_log=event_log)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        store.resume()
        yield
        store.close()
        log_event("stopped", {})

    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    add_error_handler(server, home)
    server.include_router(health.router(folder, event_log.metrics if metrics else None))
    server.include_router(api.router(chat))
    server.include_router(openapi.router(api.create_endpoints(chat), prefix))
    server.include_router(queue.router(chat.queue))
    server.include_router(source.router(lambda: open_live(folder)))
    kept_tables = Tables(home)
    server.include_router(conversations.router(kept, kept_tables, get_owner))
    server.include_router(tables.router(chat, kept_tables, get_owner))
    server.include_router(phrase.router(chat, get_owner))
    server.include_router(overview.router(chat, store))
    server.include_router(documents.router(store, get_owner=get_owner))
    server.mount("/footnote/static", StaticFiles(directory=STATIC))
    server.include_router(other_methods.router(server.routes))
    return mount_page(server, chat, can_log_out=can_log_out, prefix=prefix)
