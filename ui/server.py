"""The whole application: the page, the routes of its scripts, the endpoint for programs and MCP."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import qa
from index.generation import index_folder, open_index
from qa.conversations import Conversations
from ui import programs, reading, shelf_routes, talks
from ui.guard import owner_of
from ui.shelf import Shelf
from ui.talk import Talk

_LOG_OUT = '<meta name="footnote-log-out" content="yes">'


def _shut_files() -> None:
    """Keep Gradio from taking files, for which it would ask any server that a request names."""
    from gradio.blocks import Block

    async def refuse(self: Any, url_or_file_path: Any) -> None:
        raise ValueError("No file is taken here.")

    Block.async_move_resource_to_block_cache = refuse


def build_app(
    folder: str | None = None,
    *,
    threshold: float = qa.THRESHOLD,
    reader: str = qa.EMBEDDED,
    read_only: bool = False,
    can_log_out: bool = False,
) -> Any:
    """Return the chat over the index in `folder` as an ASGI application, not guarded yet.

    With `read_only`, documents are neither added nor removed through it.
    """
    import gradio as gr
    from fastapi import FastAPI
    from starlette.staticfiles import StaticFiles

    from ui.page import HEAD, STATIC, build_blocks

    _shut_files()
    home = index_folder(folder).resolve()
    kept = Conversations(home)
    talk = Talk(folder, kept, threshold=threshold, reader=reader)
    talk.make_examples()
    shelf = Shelf(home, read_only=read_only)

    @contextlib.asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        shelf.resume()
        yield
        shelf.close()

    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=running)
    server.include_router(programs.router(talk))
    server.include_router(reading.router(lambda: open_index(folder)))
    server.include_router(talks.router(kept, owner_of))
    server.include_router(shelf_routes.router(shelf, owner_of=owner_of))
    server.mount("/footnote/static", StaticFiles(directory=STATIC))
    return gr.mount_gradio_app(
        server,
        build_blocks(talk),
        path="/",
        head=HEAD + _LOG_OUT * can_log_out,
        favicon_path=str(STATIC / "favicon.svg"),
        theme=gr.themes.Base(font=["Inter", "system-ui", "sans-serif"], font_mono=["monospace"]),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=True,
    )
