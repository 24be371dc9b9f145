"""The whole application: the page, the routes of its scripts, the endpoint for programs and MCP."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import qa
from index.store.generation import index_folder, open_index
from qa.chat.access.guard import owner_of
from qa.chat.ask import queue as line
from qa.chat.ask.chat import Talk
from qa.chat.documents.manage import Shelf
from qa.chat.observe.events import Ledger
from qa.chat.observe.logs import note
from qa.chat.routes import api as programs
from qa.chat.routes import conversations as talks
from qa.chat.routes import documents as shelf_routes
from qa.chat.routes import health as monitoring
from qa.chat.routes import phrase as phrasing
from qa.chat.routes import source as reading
from qa.history.conversations import Conversations


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
    ledger: Ledger | None = None,
) -> Any:
    """Return the chat over the index in `folder` as an ASGI application, not guarded yet.

    Answers are phrased by the language model `llm`, if there is one. With `read_only`, documents
    are neither added nor removed through it. `prefix` is its path in a browser, "" for the root.
    What becomes of questions is told to the `ledger`, whose numbers can be read with `metrics`.
    """
    from fastapi import FastAPI
    from starlette.staticfiles import StaticFiles

    from qa.chat.page import STATIC, mount_page

    home = index_folder(folder).resolve()
    kept = Conversations(home)
    ledger = ledger or Ledger(folder)
    talk = Talk(folder, kept, threshold=threshold, reader=reader, llm=llm, ledger=ledger)
    talk.make_examples()
    shelf = Shelf(home, read_only=read_only, ledger=ledger)

    @contextlib.asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        shelf.resume()
        yield
        shelf.close()
        note("stopped", {})

    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=running)
    server.include_router(monitoring.router(folder, ledger.metrics if metrics else None))
    server.include_router(programs.router(talk))
    server.include_router(line.router(talk.line))
    server.include_router(reading.router(lambda: open_index(folder)))
    server.include_router(talks.router(kept, owner_of))
    server.include_router(phrasing.router(talk, owner_of))
    server.include_router(shelf_routes.router(shelf, owner_of=owner_of))
    server.mount("/footnote/static", StaticFiles(directory=STATIC))
    return mount_page(server, talk, can_log_out=can_log_out, prefix=prefix)
